"""Recording what a claim was about: its events have their ids from the claim, so they are once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.traceability.claims.errors import AlreadyDone
from services.traceability.commands import record
from services.traceability.model import Origin, event_id

if TYPE_CHECKING:
    from uuid import UUID

    from services.conversation import Call
    from services.storage.models import Claim
    from services.traceability.model import Recorded, Report

_CHANNEL = "claim"


def event_of(claim: Claim, ordinal: int = 0) -> UUID:
    """Return the id of an event that a claim causes, whichever way its answer comes."""
    return event_id(_CHANNEL, str(claim.public_id), ordinal)


def record_once(call: Call, report: Report) -> Recorded:
    """Record an event in the name of who answered.

    Raises:
        AlreadyDone: it is recorded.
    """
    origin = Origin(call.channel, call.party.public_id, call.now)
    done = record(call.unit.session, [report], origin)
    if not done:
        raise AlreadyDone
    return done[0]
