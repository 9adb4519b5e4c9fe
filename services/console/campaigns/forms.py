"""Forms of a campaign, step by step: read as they were typed, and checked; pure.

What was typed is kept as it is, so that going back and forth loses nothing; `wrong` names each
field that is wrong, and the code of the sentence that tells what to do.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from services.console.days import read_day
from services.health.campaigns.audience import read_audience
from services.health.campaigns.drafting import FASTEST, LONGEST, Draft
from services.health.campaigns.model import CampaignKind, check_texts
from services.health.errors import BadCampaign
from services.texts.catalogue import LANGUAGES

Typed = Mapping[str, Sequence[str]]
"""What was typed into a form, by field."""

TEXT, AUDIENCE, WHEN = STEPS = ("text", "audience", "when")
FIELDS: Mapping[str, Sequence[str]] = {
    TEXT: (
        "kind",
        "programme",
        "name",
        *(f"text_{one}" for one in LANGUAGES),
        "payer",
        "reference",
    ),
    AUDIENCE: (
        *("provinces", "districts", "sex", "age_from", "age_to", "languages"),
        *("in_programme", "cohorts", "states", "lists"),
    ),
    WHEN: ("first_day", "first_hour", "last_day", "last_hour", "rate"),
}
_LONGEST, _LONGEST_TEXT, _MOST = 100, 640, 100
_USUAL_RATE, _MORNING, _EVENING = "100", "8", "18"
_OF_AUDIENCE = {"programme": "in_programme"}


class CheckedStep(NamedTuple):
    """A step as the program takes it, and what is wrong, by field."""

    values: dict[str, Any]
    wrong: dict[str, str]


def read_typed(form: MultiDict[str, str], step: str) -> dict[str, list[str]]:
    """Return what was typed into a step, cut where nobody types so much."""
    return {
        name: [_clean(one, name) for one in form.getlist(name)[:_MOST]] for name in FIELDS[step]
    }


def _clean(text: str, name: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n") if name.startswith("text_") else [text]
    plain = ("".join(one if one.isprintable() else " " for one in line) for line in lines)
    return "\n".join(plain).strip()[: _LONGEST_TEXT if name.startswith("text_") else _LONGEST]


def first(typed: Typed, name: str) -> str:
    """Return a field that has one value."""
    return next(iter(typed.get(name, ())), "")


def check_text(typed: Typed) -> CheckedStep:
    """Check what is sent, and who pays."""
    kind, programme = first(typed, "kind"), first(typed, "programme")
    texts = {one: text for one in LANGUAGES if (text := first(typed, f"text_{one}"))}
    inviting = kind == CampaignKind.INVITATION
    faults = {
        "kind": None if kind in set(CampaignKind) else "campaigns_no_kind",
        "programme": "campaigns_no_programme" if inviting and not programme else None,
        "text_en": None if texts or inviting else "campaigns_no_text",
        "name": None if first(typed, "name") else "campaigns_no_name",
        "payer": None if first(typed, "payer") else "campaigns_no_payer",
    }
    wrong = {name: code for name, code in faults.items() if code}
    if texts and not inviting:
        wrong |= _faults_of(texts)
    return CheckedStep(
        {
            "kind": kind,
            "programme": programme if inviting else None,
            "texts": {} if inviting else texts,
            "name": first(typed, "name"),
            "payer": first(typed, "payer"),
            "reference": first(typed, "reference") or None,
        },
        wrong,
    )


def _faults_of(texts: Mapping[str, str]) -> dict[str, str]:
    try:
        check_texts(texts)
    except BadCampaign as error:
        faults: Any = error.fields["texts"]
        return {f"text_{language}": "campaigns_text_wrong" for language in faults}
    return {}


def check_audience(typed: Typed) -> CheckedStep:
    """Check to whom it goes, as far as that needs no database."""
    wrong = {
        name: "campaigns_age_wrong"
        for name in ("age_from", "age_to")
        if (told := first(typed, name)) and not (told.isascii() and told.isdecimal())
    }
    values = _audience(typed, with_ages=not wrong)
    try:
        read_audience(values)
    except BadCampaign as error:
        wrong |= faults_in_audience(error)
    return CheckedStep(values, wrong)


def _audience(typed: Typed, *, with_ages: bool) -> dict[str, Any]:
    many = {name: typed.get(name, ()) for name in ("provinces", "languages", "states", "lists")}
    commas = {name: _parts(first(typed, name)) for name in ("districts", "cohorts")}
    ages = {
        name: int(told)
        for name in ("age_from", "age_to")
        if with_ages and (told := first(typed, name))
    }
    one = {"sex": first(typed, "sex"), "programme": first(typed, "in_programme")}
    return {name: value for name, value in {**many, **commas, **one, **ages}.items() if value != ""}


def _parts(text: str) -> list[str]:
    return [part for one in text.split(",") if (part := one.strip())]


def faults_in_audience(error: BadCampaign) -> dict[str, str]:
    """Return what is wrong with an audience, by the field of its form."""
    faults: Any = error.fields.get("audience", {})
    return {_OF_AUDIENCE.get(name, name): f"campaigns_{name}_wrong" for name in faults}


def usual_window(now: datetime, zone: str) -> dict[str, list[str]]:
    """Return the window that a new campaign has until another is chosen: the whole of tomorrow."""
    tomorrow = (now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)).isoformat()
    values = (tomorrow, _MORNING, tomorrow, _EVENING, _USUAL_RATE)
    return {name: [value] for name, value in zip(FIELDS[WHEN], values, strict=True)}


def check_when(typed: Typed, now: datetime, zone: str) -> CheckedStep:
    """Check when it goes, and how fast; days and hours are those of a zone."""
    ends = {name: _instant(typed, name, zone) for name in ("first", "last")}
    wrong = {f"{name}_day": "campaigns_day_wrong" for name, at in ends.items() if at is None}
    rate = first(typed, "rate")
    speed = int(rate) if rate.isascii() and rate.isdecimal() else 0
    if not 1 <= speed <= FASTEST:
        wrong["rate"] = "campaigns_rate_wrong"
    opens, closes = ends["first"], ends["last"]
    if opens and closes:
        if closes <= now:
            wrong["last_day"] = "campaigns_over_already"
        elif not timedelta() < closes - opens <= LONGEST:
            wrong["last_day"] = "campaigns_window_wrong"
    return CheckedStep({"opens_at": opens, "closes_at": closes, "rate": speed}, wrong)


def _instant(typed: Typed, which: str, zone: str) -> datetime | None:
    hour, day = first(typed, f"{which}_hour"), read_day(first(typed, f"{which}_day"))
    try:
        at = time(int(hour))
    except ValueError:
        return None
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC) if day else None


def draft_of(content: Mapping[str, Typed], now: datetime, zone: str) -> Draft | str:
    """Return the draft of what was filled in, or the name of the first step that is not right."""
    text = check_text(content.get(TEXT, {}))
    audience = check_audience(content.get(AUDIENCE, {}))
    when = check_when(content.get(WHEN, {}), now, zone)
    for name, step in zip(STEPS, (text, audience, when), strict=True):
        if name not in content or step.wrong:
            return name
    kind = CampaignKind(text.values.pop("kind"))
    return Draft(**text.values, kind=kind, audience=audience.values, **when.values)
