"""Pages of tasks: what waits for me, and what I do about it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.numbers import asked_number
from services.console.outbreaks.fields import may_act
from services.console.pages import show
from services.console.sessions import CHANNEL
from services.console.task_cards import TaskCard, card_of
from services.console.task_links import TaskLink, links_of
from services.console.task_matter import AnswerPreview, TaskMatter, matter_of
from services.console.waiting import waiting_groups
from services.console.words import role_name
from services.core.errors import NotFound
from services.core.roles import Role, Scope
from services.messaging.inbox_rules import INSPECTING
from services.messaging.tasks.model import READS, SAID, EntryKind, Outcome, TaskKind
from services.messaging.tasks.one_health import counterpart_of, progress_of
from services.messaging.tasks.reading import (
    HistoryStep,
    TaskReader,
    calls_to_make,
    find_task,
    history_of,
    open_tasks,
    reader_of,
)
from services.messaging.tasks.work import Worker, assign, close, note, reopen, sees, take
from services.storage.models import Party, Task
from services.storage.parties import find_party

ON_DUTY = SignedIn(*READS)
_PAGE, _MOST_COLLEAGUES, _LONGEST = 20, 100, 500
_ONE = "/tasks/<uuid:task_id>"
_TYPED = (("text", "text"), ("typed", "answer"))

blueprint = ConsoleBlueprint(
    "tasks",
    "Tasks.",
    MenuEntry("tasks", "/tasks", READS),
    MenuEntry("call_now", "/tasks?which=call", INSPECTING),
)


class TaskDetails(NamedTuple):
    """A task as its own page shows it.

    Attributes:
        colleagues: who may be given it: public id, and name or office.
        counterpart: how far the other service is with the same event.
        links: pages of what it is about.
        opens_outbreak: whether the reader may open the outbreak of its place.
    """

    card: TaskCard
    history: Sequence[HistoryStep]
    colleagues: Sequence[tuple[UUID, str]]
    counterpart: str | None
    matter: TaskMatter
    links: Sequence[TaskLink]
    opens_outbreak: bool


@blueprint.route("/tasks", guard=ON_DUTY, scope=Scope.CARE)
def tasks() -> Response:
    """See what waits, the oldest first, with place, phone and age."""
    here, chosen = context(), _chosen()
    # Names and numbers are shown, so each reading is noted.
    with here.database.write(exclusive=False) as session:
        wanted = _wanted(session, chosen)
        rows = session.scalars(wanted.offset(chosen["from"]).limit(_PAGE + 1)).all()
        cards = [card_of(session, row) for row in rows[:_PAGE]]
        # An officer's first page: decisions of a second person are no tasks of anybody's.
        waiting = () if chosen["from"] else waiting_groups(session, here.clock())
    more = chosen["from"] + _PAGE if len(rows) > _PAGE else None
    return show("tasks.html", cards=cards, chosen=chosen, more=more, waiting=waiting)


@blueprint.route(_ONE, guard=ON_DUTY, scope=Scope.CARE)
def task(task_id: UUID) -> Response:
    """See one task, with its history, and what can be done."""
    with context().database.write(exclusive=False) as session:
        return show_task(session, find_task(session, task_reader(session), task_id))


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
    return {"which": request.args.get("which", ""), "from": asked_number("from")}


def _wanted(session: Session, chosen: dict[str, Any]) -> Select[Task]:
    if chosen["which"] == "call":
        return calls_to_make(session, task_reader(session))
    wanted = open_tasks(session, task_reader(session))
    if chosen["which"] == "mine":
        return wanted.where(Task.owner_id == own_party())
    if chosen["which"] == "free":
        return wanted.where(Task.owner_id.is_(None))
    return wanted.where(Task.due_at <= context().clock()) if chosen["which"] == "late" else wanted


def _details(session: Session, row: Task) -> TaskDetails:
    return TaskDetails(
        card_of(session, row),
        history_of(session, row),
        _colleagues(session, row),
        progress_of(counterpart_of(session, row)),
        matter_of(session, row),
        links_of(session, row),
        row.kind == TaskKind.ALARM and row.premises_id is not None and may_act(),
    )


def show_task(
    session: Session,
    row: Task,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: dict[str, str] | None = None,
    preview: AnswerPreview | None = None,
) -> Response:
    """Answer with the page of a task; `wrong`: codes of what is wrong, by field."""
    details = _details(session, row)._asdict()
    typed = {name: request.form.get(field, "") for name, field in _TYPED}
    return show(
        "task.html", status, wrong=wrong, outcomes=SAID, preview=preview, **typed, **details
    )


def _draw_again(session: Session, row: Task, wrong: dict[str, str]) -> NoReturn:
    """Answer with the page again, and undo all: a refused form leaves no trace of its key."""
    abort(show_task(session, row, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))


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
    except ValueError as error:
        raise NotFound("No party has this id") from error
    return find_party(session, wanted)


def task_reader(session: Session) -> TaskReader:
    """Return who is signed in as a reader of tasks."""
    return reader_of(session, g.holder.role, g.party_id, g.holder.province)


def _find(work: Work, task_id: UUID) -> Task:
    return find_task(work.session, task_reader(work.session), task_id)


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
