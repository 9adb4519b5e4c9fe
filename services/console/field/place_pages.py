"""A place: what binds it, what stands there, its people and tasks, and its movements."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint
from services.console.field.people import people
from services.console.field.permit_rules import orders_at
from services.console.guards import ANYBODY
from services.console.numbers import asked_number
from services.console.pages import show
from services.console.words import language
from services.core.geography import zone_of
from services.core.roles import Scope
from services.livestock.api.common import READ, viewer
from services.livestock.domain import access
from services.livestock.domain.access import Sight
from services.livestock.queries.animals import summarise
from services.livestock.queries.movements import movement_views, movements_wanted
from services.livestock.queries.positions import lives_on
from services.livestock.queries.premises import premises_views
from services.livestock.recording.lookup import known_premises
from services.messaging.tasks.model import READS
from services.messaging.tasks.reading import open_tasks, reader_of
from services.messaging.tasks.wording import subject_in_words
from services.storage.models import Animal, Movement, Premises, Task
from sms.local_time import local_day

_DAYS = timedelta(days=30)
_PAGE, _MOST_MOVEMENTS, _MOST_TASKS = 20, 50, 10

blueprint = ConsoleBlueprint("places", "Places.")


@blueprint.route("/places/<path:premises>", guard=ANYBODY, scope=Scope.READ)
def place(premises: str) -> Response:
    """See a place, as far as one may."""
    # The keeper's name may be shown, so the reading is noted.
    with context().database.write(exclusive=False) as session:
        row = session.get_one(Premises, known_premises(session, premises).id)
        today = local_day(context().clock(), zone_of(row.province))
        [view] = premises_views(session, viewer(), [row], today)
        sight = access.sight_of_place(viewer(), row.keeper_id, row.province)
        if sight < Sight.NUMBERS:
            return show("field/place.html", view=view, number=premises, full=False)
        inside = sight is Sight.FULL or g.holder.role in READ.roles
        return show(
            "field/place.html",
            view=view,
            number=view["numbers"][0],  # type: ignore[index]  # a list of texts
            full=True,
            orders=orders_at(session, [row.id], today)[row.id],
            keeper=people(session, [row.keeper_id]).get(row.keeper_id or 0),
            tasks=_tasks(session, row),
            inside=inside,
            today=today,
            since=today - _DAYS,
            **(_inside(session, row, today) if inside else {}),
        )


def _inside(session: Session, row: Premises, today: date) -> dict[str, Any]:
    """Return what stands at a place, a page of it, and its movements of thirty days."""
    start, ids = asked_number("from"), [one.id for one in lives_on(session, row.id, today)]
    shown = sorted(ids)[start : start + _PAGE]
    rows = session.scalars(select(Animal).where(Animal.id.in_(shown)).order_by(Animal.id)).all()
    return {
        "count": len(ids),
        "animals": summarise(session, rows, today),
        "more": start + _PAGE if len(ids) > start + _PAGE else None,
        "movements": _movements(session, row, today - _DAYS),
    }


def _movements(session: Session, row: Premises, since: date) -> Sequence[Mapping[str, Any]]:
    wanted = movements_wanted(viewer(), None, row.id, None, since)
    rows = session.execute(wanted.order_by(Movement.id.desc()).limit(_MOST_MOVEMENTS)).all()
    views = movement_views(session, viewer(), rows)
    return [
        view | {"into": one.destination_id == row.id} for view, one in zip(views, rows, strict=True)
    ]


def _tasks(session: Session, row: Premises) -> list[tuple[Task, str]]:
    """Return the open tasks of a place that the reader sees, and what each is about."""
    if g.holder.role not in READS or Scope.CARE not in g.holder.scopes:
        return []
    reader = reader_of(session, g.holder.role, g.party_id, g.holder.province)
    wanted = open_tasks(session, reader).where(Task.premises_id == row.id).limit(_MOST_TASKS)
    rows = session.scalars(wanted).all()
    return [(one, str(subject_in_words(session, one, language()))) for one in rows]
