"""Views of a campaign: texts as phones show them, the audience in words, money, figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.api.context import context
from services.console.words import kina, role_name, t
from services.core.roles import Role
from services.health.campaigns.audience import read_audience
from services.health.campaigns.model import NAMELESS, Wording, render, size_of, wording_of
from services.health.versions.store import programme_by_id, published
from services.storage.models import Campaign, Party
from sms.encoding import outside_gsm7, simplify
from sms.routing import candidates
from sms.settings import SmsSettings

_NAME = "Maria"
_ANYWHERE = "+675"


class TextView(NamedTuple):
    """A text as one person would get it.

    Attributes:
        toea: what it costs by the channel that is tried first; None: there is none.
        odd: letters that make it longer, since plain SMS lack them.
    """

    language: str
    text: str
    letters: int
    segments: int
    toea: int | None
    odd: Sequence[str]


class Fact(NamedTuple):
    """A condition on the audience, in words."""

    label: str
    value: str


def texts_of(wording: Wording) -> list[TextView]:
    """Return the texts of a campaign, to somebody with a name."""
    return [view_of(one, render(wording, one, _NAME)) for one in wording.say]


def previews(texts: Mapping[str, str]) -> list[TextView]:
    """Return texts as they are being typed."""
    ready = {one: simplify(text) for one, text in texts.items() if text}
    wording = Wording(ready, NAMELESS)
    return [view_of(one, render(wording, one, _NAME)) for one in ready]


def view_of(language: str, text: str) -> TextView:
    """Measure a text."""
    size = size_of(text)
    each = price_of_segment(context().sms)
    cost = None if each is None else each * size.segments
    return TextView(language, text, len(text), size.segments, cost, outside_gsm7(text))


def price_of_segment(settings: SmsSettings) -> int | None:
    """Return what one segment to a number of the country costs, in toea; None: no channel goes."""
    ways = candidates(settings.routes, _ANYWHERE)
    return settings.price_of(ways[0]) if ways else None


def audience_in_words(campaign: Campaign, lists_all: str) -> list[Fact]:
    """Tell to whom a campaign goes; `lists_all`: what is said where there is no condition."""
    found = read_audience(campaign.audience)
    told = {
        "provinces": ", ".join(found.provinces),
        "districts": ", ".join(found.districts),
        "sex": t(f"campaigns_sex_{found.sex}") if found.sex else "",
        "ages": _ages(found.age_from, found.age_to),
        "languages": ", ".join(t(f"campaigns_in_{one}") for one in found.languages),
        "in_programme": found.programme or "",
        "cohorts": ", ".join(found.cohorts),
        "states": ", ".join(t(f"campaigns_is_{one}") for one in found.states),
        "lists": ", ".join(found.lists),
    }
    facts = [Fact(t(f"campaigns_{name}"), value) for name, value in told.items() if value]
    return facts or [Fact(t("campaigns_audience"), lists_all)]


def _ages(first: int | None, last: int | None) -> str:
    if first is None and last is None:
        return ""
    return t("campaigns_ages_from", first=first or 0, last="…" if last is None else last)


def programmes_in_use(session: Session) -> list[tuple[str, str]]:
    """Return code and title of every programme that is approved, by title."""
    found = {}
    for version_id in {one for one, _ in published(session)}:
        version, programme = programme_by_id(session, version_id)
        found[version.code] = programme.title.get("en") or version.code
    return sorted(found.items(), key=lambda one: one[1])


def name_of(session: Session, party_id: int | None) -> str | None:
    """Return the name, or the office, of somebody of the staff."""
    row = session.get(Party, party_id) if party_id else None
    return None if row is None else row.name or role_name(Role(row.role))


class Part(NamedTuple):
    """A line of a table of shares: its name, and of the people who are counted."""

    name: str
    people: int
    cost: str


def parts_of(figures: Mapping[str, Any], by: str) -> list[Part]:
    """Return the lines of a table of a dry run, the largest first."""
    shares: Mapping[str, Mapping[str, int]] = figures[by]
    lines = [Part(name, one["people"], kina(one["cost"])) for name, one in shares.items()]
    return sorted(lines, key=lambda one: -one.people)


class HourBar(NamedTuple):
    """An hour in which texts go: how many, and how wide its bar is of a hundred."""

    at: datetime
    campaign: int
    others: int
    width: int


def hours_of(figures: Mapping[str, Any], most: int = 48) -> list[HourBar]:
    """Return the first hours of a dry run as bars."""
    peaks = figures["peaks"][:most]
    top = max((one["campaign"] for one in peaks), default=1)
    return [
        HourBar(
            datetime.fromisoformat(one["at"]),
            one["campaign"],
            one["others"],
            round(100 * one["campaign"] / top),
        )
        for one in peaks
    ]


def whole_view(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Return all that the author and the second person see of a campaign, the same for both."""
    return {
        "campaign": campaign,
        "texts": texts_of(wording_of(campaign)),
        "audience": audience_in_words(campaign, t("campaigns_everybody")),
        "author": name_of(session, campaign.drafted_by_id),
        "approver": name_of(session, campaign.approved_by_id),
        "quiet": context().sms,
        "parts_of": parts_of,
        "hours_of": hours_of,
        "instant": datetime.fromisoformat,
    }
