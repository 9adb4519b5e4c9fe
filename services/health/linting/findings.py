"""What the linter finds, and what it is told of the world outside a programme; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """FAULT: it must be mended before anything is sent. WARNING: somebody should look."""

    FAULT = "fault"
    WARNING = "warning"


class Finding(NamedTuple):
    """Something that is wrong, or may be.

    Attributes:
        severity: how bad.
        code: of the rule; stable.
        where: place in the file, by ids.
        language: whose text it is; None: of all languages.
        told: what is wrong, and what to do.
    """

    severity: Severity
    code: str
    where: str
    language: str | None
    told: str


@dataclass(frozen=True, slots=True)
class Prices:
    """What the linter needs from the installation.

    Attributes:
        toea: price of one segment.
        daily_cap: most texts of programmes to one number in a day.
        taken: keywords of other services, in lower case, and what they mean there.
    """

    toea: int = 25
    daily_cap: int = 10
    taken: Mapping[str, str] = field(default_factory=dict)


def fault(code: str, where: str, told: str, language: str | None = None) -> Finding:
    """Make a fault."""
    return Finding(Severity.FAULT, code, where, language, told)


def warning(code: str, where: str, told: str, language: str | None = None) -> Finding:
    """Make a warning."""
    return Finding(Severity.WARNING, code, where, language, told)
