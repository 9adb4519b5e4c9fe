"""`bilum receipt`: the way of one report, from the message that it came by to its block."""

import json
from collections.abc import Iterator
from typing import TextIO

import click

from services.cli.common import FOUND, opened, plain, print_table, screen
from services.core.correlation import written
from services.ledger.receipts import ReceiptWay, read_digest, way_of_receipt

_NOT_YET = "not yet"


@click.command()
@click.argument("code")
@click.option(
    "--log",
    type=click.File(encoding="utf-8", errors="replace"),
    help="Lines of the log of every process; - reads standard input.",
)
def receipt(code: str, log: TextIO | None) -> None:
    """Show the way of the report behind the receipt CODE, from its SMS to its block.

    With --log it prints each line about it:

    journalctl -o cat -u 'bilum*' | bilum receipt CODE --log -
    """
    with opened(signs=False) as runtime, runtime.database.read() as session:
        way = way_of_receipt(session, read_digest(code))
    if way is None:
        screen.print("No record has this receipt: the report was lost, or never made.")
        raise SystemExit(FOUND)
    print_table(("", ""), _rows(way))
    if log is not None and way.correlation is not None:
        for line in _about(log, written(way.correlation)):
            click.echo(plain(line))


def _rows(way: ReceiptWay) -> Iterator[tuple[str, object]]:
    yield "id in the log", written(way.correlation) if way.correlation is not None else "none"
    yield "event", way.event_id or "lost"
    yield "record", _NOT_YET if way.place is None else way.place
    yield "batch", f"{way.batch}, {way.state}" if way.batch is not None else _NOT_YET
    yield "block", _NOT_YET if way.block is None else way.block


def _about(log: TextIO, correlation: str) -> Iterator[str]:
    """Return the lines about one id, in the order of their times."""
    found: list[tuple[str, str]] = []
    for line in log:
        if correlation not in line:
            continue
        try:
            told = json.loads(line[line.index("{") :])
        except ValueError:
            continue
        if isinstance(told, dict):
            words = [str(told.get("event", "")), *_facts(told)]
            found.append((str(told.get("time", "")), " ".join(words)))
    return (f"{time} {words}" for time, words in sorted(found))


def _facts(told: dict[str, object]) -> Iterator[str]:
    for name in ("channel", "record", "receipt", "batch", "first", "size", "block"):
        if told.get(name) is not None:
            yield f"{name}={told[name]}"
