"""Findings of an audit, and its report."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from chain.errors import CanonicalError

UNREADABLE = (
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    CanonicalError,
)
"""What reading a stored value raises that has a shape this program never writes."""


class Difference(StrEnum):
    """A way in which database and ledger can disagree."""

    ALTERED = "altered"
    MISSING_ON_CHAIN = "missing on chain"
    MISSING_IN_DATABASE = "missing in the database"
    CONTENT_LOST = "content lost"
    REORDERED = "reordered"
    WRONG_ROOT = "wrong root"
    WRONG_NODE = "wrong node"
    NOT_ERASED = "not erased"
    WRONG_PROJECTION = "wrong projection"
    HISTORY_REWRITTEN = "history rewritten"
    SENT_AFTER_RECALL = "sent after its recall"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `index` is the record's on the ledger, None where it has none."""

    difference: Difference
    index: int | None
    detail: str

    def __str__(self) -> str:
        """Tell it in one line."""
        place = "" if self.index is None else f" at record {self.index}"
        return f"{self.difference.value.upper()}{place}: {self.detail}"


class Flagged(NamedTuple):
    """Something about an event that a person should look at; not a fault of the ledger."""

    code: str
    event: str
    animal: str


@dataclass(slots=True)
class AuditReport:
    """Result of an audit.

    Attributes:
        records: how many records of the chain were compared.
        size: records on the chain when the audit began.
        waiting: leaves that are not on the chain yet.
        waiting_since: when the oldest of them was filed, as the operator's clock had it.
        erased: indexes of records whose content is gone, as an erasure on the ledger or waiting for
            it says; no differences.
        original: whether the database knows of no restore of it.
        excused: indexes that erasures name and may name.
        checkpoint: SIZE:ROOT over all of the chain's records, computed from them: what the auditor
            keeps, to begin with it next time. None where they were not all read.
        findings: differences; empty on clean data.
        flags: what a person should look at.
        not_comparable: rows of state whose events were erased, so that nothing can tell whether
            they are right.
        not_checked: what this audit leaves out, one sentence each.
        scope: which part of the ledger it looked at, where not at all of it.
    """

    records: int = 0
    size: int = 0
    waiting: int = 0
    waiting_since: str | None = None
    erased: list[int] = field(default_factory=list)
    original: bool = False
    excused: set[int] = field(default_factory=set)
    checkpoint: str | None = None
    findings: list[Finding] = field(default_factory=list)
    flags: list[Flagged] = field(default_factory=list)
    not_comparable: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """True where database and ledger agree."""
        return not self.findings

    def add(self, difference: Difference, index: int | None, detail: str) -> None:
        """Note a difference."""
        self.findings.append(Finding(difference, index, detail))

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "clean": self.clean,
            "records": self.records,
            "size": self.size,
            "waiting": self.waiting,
            "waiting_since": self.waiting_since,
            "erased": self.erased,
            "checkpoint": self.checkpoint,
            "differences": dict(Counter(finding.difference.value for finding in self.findings)),
            "findings": [
                {"difference": f.difference.value, "index": f.index, "detail": f.detail}
                for f in self.findings
            ],
            "flags": [flag._asdict() for flag in self.flags],
            "not_comparable": self.not_comparable,
            "not_checked": self.not_checked,
            "scope": self.scope,
        }


@contextmanager
def tolerating(
    report: AuditReport, index: int | None = None, where: str = "a stored value"
) -> Iterator[None]:
    """Make a finding of a stored value that has a shape this program never writes.

    SQLite takes any value into any column, so somebody with the file in hand can put text where
    a number is read. What was not reached behind it in the same step shows when it is mended.
    """
    try:
        yield
    except UNREADABLE as error:
        kind = type(error).__name__
        report.add(Difference.ALTERED, index, f"{where} cannot be read ({kind})")
