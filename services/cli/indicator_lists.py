"""`bilum indicators calls` and `sample`: people to call or to test, without what they said."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from services.api.documents import csv_text
from services.cli.common import DAY, FILE, opened, screen
from services.health.indicators.disaggregation import period_of
from services.health.indicators.follow_up_lists import (
    COLUMNS,
    EVERYBODY,
    DrawnList,
    Wanted,
    draw_list,
)
from services.storage.read_log import SERVER, ReadSubject, note_access

_SEED_BYTES = 8
_TENTH = 10


def _of_list(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a list."""
    for option in (
        click.option("--out", type=FILE, required=True, help="Write to this file."),
        click.option("--seed", help="Draws the same list again; without it, a new one is drawn."),
        click.option("--assessment", required=True, help="Question, such as month6."),
        click.option("--to", "last", type=DAY, required=True, help="Last local day."),
        click.option("--from", "first", type=DAY, required=True, help="First local day."),
        click.argument("code"),
    ):
        command = option(command)
    return command


@click.command()
@_of_list
def calls(
    *, code: str, first: datetime, last: datetime, assessment: str, seed: str | None, out: Path
) -> None:
    """List all whose day of an assessment came, for somebody who must not know the answers."""
    period = period_of(first.date(), last.date())
    _draw(Wanted(code, assessment, period, EVERYBODY, seed or _new_seed()), out, "calls")


@click.command()
@_of_list
@click.option("--percent", default=_TENTH, show_default=True, type=click.IntRange(1, EVERYBODY))
def sample(
    *,
    code: str,
    first: datetime,
    last: datetime,
    assessment: str,
    seed: str | None,
    out: Path,
    percent: int,
) -> None:
    """Draw a random sample of them, to test breath or saliva for what tobacco leaves there."""
    period = period_of(first.date(), last.date())
    _draw(Wanted(code, assessment, period, percent, seed or _new_seed()), out, "sample")


def _new_seed() -> str:
    return secrets.token_hex(_SEED_BYTES)


def _draw(wanted: Wanted, out: Path, command: str) -> None:
    """Write a list that its owner alone may read, and note that its people's data were read."""
    with opened() as runtime:
        now = runtime.clock()
        with runtime.database.write(exclusive=False) as session:
            drawn: DrawnList = draw_list(session, wanted, now)
            for person in drawn.people:
                read = ReadSubject(person_id=person)
                note_access(session, SERVER, read, f"bilum indicators {command}", now)
    out.touch(mode=0o600)
    out.write_text(csv_text(COLUMNS, drawn.rows), encoding="utf-8", newline="")
    screen.print(f"{len(drawn.rows)} of {drawn.among} people; seed {wanted.seed}")
    screen.print(f"{out} is written. It names people: delete it when the work is done.")
