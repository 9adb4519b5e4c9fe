"""`bilum trace`: contact chains of premises, where an animal was, and how well we can tell."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from typing import Any

import click
from sqlalchemy.orm import Session

from services.cli.common import opened
from services.cli.trace_tables import show_animal, show_premises, show_scores
from services.livestock.domain.model import local_day
from services.livestock.recording.lookup import known_animal, parse_key
from services.livestock.tracing.animals import trace_animal
from services.livestock.tracing.drawing import draw
from services.livestock.tracing.evidence import keepers
from services.livestock.tracing.export import (
    animal_json,
    movements_csv,
    summaries_csv,
    trace_geojson,
    trace_json,
)
from services.livestock.tracing.lives import EVER
from services.livestock.tracing.model import Direction, Trace, TraceWindow
from services.livestock.tracing.premises import summarise_all, trace_premises
from services.livestock.tracing.score import sample, score
from services.runtime.container import Runtime

_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIRECTIONS = {
    "in": (Direction.INGOING,),
    "out": (Direction.OUTGOING,),
    "both": tuple(Direction),
}


def day(text: str) -> date:
    """Read a day, ISO 8601."""
    try:
        return date.fromisoformat(text if _ISO_DAY.fullmatch(text) else "")
    except ValueError:
        raise click.BadParameter(f"{text} is not a day such as 2005-10-18.") from None


@click.command()
@click.argument("premises", required=False)
@click.option("--from", "first", type=day, help="First day of the window.")
@click.option("--to", "last", type=day, help="Last day of the window.")
@click.option("--direction", type=click.Choice(list(_DIRECTIONS)), default="both")
@click.option("--format", "how", type=click.Choice(["json", "csv", "geojson", "svg"]))
@click.option("--all", "every", is_flag=True, help="Degrees and chains of all premises, as CSV.")
@click.option("--animal", "tag", metavar="TAG", help="Where an animal was, and with which others.")
@click.option("--score", "scored", is_flag=True, help="Measure the standards of tracing here.")
@click.option("--sample", "size", type=click.IntRange(1), default=100, show_default=True)
@click.option("--phones", is_flag=True, help="Show keepers' phone numbers: for officers alone.")
def trace(
    premises: str | None,
    first: date | None,
    last: date | None,
    tag: str | None,
    size: int,
    **options: Any,  # noqa: ANN401 — flags and choices, by name
) -> None:
    """Trace the contacts of PREMISES, of all premises, or of an animal.

    PREMISES and TAG: a short number, an official number, or scheme:value such as premises:584.
    """
    every, scored = options["every"], options["scored"]
    if [bool(premises), every, bool(tag) or scored].count(True) != 1:
        raise click.UsageError("Give one of PREMISES, --all, --animal and --score.")
    with opened() as runtime, runtime.database.read() as session:
        if scored:
            _score(runtime, session, tag, size)
        elif tag:
            window = _window(first, last) if first or last else EVER
            _animal(session, tag, window, options)
        elif every:
            _only(options["how"], "csv")
            click.echo(summaries_csv(summarise_all(session, _window(first, last))), nl=False)
        else:
            _premises(session, str(premises), _window(first, last), options)


def _window(first: date | None, last: date | None) -> TraceWindow:
    if first is None or last is None:
        raise click.UsageError("Give the window's first and last day: --from and --to.")
    return TraceWindow.between(first, last)


def _only(how: str | None, possible: str) -> None:
    if how not in {None, possible}:
        raise click.UsageError(f"This is written as {possible}, not as {how}.")


def _premises(session: Session, text: str, window: TraceWindow, options: dict[str, Any]) -> None:
    key = parse_key(session, text, "premises")
    found = trace_premises(session, key, window, _DIRECTIONS[options["direction"]])
    how = options["how"]
    if how in _WRITERS:
        click.echo(_WRITERS[how](found), nl=False)
        return
    called = keepers(session, found.places.values(), phones=options["phones"])
    if how == "json":
        click.echo(_pretty(trace_json(found, called)), nl=False)
    else:
        show_premises(found, called)


def _animal(session: Session, tag: str, window: TraceWindow, options: dict[str, Any]) -> None:
    _only(options["how"], "json")
    key = parse_key(session, tag, "animal")
    found = trace_animal(session, key, window, phones=options["phones"])
    if options["how"]:
        click.echo(_pretty(animal_json(found)), nl=False)
    else:
        show_animal(found)


def _score(runtime: Runtime, session: Session, tag: str | None, size: int) -> None:
    animals = [known_animal(session, tag).id] if tag else sample(session, size)
    if not animals:
        raise click.UsageError("There is no animal here to measure with.")
    today = local_day(runtime.clock())
    show_scores(score(session, animals, today, time.perf_counter))


def _pretty(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _geojson(found: Trace) -> str:
    return json.dumps(trace_geojson(found), ensure_ascii=False) + "\n"


_WRITERS = {"csv": movements_csv, "geojson": _geojson, "svg": draw}
