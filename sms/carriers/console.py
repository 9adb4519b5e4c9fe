"""A carrier for development: shows each message the way a phone would."""

import textwrap
from threading import Lock
from typing import TextIO
from uuid import UUID

from sms.carriers.base import failed
from sms.encoding import count
from sms.message import AttemptState, FailureClass, Outcome, Outgoing, UncertainAttempt
from sms.numbers import mask, mask_all
from sms.settings import HERE

_WIDTH = 40


class ConsoleCarrier:
    """Writes messages to a stream, such as standard output; never to a log.

    Numbers are masked, since standard output of a service often ends in a log after all.
    """

    name = HERE

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        """Show once; a stream that fails leaves it uncertain how much was shown."""
        try:
            shown = _encodable(render(message.to, mask_all(message.body)), self._stream.encoding)
            with self._lock:
                self._stream.write(shown)
                self._stream.flush()
        except (OSError, ValueError):
            return failed(FailureClass.UNKNOWN, "stream")
        return Outcome(AttemptState.SENT, reference=f"console-{attempt_id}")

    def look_up(self, _doubt: UncertainAttempt) -> Outcome:
        """Report that a screen cannot be asked."""
        return failed(FailureClass.UNKNOWN, "no_look_up")


def render(to: str, body: str) -> str:
    """Draw a phone's screen with `body` on it; the number is masked."""
    size = count(body)
    return draw(mask(to), body, f"{size.encoding}, {size.segments} SMS", _WIDTH)


def draw(head: str, body: str, foot: str, width: int) -> str:
    """Draw a screen of `width` columns; control characters are shown as a blank box."""
    lines = [
        piece
        for line in visible(body).split("\n")
        for piece in textwrap.wrap(line, width, break_on_hyphens=False) or [""]
    ]
    head, foot = f" {head} ", f" {foot} "
    return "\n".join(
        [
            f"\u256d{head:\u2500^{width + 2}}\u256e",
            *(f"\u2502 {line:<{width}} \u2502" for line in lines),
            f"\u2570{foot:\u2500>{width + 2}}\u256f\n",
        ]
    )


def visible(text: str) -> str:
    """Return a text with a blank box for each character that no screen shows; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\u25a1" for c in text)


def _encodable(text: str, encoding: str | None) -> str:
    name = encoding or "utf-8"
    return text.encode(name, "replace").decode(name)
