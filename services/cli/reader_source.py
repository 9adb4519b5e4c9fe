"""Input of a reader: a file that was copied off it, or lines of a serial port."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import serial

from gateway.readers.files import decode
from gateway.readers.formats import AUTO, LINES, format_of
from gateway.readers.lines import read_lines
from gateway.readers.scans import Readings
from services.core.errors import Invalid

_LONGEST_FILE = 4 * 1024 * 1024
_BAUD, _TICK_SECONDS = 9_600, 0.5
_CHUNK = 700_000
"""Characters of one upload, below the server's limit whatever letters they are."""


def is_port(source: str) -> bool:
    """Tell whether a source is a serial port, and not a file."""
    path = Path(source)
    return path.is_char_device() or "://" in source or source.upper().startswith("COM")


def read_file(path: Path, form: str) -> tuple[str, str]:
    """Return the text of a file and its format, which is found out where it is not told.

    Raises:
        Invalid: there is no such file, or it is too long.
        NotASessionFile: it is no text, or has no tag where its format is to be found out.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > _LONGEST_FILE:
        raise Invalid(f"{path} is longer than any session: take single sessions off the reader")
    text = decode(raw)
    return text, format_of(text) if form == AUTO else form


def uploads(text: str, form: str) -> Iterator[str]:
    """Cut a text at its lines into parts that the server takes at once; a table is one part.

    Raises:
        Invalid: a table is longer than that.
    """
    if form != LINES:
        if len(text) > _CHUNK:
            raise Invalid("The file is too long: take single sessions off the reader")
        yield text
        return
    part: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        if part and size + len(line) > _CHUNK:
            yield "".join(part)
            part, size = [], 0
        part.append(line)
        size += len(line)
    yield "".join(part)


def listen(port: str, kept: Path, idle: float, tell: Callable[[Readings], object]) -> None:
    """Keep what comes from a port, until Ctrl-C or until nothing has come for a while.

    Args:
        port: such as `/dev/ttyUSB0`, `COM3` or `socket://host:port`.
        kept: file to which each line is added, and is safe there, before it is told.
        idle: seconds without anything after which it ends, once something has come; 0: never.
        tell: is given what each line was.

    Raises:
        Invalid: the port cannot be opened, or was pulled out.
    """
    try:
        with (
            serial.serial_for_url(port, baudrate=_BAUD, timeout=_TICK_SECONDS) as line,
            kept.open("ab") as file,
            suppress(KeyboardInterrupt),
        ):
            kept.chmod(0o600)
            for raw in _lines(line, idle):
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
                tell(read_lines(decode_line(raw)))
    except serial.SerialException as error:
        raise Invalid(f"The port {port} cannot be read: is the reader plugged in?") from error


def decode_line(raw: bytes) -> str:
    """Return the text of a line off a port: ASCII, whatever noise there is."""
    return raw.replace(b"\0", b"").decode("ascii", "replace")


def _lines(line: serial.Serial, idle: float) -> Iterator[bytes]:
    """Yield whole lines; what is cut off by silence is given as it is at the end."""
    held, quiet, begun = b"", 0.0, False
    while not (idle and begun and quiet >= idle):
        came = line.read(max(1, line.in_waiting))
        quiet = 0.0 if came else quiet + _TICK_SECONDS
        begun = begun or bool(came)
        held += came
        *whole, held = held.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for one in whole:
            if one.strip():
                yield one + b"\n"
    if held.strip():
        yield held + b"\n"
