"""Tables of trials: designs that were recorded, and who was allocated where."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base
from services.storage.vault import Sealed


class TrialRow(Base):
    """A trial of a programme; its design and the digest of its seed are on the ledger.

    Attributes:
        programme, code: of the programme, and of the trial in it.
        design: canonical JSON, as its record holds it.
        seed: 64 hexadecimal digits, sealed until the trial is closed.
        journal_id, closing_id: events of its opening and closing.
        revealed: the seed, once it is closed.
    """

    __tablename__ = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    code: Mapped[str]
    design: Mapped[bytes]
    seed: Mapped[str] = mapped_column(Sealed)
    seed_digest: Mapped[bytes]
    opened_at: Mapped[datetime]
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    closed_at: Mapped[datetime | None]
    closing_id: Mapped[int | None] = mapped_column(ForeignKey("journal.id"))
    revealed: Mapped[str | None]

    __table_args__ = (UniqueConstraint("programme", "code"),)


class TrialAllocation(Base):
    """One person's place in a trial, for good: it stays if they leave or are forgotten.

    Attributes:
        number: in order of enrolment, from 1.
        stratum: key of the answers that decide where chance draws, which tells nothing of them.
        block, slot: place in the stratum's blocks; of units, the unit's, and the person's in it.
        subscription_id: the first course that began in the arm.
        salt: hexadecimal; with the row it gives the digest on the ledger.
        mark: the phone number, keyed by the seed; null once the seed is revealed.
    """

    __tablename__ = "trial_allocation"

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"))
    number: Mapped[int]
    stratum: Mapped[str]
    block: Mapped[int]
    slot: Mapped[int]
    arm: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    allocated_at: Mapped[datetime]
    salt: Mapped[str]
    mark: Mapped[bytes | None]

    __table_args__ = (
        UniqueConstraint("trial_id", "number"),
        UniqueConstraint("trial_id", "person_id", name="uq_trial_allocation_person"),
        UniqueConstraint("trial_id", "mark", name="uq_trial_allocation_mark"),
        UniqueConstraint("trial_id", "stratum", "block", "slot", name="uq_trial_allocation_place"),
    )
