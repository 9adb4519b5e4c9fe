"""Claims of every service: the states that they go through, and the codes that confirm them.

A code is kept as a keyed digest.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from services.storage.models import Claim

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.storage.vault import Vault

FORGET = "forget"
"""The kind that is of messages themselves; all others are of livestock."""

OF_LIVESTOCK = Claim.kind != FORGET


class ClaimState(StrEnum):
    """What became of a claim; all but OPEN are for good."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    SPENT = "spent"


def digest_code(vault: Vault, claim: Claim, code: str) -> bytes:
    """Return what is kept of a code: without the data key nobody can try the codes on it."""
    return vault.digest(claim.public_id.bytes + code.encode())


def confirms(vault: Vault, claim: Claim, code: str) -> bool:
    """Tell whether a code is the claim's."""
    kept = claim.code_digest or b""
    return hmac.compare_digest(kept, digest_code(vault, claim, code))


def last_asked(session: Session, party_id: int, now: datetime) -> datetime | None:
    """Return when a party was asked last what a bare digit, YES or NO may answer, if it was."""
    return session.scalar(
        select(func.max(Claim.made_at)).where(
            Claim.answerer_id == party_id,
            Claim.state == ClaimState.OPEN,
            Claim.expires_at > now,
            OF_LIVESTOCK,
        )
    )


def is_open(session: Session, public_id: UUID) -> bool:
    """Tell whether a claim still waits for its answer."""
    found = select(Claim.id).where(Claim.public_id == public_id, Claim.state == ClaimState.OPEN)
    return session.scalar(found) is not None


def is_of_livestock(session: Session, public_id: UUID) -> bool:
    """Tell whether a claim, if there is one, is a question of livestock."""
    found = select(Claim.id).where(Claim.public_id == public_id, ~OF_LIVESTOCK)
    return session.scalar(found) is None
