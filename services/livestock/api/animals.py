"""Animals in the API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.paging import LINK, Wanted, read_page
from services.livestock.api.animal_schemas import (
    EXAMPLE,
    PAGE_EXAMPLE,
    AnimalPageSchema,
    AnimalQuery,
    AnimalSchema,
    AsOfSchema,
)
from services.livestock.api.common import ANYONE, TAG, viewer
from services.livestock.domain import access
from services.livestock.domain.access import Sight, Viewer
from services.livestock.domain.model import AnimalKind
from services.livestock.queries import AnimalHistory, PremisesSummary, animal_history
from services.livestock.queries.animal_lists import (
    animals_wanted,
    province_of,
    status_of,
    summarise,
)
from services.livestock.queries.animals import AsOf
from services.livestock.queries.ownership import ties_of
from services.livestock.recording.lookup import known_premises, parse_key
from services.storage.models import Animal

blueprint = Blueprint("animals", "Animals and where they have been.", "/api/v1/animals")

_TRAITS = (
    "sex", "breed", "colour", "born_on", "head_count", "kilograms", "withdrawal_until", "ended_on",
)  # fmt: skip


class _Question(TypedDict):
    on: date | None
    known_at: datetime | None


class AnimalsWanted(Wanted, total=False):
    """What `AnimalQuery` loads."""

    kind: str | None
    at: str | None


@blueprint.route("", guard=ANYONE)
@blueprint.arguments(AnimalQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, example=PAGE_EXAMPLE, headers=LINK)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def animals(asked: AnimalsWanted) -> Any:  # noqa: ANN401 — body and headers
    """List the animals, mobs and consignments that you may see."""
    with context().database.read() as session:
        return list_animals(session, asked, asked.get("kind"))


@blueprint.route("/<path:tag>", guard=ANYONE, parameters=[TAG])
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(HTTPStatus.OK, AnimalSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def animal(asked: _Question, tag: str) -> dict[str, object]:
    """Read what is known of an animal: all of it, or its status and province alone."""
    with context().database.read() as session:
        key = parse_key(session, tag, "animal")
        history = animal_history(session, key, AsOf(asked["on"], asked["known_at"]))
        ties = ties_of(session, viewer(), [history.id])[history.id]
        return _shown(viewer(), history, access.sight_of(viewer(), ties))


def list_animals(session: Session, asked: AnimalsWanted, kind: str | None) -> Any:  # noqa: ANN401 — as above
    """Return a page of animals of a kind, None: of any, as body and headers."""
    at = asked.get("at")
    place = known_premises(session, at).id if at else None
    wanted = animals_wanted(viewer(), AnimalKind(kind) if kind else None, place)
    page = read_page(
        session, wanted, [Animal.id], asked, read=lambda found: session.scalars(found).all()
    )
    return page.answer(summarise(session, page.rows))


def _shown(who: Viewer, history: AnimalHistory, sight: Sight) -> dict[str, object]:
    shown: dict[str, object] = {
        "seen": sight.name.lower(),
        "kind": history.kind,
        "status": status_of(history.state),
        "province": province_of(history.places),
    }
    if sight is Sight.STATUS:
        return shown
    if sight is Sight.FULL:
        shown["owner"] = history.owner
    return shown | {
        "public_id": history.public_id,
        "numbers": history.numbers,
        "found": history.found,
        "subject": history.subject.hex(),
        **{name: getattr(history.state, name) for name in _TRAITS},
        "at": [_place(who, place) for place in history.places],
        "stays": [
            {
                "premises": stay.place and _place(who, stay.place),
                "since": stay.since,
                "until": stay.until,
            }
            for stay in history.stays
        ],
        "events": history.entries,
        "flags": history.flags,
    }


def _place(who: Viewer, place: PremisesSummary) -> dict[str, object]:
    sight = access.sight_in_history(who, place.keeper_id, place.province)
    hidden = {Sight.STATUS: {"public_id", "number", "name"}, Sight.NUMBERS: {"name"}}
    return {
        name: value for name, value in asdict(place).items() if name not in hidden.get(sight, set())
    }
