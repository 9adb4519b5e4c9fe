"""Web servers of a benchmark: `bilum serve` in processes of their own, and other programs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import urllib3

from gateway.envelope import Answer, Envelope
from gateway.intake import receive
from services.core.clock import utc_now
from services.core.settings import Settings
from services.runtime.container import Runtime

_READY_SECONDS, _END_SECONDS = 60, 30
_FIRST_PORT = 18_080
_COMMAND = ("-c", "from services.cli import main; main()")

_PLACES = ("PLACE Kudjip, Jiwaka", "PLACE Goroka, Eastern Highlands")
_NUMBER = re.compile(r"\d{4,}")

Environ = Mapping[str, str]
Keeper = tuple[str, str]
"""A phone number, and the number of its owner's place."""


def environ(url: str, folder: Path, **more: str) -> Environ:
    """Return the settings of a program on a database, under the benchmarks' key."""
    return {
        "BILUM_DATABASE_URL": url,
        "BILUM_DATA_DIR": str(folder),
        "BILUM_DATA_KEY": bytes(range(32)).hex(),
        # By default answers stop after two thousand texts a day, to a keeper after twenty an hour.
        "BILUM_DAILY_CEILING_TOEA": "0",
        "BILUM_ANSWERS_AN_HOUR": "1000000",
        **more,
    }


@contextmanager
def opened(given: Environ) -> Iterator[Runtime]:
    """Open the program in this process."""
    runtime = Runtime.open(Settings.from_env(given))
    try:
        yield runtime
    finally:
        runtime.close()


def say_to(runtime: Runtime) -> Callable[[str, str], Answer]:
    """Return what takes a text and its sender's number through the door, and answers."""

    def say(text: str, sender: str) -> Answer:
        envelope = Envelope("twilio-sms", uuid4().hex, sender, text, utc_now())
        return receive(envelope, runtime.units, runtime.conversation.answer)

    return say


def found_keepers(runtime: Runtime, many: int) -> list[Keeper]:
    """Make keepers with a place each: no text that is measured is a stranger's."""
    say, keepers = say_to(runtime), list[Keeper]()
    for keeper in range(many):
        # From 1 on: our own number is +67570000000, and gets no answer.
        number = f"+6757{1 + keeper:07}"
        told = _NUMBER.search(say(_PLACES[keeper % 2], number).text)
        keepers.append((number, told[0] if told else ""))
    return keepers


class WebServer(NamedTuple):
    """A web server's address and process."""

    address: str
    pid: int


@contextmanager
def running(
    given: Environ, program: Sequence[str] = (), *, command: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of Python in a process of its own: its arguments, or a command of ours.

    With a data folder, what it prints of errors is there in a file `COMMAND.log`.
    """
    folder = given.get("BILUM_DATA_DIR")
    log = Path(folder) / f"{command or 'program'}.log" if folder else Path(os.devnull)
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 — our own
            [sys.executable, *(program or (*_COMMAND, command))],
            env={**os.environ, **given},  # noqa: TID251 — a script
            stderr=errors,
        ) as process,
    ):
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def serving(
    given: Environ, count: int, program: Sequence[str] = (), *, ready: str = "/health"
) -> Iterator[list[WebServer]]:
    """Run web servers on one database; yield them once they answer."""
    with ExitStack() as stack:
        servers = []
        for port in range(_FIRST_PORT, _FIRST_PORT + count):
            own = {**given, "BILUM_PORT": str(port)}
            process = stack.enter_context(running(own, program, command="serve"))
            servers.append(WebServer(f"http://127.0.0.1:{port}", process.pid))
        for server in servers:
            _wait(server.address + ready)
        yield servers


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait(address: str) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        try:
            urllib3.request("GET", address, retries=False)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"nothing answers at {address}")
