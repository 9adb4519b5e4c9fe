"""Common parts of the field's pages: the guard, addresses, and values in words."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from sqlalchemy.orm import Session

from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.words import day, shared, t
from services.core.roles import OFFICERS
from services.livestock.api.common import viewer
from services.livestock.domain.movement_questions import Bar
from services.livestock.queries.premises import PremisesSummary, place_shown, read_places

ON_DUTY = SignedIn(*OFFICERS)


def bar_in_words(bar: Bar) -> str:
    """Write a reason against a movement: what it is, its order or permit, and its end."""
    told = bar.values
    about = [str(told[name]) for name in ("order", "permit") if told.get(name)]
    inner = [str(told["area"])] if told.get("area") else []
    inner += [shared(f"disease.{told['disease']}")] if told.get("disease") else []
    inner += [t("field_lifted", day=day(bar.lifted_on))] if bar.lifted_on else []
    words = " ".join([shared(f"short.{bar.reason}"), *about])
    return f"{words} ({', '.join(inner)})" if inner else words


def reasons_in_words(codes: Iterable[str]) -> str:
    """Write reasons that are told by their codes."""
    return ", ".join(shared(f"short.{code}") for code in codes)


def animal_path(number: str) -> str:
    """Return the address of an animal's page."""
    return f"{PREFIX}/animals/{quote(number, safe='')}"


def place_path(number: str) -> str:
    """Return the address of a place's page."""
    return f"{PREFIX}/places/{quote(number, safe='')}"


def permit_path(number: str) -> str:
    """Return the address of a permit's page."""
    return f"{PREFIX}/permits/{quote(number, safe='')}"


def places_in_words(session: Session, keys: Sequence[int | None]) -> Mapping[int, str]:
    """Write places by database key: number and name as far as the reader may see, province."""
    found = read_places(session, {key for key in keys if key is not None})
    return {key: place_in_words(place) for key, place in found.items()}


def place_in_words(place: PremisesSummary) -> str:
    """Write one place: number and name as far as the reader may see, province."""
    seen = place_shown(viewer(), place) or {}
    label = " ".join(str(seen[name]) for name in ("number", "name") if seen.get(name))
    return ", ".join(filter(None, (label, place.province))) or t("field_unknown_place")
