"""Sentences, days and times of the pages, in the language of whoever reads."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import g

from services.console.browser_session import chosen_language
from services.core.geography import zone_of
from services.core.roles import Role
from services.texts.catalogue import has_sentence, language_of, template

_OF_OFFICES = "en"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Plain "en" writes days as Americans do.
_LOCALES = {"en": "en_PG", "tpi": "tpi"}

Say = Callable[..., str]


def language() -> str:
    """Return the language of the page: chosen here, or the person's own, or that of offices."""
    person = g.get("person")
    return language_of(chosen_language() or (person and person.language) or _OF_OFFICES)


def t(code: str, **values: object) -> str:
    """Return a sentence of the console in the language of the page."""
    return template(f"console.{code}", language()).format(**values)


def shared(code: str) -> str:
    """Return a sentence that is not the console's own, or the end of its code as words."""
    if has_sentence(code):
        return template(code, language())
    return code.rpartition(".")[2].replace("_", " ")


def role_name(role: Role) -> str:
    """Name a role."""
    return shared(f"office.{role}")


def day(value: date) -> str:
    """Write a day: 27 Nov 2026."""
    return format_date(value, "d MMM y", _LOCALES[language()])


def moment(at: datetime, province: str | None) -> str:
    """Write an instant in the time of a province: 27 Nov 2026 14:05."""
    here = at.astimezone(ZoneInfo(zone_of(province)))
    return f"{day(here.date())} {here:%H:%M}"


def age(since: datetime, now: datetime) -> str:
    """Tell how long ago an instant was: 5 min, 3 h, 2 days."""
    passed = now - since
    if passed < _HOUR:
        return t("age_minutes", count=int(passed.total_seconds() // 60))
    if passed < 2 * _DAY:
        return t("age_hours", count=int(passed / _HOUR))
    return t("age_days", count=passed.days)
