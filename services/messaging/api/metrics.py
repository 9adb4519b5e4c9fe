"""Message counts from the database, for `services.runtime.metrics`."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.orm import Session

from services.messaging.dispatch.channels import read_circuits
from services.messaging.dispatch.claim import QUEUED
from services.messaging.dispatch.decision_batch import month_of
from services.messaging.village_routing import MAIL
from services.storage.models import Attempt, Message, Spending
from sms.circuit import Circuit, CircuitState
from sms.message import MessageState

# As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
_UNCERTAIN = Attempt.state == literal_column("'uncertain'")

_PLANNED = "planned"
"""What is to go later and waits for nothing else."""


def read_message_metrics(
    session: Session, channels: Sequence[str], now: datetime
) -> Sequence[Metric]:
    """Read what is told of messages, attempts, channels and costs.

    `channels`: of the routing table.
    """
    return [
        _by_state(session),
        *_waiting(session, now),
        _uncertain(session),
        *_circuits(session, channels, now),
        *_spent(session, now),
    ]


def _by_state(session: Session) -> Metric:
    rows = session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    counts = {row[0]: row[1] for row in rows}
    metric = GaugeMetricFamily("bilum_messages", "Messages by state.", labels=["state"])
    for state in MessageState:
        metric.add_metric([state.value], counts.get(state.value, 0))
    return metric


def _waiting(session: Session, now: datetime) -> Iterator[Metric]:
    # An index alone tells these; the reasons are in the rows, so only those that wait are read.
    due, oldest = session.execute(
        select(func.count(), func.min(Message.due_at)).where(QUEUED, ~MAIL, Message.due_at <= now)
    ).one()
    reasons = session.execute(
        select(Message.reason, func.count())
        .where(QUEUED, or_(MAIL, Message.due_at > now))
        .group_by(Message.reason)
    )
    yield GaugeMetricFamily(
        "bilum_messages_oldest_due_seconds",
        "For how long the message that is longest due waits to be sent.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
    waiting = GaugeMetricFamily(
        "bilum_messages_waiting",
        "Queued messages by the reason for which they wait; without one: they are due.",
        labels=["reason"],
    )
    waiting.add_metric([""], due)
    for reason, count in reasons:
        waiting.add_metric([reason or _PLANNED], count)
    yield waiting


def _uncertain(session: Session) -> Metric:
    return GaugeMetricFamily(
        "bilum_attempts_in_doubt",
        "Attempts of which nobody knows whether the carrier took them.",
        value=session.scalar(select(func.count()).select_from(Attempt).where(_UNCERTAIN)) or 0,
    )


def _circuits(session: Session, channels: Sequence[str], now: datetime) -> Iterator[Metric]:
    known = dict.fromkeys(channels, Circuit()) | read_circuits(session)
    opened = GaugeMetricFamily(
        "bilum_channel_open",
        "Whether nothing but a try goes through the channel, after failures.",
        labels=["channel"],
    )
    failures = GaugeMetricFamily(
        "bilum_channel_failures", "Failures of the channel in a row.", labels=["channel"]
    )
    for channel, circuit in sorted(known.items()):
        opened.add_metric([channel], float(circuit.state(now) is not CircuitState.CLOSED))
        failures.add_metric([channel], circuit.failures)
    yield opened
    yield failures


def _spent(session: Session, now: datetime) -> Iterator[Metric]:
    # Counters begin again from 0 all the time, as when a program is started: `rate` knows it.
    segments = CounterMetricFamily(
        "bilum_sms_segments",
        "Segments that were sent; from 0 again in each month of Port Moresby.",
        labels=["channel", "kind"],
    )
    cost = CounterMetricFamily(
        "bilum_sms_cost_toea",
        "What they cost, in hundredths of a kina; from 0 again in each month.",
        labels=["channel", "kind"],
    )
    this_month = select(Spending).where(Spending.month == month_of(now))
    for row in session.scalars(this_month.order_by(Spending.channel, Spending.kind)):
        segments.add_metric([row.channel, row.kind], row.segments)
        cost.add_metric([row.channel, row.kind], row.cost)
    yield segments
    yield cost
