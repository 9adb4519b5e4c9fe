"""`bilum reader`: the computer beside an RFID reader signs and sends what the reader gives."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
from rich.console import Console

from gateway.readers.formats import AUTO, LINES
from gateway.readers.scans import Readings
from services.cli.common import screen
from services.cli.reader_queue import Queue
from services.cli.reader_source import decode_line, is_port, listen, read_file, uploads
from services.cli.reader_tables import show_confirmed, show_review, show_session
from services.core.clock import utc_now
from services.core.errors import Invalid, ServerUnreachable
from services.livestock.domain.details import OUTCOMES, PURPOSES
from services.livestock.readers.errors import SessionConfirmed
from services.livestock.readers.request_schemas import (
    AS,
    DIRECTIONS,
    FORMATS,
    SCANS,
    SLAUGHTER_PLACES,
)
from services.scan.routes import page_words
from services.texts.catalogue import LANGUAGES
from sms.local_time import local_day

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(click.get_app_dir("bilum-reader")),
    show_default="a folder of your own",
    help="Folder of the key and of unsent requests.",
)
_LEFTOVER = "scanned-*.txt"


@click.group()
def reader() -> None:
    """An RFID reader on this computer."""


@reader.command()
@click.argument("url")
@click.argument("code")
@_FOLDER
def enrol(url: str, code: str, folder: Path) -> None:
    """Enrol this computer at the server URL with the CODE of `bilum device add`."""
    identity = Queue(folder).enrol(url, code)
    screen.print(f"Enrolled as device {identity.device}. Its key is in {folder}: keep it there.")


@reader.command()
@click.argument("source", required=False)
@click.option("--session", type=click.UUID, help="Continue a session that was sent before.")
@click.option(
    "--format",
    "form",
    type=click.Choice([one for one in FORMATS if one != SCANS]),
    default=AUTO,
    help="How the file is laid out.",
)
@click.option("--date-order", type=click.Choice(["dmy", "mdy", "ymd"]))
@click.option("--idle", type=float, default=0, help="Seconds of silence that end a port's session.")
@click.option("--as", "kind", type=click.Choice(list(AS)), help="What the session becomes.")
@click.option("--premises", help="Number of the place.")
@click.option("--day", help="2026-11-25; without it today.")
@click.option("--direction", type=click.Choice(DIRECTIONS), help="Of a movement.")
@click.option("--other", help="Number of the far side of a movement.")
@click.option("--permit", help="Number of the permit.")
@click.option("--purpose", type=click.Choice(PURPOSES), help="Of an inspection.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Of an inspection.")
@click.option("--place", type=click.Choice(SLAUGHTER_PLACES), help="Of a slaughter.")
@click.option("--ante-mortem", type=click.Choice(OUTCOMES), help="Of all, before slaughter.")
@click.option("--post-mortem", type=click.Choice(OUTCOMES), help="Of all, after slaughter.")
@click.option("--first-carcass", type=int, help="Number of the first carcass.")
@click.option("--leave-out", multiple=True, help="A tag that is not recorded; may be repeated.")
@click.option("--yes", is_flag=True, help="Confirm without asking.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@_FOLDER
def send(  # noqa: PLR0917 — one argument for each option
    source: str | None,
    session: UUID | None,
    form: str,
    date_order: str | None,
    idle: float,
    kind: str | None,
    yes: bool,  # noqa: FBT001 — click passes it by name
    language: str,
    folder: Path,
    **told: Any,  # noqa: ANN401 — the rest of a confirmation
) -> None:
    """Send the scans of a FILE or serial PORT; then review and confirm them.

    Unsent scans of an earlier run go first. Without --as, the session is only stored; confirm it
    later with --session.
    """
    work = _Work(Queue(folder), folder, language)
    work.send_leftovers()
    public_id = session or uuid4()
    if source is not None:
        work.take(source, public_id, form, (date_order, idle))
    elif session is None:
        raise Invalid("Name the file or port of the reader, or a --session that was sent before")
    if kind is None:
        screen.print(f"To confirm it: bilum reader send --session {public_id} --as …")
        return
    body = {"as": kind, "day": told.pop("day") or local_day(utc_now()).isoformat()} | {
        name: list(value) if name == "leave_out" else value
        for name, value in told.items()
        if value not in (None, ())
    }
    try:
        work.confirm(public_id, body, ask=not yes)
    except Invalid as error:
        if source is not None and error.code != SessionConfirmed.code:
            screen.print(f"The scans are stored. To confirm them: --session {public_id}")
        raise


class _Work:
    """One run of `send`."""

    def __init__(self, queue: Queue, folder: Path, language: str) -> None:
        self._queue, self._folder, self._language = queue, folder, language
        self._base = f"/gateway/readers/{queue.identity.device}"
        self._out = Console()

    def send_leftovers(self) -> None:
        """Send what an earlier run wrote down and could not send, in its order."""
        for request in self._queue.waiting():
            try:
                answer = self._queue.send(request, utc_now())
            except Invalid as error:
                screen.print(f"An earlier request was refused: {error.detail} ({error.code})")
                continue
            screen.print(f"Sent what was left of session {answer['session']}")
        for path in sorted(self._folder.glob(_LEFTOVER)):
            public_id = UUID(path.stem.partition("-")[2])
            self._upload(public_id, decode_line(path.read_bytes()), LINES, None)
            path.unlink()

    def take(self, source: str, public_id: UUID, form: str, how: tuple[str | None, float]) -> None:
        """Upload a file, or what comes from a port."""
        date_order, idle = how
        if not is_port(source):
            text, form = read_file(Path(source), form)
            self._upload(public_id, text, form, date_order)
            return
        kept = self._folder / f"scanned-{public_id}.txt"
        screen.print("Scan the animals. Ctrl-C ends the session.")
        listen(source, kept, idle, self._heard())
        self._upload(public_id, decode_line(kept.read_bytes()), LINES, date_order)
        kept.unlink()

    def confirm(self, public_id: UUID, body: dict[str, Any], *, ask: bool) -> None:
        """Show what would be recorded, ask, and record it."""
        path = f"{self._base}/sessions/{public_id}"
        review = self._ask(f"{path}/review", body)
        show_review(self._out, review, self._language)
        nothing = not review["counts"]["record"]
        if nothing:
            screen.print(page_words()["nothing_to_record"][self._language])
        if nothing or (ask and not click.confirm("Record this?")):
            screen.print(f"Nothing is recorded. The session stays: --session {public_id}")
            sys.exit(1)
        done = self._ask(f"{path}/confirm", body | {"review": review["review"]})
        show_confirmed(self._out, done, self._language)

    def _upload(self, public_id: UUID, text: str, form: str, date_order: str | None) -> None:
        more = {"date_order": date_order} if date_order else {}
        answer = None
        for part in uploads(text, form):
            body = {"session": str(public_id), "format": form, "text": part} | more
            answer = self._ask(f"{self._base}/scans", body)
        if answer:
            show_session(self._out, answer, self._language)

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = self._queue.add(path, body)
        try:
            return self._queue.send(request, utc_now())
        except ServerUnreachable:
            screen.print("It is written down here, and goes first when you send again.")
            raise

    def _heard(self) -> Callable[[Readings], None]:
        known: set[str] = set()

        def tell(readings: Readings) -> None:
            for scan in readings.scans:
                again = " (again)" if scan.tag in known else ""
                known.add(scan.tag)
                self._out.print(f"{len(known):4} {scan.tag}{again}")
            for fault in readings.faults:
                self._out.print(f"   ! {fault.fault.value.replace('_', ' ')}: scan again")

        return tell
