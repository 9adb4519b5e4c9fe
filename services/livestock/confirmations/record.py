"""Recording what a claim was about: its event has its id from the claim, so it happens once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from services.livestock.confirmations.errors import AlreadyDone
from services.livestock.domain.model import Origin, Recorded, Report, event_id
from services.livestock.recording.record import record_events
from services.storage.models import PendingConfirmation

_CHANNEL = "claim"


def event_of(claim: PendingConfirmation) -> UUID:
    """Return the id of the event that a claim causes, whichever way its answer comes."""
    return event_id(_CHANNEL, str(claim.public_id), 0)


def record_once(session: Session, report: Report, origin: Origin) -> Recorded:
    """Record what an answer confirms.

    Raises:
        AlreadyDone: it is recorded.
    """
    done = record_events(session, [report], origin)
    if not done:
        raise AlreadyDone
    return done[0]
