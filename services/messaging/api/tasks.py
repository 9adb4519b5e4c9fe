"""Tasks in the API: seen, taken, assigned, noted, called about, ended and opened again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles, note_read, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import WholeSchema, one_of, plain_text
from services.core.geography import PROVINCES
from services.core.roles import Scope
from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import READS, SAID, EntryKind, Outcome, Progress, TaskKind
from services.messaging.tasks.one_health import counterpart_of, progress_of
from services.messaging.tasks.reading import (
    TaskReader,
    causes_of,
    count_sources,
    find_task,
    history_of,
    phone_of,
    place_of,
    reader_of,
    subject_of,
    visible,
)
from services.messaging.tasks.work import Worker, assign, close, note, reopen, take
from services.storage.models import Party, Task
from services.storage.parties import find_party

blueprint = Blueprint(
    "tasks", "What officers and clinicians must do: each has an owner and an end.", "/api/v1/tasks"
)

ON_DUTY = Roles(*READS)

_ONE = "/<uuid:task_id>"
_LONGEST = 500
_NUMBER = {"description": "As typed on a phone: TAKE 1005.", "example": "1005"}


class TaskQuery(PageQuery):
    """Filter of tasks."""

    kind = fields.String(load_default=None, validate=one_of(TaskKind))
    service = fields.String(load_default=None, validate=one_of(Service))
    province = fields.String(load_default=None, validate=validate.OneOf(PROVINCES))
    ended = fields.Boolean(load_default=False, metadata={"description": "Ended ones, instead."})
    mine = fields.Boolean(load_default=False, metadata={"description": "Yours alone."})
    late = fields.Boolean(load_default=False, metadata={"description": "Late ones alone."})


class TaskPlaceSchema(WholeSchema):
    """A place as those on duty know it."""

    number = fields.String(allow_none=True, metadata={"example": "1068"})
    name = fields.String(allow_none=True, metadata={"example": "Kudjip"})


class TaskSchema(WholeSchema):
    """A task, without anybody's number."""

    id = fields.UUID(attribute="public_id")
    number = fields.String(metadata=_NUMBER)
    kind = fields.String(validate=one_of(TaskKind))
    service = fields.String(validate=one_of(Service))
    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    programme = fields.String(allow_none=True, metadata={"example": "tobacco"})
    code = fields.String(
        allow_none=True,
        metadata={"description": "What happened, such as a flag's code.", "example": "sickness"},
    )
    place = fields.Nested(TaskPlaceSchema)
    made_at = fields.DateTime()
    due_at = fields.DateTime()
    level = fields.Integer(
        metadata={"description": "0: here, 1: others here, 2: the region, 3: the country."}
    )
    owner = fields.UUID(allow_none=True, metadata={"description": "The party who took it."})
    ended_at = fields.DateTime(allow_none=True, attribute="closed_at")
    outcome = fields.String(allow_none=True, validate=one_of(Outcome))


TaskPageSchema = page_schema(TaskSchema, "Task")


class TaskEntrySchema(WholeSchema):
    """An entry of a task's history."""

    at = fields.DateTime()
    kind = fields.String(validate=one_of(EntryKind))
    by = fields.UUID(allow_none=True, metadata={"description": "Null: the program."})
    text = fields.String(allow_none=True, metadata={"example": "Comes tomorrow."})


class TaskCauseSchema(WholeSchema):
    """A cause of a task: look it up by its id, a permit by its number."""

    kind = fields.String(validate=validate.OneOf(["event", "permit", "concern", "message"]))
    id = fields.String(metadata={"example": "1844"})


class FullTaskSchema(TaskSchema):
    """A task with the number to call, and its history."""

    phone = fields.String(allow_none=True, metadata={"example": "+67570000001"})
    counterpart = fields.String(
        allow_none=True,
        validate=one_of(Progress),
        metadata={
            "description": "How far the other service is with the same event, where people get "
            "the disease: nothing else of its task.",
            "example": "taken",
        },
    )
    causes = fields.Integer(metadata={"description": "How many there are.", "example": 2})
    about = fields.List(
        fields.Nested(TaskCauseSchema), metadata={"description": "The newest causes, 20 at most."}
    )
    history = fields.List(fields.Nested(TaskEntrySchema))


class TaskNoteSchema(Schema):
    """A finding, or the result of a call."""

    text = fields.String(
        required=True, validate=plain_text(_LONGEST), metadata={"example": "Comes tomorrow."}
    )


class TaskEndSchema(Schema):
    """The end of a task; it corrects nothing by itself."""

    outcome = fields.String(
        load_default=Outcome.DONE.value,
        validate=validate.OneOf([one.value for one in SAID]),
        metadata={"description": "mistaken: what the task told was wrong."},
    )
    text = fields.String(load_default=None, validate=plain_text(_LONGEST))


class TaskAssignmentSchema(Schema):
    """The party who gets the task."""

    party = fields.UUID(required=True)


@blueprint.route("", guard=ON_DUTY, scope=Scope.CARE)
@blueprint.arguments(TaskQuery, location="query")
@blueprint.response(HTTPStatus.OK, TaskPageSchema, headers=LINK)
def list_tasks(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the tasks of your service, province and programmes, in the order in which they came."""
    here = context()
    with here.database.read() as session:
        wanted = _filtered(select(Task).where(visible(session, _reader(session))), query)
        page = read_page(session, wanted, [Task.id], query)
        return page.answer([_view(session, row) for row in page.rows])


@blueprint.route(_ONE, guard=ON_DUTY, scope=Scope.CARE)
@blueprint.response(HTTPStatus.OK, FullTaskSchema)
def get_task(task_id: UUID) -> dict[str, Any]:
    """Read one, with the number to call and its history."""
    with context().database.write(exclusive=False) as session:
        return _full(session, find_task(session, _reader(session), task_id))


@blueprint.route(f"{_ONE}/take", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.response(HTTPStatus.OK, FullTaskSchema)
def take_task(work: Work, task_id: UUID) -> dict[str, Any]:
    """Take a task; 409 where somebody has it, and it was not passed on since."""
    row = _find(work, task_id)
    take(work.session, row, _worker(work))
    return _full(work.session, row)


@blueprint.route(f"{_ONE}/assign", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.arguments(TaskAssignmentSchema)
@blueprint.response(HTTPStatus.OK, FullTaskSchema)
def assign_task(work: Work, body: Mapping[str, UUID], task_id: UUID) -> dict[str, Any]:
    """Give a task to somebody on duty for it."""
    row = _find(work, task_id)
    assign(work.session, row, find_party(work.session, body["party"]), _worker(work))
    return _full(work.session, row)


@blueprint.route(f"{_ONE}/notes", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.arguments(TaskNoteSchema)
@blueprint.response(HTTPStatus.CREATED, FullTaskSchema)
def add_task_note(work: Work, body: Mapping[str, str], task_id: UUID) -> dict[str, Any]:
    """Add a note."""
    return _written(work, EntryKind.NOTE, body, task_id)


@blueprint.route(f"{_ONE}/calls", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.arguments(TaskNoteSchema)
@blueprint.response(HTTPStatus.CREATED, FullTaskSchema)
def add_task_call(work: Work, body: Mapping[str, str], task_id: UUID) -> dict[str, Any]:
    """Tell what a call gave."""
    return _written(work, EntryKind.CALL, body, task_id)


@blueprint.route(f"{_ONE}/close", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.arguments(TaskEndSchema)
@blueprint.response(HTTPStatus.OK, FullTaskSchema)
def close_task(work: Work, body: Mapping[str, Any], task_id: UUID) -> dict[str, Any]:
    """End a task; 409 where it has ended, or is somebody else's."""
    row = _find(work, task_id)
    close(work.session, row, Outcome(body["outcome"]), body["text"], _worker(work))
    return _full(work.session, row)


@blueprint.route(f"{_ONE}/reopen", methods=["POST"], guard=ON_DUTY, scope=Scope.CARE)
@idempotent(exclusive=True)
@blueprint.response(HTTPStatus.OK, FullTaskSchema)
def reopen_task(work: Work, task_id: UUID) -> dict[str, Any]:
    """Open a task again; 409 where it goes on, or another about the same does."""
    row = _find(work, task_id)
    reopen(work.session, row, _worker(work))
    return _full(work.session, row)


def _reader(session: Session) -> TaskReader:
    return reader_of(session, g.holder.role, g.party_id, g.holder.province)


def _find(work: Work, task_id: UUID) -> Task:
    return find_task(work.session, _reader(work.session), task_id)


def _worker(work: Work) -> Worker:
    return Worker(work.session.get_one(Party, own_party()), "api", work.now)


def _filtered(wanted: Select[Task], query: PageRequest) -> Select[Task]:
    for name in ("kind", "service", "province"):
        if query[name] is not None:
            wanted = wanted.where(getattr(Task, name) == query[name])
    over = Task.closed_at
    wanted = wanted.where(over.is_not(None) if query["ended"] else over.is_(None))
    if query["mine"]:
        wanted = wanted.where(Task.owner_id == own_party())
    return wanted.where(Task.due_at <= context().clock()) if query["late"] else wanted


def _written(work: Work, kind: EntryKind, body: Mapping[str, str], task_id: UUID) -> dict[str, Any]:
    row = _find(work, task_id)
    note(work.session, row, kind, body["text"], _worker(work))
    return _full(work.session, row)


def _view(session: Session, row: Task) -> dict[str, Any]:
    owner = session.get_one(Party, row.owner_id).public_id if row.owner_id else None
    names = (
        *("public_id", "number", "kind", "service", "province", "programme", "code"),
        *("made_at", "due_at", "level", "closed_at", "outcome"),
    )
    shown = {name: getattr(row, name) for name in names}
    return {**shown, "place": place_of(session, row)._asdict(), "owner": owner}


def _full(session: Session, row: Task) -> dict[str, Any]:
    subject = subject_of(session, context().database.vault, row)
    if subject is not None:
        note_read(session, subject)
    return {
        **_view(session, row),
        "phone": phone_of(session, row),
        "counterpart": progress_of(counterpart_of(session, row)),
        "causes": count_sources(session, row),
        "about": [one._asdict() for one in causes_of(session, row)],
        "history": [one._asdict() for one in history_of(session, row)],
    }
