"""Evidence that its keeper left unanswered: an officer of the province is asked, once."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.livestock.control.evidence_deciders import officer_to_ask
from services.livestock.control.evidence_questions import Question, ask
from services.livestock.control.task_sources import EvidenceTask, open_evidence_task
from services.livestock.domain.authority import Decider
from services.messaging.confirmations import ConfirmationState
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import Correction, Journal, Party, PendingConfirmation
from services.storage.models.confirmations import UNANSWERED_EVIDENCE
from services.storage.rowsets import keys
from services.storage.unit_of_work import Unit

_LOG = logging.getLogger(__name__)
_AGAIN = timedelta(hours=1)
_AT_ONCE = 100
# As literals: with parameters, no database could know that its partial index serves.
_LEFT = text(UNANSWERED_EVIDENCE)


def pass_on_evidence(database: Database, now: datetime) -> None:
    """Ask officers about the evidence whose keepers did not answer in time, or guessed the code.

    The clock calls it. Where no officer can be asked now, it is tried again within the hour.
    """
    with database.read() as session:
        # With an order and a limit, PostgreSQL may go through all confirmations there ever were.
        found = sorted(session.scalars(select(PendingConfirmation.id).where(_left_over(now))))
    if found:
        database.run(lambda one: _pass_all_on(Unit(one, database.vault), found[:_AT_ONCE], now))


def _pass_all_on(unit: Unit, found: Sequence[int], now: datetime) -> None:
    session = unit.session
    require_one_writer(session)
    over = select(PendingConfirmation.id).where(
        _left_over(now), PendingConfirmation.id.in_(keys(session, found))
    )
    rows = session.scalars(over.order_by(PendingConfirmation.id)).all()
    # Before: one that fails keeps no other waiting, and is tried again within the hour.
    session.execute(
        update(PendingConfirmation)
        .where(PendingConfirmation.id.in_(keys(session, rows)))
        .values(state=ConfirmationState.EXPIRED.value, expires_at=now + _AGAIN)
    )
    for key in rows:
        isolated(session, _LOG, f"evidence of {key} waits", partial(_pass_on, unit, key, now))


def _left_over(now: datetime) -> ColumnElement[bool]:
    spent = PendingConfirmation.state == ConfirmationState.SPENT.value
    return and_(_LEFT, or_(PendingConfirmation.expires_at <= now, spent))


def waiting_for_an_officer(session: Session) -> int:
    """Count the questions that no officer could be asked yet."""
    expired = PendingConfirmation.state == ConfirmationState.EXPIRED.value
    wanted = select(func.count()).where(_LEFT, expired)
    return session.scalar(wanted) or 0


def _pass_on(unit: Unit, key: int, now: datetime) -> None:
    """Ask an officer; a question that needs none any more lapses."""
    session, row = unit.session, unit.session.get_one(PendingConfirmation, key)
    command = json.loads(row.command)
    # One that FORGET erased tells of nothing.
    events = command.get("events", ())
    if command.get("decider") == Decider.OFFICER or not _undecided(session, events):
        row.state = ConfirmationState.LAPSED.value
        return
    sender = session.get_one(Party, row.claimant_id)
    officer = officer_to_ask(session, command.get("province"), besides=sender)
    told = {"phone": "", **command, "decider": Decider.OFFICER.value}
    question = Question(row.kind, "silent", sender.id, officer, told) if officer else None
    asked = question is not None and ask(unit, question, now)
    about = EvidenceTask(tuple(map(UUID, events)), sender.id, command.get("province"))
    open_evidence_task(session, about, now, told=asked)
    if asked:
        row.state = ConfirmationState.PASSED_ON.value


def _undecided(session: Session, events: Sequence[str]) -> bool:
    """Tell whether evidence still waits: nobody decided on it, or declared it wrong."""
    wanted = (
        select(Journal.id)
        .join(Correction, Correction.journal_id == Journal.id)
        .where(
            Journal.event_id.in_([UUID(one) for one in events]),
            Correction.corrected_by_id == Journal.id,
        )
    )
    return session.scalar(wanted.limit(1)) is not None
