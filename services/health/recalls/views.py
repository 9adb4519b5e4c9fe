"""Recalls as people see them: both texts, whom they concern, and what a correction costs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.health.errors import BadRecall, NothingToRecall, UnknownRecall
from services.health.format.text_ids import texts_by_id, told_in
from services.health.recalls.fitness import is_safety
from services.health.recalls.lifecycle import affected
from services.health.recalls.receivers import receivers, theirs, wrong_sources
from services.health.versions.store import programme_of
from services.storage.models import (
    LedgerLeaf,
    Message,
    Party,
    ProgrammeVersion,
    Recall,
    RecalledText,
    Subscription,
    TextCorrection,
)
from services.texts.catalogue import say
from sms.encoding import count
from sms.message import MessageState
from sms.quiet import quiet_until
from sms.settings import SmsSettings


class RecallFigures(NamedTuple):
    """Figures of a recall that is not approved yet.

    Attributes:
        waiting: messages with the wrong text that wait, and will be written anew.
        have: people who may have it.
        paused, left: of these, who is corrected after a pause, and who left and is not.
        segments, cost: of all corrections; cost in toea.
        quiet: people in whose quiet hours it is now: their corrections wait until `quiet_until`.
    """

    waiting: int
    have: int
    paused: int
    left: int
    segments: int
    cost: int
    quiet: int


def figures(
    session: Session, recall: Recall, settings: SmsSettings, now: datetime
) -> RecallFigures:
    """Count whom a recall concerns; nothing is written.

    Raises:
        NothingToRecall, BadRecall, UnknownRecall: it could not be approved now.
    """
    by = session.get_one(ProgrammeVersion, recall.by_version_id)
    wrong = [one.id for one in affected(session, by, recall.text_id, recall.language)]
    to_them = theirs(recall, wrong)
    waiting = select(func.count()).where(
        to_them,
        Message.version_id.in_(wrong_sources(session, recall)),
        Message.item == recall.text_id,
        Message.state == MessageState.QUEUED.value,
    )
    found = receivers(session, recall, to_them)
    states: Counter[str] = Counter()
    quiet = 0
    theirs_alone = select(Subscription.id, Subscription.state, Subscription.zone).where(
        Subscription.version_id.in_(wrong)
    )
    rows = session.execute(theirs_alone.execution_options(yield_per=2_000))
    for row in rows:
        if row.id in found:
            states[row.state] += 1
            quiet += bool(quiet_until(now, row.zone, settings.quiet_from, settings.quiet_until))
    paused = states[SubscriptionState.PAUSED]
    kept = {*OPEN, SubscriptionState.COMPLETED, SubscriptionState.LOST}
    left = sum(many for state, many in states.items() if state not in kept)
    segments = (len(found) - left) * _segments(by, recall)
    return RecallFigures(
        waiting=session.scalar(waiting) or 0,
        have=len(found),
        paused=paused,
        left=left,
        segments=segments,
        cost=segments * settings.price_toea,
        quiet=quiet,
    )


def _segments(by: ProgrammeVersion, recall: Recall) -> int:
    """Return the segments of one correction: the notice, and the longest of the texts."""
    texts = texts_by_id(programme_of(by))[recall.text_id].values()
    longest = max(count(text.say[recall.language]).segments for text in texts)
    return count(say("programme.correction", recall.language)).segments + longest


def recall_views(session: Session, code: str) -> list[dict[str, Any]]:
    """Return a programme's recalls, newest first."""
    rows = session.scalars(
        select(Recall).where(Recall.programme == code).order_by(Recall.id.desc())
    )
    return [recall_view(session, row) for row in rows]


def recall_view(session: Session, row: Recall) -> dict[str, Any]:
    """Return one recall, with both texts."""
    by = session.get_one(ProgrammeVersion, row.by_version_id)
    right = programme_of(by)
    versions = list(_versions(session, row, by))
    return {
        "id": row.public_id,
        "programme": row.programme,
        "text": row.text_id,
        "language": row.language,
        "by": by.number,
        "safety": is_safety(right, row.text_id),
        "wrong": [{"version": one.number, "texts": _told(one, row)} for one in versions],
        "right": _told(by, row),
        "reason": row.reason,
        "correct": row.correct,
        "asked_by": _party(session, row.asked_by_id),
        "asked_at": row.asked_at,
        "reference": row.reference,
        "approved_by": _party(session, row.approved_by_id),
        "approved_at": row.approved_at,
        "receipt": _receipt(session, row),
        "corrections": _corrections(session, row),
        "noting": row.noted_to is not None,
    }


def _versions(session: Session, row: Recall, by: ProgrammeVersion) -> Iterator[ProgrammeVersion]:
    """Yield the versions whose text it replaces, or would replace now."""
    if row.approved_at is None:
        try:
            yield from affected(session, by, row.text_id, row.language)
        except (NothingToRecall, BadRecall, UnknownRecall):
            return
    else:
        yield from session.scalars(
            select(ProgrammeVersion)
            .join(RecalledText, RecalledText.version_id == ProgrammeVersion.id)
            .where(RecalledText.recall_id == row.id)
            .order_by(ProgrammeVersion.number)
        )


def _told(version: ProgrammeVersion, row: Recall) -> Sequence[dict[str, str | None]]:
    texts = texts_by_id(programme_of(version)).get(row.text_id, {})
    return list(told_in(texts, row.language).values())


def _party(session: Session, key: int | None) -> object:
    return session.scalar(select(Party.public_id).where(Party.id == key)) if key else None


def _receipt(session: Session, row: Recall) -> str | None:
    leaf = select(LedgerLeaf.commitment).where(LedgerLeaf.journal_id == row.journal_id)
    commitment = session.scalar(leaf) if row.journal_id else None
    return None if commitment is None else receipt_code(commitment)


def _corrections(session: Session, row: Recall) -> dict[str, int]:
    """Count corrections by their outcome; `waiting` are those to come."""
    outcomes = session.scalars(
        select(TextCorrection.outcome).where(TextCorrection.recall_id == row.id)
    )
    return dict(Counter(outcome or "waiting" for outcome in outcomes))
