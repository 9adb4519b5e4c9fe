"""Gauges of subscriptions, campaigns and concerns, for `services.runtime.metrics`."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.storage.models import Campaign, Concern, Person, Subscription
from sms.local_time import local_day


def read_programme_metrics(session: Session, now: datetime) -> Sequence[Metric]:
    """Read the gauges of subscriptions and campaigns, which count all people in courses."""
    return [
        _counted(
            session,
            GaugeMetricFamily(
                "bilum_subscriptions",
                "People in health programmes, by state.",
                labels=["programme", "state"],
            ),
            Subscription.programme,
            Subscription.state,
        ),
        _behind(session, now),
        _counted(
            session,
            GaugeMetricFamily("bilum_campaigns", "Campaigns by state.", labels=["state"]),
            Campaign.state,
        ),
    ]


def _counted(
    session: Session, metric: GaugeMetricFamily, *by: InstrumentedAttribute[str]
) -> Metric:
    for *labels, count in session.execute(select(*by, func.count()).group_by(*by).order_by(*by)):
        metric.add_metric(labels, count)
    return metric


def _behind(session: Session, now: datetime) -> Metric:
    today = local_day(now)
    behind = select(func.count()).where(
        Subscription.state == "active", Subscription.next_on <= today
    )
    return GaugeMetricFamily(
        "bilum_plan_behind",
        "People whose texts of today are not planned yet, or whose language is not approved.",
        value=session.scalar(behind) or 0,
    )


def read_concern_metrics(session: Session, now: datetime) -> Sequence[Metric]:
    """Read the gauges of concerns."""
    count, oldest = session.execute(
        select(func.count(), func.min(Concern.at))
        .join(Person, Person.id == Concern.person_id)
        # Of who was forgotten nobody can be called.
        .where(Concern.handled_at.is_(None), Person.link.is_not(None))
    ).one()
    return [
        GaugeMetricFamily("bilum_concerns_open", "Concerns that are not handled yet.", value=count),
        GaugeMetricFamily(
            "bilum_concerns_oldest_seconds",
            "Age of the oldest of them.",
            value=(now - oldest).total_seconds() if oldest else 0,
        ),
    ]
