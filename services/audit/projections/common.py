"""Findings of one shape, and rows read in portions, for every comparison of state."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.audit.findings import UNREADABLE, AuditReport, Difference, tolerating

AT_ONCE = 500
_BEFORE_ALL = -(2**63)


def wrong(report: AuditReport, what: str, how: str) -> None:
    """Note that a row is not what its events say: table and key, nothing of a person, and how."""
    report.add(Difference.WRONG_PROJECTION, None, f"{what}: {how}")


def compare_columns(
    report: AuditReport, what: str, stored: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """Note which columns are not what the journal gives."""
    differing = [name for name, value in expected.items() if stored[name] != value]
    if differing:
        wrong(report, what, ", ".join(differing))


def portions(
    session: Session,
    rows: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    count: int = AT_ONCE,
) -> Iterator[Sequence[Any]]:
    """Yield rows by ascending `key`, which is their first column, in queries of `count` each."""
    last = _BEFORE_ALL
    while found := session.execute(rows.where(key > last).order_by(key).limit(count)).all():
        yield found
        last = found[-1][0]


def each_apart(
    session: Session,
    report: AuditReport,
    some: Iterable[Sequence[Any]],
    compare: Callable[[Session, Sequence[Any], AuditReport], None],
) -> None:
    """Compare portions; where one holds what cannot be read, its rows one by one.

    So one value of a wrong shape hides nothing but itself.
    """
    for rows in some:
        begun = len(report.findings)
        try:
            compare(session, rows, report)
        except UNREADABLE:
            del report.findings[begun:]
            for row in rows:
                with tolerating(report):
                    compare(session, [row], report)
