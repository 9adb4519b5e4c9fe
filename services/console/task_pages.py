"""Pages of tasks: what waits for me, and what I do about it."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read, own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.pages import show
from services.console.sessions import CHANNEL
from services.console.words import language, role_name
from services.core.errors import NotFound
from services.core.roles import Role, Scope
from services.messaging.tasks.model import READS, SAID, EntryKind, Outcome
from services.messaging.tasks.one_health import counterpart_of, progress_of
from services.messaging.tasks.reading import (
    HistoryStep,
    TaskReader,
    find_task,
    history_of,
    open_tasks,
    phone_of,
    place_of,
    reader_of,
    subject_of,
)
from services.messaging.tasks.wording import subject_in_words
from services.messaging.tasks.work import Worker, assign, close, note, reopen, sees, take
from services.storage.models import Party, Task
from sms.numbers import local

ON_DUTY = SignedIn(*READS)
_PAGE, _MOST_COLLEAGUES, _LONGEST = 20, 100, 500
_ONE = "/tasks/<uuid:task_id>"

blueprint = ConsoleBlueprint("tasks", "Tasks.")


class TaskCard(NamedTuple):
    """A task as a list shows it.

    Attributes:
        owner: name or office of who took it; None: nobody did.
        mine: whether it is the reader's own.
        phone: to call, as people write it; `dial`: as a telephone wants it.
    """

    id: UUID
    number: str
    province: str | None
    made_at: datetime
    due_at: datetime
    outcome: str | None
    what: str
    place: str
    name: str | None
    phone: str | None
    dial: str | None
    owner: str | None
    mine: bool


class TaskDetails(NamedTuple):
    """A task as its own page shows it.

    Attributes:
        colleagues: who may be given it: public id, and name or office.
        counterpart: how far the other service is with the same event.
    """

    card: TaskCard
    history: Sequence[HistoryStep]
    colleagues: Sequence[tuple[UUID, str]]
    counterpart: str | None


@blueprint.route("/tasks", guard=ON_DUTY, scope=Scope.CARE)
def tasks() -> Response:
    """See what waits, the oldest first, with place, phone and age."""
    here, chosen = context(), _chosen()
    # Names and numbers are shown, so each reading is noted.
    with here.database.write(exclusive=False) as session:
        wanted = _filtered(open_tasks(session, _reader(session)), chosen)
        rows = session.scalars(wanted.offset(chosen["from"]).limit(_PAGE + 1)).all()
        cards = [_card(session, row) for row in rows[:_PAGE]]
    more = chosen["from"] + _PAGE if len(rows) > _PAGE else None
    return show("tasks.html", cards=cards, chosen=chosen, more=more)


@blueprint.route(_ONE, guard=ON_DUTY, scope=Scope.CARE)
def task(task_id: UUID) -> Response:
    """See one task, with its history, and what can be done."""
    with context().database.write(exclusive=False) as session:
        details = _details(session, find_task(session, _reader(session), task_id))
    return _show(details)


@blueprint.route(f"{_ONE}/take", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@once
def taken(work: Work, task_id: UUID) -> Response:
    """Take a task."""
    row = _find(work, task_id)
    take(work.session, row, _worker(work))
    return _back(task_id)


@blueprint.route(f"{_ONE}/notes", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@once
def noted(work: Work, task_id: UUID) -> Response:
    """Add a note, or what a call gave."""
    row, text = _find(work, task_id), _text()
    if not text:
        _draw_again(work.session, row, {"text": "note_empty"})
    kind = EntryKind.CALL if request.form.get("kind") == EntryKind.CALL else EntryKind.NOTE
    note(work.session, row, kind, text, _worker(work))
    return _back(task_id)


@blueprint.route(f"{_ONE}/assign", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@once
def assigned(work: Work, task_id: UUID) -> Response:
    """Give a task to somebody on duty for it."""
    row, wanted = _find(work, task_id), request.form.get("party", "")
    if not wanted:
        _draw_again(work.session, row, {"party": "nobody_chosen"})
    assign(work.session, row, _party(work.session, wanted), _worker(work))
    return _back(task_id)


@blueprint.route(f"{_ONE}/close", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@once
def closed(work: Work, task_id: UUID) -> Response:
    """End a task."""
    row, outcome = _find(work, task_id), request.form.get("outcome", "")
    if outcome not in SAID:
        _draw_again(work.session, row, {"outcome": "no_outcome"})
    close(work.session, row, Outcome(outcome), _text() or None, _worker(work))
    return go_to(f"{PREFIX}/tasks")


@blueprint.route(f"{_ONE}/reopen", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@once
def reopened(work: Work, task_id: UUID) -> Response:
    """Open a task again."""
    row = _find(work, task_id)
    reopen(work.session, row, _worker(work))
    return _back(task_id)


def _chosen() -> dict[str, Any]:
    given = request.args.get("from", "")
    start = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0  # noqa: PLR2004
    return {"which": request.args.get("which", ""), "from": start}


def _filtered(wanted: Select[Task], chosen: dict[str, Any]) -> Select[Task]:
    if chosen["which"] == "mine":
        return wanted.where(Task.owner_id == own_party())
    if chosen["which"] == "free":
        return wanted.where(Task.owner_id.is_(None))
    return wanted.where(Task.due_at <= context().clock()) if chosen["which"] == "late" else wanted


def _card(session: Session, row: Task) -> TaskCard:
    subject = subject_of(session, context().database.vault, row)
    if subject is not None:
        note_read(session, subject)
    number, about = phone_of(session, row), session.get(Party, row.party_id or 0)
    owner = session.get(Party, row.owner_id or 0)
    return TaskCard(
        *(row.public_id, row.number, row.province, row.made_at, row.due_at, row.outcome),
        str(subject_in_words(session, row, language())),
        place_of(session, row).label,
        about.name if about else None,
        local(number) if number else None,
        number,
        (owner.name or role_name(Role(owner.role))) if owner else None,
        row.owner_id is not None and row.owner_id == g.party_id,
    )


def _details(session: Session, row: Task) -> TaskDetails:
    return TaskDetails(
        _card(session, row),
        history_of(session, row),
        _colleagues(session, row),
        progress_of(counterpart_of(session, row)),
    )


def _show(
    details: TaskDetails, status: HTTPStatus = HTTPStatus.OK, wrong: dict[str, str] | None = None
) -> Response:
    text = request.form.get("text", "")
    return show("task.html", status, wrong=wrong, text=text, outcomes=SAID, **details._asdict())


def _draw_again(session: Session, row: Task, wrong: dict[str, str]) -> NoReturn:
    """Answer with the page again, and undo all: a refused form leaves no trace of its key."""
    abort(_show(_details(session, row), HTTPStatus.UNPROCESSABLE_ENTITY, wrong))


def _colleagues(session: Session, row: Task) -> list[tuple[UUID, str]]:
    """Return who may be given a task: public id, and name or office with the province."""
    roles = [role.value for role, services in READS.items() if row.service in services]
    wanted = select(Party).where(Party.role.in_(roles)).order_by(Party.id).limit(_MOST_COLLEAGUES)
    return [
        (
            one.public_id,
            ", ".join(filter(None, (one.name, role_name(Role(one.role)), one.province))),
        )
        for one in session.scalars(wanted)
        if one.id != g.party_id and sees(session, one, row)
    ]


def _party(session: Session, public_id: str) -> Party:
    try:
        wanted = UUID(public_id)
    except ValueError:
        wanted = UUID(int=0)
    found = session.scalars(select(Party).where(Party.public_id == wanted)).first()
    if found is None:
        raise NotFound("No party has this id")
    return found


def _reader(session: Session) -> TaskReader:
    return reader_of(session, g.holder.role, g.party_id, g.holder.province)


def _find(work: Work, task_id: UUID) -> Task:
    return find_task(work.session, _reader(work.session), task_id)


def _worker(work: Work) -> Worker:
    return Worker(work.session.get_one(Party, own_party()), CHANNEL, work.now)


def _text() -> str:
    """Return the note, in one line, without what no person types."""
    words = "".join(
        letter if letter.isprintable() else " " for letter in request.form.get("text", "")
    )
    return " ".join(words.split())[:_LONGEST]


def _back(task_id: UUID) -> Response:
    return go_to(f"{PREFIX}/tasks/{task_id}")
