"""The dam of an animal, and the mob that it was taken from.

Both are recorded if the reported number was known at the time of the report. If the number became
known later, the journal does not show whether that was in the same transaction, nor when a short
number was given; then the audit accepts both, no animal and the animal that has the number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.audit.findings import AuditReport
from services.audit.projections.common import wrong
from services.livestock.domain.events import registration_of
from services.livestock.domain.model import Key, Scheme, read_key
from services.livestock.recording.rebuilding import DESCENT
from services.livestock.recording.replay import History
from services.storage.models import Correction, Identifier, LedgerLeaf
from services.storage.rowsets import pairs


class _KnownNumbers(NamedTuple):
    """Since which event a number is known, and whether one that gave it was declared wrong."""

    since: int
    doubtful: bool


class Descents:
    """The animals that beginnings name, looked up for some histories at once."""

    def __init__(self, session: Session, told: Iterable[History]) -> None:
        named = {key for history in told for _, key in _told(history)}
        self._owners = _owners(session, named)
        self._known = _known(session, named)

    def compare(self, row: Any, history: History, report: AuditReport) -> None:  # noqa: ANN401 — a row
        """Compare the columns of one animal's row."""
        for name, column in DESCENT.items():
            right = self._right(history, name)
            if right is not None and getattr(row, column) not in right:
                wrong(report, f"animal {row.scheme}:{row.value}", column)

    def _right(self, history: History, name: str) -> set[int | None] | None:
        """Return what may stand there; None: anything."""
        event = registration_of(history.events)
        if event is None or name not in event.details:
            return {None}
        key = read_key(event.details[name])
        known = self._known.get(key)
        if known is not None and known.doubtful:
            return None
        owner = self._owners.get(key)
        before = known is not None and known.since <= event.journal_id
        return {owner} if owner is not None and before else {None, owner}


def _told(history: History) -> Sequence[tuple[str, Key]]:
    event = registration_of(history.events)
    told = event.details if event else {}
    return [(name, read_key(told[name])) for name in DESCENT if name in told]


def _owners(session: Session, named: set[Key]) -> Mapping[Key, int]:
    if not named:
        return {}
    rows = session.execute(
        select(Identifier.scheme, Identifier.value, Identifier.animal_id).where(
            tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, named)),
        )
    )
    return {Key(scheme, value): animal for scheme, value, animal in rows if animal is not None}


def _known(session: Session, named: set[Key]) -> Mapping[Key, _KnownNumbers]:
    by_subject = {public_subject(*key): key for key in named if key.scheme != Scheme.SHORT}
    rows = session.execute(
        select(
            LedgerLeaf.subject,
            func.min(LedgerLeaf.journal_id),
            func.count(Correction.journal_id),
        )
        .outerjoin(Correction, Correction.journal_id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject.in_(by_subject), LedgerLeaf.journal_id.is_not(None))
        .group_by(LedgerLeaf.subject)
    )
    return {
        by_subject[subject]: _KnownNumbers(since or 0, void > 0) for subject, since, void in rows
    }
