"""Sending figures to DHIS2 in the API: what goes where, a trial, sending, and what was sent."""

from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent, keyed
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import WholeSchema, one_of
from services.core.roles import Role, Scope
from services.health.api.indicators import READ, PeriodQuery
from services.health.api.programmes import CODE, CODE_PATTERN, PREFIX
from services.health.indicators.dhis2_client import Dhis2Client, client_to
from services.health.indicators.dhis2_links import SavedLink, find_link, save_link
from services.health.indicators.dhis2_mapping import load_mapping
from services.health.indicators.dhis2_sending import (
    SendContent,
    SendingState,
    SendOrder,
    earlier_sending,
    export_of,
    find_sending,
    send_once,
    state_of,
    try_out,
)
from services.health.indicators.disaggregation import iso_period, period_of
from services.health.versions.store import find_version
from services.storage.models import Dhis2Sending, Party

SENDERS = Roles(Role.HEALTH_ANALYST, Role.PLANNER)
_ONE = "/<code>/dhis2"
_UID = "^[A-Za-z][A-Za-z0-9]{10}$"
_WRITTEN = "As deploy/dhis2-mapping.example.yaml writes it."
LINK_EXAMPLE = {
    "dataSet": "bMtTobaccoC",
    "orgUnits": {"Morobe": "ouMorobe001"},
    "values": [{"indicator": "attempts", "dataElement": "deAttempts1"}],
}

blueprint = Blueprint("dhis2", "Sending figures to DHIS2.", f"{PREFIX}/indicators")


class Dhis2LinkBodySchema(Schema):
    """A whole mapping to DHIS2."""

    data_set = fields.String(
        required=True,
        data_key="dataSet",
        validate=validate.Regexp(_UID),
        metadata={"example": "bMtTobaccoC"},
    )
    attributes = fields.String(
        data_key="attributeOptionCombo",
        validate=validate.Regexp(_UID),
        metadata={"example": "HllvX50cXC0"},
    )
    places = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(),
        data_key="orgUnits",
        metadata={"description": "Ids by province, or `all`."},
    )
    targets = fields.List(
        fields.Dict(keys=fields.String(), values=fields.Raw()),
        required=True,
        data_key="values",
        validate=validate.Length(1, 500),
        metadata={"description": _WRITTEN},
    )


class Dhis2LinkSchema(WholeSchema):
    """A mapping to DHIS2, perhaps not whole yet, and the names of its ids."""

    document = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        metadata={"description": _WRITTEN, "example": {"programme": "tobacco", **LINK_EXAMPLE}},
    )
    names = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"example": {"deAttempts1": "Smokers who asked"}},
    )


class Dhis2ConflictSchema(WholeSchema):
    """A value that DHIS2 refuses, in its own words."""

    object = fields.String(metadata={"description": "An id.", "example": "deAttempts1"})
    property = fields.String(metadata={"example": "dataElement"})
    code = fields.String(metadata={"example": "E7610"})
    text = fields.String()


class Dhis2TrialSchema(WholeSchema):
    """Effect of sending: values imported, updated and ignored there, and unchanged here."""

    period = fields.String(metadata={"example": "202610"})
    imported = fields.Integer()
    updated = fields.Integer()
    ignored = fields.Integer()
    same = fields.Integer(metadata={"description": "DHIS2 has them; they are not sent again."})
    gone = fields.Integer(metadata={"description": "Values that would be deleted."})
    conflicts = fields.List(fields.Nested(Dhis2ConflictSchema))
    places = fields.List(fields.String(), metadata={"description": "Without a unit."})
    groups = fields.List(fields.String(), metadata={"description": "Without a combination."})


class Dhis2SendingBodySchema(PeriodQuery):
    """Days to send."""

    everything = fields.Boolean(
        load_default=False, metadata={"description": "Also what DHIS2 has already."}
    )


class Dhis2SendingSchema(WholeSchema):
    """One time that figures were sent, and what came of it."""

    id = fields.UUID(attribute="public_id")
    programme = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    data_set = fields.String(metadata={"pattern": _UID, "example": "bMtTobaccoC"})
    period = fields.String(metadata={"example": "202610"})
    state = fields.String(validate=one_of(SendingState))
    kind = fields.String(
        allow_none=True,
        metadata={"description": "Why it was refused or not reached.", "example": "conflicts"},
    )
    counts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"example": {"imported": 40}}
    )
    conflicts = fields.List(fields.Nested(Dhis2ConflictSchema))
    by = fields.UUID(allow_none=True, metadata={"description": "Null: a command on the server."})
    began_at = fields.DateTime()
    ended_at = fields.DateTime(allow_none=True)


SendingPageSchema = page_schema(Dhis2SendingSchema, "Dhis2Sending")


@blueprint.route(_ONE, guard=READ, scope=Scope.READ, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, Dhis2LinkSchema)
@refuses(HTTPStatus.NOT_FOUND)
def read_link(code: str) -> dict[str, Any]:
    """Read what goes where in DHIS2."""
    with context().database.read() as session:
        find_version(session, code)
        return find_link(session, code)._asdict()


@blueprint.route(_ONE, methods=["POST"], guard=SENDERS, scope=Scope.SEND, parameters=[CODE])
@idempotent(exclusive=True)
@blueprint.arguments(Dhis2LinkBodySchema, example=LINK_EXAMPLE)
@blueprint.response(HTTPStatus.OK, Dhis2LinkSchema)
@refuses(HTTPStatus.NOT_FOUND)
def keep_link(work: Work, body: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Say what goes where in DHIS2; names of ids that were chosen before stay."""
    find_version(work.session, code)
    fields_of = Dhis2LinkBodySchema().fields
    told = {str(fields_of[name].data_key): value for name, value in body.items()}
    document = {"programme": code, **told}
    load_mapping(document)
    link = SavedLink(document, find_link(work.session, code).names)
    save_link(work.session, link, own_party(), work.now)
    work.session.flush()
    return find_link(work.session, code)._asdict()


@blueprint.route(f"{_ONE}/trial", guard=SENDERS, scope=Scope.SEND, parameters=[CODE])
@blueprint.arguments(PeriodQuery, location="query")
@blueprint.response(HTTPStatus.OK, Dhis2TrialSchema)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
def try_sending(query: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Ask DHIS2 what it would do with the figures of a period; nothing is kept there."""
    here, period = context(), period_of(query["first"], query["last"])
    export = export_of(here.database, code, period, here.clock())
    with closing(_client()) as asked:
        found = try_out(here.database, asked, export)
    told = found.summary
    return {
        "period": export.period,
        "imported": told.imported if told else 0,
        "updated": told.updated if told else 0,
        "ignored": told.ignored if told else 0,
        "same": found.changes.same,
        "gone": len(found.changes.gone),
        "conflicts": told.conflicts if told else [],
        "places": export.places,
        "groups": export.groups,
    }


@blueprint.route(
    f"{_ONE}/sendings", methods=["POST"], guard=SENDERS, scope=Scope.SEND, parameters=[CODE]
)
@keyed
@blueprint.arguments(Dhis2SendingBodySchema)
@blueprint.response(HTTPStatus.CREATED, Dhis2SendingSchema)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE)
def send(key: str, body: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Send the figures of a period; its state tells what came of it, a refusal too."""
    here, period = context(), period_of(body["first"], body["last"])
    content = SendContent(code, iso_period(period), body["everything"])
    with here.database.read() as session:
        row = earlier_sending(session, key, content)
        done = row.public_id if row else None
    if done is None:
        order = SendOrder(key, own_party(), here.clock(), body["everything"])
        export = export_of(here.database, code, period, order.now)
        with closing(_client()) as asked:
            done = send_once(here.database, asked, export, order)
    with here.database.read() as session:
        return _shown(session, find_sending(session, code, done))


@blueprint.route(f"{_ONE}/sendings", guard=READ, scope=Scope.READ, parameters=[CODE])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, SendingPageSchema, headers=LINK)
def list_sendings(query: PageRequest, code: str) -> Any:  # noqa: ANN401 — body and headers
    """Read what was sent, the oldest first."""
    wanted = select(Dhis2Sending).where(Dhis2Sending.programme == code)
    with context().database.read() as session:
        page = read_page(session, wanted, [Dhis2Sending.id], query)
        return page.answer([_shown(session, row) for row in page.rows])


@blueprint.route(
    f"{_ONE}/sendings/<uuid:sending_id>", guard=READ, scope=Scope.READ, parameters=[CODE]
)
@blueprint.response(HTTPStatus.OK, Dhis2SendingSchema)
@refuses(HTTPStatus.NOT_FOUND)
def read_sending(code: str, sending_id: UUID) -> dict[str, Any]:
    """Read what came of one sending."""
    with context().database.read() as session:
        return _shown(session, find_sending(session, code, sending_id))


def _client() -> Dhis2Client:
    settings = context().settings
    return client_to(settings.dhis2_url, settings.dhis2_token)


def _shown(session: Session, row: Dhis2Sending) -> dict[str, Any]:
    party = session.get(Party, row.sent_by_id or 0)
    names = ("public_id", "programme", "data_set", "period", "kind", "counts", "conflicts",
             "began_at", "ended_at")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "state": state_of(row, context().clock()),
        "by": party.public_id if party else None,
    }
