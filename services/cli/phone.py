"""`bilum phone`: a phone in the terminal, on a running server or on one of its own."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from select import select

import click
from rich.console import Console

from services.cli.worker import working
from services.core.clock import utc_now
from services.core.errors import SettingsError, Unavailable
from services.core.settings import Settings, development_faults, draw_secrets
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.simulator.operator import Operator, over_http, within
from services.simulator.setup import PHONES
from services.simulator.terminal import Terminal
from services.texts.catalogue import LANGUAGES

# Seconds: between looks at the phone while an answer is expected, and while none is; how long one
# is waited for, and what else comes after the last line.
_LOOK, _IDLE, _REPLY, _LAST = 0.25, 1.0, 15.0, 2.5
_MOST = 1 << 16


@click.command()
@click.option("--url", help="Address of the server. Default: BILUM_HOST and BILUM_PORT.")
@click.option("--as", "number", default=next(iter(PHONES)), help="Number of the phone.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Language.")
def phone(url: str | None, number: str, lang: str) -> None:
    """Play phones: each line is an SMS, *123# is a call, /help lists the rest.

    If no server runs, it starts its own on the embedded defaults. Lines may be piped in.
    """
    if url is not None and not url.startswith(("http://", "https://")):
        raise click.UsageError("Write the address of the server with http:// before it.")
    paper = _Paper(is_watched=sys.stdin.isatty())
    with ExitStack() as stack:
        terminal = Terminal(_reach(url, stack), number, lang, paper, utc_now)
        if paper.is_watched:
            terminal.help()
        _talk(terminal, paper, sys.stdin.fileno())


class _Paper:
    """The terminal's window, watched by a person who types, or the file that it is written to."""

    def __init__(self, *, is_watched: bool) -> None:
        self.is_watched = is_watched
        self._console = Console(highlight=False, soft_wrap=True)
        self._at_prompt = False

    def prompt(self, text: str) -> None:
        self._console.print(text, end="", markup=False, style="bold")
        self._at_prompt = True

    def echo(self, line: str) -> None:
        """Show what was typed, where nobody has seen it."""
        if not self.is_watched:
            self._console.print(line, markup=False)
        self._at_prompt = False

    def screen(self, drawn: str) -> None:
        self._print(drawn, "green")

    def note(self, text: str) -> None:
        self._print(f"{text}\n", "yellow")

    def _print(self, text: str, style: str) -> None:
        if self._at_prompt:
            self._console.print()
        self._at_prompt = False
        self._console.print(text, markup=False, style=style)


def _reach(url: str | None, stack: ExitStack) -> Operator:
    """Return the operator of a running server, or of one within this process."""
    settings = Settings.from_env()
    try:
        return Operator(over_http((url or f"http://{settings.host}:{settings.port}").rstrip("/")))
    except Unavailable as error:
        # A server that answers and lets nobody play is not got round.
        if url is not None or error.__cause__ is None:
            raise
    runtime = stack.enter_context(_own(settings))
    return Operator(within(create_app(runtime)))


@contextmanager
def _own(settings: Settings) -> Iterator[Runtime]:
    """Open the program in this process, in development mode, with its workers at work."""
    runtime = Runtime.open(_alone(settings))
    try:
        if runtime.database.revision() is None:
            runtime.database.upgrade()
        runtime.database.require_schema()
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, working(runtime, nowhere):
            yield runtime
    finally:
        runtime.close()


def _alone(settings: Settings) -> Settings:
    wrong = [*development_faults(settings)]
    if not settings.database_url.startswith("sqlite") or settings.chain.url is not None:
        wrong.append(
            "no server answers, and the phone runs one of its own on SQLite and the "
            "embedded chain alone: start the server"
        )
    if wrong:
        raise SettingsError(wrong)
    return replace(settings, development=True, gateway=draw_secrets(settings.gateway))


def _talk(terminal: Terminal, paper: _Paper, keyboard: int) -> None:
    paper.prompt(terminal.prompt)
    acted = False
    for line in _typed(keyboard):
        if line is None:
            if not terminal.look():
                continue
        elif line.strip() == "/quit":
            break
        else:
            paper.echo(line)
            acted = acted or not line.lstrip().startswith("/")
            if terminal.enter(line):
                _wait(terminal, _REPLY)
        paper.prompt(terminal.prompt)
    paper.echo("")
    if acted and not paper.is_watched:
        _wait(terminal, _LAST)


def _wait(terminal: Terminal, seconds: float) -> None:
    """Return when something has come and what goes out with it, or nothing for so long."""
    end = time.monotonic() + seconds
    has_come = False
    while time.monotonic() < end:
        comes = terminal.look()
        if has_come and not comes:
            return
        has_come = has_come or comes
        time.sleep(_LOOK)


def _typed(keyboard: int) -> Iterator[str | None]:
    """Yield each line that is typed; None whenever a moment passes without one."""
    pending = b""
    while True:
        ready, _, _ = select([keyboard], [], [], _IDLE)
        typed = os.read(keyboard, _MOST) if ready else b""
        *lines, pending = (pending + typed).split(b"\n")
        if ready and not typed and pending:
            lines, pending = [pending], b""
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in lines)
        if not ready:
            yield None
        elif not typed:
            return
