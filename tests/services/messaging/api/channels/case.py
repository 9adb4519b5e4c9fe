"""One call of a carrier, and what it must leave: status, problem, what is stored and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_from_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from tests.services.world import World

Value = str | bytes
Pairs = list[tuple[str, Value]]

FORM = "application/x-www-form-urlencoded"
BIG = 10 * 1024 * 1024


class Stored(NamedTuple):
    """How many rows there are of what a call may leave."""

    envelope: int = 0
    message: int = 0
    journal: int = 0
    envelope_conflict: int = 0
    text_part: int = 0


NOTHING = Stored()
# A text of a name or a short code: nobody is answered.
KEPT = Stored(envelope=1)
# A text that is taken, and the answer to it.
ANSWERED = Stored(envelope=1, message=1)
# One that was understood as something to write down.
RECORDED = Stored(envelope=1, message=1, journal=1)


@dataclass(frozen=True)
class Call:
    """A request as it comes off the wire."""

    method: str
    path: str
    query: Value = b""
    body: Value = b""
    kind: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, world: World) -> TestResponse:
        query = self.query if isinstance(self.query, str) else self.query.decode("latin-1")
        return world.app.test_client().open(
            self.path,
            method=self.method,
            query_string=query,
            data=self.body or None,
            content_type=self.kind,
            headers=dict(self.headers),
        )


@dataclass(frozen=True)
class Case:
    """A call, perhaps after others.

    Attributes:
        code: of the problem that is answered; None: there is none.
        counted: reason under which it is counted as refused, where that is not `code`.
    """

    call: Call
    status: int
    code: str | None = None
    stored: Stored = NOTHING
    after: tuple[Call, ...] = ()
    counted: str | None = None

    @property
    def reason(self) -> str | None:
        return self.counted or self.code


def wire(pairs: Pairs | Mapping[str, Value]) -> bytes:
    """Write pairs as a query or a form, in any octets."""
    listed = list(pairs.items()) if hasattr(pairs, "items") else pairs
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in listed).encode("ascii")


def _quoted(value: Value) -> str:
    raw = value.encode() if isinstance(value, str) else value
    return quote_from_bytes(raw, safe="")
