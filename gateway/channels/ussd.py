"""USSD, as any operator hands it on: one adapter, to which an operator is names of fields.

The operator sends a request for each thing that is typed, and shows the answer. What is typed may
be a PIN, and some operators send all that was typed before again with each request: so the key of a
request is its session and its number, and the text of its envelope is only what may be kept.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.channels.form import Shapes, read_form
from gateway.channels.senders import international, is_phone
from gateway.envelope import Answer, Envelope
from gateway.errors import MalformedMessage
from gateway.operators import Operator

SEPARATOR = "*"
ENDED = "ended"
"""The outcome of a request after which its session is over."""
_SESSION = re.compile(r"[A-Za-z0-9_.:@+/=-]{1,128}")
# Nobody presses a key so often before the operator ends the call.
MOST_STEPS = 999
_STEP = re.compile(r"[0-9]{1,3}")
# *123#, or *123*1*2# straight to a screen.
_DIALLED = re.compile(r"\*[0-9]+((?:\*[^*#]*)*)#")


@dataclass(frozen=True, slots=True)
class Dialled:
    """One request of an operator.

    Attributes:
        channel: name of the operator's channel.
        session: the operator's id of the call.
        number: E.164, of the phone; hidden from repr.
        typed: all that was typed in this session, or what was typed last; hidden from repr.
        step: number of the request in its session.
        whole: whether `typed` is all that was typed.
        received_at: UTC.
        service: the code that was dialled, if it is told.
    """

    channel: str
    session: str
    number: str = field(repr=False)
    typed: tuple[str, ...] = field(repr=False)
    step: int
    whole: bool
    received_at: datetime
    service: str | None = None

    def since(self, step: int | None) -> tuple[str, ...]:
        """Return the keys typed after a request of the same session; None: there is none before."""
        if step is not None and self.step <= step:
            return ()
        return self.typed[step or 0 :] if self.whole else self.typed

    def bound(self, kept: int, fresh: int) -> int:
        """Return the number of keys of the session that may be kept.

        Args:
            kept: how much of what is new in this request may be kept.
            fresh: how much of it is new.
        """
        if self.whole:
            return len(self.typed) - fresh + kept
        return self.step if kept == fresh else self.step - 1

    def envelope(self, kept: int | None, step: int | None = None) -> Envelope:
        """Make the envelope.

        Args:
            kept: see `bound`; None: everything may be.
            step: of another request of the session, in the place of this one's.
        """
        return Envelope(
            channel=self.channel,
            key=key_of(self.session, self.step if step is None else step),
            sender=self.number,
            text=SEPARATOR.join(self._kept(kept)),
            received_at=self.received_at,
            to=self.service,
        )

    def _kept(self, bound: int | None) -> tuple[str, ...]:
        if bound is None:
            return self.typed
        if self.whole:
            return self.typed[:bound]
        return self.typed if self.step <= bound else ()


def key_of(session: str, step: int) -> str:
    """Return the idempotency key of a request."""
    return f"{session}:{step}"


def read_call(
    form: Iterable[tuple[str, str]], operator: Operator, received_at: datetime
) -> Dialled:
    """Read a request.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    needed: Shapes = {operator.number: None, operator.session: _SESSION, operator.text: None}
    counted = {operator.step: _STEP} if operator.step else {}
    fields = read_form(form, operator.name, {**needed, **counted})
    number = fields[operator.number]
    told = international(number) if is_phone(number) else None
    if told is None:
        raise MalformedMessage(
            operator.number, f"the field {operator.number} is no phone's number with its country"
        )
    session, text = fields[operator.session], fields[operator.text]
    whole = operator.step is None
    typed = _whole(text) if whole else _last(text)
    step = len(typed) if operator.step is None else int(fields[operator.step])
    if step > MOST_STEPS:
        raise MalformedMessage(operator.text, f"more than {MOST_STEPS} things were typed")
    service = fields.get(operator.service) or None if operator.service else None
    return Dialled(operator.channel, session, told, typed, step, whole, received_at, service)


def marked(operator: Operator, answer: Answer) -> tuple[str, dict[str, str]]:
    """Return the body and the headers that show a screen and tell whether the session goes on."""
    mark = operator.end if answer.outcome == ENDED else operator.go_on
    if operator.header is not None:
        return answer.text, {operator.header: mark}
    return f"{mark}{answer.text}", {}


def _whole(text: str) -> tuple[str, ...]:
    return tuple(text.split(SEPARATOR)) if text else ()


def _last(text: str) -> tuple[str, ...]:
    """Return the last keys; of a dialled code, those behind the code itself."""
    dialled = _DIALLED.fullmatch(text)
    if dialled:
        return _whole(dialled[1].removeprefix(SEPARATOR))
    return (text,)
