"""Traces as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from services.cli.common import make_table, print_table
from services.livestock.domain.movements import Stay
from services.livestock.tracing.animals import AnimalTrace
from services.livestock.tracing.evidence import Keeper
from services.livestock.tracing.model import Chain, Direction, Trace, TracedPlace
from services.livestock.tracing.score import Score

_HOURS_OF_DAYS = 48


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


def _row(stay: Stay, places: Mapping[int, TracedPlace]) -> tuple[object, ...]:
    place = places.get(stay.premises or 0)
    return _numbers((stay,), places), place and place.province, stay.since, stay.until


def _numbers(stays: Iterable[Stay], places: Mapping[int, TracedPlace]) -> str:
    return ", ".join(
        places[stay.premises].number if stay.premises is not None else "not known" for stay in stays
    )


def _limit(limit: timedelta) -> str:
    hours = limit.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours <= _HOURS_OF_DAYS else f"{limit.days} days"
