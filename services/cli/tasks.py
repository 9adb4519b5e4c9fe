"""`bilum task`: what waits for officers and clinicians, for whoever looks after the server."""

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cli.common import LIMIT, opened, plain, print_table
from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import SAID, EntryKind, Outcome, TaskKind
from services.messaging.tasks.reading import (
    OPERATOR,
    count_sources,
    find_task,
    history_of,
    open_tasks,
    phone_of,
    place_of,
    subject_of,
)
from services.messaging.tasks.wording import subject_in_words, what_of
from services.messaging.tasks.work import Worker, close, note, reopen
from services.storage.models import Party, Task
from services.storage.read_log import SERVER, note_access

_LANGUAGE = "en"


@click.group()
def task() -> None:
    """List, read and end tasks of officers and clinicians."""


@task.command("list")
@click.option("--service", type=click.Choice([one.value for one in Service]), help="Of one alone.")
@click.option("--kind", type=click.Choice([one.value for one in TaskKind]), help="Of one alone.")
@click.option("--counts", is_flag=True, help="Count them by service, kind and province.")
@LIMIT
def list_tasks(service: str | None, kind: str | None, limit: int, *, counts: bool) -> None:
    """Print the open tasks, the oldest first, without anybody's number."""
    with opened() as runtime, runtime.database.read() as session:
        wanted = open_tasks(session, OPERATOR)
        wanted = wanted if service is None else wanted.where(Task.service == service)
        wanted = wanted if kind is None else wanted.where(Task.kind == kind)
        if counts:
            groups = (Task.service, Task.kind, Task.province)
            counted = wanted.with_only_columns(*groups, func.count()).order_by(None)
            rows = session.execute(counted.group_by(*groups).order_by(*groups)).all()
            print_table(("service", "kind", "province", "tasks"), rows)
            return
        found = [_row(session, row) for row in session.scalars(wanted.limit(limit))]
    print_table(("number", "service", "what", "province", "place", "made", "due", "taken"), found)


@task.command()
@click.argument("number")
def show(number: str) -> None:
    """Print the task NUMBER with whom to call and its history; the access is logged."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        row = find_task(session, OPERATOR, number)
        subject = subject_of(session, runtime.database.vault, row)
        if subject is not None:
            note_access(session, SERVER, subject, "bilum task show", runtime.clock())
        lines = (
            ("number", row.number),
            ("what", subject_in_words(session, row, _LANGUAGE)),
            ("place", plain(place_of(session, row).label)),
            ("province", row.province),
            ("call", phone_of(session, row)),
            ("causes", count_sources(session, row)),
            ("outcome", row.outcome or "open"),
        )
        steps = [
            (one.at, one.kind, plain(one.name or str(one.by or "")), plain(one.text or ""))
            for one in history_of(session, row)
        ]
    for name, value in lines:
        click.echo(f"{name:9}{value if value is not None else ''}")
    print_table(("at", "step", "by", "text"), steps)


@task.command()
@click.argument("number")
@click.argument("text", nargs=-1)
@click.option(
    "--outcome",
    type=click.Choice([one.value for one in SAID]),
    default=Outcome.DONE.value,
    show_default=True,
    help="How it ended.",
)
def done(number: str, text: tuple[str, ...], outcome: str) -> None:
    """End the task NUMBER, whoever has it; TEXT is a note."""
    with opened() as runtime, runtime.database.write() as session:
        worker = Worker(None, "cli", runtime.clock())
        row = find_task(session, OPERATOR, number)
        close(session, row, Outcome(outcome), " ".join(text) or None, worker)
    click.echo(f"Task {number} has ended: {outcome}")


@task.command("note")
@click.argument("number")
@click.argument("text", nargs=-1, required=True)
def add_note(number: str, text: tuple[str, ...]) -> None:
    """Add the note TEXT to the task NUMBER."""
    with opened() as runtime, runtime.database.write() as session:
        worker = Worker(None, "cli", runtime.clock())
        note(session, find_task(session, OPERATOR, number), EntryKind.NOTE, " ".join(text), worker)
    click.echo(f"The note is with task {number}")


@task.command("open")
@click.argument("number")
def open_again(number: str) -> None:
    """Open the task NUMBER again."""
    with opened() as runtime, runtime.database.write() as session:
        worker = Worker(None, "cli", runtime.clock())
        reopen(session, find_task(session, OPERATOR, number), worker)
    click.echo(f"Task {number} is open again")


def _row(session: Session, row: Task) -> tuple[object, ...]:
    owner = session.scalar(select(Party.name).where(Party.id == row.owner_id))
    taken = owner or ("yes" if row.owner_id else "")
    place = plain(place_of(session, row).label)
    what = what_of(row, _LANGUAGE)
    return (row.number, row.service, what, row.province, place, row.made_at, row.due_at, taken)
