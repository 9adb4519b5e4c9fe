"""A real Kannel on loopback: bearerbox, smsbox, and fakesmsc, which plays operator and phones."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

from tests.support import markers
from tests.support.environment import BEARERBOX, FAKESMSC, SMSBOX
from tests.support.paths import ROOT
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

USER, PASSWORD, SHORT_CODE = "bilum", "a-password-of-bilum", "16345"
SECRET = "a-secret-of-the-tests"
PATIENCE = 60.0
_PAUSE = 0.02
_HUNG_UP = "EOF from fakesmsc client"
_SENT = b"fakesmsc: sent message"
_RECEIVED = re.compile(rb"Got message \d+: <(.*)>\n")

_OPERATOR = """
group = smsc
smsc = fake
smsc-id = operator
port = {}
our-host = 127.0.0.1
connect-allow-ip = 127.0.0.1
"""


@dataclass
class Kannel:
    """A running Kannel; what phones send is typed into fakesmsc, what they get is read from it.

    Attributes:
        url: where smsbox takes messages.
        folder: of its logs.
    """

    url: str
    folder: Path
    _bearerbox: subprocess.Popen[bytes] = field(repr=False)
    _fakesmsc: Callable[[], subprocess.Popen[bytes]] = field(repr=False)
    _operator: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def says(self, sender: str, text: str) -> None:
        """A phone sends a text of 7-bit characters."""
        self._type(f"{sender} {SHORT_CODE} text {text}\n".encode())

    def says_in_ucs2(self, sender: str, text: str) -> None:
        """A phone sends a text of any characters."""
        raw = quote_from_bytes(text.encode("utf-16-be"), safe="")
        self._type(f"{sender} {SHORT_CODE} ucs2 {raw}\n".encode())

    def says_in_parts(self, sender: str, *parts: str) -> None:
        """A phone sends a long text as concatenated parts."""
        for number, part in enumerate(parts, 1):
            self.says_part(sender, part, number, len(parts))

    def says_part(self, sender: str, part: str, number: int, total: int) -> None:
        """A phone sends one part of a long text."""
        header = f"%05%00%03%07%{total:02X}%{number:02X}"
        self._type(f"{sender} {SHORT_CODE} udh {header} {part.replace(' ', '+')}\n".encode())

    def phones_got(self, count: int = 1) -> list[tuple[str, str]]:
        """Wait until phones got `count` texts; return receiver and text of each so far."""
        wait_until(lambda: len(self._read()) >= count, f"{count} texts on phones")
        return self._read()

    def connect(self) -> None:
        """The operator's side comes up."""
        self._operator = self._fakesmsc()
        wait_until(lambda: b"starting" in self._log(), "fakesmsc")

    def disconnect(self) -> None:
        """The operator's side goes down."""
        assert self._operator
        before = self.log("bearerbox").count(_HUNG_UP)
        _end(self._operator)
        self._operator = None
        wait_until(lambda: self.log("bearerbox").count(_HUNG_UP) > before, "bearerbox")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Within it messages are taken and nothing is answered; afterwards they go out."""
        self._bearerbox.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._bearerbox.send_signal(signal.SIGCONT)

    def log(self, box: str = "smsbox") -> str:
        """What a box wrote down."""
        return (self.folder / f"{box}.log").read_text("utf-8", "replace")

    def _type(self, line: bytes) -> None:
        before = self._log().count(_SENT)
        self._write(line)

        def taken() -> bool:
            # Of lines that come together it takes one, and the next one only with another.
            self._write(b"\n")
            return self._log().count(_SENT) > before

        wait_until(taken, "fakesmsc")

    def _read(self) -> list[tuple[str, str]]:
        if self._operator:
            # It looks at its connection only after a line, or every three seconds.
            self._write(b"\n")
        return [_message(line) for line in _RECEIVED.findall(self._log())]

    def _write(self, line: bytes) -> None:
        assert self._operator
        assert self._operator.stdin
        self._operator.stdin.write(line)
        self._operator.stdin.flush()

    def _log(self) -> bytes:
        return (self.folder / "fakesmsc.log").read_bytes()


def wait_until(done: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Return when `done()` is true; fail when it takes too long."""
    until = time.monotonic() + patience
    while not done():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(_PAUSE)


@contextmanager
def running_kannel(
    folder: Path,
    bilum: str = "http://127.0.0.1:1",
    retries: int = 20,
    *,
    combines: bool = True,
) -> Iterator[Kannel]:
    """Start all of Kannel as docs/kannel.md configures it, on free ports.

    Args:
        folder: for its configuration, its logs and what waits.
        bilum: address of our web server.
        retries: how often smsbox repeats a call that was not answered by 200 or 202.
        combines: whether it joins the parts of long texts itself.
    """
    markers.require("kannel")
    ports = {name: free_port() for name in ("admin", "boxes", "operator", "send")}
    path = folder / "kannel.conf"
    text = _configuration(folder, ports, bilum, retries)
    path.write_text(text if combines else _not_combining(text), "utf-8")
    for name in ("store", "reports"):
        (folder / name).mkdir()
    with ExitStack() as stack:

        def start(name: str, *command: object) -> subprocess.Popen[bytes]:
            log = stack.enter_context((folder / f"{name}.log").open("ab"))
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
            stack.callback(_end, process)
            return process

        def wait_for_line(name: str, words: str) -> None:
            log = folder / f"{name}.log"
            wait_until(lambda: log.exists() and words in log.read_text("utf-8", "replace"), name)

        bearerbox = start("bearerbox.start", BEARERBOX, "-v", "4", path)
        wait_for_line("bearerbox", "Start-up done")
        start("smsbox.start", SMSBOX, "-v", "4", path)
        wait_for_line("smsbox", "Connected to bearerbox")
        kannel = Kannel(
            f"http://127.0.0.1:{ports['send']}",
            folder,
            bearerbox,
            lambda: start(
                "fakesmsc", FAKESMSC, "-H", "127.0.0.1", "-r", ports["operator"], "-i", "0.001"
            ),
        )
        kannel.connect()
        yield kannel


def _configuration(folder: Path, ports: dict[str, int], bilum: str, retries: int) -> str:
    text = _documented()
    for written, ours in {
        "admin-port = 13000": f"admin-port = {ports['admin']}",
        "smsbox-port = 13001": f"smsbox-port = {ports['boxes']}",
        "sendsms-port = 13013": f"sendsms-port = {ports['send']}",
        "/var/log/kannel/": f"{folder}/",
        "/var/spool/kannel/": f"{folder}/",
        "log-level = 2": "log-level = 0",
        "http-request-retry = 8640": f"http-request-retry = {retries}",
        "http-queue-delay = 10": "http-queue-delay = 1",
        "127.0.0.1:8080": bilum.removeprefix("http://"),
        "at-least-16-letters": SECRET,
    }.items():
        assert written in text, f"docs/kannel.md has no {written}"
        text = text.replace(written, ours)
    return text + _OPERATOR.format(ports["operator"])


def _not_combining(text: str) -> str:
    """Change the configuration as docs/kannel.md says for several boxes."""
    off = "sms-combine-concatenated-mo = false"
    page = (ROOT / "docs" / "kannel.md").read_text("utf-8")
    assert f"`{off}`" in page
    assert "`mo-recode = false`" in page
    text = text.replace("mo-recode = true", "mo-recode = false")
    return text.replace("group = core\n", f"group = core\n{off}\n", 1)


def _documented() -> str:
    page = (ROOT / "docs" / "kannel.md").read_text("utf-8")
    found = re.search("```\\n(group = core\\n.*?)```", page, re.DOTALL)
    assert found
    return found[1]


def _message(line: bytes) -> tuple[str, str]:
    _, receiver, kind, body = line.split(b" ", 3)
    if kind == b"ucs-2":
        text = unquote_to_bytes(body.replace(b"+", b" ")).decode("utf-16-be")
    else:
        assert kind == b"text", "a part of a long text"
        text = body.decode()
    return receiver.decode(), text


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.kill()
    process.wait()
