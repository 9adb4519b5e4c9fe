"""Message counts from the database, for `services.runtime.metrics`."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Integer, func, literal_column, or_, select
from sqlalchemy.orm import Session

from services.messaging.dispatch.channels import read_circuits
from services.messaging.dispatch.claim import QUEUED
from services.messaging.dispatch.decision_batch import month_of
from services.messaging.dispatch.due_messages import MOST, DueMessages
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
        *_waiting(session, channels, now),
        _uncertain(session),
        *_circuits(session, channels, now),
        *_spent(session, now),
    ]


def _by_state(session: Session) -> Metric:
    metric = GaugeMetricFamily(
        "bilum_messages", f"Messages by state, each counted up to {MOST}.", labels=["state"]
    )
    for state in MessageState:
        among = select(literal_column("1", Integer)).where(Message.state == state.value).limit(MOST)
        count = session.scalar(select(func.count()).select_from(among.subquery()))
        metric.add_metric([state.value], count or 0)
    return metric


def _waiting(session: Session, channels: Sequence[str], now: datetime) -> Iterator[Metric]:
    oldest = DueMessages(("", *channels)).oldest(session)
    oldest = oldest if oldest and oldest <= now else None
    # An index alone tells these; the reasons are in the rows, so only those that wait are read.
    is_due = (
        select(literal_column("1", Integer)).where(QUEUED, ~MAIL, Message.due_at <= now).limit(MOST)
    )
    due = session.scalar(select(func.count()).select_from(is_due.subquery())) or 0
    waits = select(Message.reason).where(QUEUED, or_(MAIL, Message.due_at > now)).limit(MOST)
    some = waits.subquery()
    reasons = session.execute(select(some.c.reason, func.count()).group_by(some.c.reason))
    yield GaugeMetricFamily(
        "bilum_messages_oldest_due_seconds",
        "For how long the message that is longest due waits to be sent.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
    waiting = GaugeMetricFamily(
        "bilum_messages_waiting",
        f"Queued messages by the reason for which they wait, counted up to {MOST}; without one: "
        "they are due.",
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
