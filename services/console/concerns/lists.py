"""Lists of concerns and of messages: what may tell of danger first, then the oldest."""

from typing import NamedTuple

from flask import Response, g, request
from sqlalchemy import Select
from sqlalchemy.orm import Session

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.guards import SignedIn
from services.console.numbers import asked_number
from services.console.pages import show
from services.console.task_cards import TaskCard, card_of
from services.console.task_matter import TaskMatter, matter_of
from services.console.task_pages import task_reader
from services.core.roles import Role, Scope
from services.messaging.api.inbox import inbox_of, note_messages
from services.messaging.inbox_rules import CALLS, READS
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.reading import ended_tasks, urgent_first
from services.storage.models import Task
from sms.numbers import mask

_PAGE, _MOST = 20, 50
CARERS, INBOX_READERS = SignedIn(Role.CLINICIAN), SignedIn(*READS)

blueprint = ConsoleBlueprint(
    "concerns",
    "Concerns, and messages that a person must read.",
    MenuEntry("concerns_title", "/concerns", {Role.CLINICIAN}),
    MenuEntry("concerns_inbox", "/inbox", READS),
)


class CareCard(NamedTuple):
    """A task in a list, with what it is about."""

    card: TaskCard
    matter: TaskMatter
    urgent: bool


@blueprint.route("/concerns", guard=CARERS, scope=Scope.CARE)
def concerns() -> Response:
    """See who must be looked after, danger first, then the oldest; or who was."""
    return _list("concerns/concerns.html", TaskKind.CONCERN)


@blueprint.route("/inbox", guard=INBOX_READERS, scope=Scope.CARE)
def inbox() -> Response:
    """See the messages that wait for a person, danger first, then the oldest; or all."""
    if request.args.get("which") == "all":
        return _all_messages()
    return _list("concerns/inbox.html", TaskKind.MESSAGE)


def _list(template: str, kind: TaskKind) -> Response:
    which, start = request.args.get("which", ""), asked_number("from")
    # Names and numbers are shown, so each reading is noted.
    with context().database.write(exclusive=False) as session:
        found = _rows(session, kind, which, start)
        cards = [
            CareCard(card_of(session, row), matter_of(session, row), urgent)
            for row, urgent in found[:_PAGE]
        ]
    more = start + _PAGE if len(found) > _PAGE else None
    return show(template, cards=cards, which=which, more=more)


def _rows(session: Session, kind: TaskKind, which: str, start: int) -> list[tuple[Task, bool]]:
    reader = task_reader(session)
    if which == "ended":
        ended: Select[Task] = ended_tasks(session, reader, kind).offset(start).limit(_PAGE + 1)
        return [(row, False) for row in session.scalars(ended)]
    waiting = urgent_first(session, reader, kind).offset(start).limit(_PAGE + 1)
    return [(row, bool(urgent)) for row, urgent in session.execute(waiting)]


def _all_messages() -> Response:
    database = context().database
    with database.write(exclusive=False) as session:
        found = inbox_of(session, database.vault).newest(READS[g.holder.role], _MOST)
        note_messages(session, found)
    lines = [(one, one.sender and mask(one.sender)) for one in found]
    return show("concerns/messages.html", lines=lines, callable=g.holder.role in CALLS)
