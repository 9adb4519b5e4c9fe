"""Questions of livestock that a person may answer by a bare digit, YES or NO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from services.storage.models import Claim

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


def last_asked(session: Session, party_id: int, now: datetime) -> datetime | None:
    """Return when a party was asked last what is still open, if it was."""
    return session.scalar(
        select(func.max(Claim.made_at)).where(
            Claim.answerer_id == party_id, Claim.state == "open", Claim.expires_at > now
        )
    )


def is_open(session: Session, public_id: UUID) -> bool:
    """Tell whether a claim still waits for its answer."""
    found = select(Claim.id).where(Claim.public_id == public_id, Claim.state == "open")
    return session.scalar(found) is not None
