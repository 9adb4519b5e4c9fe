"""TASKS, TASK, TAKE, ASSIGN, DONE, NOTE, CALLED and OPEN: tasks by SMS, for people on duty alone.

To everybody else these are words like others: a stranger who types DONE ends nothing, and is not
told that the word means something. What a village box brings is nobody's word here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from gateway.grammar import NotUnderstood, Understood
from gateway.phrases import clean
from services.core.roles import Role
from services.messaging.command_router import CommandContext, InterceptResult, MessageInterceptor
from services.messaging.errors import UnknownTask
from services.messaging.offices import phone_to_text
from services.messaging.outbox import OutboundMessage, ReplyText, SendOptions, enqueue_messages
from services.messaging.tasks.escalation import PURPOSE
from services.messaging.tasks.model import READS, EntryKind, Outcome
from services.messaging.tasks.numbers import is_task_number
from services.messaging.tasks.reading import (
    TaskReader,
    find_task,
    open_tasks,
    place_of,
    reader_of,
    subject_of,
)
from services.messaging.tasks.wording import (
    call_of,
    item_of,
    province_of,
    since_of,
    subject_in_words,
    what_of,
)
from services.messaging.tasks.work import Worker, assign, close, note, reopen, take
from services.storage.models import Contact, Party, Task
from services.storage.read_log import RecordReader, note_access
from services.texts.catalogue import Listing, language_of, say
from sms.errors import NumberError
from sms.message import Kind
from sms.numbers import normalise

_MOST = 40
_LIFE = timedelta(days=1)
_ASSIGNING = frozenset({Role.VETERINARY_OFFICER, Role.ADMINISTRATOR})
_WORDS: Mapping[str, str] = {
    "show": r"(?:my\s+)?task|wok",
    "take": r"take(?:\s+task)?|kisim\s+wok",
    "assign": r"assign(?:\s+task)?|givim\s+wok",
    "done": r"(?:task\s+)?done|(?:wok\s+)?pinis(?:\s+wok)?|wok\s+pinis",
    "note": r"note|raitim(?:\s+wok)?",
    "called": r"called|ringim(?:\s+pinis)?|mi\s+ringim",
    "open": r"open(?:\s+task)?|opim(?:\s+wok)?",
}
_ALL = re.compile(r"(?:my\s+|our\s+|all\s+)?tasks\W*|ol\s+wok(?:\s+bilong\s+mi)?\W*", re.IGNORECASE)
_ONE = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
    + r")[\s:#.-]*(?P<number>[0-9]{4,10})(?![^\W_])\W*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MISTAKEN = re.compile(r"(?:wrong|mistake|false|rong|giaman|popaia)\b", re.IGNORECASE)
_UNREACHED = re.compile(r"(?:no answer|nobody|not there|nogat bekim|nogat man)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Wish of somebody on duty about a task: the word, the number, and their own words."""

    word: str
    number: str = ""
    rest: str = ""


def task_interceptor() -> MessageInterceptor:
    """Return the interceptor of messages about tasks."""
    return MessageInterceptor(_intercept, lambda context, text, _: _read(context, text) is not None)


def _intercept(
    context: CommandContext, text: str, _found: Understood | NotUnderstood
) -> InterceptResult | None:
    wanted = _read(context, text)
    if wanted is None:
        return None
    return InterceptResult(
        f"task.{wanted.word}", (ReplyText(_ACTIONS[wanted.word](context, wanted)),)
    )


def _read(context: CommandContext, text: str) -> _Wanted | None:
    """Read a message about tasks; None: it is none, or its sender sees no tasks."""
    if Role(context.party.role) not in READS:
        return None
    said = clean(text)
    if _ALL.fullmatch(said):
        return _Wanted("list")
    found = _ONE.fullmatch(said)
    if found is None:
        return None
    word = next(name for name in _WORDS if found[name])
    return _Wanted(word, found["number"], found["rest"].strip())


def _list(context: CommandContext, _wanted: _Wanted) -> str:
    session, language = context.unit.session, context.language
    rows = session.scalars(open_tasks(session, _reader(context))).all()
    if not rows:
        return say("task.none", language)
    shown = tuple(item_of(row, language) for row in islice(rows, _MOST))
    return say("task.list", language, count=len(rows), tasks=Listing(shown))


def _show(context: CommandContext, wanted: _Wanted) -> str:
    row, language = _task(context, wanted), context.language
    _note_reading(context, row)
    state = "ended" if row.closed_at else "free" if row.owner_id is None else "taken"
    if row.owner_id == context.party.id and state == "taken":
        state = "yours"
    then = say(f"task.{state}", language, task=row.number)
    return say("task.shown", language, **_told(context, row), then=then)


def _take(context: CommandContext, wanted: _Wanted) -> str:
    row = _task(context, wanted)
    take(context.unit.session, row, _worker(context))
    _note_reading(context, row)
    then = say("task.yours", context.language, task=row.number)
    return say("task.shown", context.language, **_told(context, row), then=then)


def _assign(context: CommandContext, wanted: _Wanted) -> str:
    """Give a task to the officer of a phone, who is told; an office of the whole country may."""
    row, session = _task(context, wanted), context.unit.session
    if context.party.role not in _ASSIGNING or context.party.province is not None:
        return say("task.not_assigned", context.language)
    to = _officer(context, wanted.rest)
    if to is None:
        return say("task.whom", context.language, task=row.number)
    assign(session, row, to, _worker(context))
    _tell_owner(context, row, to)
    return say("task.assigned", context.language, task=row.number, other=wanted.rest)


def _officer(context: CommandContext, told: str) -> Party | None:
    """Return the party of a phone number as people write it; None: it is nobody's."""
    try:
        number = normalise(told)
    except NumberError:
        return None
    index = context.unit.vault.index(number)
    mine = select(Party).join(Contact, Contact.party_id == Party.id)
    return context.unit.session.scalars(mine.where(Contact.number_index == index)).first()


def _tell_owner(context: CommandContext, row: Task, to: Party) -> None:
    """Text the new owner of a task, unless they gave it to themselves."""
    phone = phone_to_text(context.unit.session, to)
    if phone is None or to.id == context.party.id:
        return
    language = language_of(to.language)
    why, where = what_of(row, language), province_of(row, language)
    text = say("task.given", language, task=row.number, why=why, province=where)
    message = OutboundMessage(*phone, text, f"task.given\0{context.channel}\0{context.key}")
    options = SendOptions(PURPOSE, context.now, context.now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(context.unit.session, [message], options)


def _done(context: CommandContext, wanted: _Wanted) -> str:
    row, outcome = _task(context, wanted), Outcome.DONE
    if _MISTAKEN.match(wanted.rest):
        outcome = Outcome.MISTAKEN
    elif _UNREACHED.match(wanted.rest):
        outcome = Outcome.UNREACHED
    close(context.unit.session, row, outcome, wanted.rest or None, _worker(context))
    why = what_of(row, context.language)
    return say("task.done", context.language, task=row.number, why=why)


def _write(kind: EntryKind) -> Callable[[CommandContext, _Wanted], str]:
    def write(context: CommandContext, wanted: _Wanted) -> str:
        row = _task(context, wanted)
        if kind is EntryKind.NOTE and not wanted.rest:
            return say("task.no_words", context.language, task=row.number)
        note(context.unit.session, row, kind, wanted.rest, _worker(context))
        return say("task.noted", context.language, task=row.number)

    return write


def _open(context: CommandContext, wanted: _Wanted) -> str:
    row = _task(context, wanted)
    reopen(context.unit.session, row, _worker(context))
    return say("task.opened", context.language, task=row.number)


_ACTIONS: Mapping[str, Callable[[CommandContext, _Wanted], str]] = {
    "list": _list,
    "show": _show,
    "take": _take,
    "assign": _assign,
    "done": _done,
    "note": _write(EntryKind.NOTE),
    "called": _write(EntryKind.CALL),
    "open": _open,
}


def _task(context: CommandContext, wanted: _Wanted) -> Task:
    if not is_task_number(wanted.number):
        raise UnknownTask(number=wanted.number)
    return find_task(context.unit.session, _reader(context), wanted.number)


def _reader(context: CommandContext) -> TaskReader:
    party = context.party
    return reader_of(context.unit.session, Role(party.role), party.id, party.province)


def _worker(context: CommandContext) -> Worker:
    return Worker(context.party, context.source, context.now)


def _told(context: CommandContext, row: Task) -> dict[str, object]:
    session, language = context.unit.session, context.language
    return {
        "task": row.number,
        "why": subject_in_words(session, row, language),
        "place": place_of(session, row).label or "-",
        "province": province_of(row, language),
        "since": since_of(row, language),
        "phone": call_of(session, row, language),
    }


def _note_reading(context: CommandContext, row: Task) -> None:
    """Note that somebody was told whom a task is about."""
    subject = subject_of(context.unit.session, context.unit.vault, row)
    if subject is not None:
        reader = RecordReader(context.party.id)
        note_access(context.unit.session, reader, subject, "SMS TASK", context.now)
