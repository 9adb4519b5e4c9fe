"""Gauges of subscriptions, campaigns and concerns, for `services.runtime.metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.health.versions.store import local_day
from services.storage.models import Campaign, Concern, Subscription


def read_programme_metrics(session: Session, now: datetime) -> Sequence[Metric]:
    """Read the gauges of subscriptions, campaigns and concerns."""
    return [
        _subscriptions(session),
        _behind(session, now),
        _campaigns(session),
        *_concerns(session, now),
    ]


def _subscriptions(session: Session) -> Metric:
    metric = GaugeMetricFamily(
        "bilum_subscriptions",
        "People in health programmes, by state.",
        labels=["programme", "state"],
    )
    counted = (Subscription.programme, Subscription.state)
    rows = session.execute(select(*counted, func.count()).group_by(*counted).order_by(*counted))
    for programme, state, count in rows:
        metric.add_metric([programme, state], count)
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


def _campaigns(session: Session) -> Metric:
    metric = GaugeMetricFamily("bilum_campaigns", "Campaigns by state.", labels=["state"])
    rows = session.execute(
        select(Campaign.state, func.count()).group_by(Campaign.state).order_by(Campaign.state)
    )
    for state, count in rows:
        metric.add_metric([state], count)
    return metric


def _concerns(session: Session, now: datetime) -> Sequence[Metric]:
    count, oldest = session.execute(
        select(func.count(), func.min(Concern.at)).where(Concern.handled_at.is_(None))
    ).one()
    return [
        GaugeMetricFamily("bilum_concerns_open", "Concerns that are not handled yet.", value=count),
        GaugeMetricFamily(
            "bilum_concerns_oldest_seconds",
            "Age of the oldest of them.",
            value=(now - oldest).total_seconds() if oldest else 0,
        ),
    ]
