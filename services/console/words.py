"""Sentences, days and times of the pages, in the language of whoever reads."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import g

from services.console.browser_session import chosen_language
from services.console.days import read_day
from services.core.geography import zone_of
from services.core.roles import Role
from services.texts.catalogue import has_sentence, language_of, template

_OF_OFFICES = "en"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Plain "en" writes days as Americans do.
_LOCALES = {"en": "en_PG", "tpi": "tpi"}
_MONTHS = range(1, 13)
_LANGUAGES = {"en": "English", "tpi": "Tok Pisin"}

Say = Callable[..., str]


def language() -> str:
    """Return the language of the page: chosen here, or the person's own, or that of offices."""
    person = g.get("person")
    return language_of(chosen_language() or (person and person.language) or _OF_OFFICES)


def t(code: str, **values: object) -> str:
    """Return a sentence of the console in the language of the page."""
    return template(f"console.{code}", language()).format(**values)


def t_if(code: str) -> str:
    """Return a sentence of the console that needs no values, or nothing where there is none."""
    return t(code) if has_sentence(f"console.{code}") else ""


def language_name(code: str) -> str:
    """Name a language as its speakers do."""
    return _LANGUAGES.get(code, code)


def way_in_words(channel: str | None) -> str:
    """Tell by which channel a record came; one that is not known is named as it is."""
    if not channel:
        return ""
    own = f"ledger_by_channel_{channel.rpartition('-')[2]}"
    return t_if(own) or t("ledger_channel", channel=channel)


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


def day_of_field(value: date | str | None) -> str:
    """Write the day of a field with its weekday: Sunday 29 Nov 2026; of what is none, nothing."""
    read = read_day(value) if isinstance(value, str) else value
    return f"{weekday_names().split()[read.weekday()]} {day(read)}" if read else ""


def month_names() -> str:
    """Return the months, as short as days are written, with blanks between."""
    return " ".join(format_date(date(2026, one, 1), "MMM", _LOCALES[language()]) for one in _MONTHS)


def weekday_names() -> str:
    """Return the days of the week from Monday on, with blanks between."""
    week = (date(2026, 1, 5) + timedelta(days=one) for one in range(7))
    return " ".join(format_date(one, "EEEE", _LOCALES[language()]) for one in week)


def month(value: date) -> str:
    """Write a month: Nov 2026."""
    return format_date(value, "MMM y", _LOCALES[language()])


def reason_in_words(reason: str | None) -> str:
    """Tell why a message waits, or was not sent; nothing where it has no reason."""
    return t_if(f"admin_why_{reason}") or t(f"campaigns_why_{reason}") if reason else ""


def way_of_reading(what: str) -> str:
    """Tell where somebody read a record, by what the log of readings has."""
    if "/console" in what:
        return t("read_at_console")
    return t("read_by_api") if "/api/" in what else t("read_by_command")


def moment(at: datetime, province: str | None) -> str:
    """Write an instant in the time of a province: 27 Nov 2026 14:05."""
    return moment_in(at, zone_of(province))


def moment_in(at: datetime, zone: str) -> str:
    """Write an instant in the time of a zone (IANA)."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{day(here.date())} {here:%H:%M}"


def age(since: datetime, now: datetime) -> str:
    """Tell how long ago an instant was: 5 min, 3 h, 2 days."""
    passed = now - since
    if passed < _HOUR:
        return t("age_minutes", count=int(passed.total_seconds() // 60))
    if passed < 2 * _DAY:
        return t("age_hours", count=int(passed / _HOUR))
    return t("age_days", count=passed.days)


def kina(toea: float) -> str:
    """Write money: K1,250.00."""
    return f"K{toea / 100:,.2f}"
