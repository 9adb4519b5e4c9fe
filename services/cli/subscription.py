"""`bilum subscription`: one person in one programme, for who helps on the phone.

Numbers are masked, and each reading is noted.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cli.common import DAY, LIMIT, opened, print_table
from services.core.errors import Invalid, NotFound
from services.health.courses import staff
from services.health.courses.plan_changes import PlanChange
from services.health.courses.staff import find_subscription, full_view, planned_views, summary
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.runtime.container import Runtime
from services.storage.models import ProgrammeVersion, Subscription
from services.storage.read_log import SERVER, ReadSubject, note_access
from services.storage.vault import Vault
from sms.numbers import normalise

_STATES = click.Choice([state.value for state in SubscriptionState])
_ENDS = (SubscriptionState.OPTED_OUT, SubscriptionState.COMPLETED, SubscriptionState.INELIGIBLE)
_WHOSE = click.argument("whose", metavar="PHONE|ID")
_PROGRAMME = click.option("--programme", metavar="CODE", help="Which of several.")


@click.group()
def subscription() -> None:
    """People in health programmes. PHONE means the open subscription, or else the last one."""


@subscription.command("list")
@click.option("--programme", metavar="CODE", help="Of this programme alone.")
@click.option("--state", type=_STATES, help="In this state alone.")
@LIMIT
def list_all(programme: str | None, state: str | None, limit: int) -> None:
    """List subscriptions, newest first."""
    wanted = select(Subscription, ProgrammeVersion.number).join(
        ProgrammeVersion, ProgrammeVersion.id == Subscription.version_id
    )
    if programme:
        wanted = wanted.where(Subscription.programme == programme)
    if state:
        wanted = wanted.where(Subscription.state == state)
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        newest = session.execute(wanted.order_by(Subscription.id.desc()).limit(limit)).all()
        views = [summary(row, number) for row, number in newest]
        for person in sorted({row.person_id for row, _ in newest}):
            _note(session, runtime, person, "list")
    columns = ("id", "programme", "version", "language", "state", "phone")
    rows = ((*map(one.get, columns), f"{one['invited_at']:%Y-%m-%d}") for one in views)
    print_table((*columns, "since"), rows)


@subscription.command()
@_WHOSE
@_PROGRAMME
def show(whose: str, programme: str | None) -> None:
    """Show one: state, dates, questions and answers, changes, and what is to come."""
    _run((whose, programme), "show", full_view)


@subscription.command()
@_WHOSE
@click.argument("code")
@click.argument("day", type=DAY, required=False)
@_PROGRAMME
def anchor(whose: str, code: str, day: datetime | None, programme: str | None) -> None:
    """Set the date CODE, such as quit, to DAY, or remove it without DAY; print what changes."""
    on = day.date() if day else None
    _run((whose, programme), "anchor", partial(_move, code=code, on=on))


@subscription.command()
@_WHOSE
@_PROGRAMME
def pause(whose: str, programme: str | None) -> None:
    """Pause the course."""
    _run((whose, programme), "pause", lambda *found: {"paused until": staff.pause(*found)})


@subscription.command()
@_WHOSE
@_PROGRAMME
def resume(whose: str, programme: str | None) -> None:
    """Resume the course."""
    _run((whose, programme), "resume", staff.resume)


@subscription.command()
@_WHOSE
@click.option(
    "--state",
    type=click.Choice([state.value for state in _ENDS]),
    default=SubscriptionState.OPTED_OUT.value,
    show_default=True,
)
@click.option("--reason", metavar="CODE", help="Such as too_many.")
@_PROGRAMME
def end(whose: str, state: str, reason: str | None, programme: str | None) -> None:
    """End it; a person who opts out gets no more texts of the programme."""
    _run(
        (whose, programme),
        "end",
        lambda session, row, now: staff.end(session, row, SubscriptionState(state), reason, now),
    )


def _run(
    which: tuple[str, str | None],
    what: str,
    act: Callable[[Session, Subscription, datetime], dict[str, Any] | None],
) -> None:
    """Do something to a subscription, note the reading, and print what came of it, or its state."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        row = _find(session, runtime.database.vault, *which)
        _note(session, runtime, row.person_id, what)
        told = act(session, row, runtime.clock()) or {"state": row.state}
        zone = ZoneInfo(row.zone)
    for line in _lines(told, zone):
        click.echo(line)


def _find(session: Session, vault: Vault, whose: str, programme: str | None) -> Subscription:
    try:
        return find_subscription(session, None, UUID(whose))
    except ValueError:
        index = vault.health_index(normalise(whose))
    wanted = select(Subscription).where(Subscription.number_index == index)
    if programme:
        wanted = wanted.where(Subscription.programme == programme)
    rows = session.scalars(wanted.order_by(Subscription.id.desc())).all()
    running = [row for row in rows if row.state in OPEN]
    if not rows:
        raise NotFound("This number is in no programme")
    if len(running) > 1:
        codes = ", ".join(sorted(row.programme for row in running))
        raise Invalid(f"This number is in several programmes: give --programme, one of {codes}")
    return (*running, *rows)[0]


def _move(
    session: Session, row: Subscription, now: datetime, *, code: str, on: date | None
) -> dict[str, Any]:
    done = staff.change(session, row, PlanChange({code: on}), now)
    return {"cancelled": planned_views(done.cancelled), "created": planned_views(done.created)}


def _note(session: Session, runtime: Runtime, person_id: int, what: str) -> None:
    read = ReadSubject(person_id=person_id)
    note_access(session, SERVER, read, f"bilum subscription {what}", runtime.clock())


def _lines(told: dict[str, Any], zone: ZoneInfo) -> Iterable[str]:
    """Write what is told, one line each, in the person's own time; of lists, a line a member."""
    for name, value in told.items():
        label = name.replace("_", " ")
        if isinstance(value, list):
            yield f"{label}: {len(value)}"
            for one in value:
                parts = (_part(key, part, zone) for key, part in one.items())
                yield "  " + "  ".join(part for part in parts if part)
        elif isinstance(value, dict):
            yield f"{label}: " + ", ".join(f"{key} {part}" for key, part in value.items())
        elif isinstance(value, bool):
            yield f"{label}: {'yes' if value else 'no'}"
        elif value is not None:
            yield f"{label}: {_part(name, value, zone)}"


def _part(key: str, value: object, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return key if value else ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
