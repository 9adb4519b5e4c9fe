"""Delivery reports that come before the attempt that they are about is known by its reference.

A carrier that hands our own id back names the attempt at once. Of the others an attempt is known
by the reference of the carrier's answer, and a phone may confirm a text before that is committed.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from services.messaging.dispatch.outcomes import News, apply
from services.storage.bulk import upsert
from services.storage.models import Attempt, EarlyReport
from sms.message import AttemptState, DeliveryReport, FailureClass, Outcome
from sms.states import may_become

KEPT = timedelta(days=1)
_AT_ONCE = 500


def keep_early(session: Session, report: DeliveryReport, now: datetime) -> None:
    """Keep a report of a reference that is not known yet; the same report once."""
    values = {
        "channel": report.channel,
        "reference": report.reference,
        "state": report.state.value,
        "failure": report.failure.value if report.failure else None,
        "code": report.code,
        "arrived_at": now,
    }
    session.execute(upsert(session, EarlyReport).values(values).on_conflict_do_nothing())


def match_early(session: Session, now: datetime) -> None:
    """Apply the kept reports whose attempts are known by now; forget those that are a day old."""
    rows = session.execute(
        select(EarlyReport, Attempt.public_id)
        .join(
            Attempt,
            and_(
                Attempt.reference == EarlyReport.reference, Attempt.channel == EarlyReport.channel
            ),
        )
        .order_by(EarlyReport.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, of=EarlyReport)
    ).all()
    news: dict[UUID, News] = {}
    for report, attempt in rows:
        found = _outcome(report)
        if attempt not in news or may_become(news[attempt].outcome.state, found.state):
            news[attempt] = News(found, None)
    if news:
        apply(session, news, now)
    done = [report.id for report, _ in rows]
    session.execute(
        delete(EarlyReport).where(EarlyReport.id.in_(done) | (EarlyReport.arrived_at < now - KEPT))
    )


def _outcome(report: EarlyReport) -> Outcome:
    failure = FailureClass(report.failure) if report.failure else None
    return Outcome(AttemptState(report.state), report.reference, failure, report.code)
