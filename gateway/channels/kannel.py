"""Kannel's smsbox: the texts that it hands on, and its delivery reports.

Kannel 1.4.5, user's guide: "SMS-service configurations" and "Parameters (escape codes)". The
addresses that it calls are ours, and so are the names of their parameters: docs/kannel.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes
from uuid import UUID

from gateway.envelope import Envelope
from gateway.errors import MalformedMessage, NotAPhone

if TYPE_CHECKING:
    from datetime import datetime

CHANNEL = "kannel-sms"

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STATE = re.compile(r"[0-9]{1,3}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_INTERNATIONAL_PREFIX = "00"
# Fewer digits are a service's number; below the second, the country code is missing.
_SHORTEST_NUMBER, _SHORTEST_WITH_COUNTRY = 7, 10

# What `%C` says, and how Python calls it. A joined text of binary parts comes as 8-BIT.
_CHARSETS = {
    "utf-8": "utf-8",
    "8-bit": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16be": "utf-16-be",
}
_UCS2 = "2"


class KannelReport(NamedTuple):
    """What Kannel tells later about a message that we sent.

    Attributes:
        state: `%d`, a bit of its mask.
        answer: `%A`, what the SMSC said; it may hold the beginning of the text.
        attempt: our id of the attempt, from the report's address.
    """

    state: int
    answer: str
    attempt: UUID | None


def read_mo(query: bytes, body: bytes | None, received_at: datetime) -> Envelope:
    """Turn a text that a phone sent into an envelope; its key is Kannel's id of the message.

    Args:
        query: of the address, as it was sent: Kannel writes the text in the phone's own encoding,
            which only `charset` and `coding` tell.
        body: of a POST, which is the text where the query has none.
        received_at: UTC.

    Raises:
        NotAPhone: the sender is a name or a service's number.
        MalformedMessage: a parameter is missing or has a shape that it never has.
    """
    fields = _Query(query)
    raw = fields.get("text", body)
    if raw is None:
        raise MalformedMessage("text", "the parameter text is missing, and there is no body")
    return Envelope(
        channel=CHANNEL,
        key=fields.need("id", _ID).lower(),
        sender=_sender(fields.need("from")),
        text=raw.decode(_encoding(fields), "replace"),
        received_at=received_at,
        claimed_at=fields.text("ts") or None,
        to=fields.text("to") or None,
    )


def read_report(query: bytes) -> KannelReport:
    """Read a delivery report.

    Raises:
        MalformedMessage: a parameter is missing or has a shape that it never has.
    """
    fields = _Query(query)
    attempt = fields.text("attempt")
    if attempt and not _ID.fullmatch(attempt):
        raise MalformedMessage("attempt", "attempt is not one of our ids")
    return KannelReport(
        state=int(fields.need("state", _STATE)),
        answer=fields.text("answer"),
        attempt=UUID(attempt) if attempt else None,
    )


class _Query(dict[str, bytes]):
    """Parameters of an address, the first of each name, not decoded yet."""

    def __init__(self, query: bytes) -> None:
        super().__init__()
        for pair in query.split(b"&"):
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            self.setdefault(name.decode("ascii", "replace"), unquote_to_bytes(value))

    def text(self, name: str) -> str:
        return self.get(name, b"").decode("utf-8", "replace")

    def need(self, name: str, shape: re.Pattern[str] | None = None) -> str:
        value = self.text(name)
        if not value:
            raise MalformedMessage(name, f"the parameter {name} is missing")
        if shape and not shape.fullmatch(value):
            raise MalformedMessage(
                name, f"the parameter {name} has a shape that Kannel never sends"
            )
        return value


def _sender(written: str) -> str:
    number = written.replace(" ", "")
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) < _SHORTEST_NUMBER:
        raise NotAPhone("from", "the sender is a name or a service's number: nobody to answer")
    if number.startswith(_INTERNATIONAL_PREFIX):
        number = "+" + number.removeprefix(_INTERNATIONAL_PREFIX)
    elif len(digits) >= _SHORTEST_WITH_COUNTRY:
        number = "+" + digits
    if not _E164.fullmatch(number):
        raise MalformedMessage(
            "from", "the sender has no country code: give Kannel's group smsc a unified-prefix"
        )
    return number


def _encoding(fields: _Query) -> str:
    charset = fields.text("charset") or ("utf-16be" if fields.text("coding") == _UCS2 else "utf-8")
    encoding = _CHARSETS.get(charset.lower())
    if encoding is None:
        raise MalformedMessage("charset", "the parameter charset names none that Kannel uses")
    return encoding
