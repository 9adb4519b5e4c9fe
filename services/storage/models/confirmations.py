"""Commands that wait for a code or an answer, wrong codes, and erasures that wait."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed

UNANSWERED_EVIDENCE = (
    "kind IN ('evidence', 'evidence_code') AND state IN ('open', 'expired', 'spent')"
)
"""The condition on confirmations that ask about evidence, and that nobody answered yet."""


class PendingConfirmation(Base):
    """A command that waits for an answer from one phone, a code or the number of a choice.

    Attributes:
        kind: what it will do.
        answerer_id: whose answer counts.
        code_digest: keyed digest of the code that confirms; null where choices are offered.
        command: JSON of what will be done.
        question: as it was asked, where choices are offered; a code never stands here.
        ask_again: another question of the same phone was answered since: an answer that comes now
            may be that one again, so this one is asked anew before it can be answered.
        state: open, done, refused, expired, replaced, spent (too many wrong codes); of evidence
            also passed_on (an officer was asked) and lapsed (nobody answered).
        tries: wrong codes so far.
    """

    __tablename__ = "claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    claimant_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    answerer_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    code_digest: Mapped[bytes | None]
    command: Mapped[str] = mapped_column(Sealed)
    question: Mapped[str | None] = mapped_column(Sealed)
    ask_again: Mapped[bool]
    state: Mapped[str]
    tries: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_claim_answerer", "answerer_id", "state"),
        Index("ix_claim_claimant", "claimant_id", "state"),
        Index(
            "ix_claim_unanswered",
            "expires_at",
            sqlite_where=text(UNANSWERED_EVIDENCE),
            postgresql_where=text(UNANSWERED_EVIDENCE),
        ),
    )


class WrongCode(Base):
    """A wrong code or PIN that came in a person's name."""

    __tablename__ = "wrong_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_wrong_code_at", "at"),
        Index("ix_wrong_code_party_id", "party_id", "at"),
    )


class PendingErasure(Base):
    """A person who confirmed FORGET, until they are erased or CANCEL it.

    `number` is the phone that asked.
    """

    __tablename__ = "pending_erasure"

    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[str] = mapped_column(Sealed)
    due_at: Mapped[datetime] = mapped_column(index=True)
