"""Guards, members and callers that several livestock routes share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import g
from marshmallow import fields, validate

from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work
from services.api.schemas import LONGEST, WholeSchema, one_of
from services.core.roles import OFFICERS, Role
from services.livestock.control.notices import Officer
from services.livestock.domain.access import Sight, Viewer
from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import Act, Origin, event_id
from services.livestock.domain.statuses import StatusKind
from services.livestock.reporting.reporting import Reporter
from sms.local_time import local_day

WRITE = Roles(Role.VETERINARY_OFFICER, Role.ADMINISTRATOR)
# A whole history shows premises, and these are people's homes.
READ = Roles(*OFFICERS, Role.AUDITOR)
ANYONE = Roles(*Role)
REPORTERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER, Role.ABATTOIR)

SEEN = validate.OneOf([sight.name.lower() for sight in reversed(Sight)])

_LONGEST_REASON = 160
_NUMBER = {"type": "string", "minLength": 1, "maxLength": 64}
TAG = {
    "in": "path",
    "name": "tag",
    "schema": _NUMBER,
    "description": "Official or short number, as typed or scanned; `scheme:value`, such as "
    "`animal:0000A`; or a source's own number without its scheme.",
    "example": "598000000000017",
}
PREMISES = {
    "in": "path",
    "name": "number",
    "schema": _NUMBER,
    "description": "Number of premises; `scheme:value`, such as `premises:12`; or a source's own "
    "number without its scheme.",
    "example": "20468",
}


class StatusSchema(WholeSchema):
    """A status that holds on the day that is asked about."""

    kind = fields.String(validate=one_of(StatusKind), metadata={"example": "suspect"})
    disease = fields.String(
        allow_none=True,
        validate=validate.OneOf([*NOTIFIABLE, None]),
        metadata={"example": "african_swine_fever"},
    )
    since = fields.Date(metadata={"description": "First local day.", "example": "2026-11-24"})
    until = fields.Date(
        allow_none=True,
        metadata={"description": "First local day on which it no longer holds; null: open."},
    )


def statuses_field() -> fields.List[Any]:
    """Make a field for the statuses of an animal."""
    described = {"description": "What holds of it on the day, gravest first.", "example": []}
    return fields.List(fields.Nested(StatusSchema), required=True, metadata=described)


def number_field(
    description: str, *, required: bool = False, example: str | None = None
) -> fields.String:
    """Make a field for one number as typed or scanned."""
    described = {"description": description} | ({"example": example} if example else {})
    check = validate.Length(1, LONGEST)
    if required:
        return fields.String(required=True, validate=check, metadata=described)
    return fields.String(load_default=None, allow_none=True, validate=check, metadata=described)


def anyway_field() -> fields.String:
    """Make a field for the reason why pigs pass a roadblock against the book."""
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.And(validate.Length(1, _LONGEST_REASON), validate.Regexp(r"\s*\S")),
        metadata={
            "description": "Why pigs pass a roadblock though the book says NO: needed then, and "
            "kept with the request, not in the record. The pigs are flagged all the same.",
            "example": "The vet on duty saw them and agrees.",
        },
    )


def viewer() -> Viewer:
    """Return the caller, as the rules of access see them."""
    return Viewer(g.holder.role, g.holder.party_id, g.holder.province)


def actor() -> Actor:
    """Return the caller as somebody who acts, by a secret of their own."""
    return viewer().acting(Strength.CODE)


def origin_of(work: Work) -> Origin:
    """Return the reporter and time of a request."""
    return Origin(work.channel, g.party_public_id, work.now)


def acting_origin_of(work: Work) -> Origin:
    """Return the same, with the authority of the caller."""
    return replace(origin_of(work), actor=actor())


def reporter_of(work: Work) -> Reporter:
    """Return by whom a request's events are reported."""
    return Reporter(work.unit, viewer(), origin_of(work), work.key)


def act_of(work: Work, day: date | None = None) -> Act:
    """Return the act of a request on a local day, by default today."""
    return Act(event_id(work.channel, work.key, 0), day or local_day(work.now), origin_of(work))


def officer_of(work: Work) -> Officer:
    """Return the officer who sends a request, with its act."""
    return Officer(g.party_id, act_of(work))


def this_day(query: Mapping[str, date | None]) -> date:
    """Return the local day that a query names, by default today."""
    return query["on"] or local_day(context().clock())
