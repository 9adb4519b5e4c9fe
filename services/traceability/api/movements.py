"""Movements and flags in the API."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from services.storage.models import Flag, Movement
from services.traceability.api.common import ANYONE, viewer
from services.traceability.api.movement_schemas import (
    FLAG_PAGE_EXAMPLE,
    PAGE_EXAMPLE,
    FlagPageSchema,
    FlagQuery,
    MovementPageSchema,
    MovementQuery,
)
from services.traceability.lookup import known_animal, known_premises
from services.traceability.queries.events import flag_views, flags_wanted
from services.traceability.queries.movements import (
    MovementFilter,
    movement_views,
    movements_wanted,
)
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.paging import LINK, Wanted, read_page

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = Blueprint(
    "movements", "Movements, and what of them a person should look at.", "/api/v1"
)


class _MovementsWanted(Wanted):
    animal: str | None
    premises: str | None
    overdue_days: int | None


class _FlagsWanted(Wanted):
    code: str | None


@blueprint.route("/movements", guard=ANYONE)
@blueprint.arguments(MovementQuery, location="query")
@blueprint.response(HTTPStatus.OK, MovementPageSchema, example=PAGE_EXAMPLE, headers=LINK)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def movements(asked: _MovementsWanted) -> Any:  # noqa: ANN401 — body and headers
    """List movements from and to premises that you may see."""
    with context().database.read() as session:
        wanted = movements_wanted(viewer(), _filter(session, asked))
        page = read_page(session, wanted, [Movement.id], asked)
        return page.answer(movement_views(session, viewer(), page.rows))


@blueprint.route("/flags", guard=ANYONE)
@blueprint.arguments(FlagQuery, location="query")
@blueprint.response(HTTPStatus.OK, FlagPageSchema, example=FLAG_PAGE_EXAMPLE, headers=LINK)
def flags(asked: _FlagsWanted) -> Any:  # noqa: ANN401 — as above
    """List what a person should look at, of the animals that you may see."""
    with context().database.read() as session:
        keys = [Flag.journal_id, Flag.animal_id, Flag.code]
        page = read_page(session, flags_wanted(viewer(), asked["code"]), keys, asked)
        return page.answer(flag_views(session, page.rows))


def _filter(session: Session, asked: _MovementsWanted) -> MovementFilter:
    overdue = asked["overdue_days"]
    return MovementFilter(
        known_animal(session, asked["animal"]).id if asked["animal"] else None,
        known_premises(session, asked["premises"]).id if asked["premises"] else None,
        # Days east of Greenwich begin earlier: by the date in UTC none is overdue too soon.
        None if overdue is None else context().clock().date() - timedelta(overdue),
    )
