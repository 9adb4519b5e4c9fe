"""Outcomes of all who began, counted by one SQL statement over opened rows.

It shares nothing with what it checks: rows are copied into plain tables, days as whole numbers.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from services.storage.models import AskedQuestion, Message, Person, Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.health.indicators.disaggregation import Period

_TABLES = """
CREATE TEMPORARY TABLE began (id INTEGER, province TEXT, day INTEGER, ended INTEGER, dead INTEGER,
    whole INTEGER, quit INTEGER, first_quit INTEGER);
CREATE TEMPORARY TABLE said (id INTEGER, item TEXT, turn INTEGER, answer TEXT);
CREATE TEMPORARY TABLE assessed (outcome TEXT, item TEXT, days INTEGER, wins TEXT);
INSERT INTO assessed VALUES ('abstinent', 'month1', 30, ',none,');
INSERT INTO assessed VALUES ('abstinent', 'month6', 180, ',none,');
INSERT INTO assessed VALUES ('continuous', 'since', 180, ',none,few,');
"""
_COUNT = """
WITH last_said AS (
    SELECT id, item, answer FROM said one WHERE turn =
        (SELECT MAX(turn) FROM said other WHERE other.id = one.id AND other.item = one.item)
), due AS (
    SELECT began.*, assessed.*, COALESCE(first_quit, quit, day + 28) + days AS due_on,
        COALESCE(first_quit, quit) AS own, answer
    FROM began CROSS JOIN assessed
    LEFT JOIN last_said ON last_said.id = began.id AND last_said.item = assessed.item
), mine AS (
    SELECT due.*, CASE WHEN dead = 1 AND ended <= due_on THEN 1 ELSE 0 END AS apart,
        CASE WHEN answer IS NOT NULL AND wins LIKE '%,' || answer || ',%' THEN 1 ELSE 0 END AS won,
        CASE WHEN own IS NOT NULL THEN 1 ELSE 0 END AS owned,
        CASE WHEN first_quit IS NOT NULL AND (quit IS NULL OR quit <> first_quit)
            THEN 1 ELSE 0 END AS moved
    FROM due WHERE due_on BETWEEN :first AND :last
)
SELECT province, outcome, item,
    SUM(1 - apart) AS due, SUM(apart) AS died,
    SUM(CASE WHEN apart = 0 AND answer IS NOT NULL THEN 1 ELSE 0 END) AS due_answered,
    SUM((1 - apart) * won) AS due_success,
    SUM((1 - apart) * owned) AS dated,
    SUM((1 - apart) * won * owned * (1 - moved)) AS dated_success,
    SUM((1 - apart) * won * (1 - owned * (1 - moved))) AS floating
FROM mine GROUP BY province, outcome, item
"""
_CHANGE = """
SELECT COUNT(*) AS paired,
    SUM(CASE WHEN start.answer = 'none' THEN 1 ELSE 0 END) AS before,
    SUM(CASE WHEN finish.answer = 'none' THEN 1 ELSE 0 END) AS after,
    SUM(CASE WHEN start.answer <> 'none' AND finish.answer = 'none' THEN 1 ELSE 0 END) AS improved,
    SUM(CASE WHEN start.answer = 'none' AND finish.answer <> 'none' THEN 1 ELSE 0 END) AS worsened
FROM began
JOIN said start ON start.id = began.id AND start.item = 'baseline_abstinent' AND start.turn =
    (SELECT MAX(turn) FROM said WHERE said.id = began.id AND said.item = 'baseline_abstinent')
JOIN said finish ON finish.id = began.id AND finish.item = 'month6' AND finish.turn =
    (SELECT MAX(turn) FROM said WHERE said.id = began.id AND said.item = 'month6')
WHERE COALESCE(first_quit, quit, day + 28) + 180 BETWEEN :first AND :last
    AND NOT (dead = 1 AND ended <= COALESCE(first_quit, quit, day + 28) + 180)
"""
_KEPT = """
SELECT COUNT(*) AS keepable,
    SUM(CASE WHEN whole = 1 OR ended IS NULL OR ended >= day + 90 THEN 1 ELSE 0 END) AS kept
FROM began WHERE day BETWEEN :first AND :last AND NOT (dead = 1 AND ended <= day + 90)
"""


def copy_rows(session: Session) -> None:
    """Copy the rows into plain tables of the same database."""
    for statement in filter(str.strip, _TABLES.split(";")):
        session.execute(text(statement))
    for row, person in session.execute(
        select(Subscription, Person).join(Person, Person.id == Subscription.person_id)
    ).all():
        if row.activated_at is not None:
            session.execute(
                text("INSERT INTO began VALUES (:a, :b, :c, :d, :e, :w, :f, :g)"),
                {
                    "a": row.id,
                    "b": person.province or "unknown",
                    "c": _day(row.activated_at, row.zone),
                    "d": row.ended_at and _day(row.ended_at, row.zone),
                    "e": int(row.state == "ended" and row.reason == "death"),
                    "w": int(row.state == "completed"),
                    "f": _number(row.anchors.get("quit")),
                    "g": _number((row.first_dates or {}).get("quit")),
                },
            )
    answered = select(AskedQuestion).where(AskedQuestion.answered_at.is_not(None))
    in_order = session.scalars(answered.order_by(AskedQuestion.asked_at)).all()
    for turn, one in enumerate(in_order):
        session.execute(
            text("INSERT INTO said VALUES (:a, :b, :c, :d)"),
            {"a": one.subscription_id, "b": one.item, "c": turn, "d": one.answer},
        )


def outcomes(session: Session, period: Period) -> dict[tuple[str, str, str], dict[str, int]]:
    """Counts by province, outcome and assessment."""
    rows = session.execute(text(_COUNT), _days(period)).mappings()
    return {
        (row["province"], row["outcome"], row["item"]): {
            name: int(row[name]) for name in row if name not in {"province", "outcome", "item"}
        }
        for row in rows
    }


def change(session: Session, period: Period) -> dict[str, int]:
    """Counts of those who answered at the start and after half a year."""
    row = session.execute(text(_CHANGE), _days(period)).mappings().one()
    return {name: int(row[name] or 0) for name in row}


def kept(session: Session, period: Period) -> dict[str, int]:
    """Counts of those who began in the period and were there 90 days later."""
    row = session.execute(text(_KEPT), _days(period)).mappings().one()
    return {name: int(row[name] or 0) for name in row}


def doses(session: Session) -> dict[int, int]:
    """Delivered texts by subscription."""
    rows = session.execute(
        text(f"SELECT subscription_id, COUNT(*) FROM {Message.__tablename__}"  # noqa: S608 — a name
             " WHERE state = 'delivered' GROUP BY subscription_id")
    )  # fmt: skip
    return {key: int(count) for key, count in rows}


def _days(period: Period) -> dict[str, int]:
    return {"first": period.first.toordinal(), "last": period.last.toordinal()}


def _day(at: datetime, zone: str) -> int:
    return at.astimezone(ZoneInfo(zone)).date().toordinal()


def _number(iso: str | None) -> int | None:
    return date.fromisoformat(iso).toordinal() if iso else None
