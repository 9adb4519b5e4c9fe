"""Concerns of a programme in a period, and questions whether there is danger: how both ended."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from services.health.indicators.disaggregation import UNKNOWN, Cell, Fact
from services.health.indicators.fact_queries import FactQuery, cell_columns
from services.storage.models import Concern, DangerQuestion, Person, Subscription, Task, TaskSource

_CHUNK = 2_000
_CUTS = len(Cell._fields)
_LIMITS = {"acted_in_1h": timedelta(hours=1), "acted_in_24h": timedelta(hours=24)}
_OPEN, _HANDLED, _SILENT = "open", "handled", "silent"


def count_harms(
    session: Session, facts: defaultdict[Cell, Counter[Fact]], query: FactQuery
) -> None:
    """Count the concerns and questions of a period, strangers' included."""
    for wanted, told in ((_concerns(query), _facts), (_questions(query), _ends)):
        for row in session.execute(wanted.execution_options(yield_per=_CHUNK)):
            cell = Cell(*(value or UNKNOWN for value in row[:_CUTS]))
            facts[cell].update(told(row))


def _concerns(query: FactQuery) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *cell_columns(query),
            Concern.kind,
            Concern.code,
            Concern.at,
            Concern.told_id,
            Concern.handled_at,
            Task.outcome,
        )
        .join(Person, Person.id == Concern.person_id)
        .outerjoin(Subscription, Subscription.id == Concern.subscription_id)
        .outerjoin(TaskSource, TaskSource.concern_id == Concern.id)
        .outerjoin(Task, Task.id == TaskSource.task_id)
        .where(Concern.programme == query.code, Concern.at >= query.start, Concern.at < query.end)
    )


def _questions(query: FactQuery) -> Select[*tuple[Any, ...]]:
    of_programme = DangerQuestion.programme == query.code
    at = DangerQuestion.sent_at
    return (
        select(*cell_columns(query), DangerQuestion.answer, DangerQuestion.passed_on_at)
        .join(Person, Person.id == DangerQuestion.person_id)
        .outerjoin(Subscription, Subscription.id == DangerQuestion.subscription_id)
        .where(of_programme, at >= query.start, at < query.end)
    )


def _ends(row: Row[*tuple[Any, ...]]) -> list[Fact]:
    """Return what is counted of a question whether there is danger: that it was, and its end."""
    end = row.answer or (_OPEN if row.passed_on_at is None else _SILENT)
    return [("danger_asked",), ("danger_asked", end)]


def _facts(row: Row[*tuple[Any, ...]]) -> list[Fact]:
    """Return what is counted of a concern; each has a class, such as `flag.chest_pain`."""
    of_class = ".".join(filter(None, (row.kind, row.code.replace(".", "_"))))
    found: list[Fact] = [("concerns",), ("concerns", of_class)]
    for name, limit in _LIMITS.items():
        if row.handled_at is not None and row.handled_at - row.at <= limit:
            found += [(name,), (name, of_class)]
    if row.told_id is None:
        found.append(("untold",))
    ending = row.outcome or (_OPEN if row.handled_at is None else _HANDLED)
    return [*found, ("concern_outcome",), ("concern_outcome", ending)]
