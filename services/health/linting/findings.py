"""Findings of the linter, and the settings it needs; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """FAULT: must be corrected before anything is sent. WARNING: a person should look."""

    FAULT = "fault"
    WARNING = "warning"


class Finding(NamedTuple):
    """A fault or warning of the linter.

    Attributes:
        code: of the rule; stable.
        where: place in the file, by ids.
        language: of the text concerned; None: all languages.
        message: what is wrong, and what to do.
    """

    severity: Severity
    code: str
    where: str
    language: str | None
    message: str

    def as_json(self) -> dict[str, object]:
        """Return it as the API and `--json` show it."""
        members: dict[str, object] = self._asdict()
        return members | {"told": members.pop("message")}


@dataclass(frozen=True, slots=True)
class LintSettings:
    """The installation's settings that the linter needs.

    Attributes:
        toea: price of one segment.
        daily_cap: most texts of programmes to one number in a day.
        taken: keywords of other services, in lower case, and their meaning there.
    """

    toea: int = 25
    daily_cap: int = 10
    taken: Mapping[str, str] = field(default_factory=dict)


def fault(code: str, where: str, message: str, language: str | None = None) -> Finding:
    """Make a fault."""
    return Finding(Severity.FAULT, code, where, language, message)


def warning(code: str, where: str, message: str, language: str | None = None) -> Finding:
    """Make a warning."""
    return Finding(Severity.WARNING, code, where, language, message)
