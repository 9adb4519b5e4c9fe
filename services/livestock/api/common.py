"""What the livestock routes share: who asks, what a number in an address is, whose work it is."""

from __future__ import annotations

from datetime import date

from flask import g

from services.api.guards import Roles
from services.api.idempotency import CHANNEL, Work
from services.core.roles import OFFICERS, Role
from services.livestock.domain.access import Viewer
from services.livestock.domain.model import Act, Origin, event_id, local_day

# Whoever reads a whole history sees premises, which are somebody's home.
SEE_PREMISES = Roles(*OFFICERS, Role.AUDITOR)
ANYONE = Roles(*Role)
REPORTERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER, Role.ABATTOIR)

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


def viewer() -> Viewer:
    """Return who asks."""
    return Viewer(g.holder.role, g.holder.party_id, g.holder.province)


def origin_of(work: Work) -> Origin:
    """Return by whom and when a request reports."""
    return Origin(CHANNEL, g.party_public_id, work.now)


def act_of(work: Work, day: date | None = None) -> Act:
    """Return what a request does on a local day, today where it names none."""
    return Act(event_id(CHANNEL, work.key, 0), day or local_day(work.now), origin_of(work))
