"""Audits that somebody asked for at the console, and attempts to sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond


class AuditRun(Base):
    """One audit on the operator's own machine, as a job of the worker.

    Attributes:
        sample: how many records are drawn, by `seed` among the first `among`; null: all are
            compared.
        projections: whether the tables of state are compared with the journal.
        done, size: records compared so far, and in all; `size` is null until it begins.
        leased_until: until when a worker holds it.
        tries: how often one began.
        verdict: clean, differs or failed; null while it waits or goes on.
        report: JSON, with the first findings of many.
    """

    __tablename__ = "audit_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"), index=True)
    asked_at: Mapped[datetime]
    sample: Mapped[int | None]
    seed: Mapped[bytes | None]
    among: Mapped[int | None]
    projections: Mapped[bool]
    started_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int]
    done: Mapped[int]
    size: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    report: Mapped[str | None]


class SignInAttempts(Base):
    """Attempts to sign in within one window of time, which all web processes count together.

    `bucket` is one of a fixed number, by a digest of the name that is tried: the table grows no
    further, and tells nobody's name.
    """

    __tablename__ = "sign_in_attempts"

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(WholeSecond)
    count: Mapped[int]
