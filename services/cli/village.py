"""`bilum village`: the box of a village without signal."""

import sys
from collections.abc import Iterator
from contextlib import closing

import click

from services.box.runtime import COMMAND, Box, enrol
from services.box.status import BoxStatus, read_status
from services.box.sync_loop import Step, Sync
from services.box.threads import exclusive, working
from services.cli.common import FOUND
from services.cli.server import serve_app
from services.cli.village_numbers import (
    bind_numbers,
    list_numbers,
    propose_numbers,
    unbind_number,
)
from services.cli.worker import until_signal
from services.core.logs import log_to_stderr
from services.core.settings import Settings

_MEBIBYTE = 1 << 20
_UNAVAILABLE = 3


@click.group()
def village() -> None:
    """Run the box of a village without signal; on the server, bind numbers to boxes."""


for _one in (propose_numbers, bind_numbers, unbind_number, list_numbers):
    village.add_command(_one)


@village.command("enrol")
@click.argument("url")
@click.argument("code")
def enrol_box(url: str, code: str) -> None:
    """Enrol this box's key at the server URL, with the CODE of `bilum device add`."""
    with closing(_box()) as box, exclusive(box.folder):
        identity = enrol(box.folder, box.store, url, code)
    click.echo(f"This box is {identity.device} at {identity.url}. Start it: bilum village run")


@village.command()
def run() -> None:
    """Receive, answer, send and sync until the program is stopped."""
    log_to_stderr()
    with closing(_box()) as box, until_signal(), working(box, sys.stdout) as at_work:
        serve_app(at_work.app, box.settings)


@village.command()
def sync() -> None:
    """Sync until nothing waits; exit status 3 if the server cannot be reached."""
    with closing(_box()) as box:
        by_hand = Sync(box.store, box.reserve, box.client(), box.clock)
        while (step := by_hand.step()) is Step.MORE:
            pass
        now = read_status(box)
    click.echo(f"{now.queued} wait, {now.texts} texts for phones")
    if step is not Step.IDLE:
        click.echo(f"bilum: {now.stopped or now.problem}", err=True)
        sys.exit(_UNAVAILABLE)


@village.command()
def status() -> None:
    """Show what waits, the last sync and the age of lists; exit status 1 if something is wrong."""
    with closing(_box()) as box:
        now = read_status(box)
    for name, told in _rows(now):
        click.echo(f"{name:<14}{told}")
    if not now.is_enrolled or now.stopped or now.carrier or not now.is_open:
        sys.exit(FOUND)


def _rows(now: BoxStatus) -> Iterator[tuple[str, str]]:
    if not now.is_enrolled:
        yield "not enrolled:", COMMAND
    yield "waiting", f"{now.queued} from phones and readers"
    yield "texts", f"{now.texts} to phones; {now.uncertain} of which nobody knows"
    if now.carrier:
        code, since = now.carrier
        yield "carrier", f"takes no text: {code}, since {since}"
    yield "last sync", now.last_sync or "never"
    if now.on_its_way is not None:
        yield "on its way", f"request {now.on_its_way}, not answered yet"
    if now.stopped:
        yield "stopped", now.stopped
    if now.problem:
        yield "last try", now.problem
    for code, many in now.refused.items():
        yield "refused", f"{many} by the server: {code}"
    yield "animals", f"{now.animals[0]}, the newest as of {now.animals[1] or 'never'}"
    yield "words", str(now.words)
    yield "numbers", f"{now.numbers} to promise"
    room = "" if now.is_open else "; nothing is taken in until the sync has made room"
    yield "free disk", f"{now.free_bytes // _MEBIBYTE} MiB{room}"
    if now.skew_seconds is not None:
        yield "clock", f"{now.skew_seconds:+} s against the server"


def _box() -> Box:
    return Box.open(Settings.from_env())
