"""`bilum trace`: contact chains of premises, where an animal was, and how well we can tell."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from services.cli.common import make_table, opened, print_table
from services.livestock.domain.movements import Stay
from services.livestock.recording.lookup import known_animal, parse_key
from services.livestock.tracing.animals import AnimalTrace, Page, trace_animal
from services.livestock.tracing.drawing import draw
from services.livestock.tracing.export import (
    animal_json,
    movements_csv,
    summaries_csv,
    trace_geojson,
    trace_json,
)
from services.livestock.tracing.lives import EVER
from services.livestock.tracing.model import Chain, Direction, Trace, TracedPlace, TraceWindow
from services.livestock.tracing.movement_records import Keeper, keepers
from services.livestock.tracing.pork import PorkLink
from services.livestock.tracing.premises import summarise_all, trace_premises
from services.livestock.tracing.score import Score, sample, score
from services.runtime.container import Runtime
from sms.local_time import local_day

_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
DIRECTIONS = {
    "in": (Direction.INGOING,),
    "out": (Direction.OUTGOING,),
    "both": tuple(Direction),
}

_HOURS_OF_DAYS = 48


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
@click.option("--direction", type=click.Choice(list(DIRECTIONS)), default="both")
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
            page = Page(today=local_day(runtime.clock()))
            _animal(session, tag, (window, page), options)
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
    found = trace_premises(session, key, window, DIRECTIONS[options["direction"]])
    how = options["how"]
    if how in _WRITERS:
        click.echo(_WRITERS[how](found), nl=False)
        return
    called = keepers(session, found.places.values(), phones=options["phones"])
    if how == "json":
        click.echo(_pretty(trace_json(found, called)), nl=False)
    else:
        show_premises(found, called)


def _animal(
    session: Session, tag: str, which: tuple[TraceWindow, Page], options: dict[str, Any]
) -> None:
    _only(options["how"], "json")
    key = parse_key(session, tag, "animal")
    found = trace_animal(session, key, *which, phones=options["phones"])
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


def show_premises(trace: Trace, called: Iterable[Keeper]) -> None:
    """Show contact chains: premises by steps, movements in total, whom to call."""
    console = Console()
    first, last = trace.window
    console.print(f"[bold]{trace.places[trace.root].number}[/], {first} to {last}")
    for direction, chain in trace.chains.items():
        console.print(_chain(direction, chain, trace.places))
        events, known = _ledger(chain)
        console.print(f"{len(chain.edges)} movements; {known} of {events} events on the ledger")
    console.print(_keepers(called))


def show_animal(trace: AnimalTrace) -> None:
    """Show where an animal was, with which others, and whom to call."""
    console = Console()
    on_chain = sum(event.on_chain for event in trace.events)
    console.print(
        f"[bold]{trace.animal}[/]: {len(trace.events)} events, {on_chain} of them on the ledger"
    )
    stays = (_row(stay, trace.places) for stay in trace.stays)
    console.print(make_table(("place", "province", "since", "until"), stays))
    for title, links in (("came from", trace.pork.came_from), ("became", trace.pork.became)):
        if links:
            rows = (_link(one, trace.places) for one in links)
            console.print(make_table((title, "of", "carcass", "kg", "ended", "was at"), rows))
    met = (
        (
            one.animal,
            _numbers((shared,), trace.places),
            shared.since,
            shared.until,
            _numbers(one.before, trace.places),
            _numbers(one.after, trace.places),
        )
        for one in trace.companions
        for shared in one.shared
    )
    console.print(make_table(("met", "at", "since", "until", "came from", "went to"), met))
    if trace.met.more is not None:
        console.print(f"It may have met {trace.met.at_most} animals; the first are shown.")
    console.print(_keepers(trace.keepers))


def show_scores(scores: Iterable[Score]) -> None:
    """Show how the standards are met."""
    headings = ("what must be known", "within", "took", "at worst", "complete for", "animals")
    rows = (
        (
            one.standard.asks,
            _limit(one.standard.limit),
            f"{one.median * 1000:.1f} ms",
            f"{one.worst * 1000:.1f} ms",
            f"{one.complete:.0%}",
            one.animals,
        )
        for one in scores
    )
    print_table(headings, rows)


def _chain(direction: Direction, chain: Chain, places: Mapping[int, TracedPlace]) -> Table:
    ordered = sorted(chain.reached.items(), key=lambda item: (item[1][::-1], item[0]))
    rows = (
        (one.steps, places[key].number, places[key].kind, places[key].province, one.day)
        for key, one in ordered
    )
    table = make_table(("steps", "premises", "kind", "province", "day"), rows)
    table.title = f"{direction.value} contact chain: {len(chain.reached)}, directly {chain.degree}"
    table.title_justify = "left"
    return table


def _ledger(chain: Chain) -> tuple[int, int]:
    sides = (side for edge in chain.edges for side in (edge.departure, edge.arrival) if side)
    events = {side.event_id: side.on_chain for side in sides}
    return len(events), sum(events.values())


def _keepers(called: Iterable[Keeper]) -> Table:
    rows = ((one.public_id, ", ".join(one.premises), ", ".join(one.phones)) for one in called)
    return make_table(("keeper to call", "premises", "phones"), rows)


def _link(one: PorkLink, places: Mapping[int, TracedPlace]) -> tuple[object, ...]:
    places_told = _numbers(one.stays, places)
    weight = None if one.kilograms is None else f"{one.kilograms:g}"
    return one.key, one.of, one.carcass, weight, one.ended_on, places_told


def _row(stay: Stay, places: Mapping[int, TracedPlace]) -> tuple[object, ...]:
    place = places.get(stay.premises or 0)
    here = _numbers((stay,), places) + (", presumed" if stay.presumed else "")
    return here, place and place.province, stay.since, stay.until


def _numbers(stays: Iterable[Stay], places: Mapping[int, TracedPlace]) -> str:
    return ", ".join(
        places[stay.premises].number if stay.premises is not None else "not known" for stay in stays
    )


def _limit(limit: timedelta) -> str:
    hours = limit.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours <= _HOURS_OF_DAYS else f"{limit.days} days"
