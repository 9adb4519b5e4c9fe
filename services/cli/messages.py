"""`bilum message`, `inbox`, `silenced`: one history, texts not understood, answers held back."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import click
from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session

from services.cli.common import DAY, LIMIT, opened, plain, print_table
from services.core.errors import Invalid, NotFound
from services.messaging.api.message_queries import MessageView, Withheld, read_message
from services.messaging.inbox import OPERATOR, Inbox, InboxMessage, count_inbox
from services.messaging.inbox_rules import Service
from services.runtime.container import Runtime
from services.storage.models import Attempt, Message
from services.storage.read_log import SERVER, ReadSubject, note_access
from sms.numbers import mask
from sms.reasons import SENTENCES, Reason

_ID_DIGITS = 32
_ID = re.compile("[0-9a-f]{8,32}")
_WITHHELD = {
    Withheld.SECRET: "it may hold a code or a part of an invitation",
    Withheld.HEALTH: "it is of a health programme, or tells of a person in need",
}


@click.command()
@click.argument("message_id", metavar="ID")
@click.option("--body", "with_body", is_flag=True, help="Show the text; the access is logged.")
@click.option("--json", "as_json", is_flag=True, help="Print it for machines.")
def message(message_id: str, *, with_body: bool, as_json: bool) -> None:
    """Print the history of the message ID: its state, why, and each attempt.

    The first eight characters of ID are enough where no other message begins like it. The phone
    number is masked.
    """
    with opened() as runtime:
        # Only what is noted is written: without the text, the reader waits for no writer.
        database = runtime.database
        with database.write(exclusive=False) if with_body else database.read() as session:
            view = read_message(session, _find(session, message_id))
            body = view.body if with_body else None
            if body is not None:
                whose = ReadSubject(number_index=view.message.recipient_index)
                note_access(session, SERVER, whose, "bilum message --body", runtime.clock())
    if with_body and view.withheld:
        click.echo(f"The text is not shown: {_WITHHELD[view.withheld]}.", err=True)
    shown = json.dumps(_told(view, body), indent=2) if as_json else "\n".join(_words(view, body))
    click.echo(shown)


def _find(session: Session, given: str) -> UUID:
    digits = given.strip().lower().replace("-", "")
    if not _ID.fullmatch(digits):
        raise Invalid("Give the id of a message, or its first eight characters or more")
    first, last = (UUID(digits.ljust(_ID_DIGITS, end)) for end in "0f")
    wanted = select(Message.public_id).where(Message.public_id.between(first, last)).limit(2)
    found = session.scalars(wanted).all()
    if not found:
        raise NotFound("No message has this id")
    if len(found) > 1:
        raise Invalid("More than one message begins like this: give more of the id")
    return found[0]


def _told(view: MessageView, body: str | None) -> dict[str, Any]:
    row = view.message
    return {
        "id": str(row.public_id),
        "to": mask(row.recipient),
        "kind": row.kind,
        "purpose": row.purpose,
        "programme": row.scope,
        "state": row.state,
        "reason": row.reason,
        "why": _why(row),
        "queued_at": _iso(row.created_at),
        "planned_at": _iso(row.planned_at),
        "due_at": _iso(row.due_at),
        "expires_at": _iso(row.expires_at),
        "tried_at": _iso(row.tried_at),
        "tries": row.tries,
        **({} if body is None else {"body": body}),
        "attempts": [_attempt(one) for one in view.attempts],
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "id": str(one.public_id),
        "channel": one.channel,
        "state": one.state,
        "failure": one.failure,
        "code": one.code,
        "reference": one.reference,
        "segments": one.segments,
        "cost_kina": _kina(one.cost),
        "started_at": _iso(one.started_at),
        "finished_at": _iso(one.finished_at),
        "look_ups": one.looks,
        "next_look_up_at": _iso(one.look_at),
    }


def _words(view: MessageView, body: str | None) -> Iterator[str]:
    row = view.message
    programme = f", programme {row.scope}" if row.scope else ""
    yield f"message  {row.public_id}"
    yield f"to       {mask(row.recipient) or 'nobody any more'}"
    yield f"kind     {row.kind}{programme}, purpose {row.purpose}"
    yield " ".join(filter(None, [f"state    {row.state}", f"({_why(row)})" if row.reason else ""]))
    yield f"queued   {_utc(row.created_at)}, planned for {_utc(row.planned_at)}"
    yield f"due      {_utc(row.due_at)}, expires {_utc(row.expires_at)}"
    yield f"tried    {_times(row.tries)}{f', last {_utc(row.tried_at)}' if row.tried_at else ''}"
    for number, one in enumerate(view.attempts, 1):
        yield f"attempt {number}: {'; '.join(filter(None, _attempt_words(one)))}"
    if body is not None:
        yield f"text     {plain(body)}"


def _attempt_words(one: Attempt) -> Iterator[str]:
    yield f"{one.channel}, {one.state}"
    yield (one.failure or "").replace("_", " ")
    yield f"carrier's code {plain(one.code)}" if one.code else ""
    yield f"carrier's reference {plain(one.reference)}" if one.reference else ""
    yield f"{one.segments} segment{'' if one.segments == 1 else 's'}, {_kina(one.cost)} kina"
    ended = f", ended {_utc(one.finished_at)}" if one.finished_at else ""
    yield f"started {_utc(one.started_at)}{ended}"
    yield f"looked up {_times(one.looks)}" if one.looks or one.look_at else ""
    yield f"next look-up {_utc(one.look_at)}" if one.look_at else ""


def _why(row: Message) -> str | None:
    return SENTENCES[Reason(row.reason)] if row.reason else None


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def _kina(toea: int) -> str:
    return f"{toea // 100}.{toea % 100:02}"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


@click.command()
@click.option("--service", type=click.Choice([one.value for one in Service]), help="Of one alone.")
@click.option("--since", type=DAY, help="First day, UTC.")
@LIMIT
def inbox(service: str | None, since: datetime | None, limit: int) -> None:
    """Count or print the messages that a person must read, by service.

    With --service the newest are printed, newest last; else they are counted, by service and
    province. Phone numbers are masked, and the access is logged. Call people who need help, and
    have synonyms added for frequent words.
    """
    begin = since.replace(tzinfo=UTC) if since else None
    with opened() as runtime:
        if service is None:
            with runtime.database.read() as session:
                counts = count_inbox(session, begin)
            print_table(("service", "province", "messages"), counts)
            return
        found = _read(runtime, Service(service), begin, limit)
    rows = [
        (
            one.received_at,
            one.channel,
            one.province,
            mask(one.sender or ""),
            "possible danger" if one.possible_danger else "",
            plain(one.text or ""),
        )
        for one in reversed(found)
    ]
    print_table(("received", "channel", "province", "from", "", "text"), rows)


def _read(
    runtime: Runtime, service: Service, since: datetime | None, limit: int
) -> list[InboxMessage]:
    vault = runtime.database.vault
    with runtime.database.write(exclusive=False) as session:
        found = Inbox(session, vault, OPERATOR).newest({service}, limit, since)
        for index in sorted({one.index_of_sender(vault) for one in found if one.sender}):
            whose = ReadSubject(number_index=index)
            note_access(session, SERVER, whose, "bilum inbox", runtime.clock())
    return found


@click.command()
@click.option("--since", type=DAY, help="First day, UTC; by default a day ago.")
@LIMIT
def silenced(since: datetime | None, limit: int) -> None:
    """Print the numbers whose answers were held back, the most first.

    Phone numbers are masked. A person who needs more answers than an hour allows may need a role; a
    program that answers ours belongs into BILUM_DENIED_NUMBERS.
    """
    with opened() as runtime, runtime.database.read() as session:
        begin = since.replace(tzinfo=UTC) if since else runtime.clock() - timedelta(days=1)
        rows = [
            HeldBack(row.held, row.first_at, session.get_one(Message, row.last))
            for row in session.execute(_held_back(begin)).all()
        ]
        table = [
            (
                mask(row.last.recipient),
                row.held,
                _utc(row.first_at),
                _utc(row.last.created_at),
                row.last.reason,
                str(row.last.public_id)[:8],
            )
            for row in _of_numbers(rows)[:limit]
        ]
    print_table(("number", "held back", "first", "last", "why", "message"), table)


class HeldBack(NamedTuple):
    """Answers to one number that were held back: how many, since when (UTC), and the last."""

    held: int
    first_at: datetime
    last: Message


def _of_numbers(rows: Iterable[HeldBack]) -> list[HeldBack]:
    """Add up what a number has under its two indexes; the most come first."""
    found: dict[str, HeldBack] = {}
    for row in rows:
        other = found.get(row.last.recipient, row)
        found[row.last.recipient] = HeldBack(
            row.held if other is row else row.held + other.held,
            min(row.first_at, other.first_at),
            max(row.last, other.last, key=lambda one: one.id),
        )
    return sorted(found.values(), key=lambda row: (-row.held, row.last.id))


def _held_back(since: datetime) -> Select[int, datetime, int]:
    held, last = func.count().label("held"), func.max(Message.id).label("last")
    # As literals: with parameters, PostgreSQL could not know that its partial index serves.
    silent = Message.reason.in_([literal_column("'loop'"), literal_column("'too_many'")])
    return (
        select(held, func.min(Message.created_at).label("first_at"), last)
        .where(silent, Message.created_at >= since)
        .group_by(Message.recipient_index)
    )
