"""Targets that a ministry sets for indicators, and what each asks of a period."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.health.errors import BadTarget
from services.health.indicators.disaggregation import Period
from services.health.indicators.measure import Measure, Reading
from services.health.indicators.periods import whole_months
from services.storage.locks import require_one_writer
from services.storage.models import IndicatorTarget

MOST_SHARE, MOST_COUNT = 100, 10_000_000
"""Per cent of a share; a number a month of a count."""


class TargetChange(NamedTuple):
    """A target that somebody sets: per cent of a share, a number a month of a count; None: none."""

    programme: str
    goal: int | None
    by_id: int
    now: datetime


def may_have_target(measure: Measure) -> bool:
    """Return whether a ministry may aim at an indicator: not at money, nor at one that misleads."""
    return not measure.is_money and not measure.is_reason and measure.reading is not Reading.CAUTION


def targets_of(session: Session, programme: str) -> dict[str, int]:
    """Return the targets of a programme by name of the indicator."""
    newest = (
        select(func.max(IndicatorTarget.id))
        .where(IndicatorTarget.programme == programme)
        .group_by(IndicatorTarget.indicator)
    )
    rows = session.execute(
        select(IndicatorTarget.indicator, IndicatorTarget.goal).where(
            IndicatorTarget.id.in_(newest), IndicatorTarget.goal.is_not(None)
        )
    )
    return {row.indicator: row.goal for row in rows}


def set_target(session: Session, measure: Measure, change: TargetChange) -> None:
    """Set or end a target; the session is exclusive.

    Raises:
        BadTarget: the indicator can have none, or the number is out of range.
    """
    require_one_writer(session)
    most = MOST_COUNT if measure.denominator is None else MOST_SHARE
    if not may_have_target(measure):
        raise BadTarget("This figure has no target", {"indicator": ["Choose another one."]})
    if change.goal is not None and not 0 < change.goal <= most:
        raise BadTarget("The target is out of range", {"goal": [f"From 1 to {most}."]})
    session.add(
        IndicatorTarget(
            programme=change.programme,
            indicator=measure.name,
            goal=change.goal,
            set_by_id=change.by_id,
            set_at=change.now,
        )
    )


def goal_in(targets: Mapping[str, int], measure: Measure, period: Period) -> int | None:
    """Return what a target asks of a period: a count is for whole months alone."""
    goal = targets.get(measure.name)
    if goal is None or measure.denominator is not None:
        return goal
    return goal * whole_months(period) or None
