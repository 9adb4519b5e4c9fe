"""What the livestock routes share: who asks, what a number in an address is, whose work it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g

from services.errors import Forbidden
from services.storage.people import OFFICERS, Role
from services.traceability.access import Viewer
from services.traceability.errors import OnlyAnExample, UnknownNumber
from services.traceability.lookup import parse_key
from services.traceability.model import Origin
from services.traceability.numbers import EXAMPLES
from services.traceability.registry import find_premises
from services.web.guards import Roles
from services.web.idempotency import CHANNEL

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from services.traceability.model import Key
    from services.traceability.registry import PremisesRef
    from services.web.idempotency import Work

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


def own_party() -> int:
    """Return the database key of the party that the token belongs to.

    Raises:
        Forbidden: it belongs to none.
    """
    party: int | None = g.party_id
    if party is None:
        raise Forbidden("This token belongs to no party: make one with --phone or --party")
    return party


def read_number(session: Session, text: str, want: str) -> Key:
    """Read a number that must not be one of our own examples.

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        OnlyAnExample: it is out of the documentation.
    """
    key = parse_key(session, text, want)
    if key in EXAMPLES:
        raise OnlyAnExample(key, want)
    return key


def known_premises(session: Session, text: str) -> PremisesRef:
    """Return the premises that `text` stands for.

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        UnknownNumber: nothing has the number.
        WrongKind: it is a number of an animal.
    """
    key = parse_key(session, text, "premises")
    found = find_premises(session, [key]).get(key)
    if found is None:
        raise UnknownNumber(key)
    return found
