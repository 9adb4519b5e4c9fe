"""A programme's file, as commands are told it, and what the linter needs of the installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.core.errors import Invalid, NotFound
from services.health.linting.linter import LintSettings
from services.health.versions.shipped import shipped, shipped_text
from services.runtime.command_catalogue import keywords

if TYPE_CHECKING:
    from services.core.settings import Settings


def text_of(source: str) -> str:
    """Return the text of a file, or of the programme that is shipped under a code.

    Raises:
        NotFound: there is neither.
        Invalid: the file is not UTF-8.
    """
    if source in shipped():
        return shipped_text(source)
    path = Path(source)
    if not path.is_file():
        raise NotFound(f"There is no file {source}; programmes shipped: {', '.join(shipped())}")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is not UTF-8 text") from error


def prices_of(settings: Settings) -> LintSettings:
    """Return what the linter needs of an installation."""
    return LintSettings(settings.sms.price_toea, settings.sms.daily_cap, keywords())
