"""Kannel's smsbox: the texts that it hands on, and its delivery reports.

Kannel 1.4.5, user's guide: "SMS-service configurations" and "Parameters (escape codes)". The
addresses that it calls are ours, and so are the names of their parameters: docs/kannel.md.
"""

import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from uuid import UUID

from gateway.channels.senders import ANY_SENDER, read_sender
from gateway.envelope import Envelope
from gateway.errors import MalformedMessage
from gateway.multipart import Part, join, read_header

CHANNEL = "kannel-sms"

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_STATE = re.compile(r"[0-9]{1,3}")

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
    """Delivery report of Kannel about a message that we sent.

    Attributes:
        state: `%d`, a bit of its mask.
        answer: `%A`, what the SMSC said; it may hold the beginning of the text.
        attempt: our id of the attempt, from the report's address.
    """

    state: int
    answer: str
    attempt: UUID | None


def read_mo(query: bytes, body: bytes | None, received_at: datetime) -> Envelope | Part:
    """Turn an SMS of a phone into an envelope, or one part of it; its key is Kannel's id.

    Args:
        query: of the address, as it was sent: Kannel writes the text in the phone's own encoding,
            which only `charset` and `coding` tell.
        body: of a POST, which is the text where the query has none.
        received_at: UTC.

    The sender may be a name or a service's number.

    Raises:
        MalformedMessage: a parameter is missing or has a shape that it never has.
    """
    fields = _Query(query)
    raw = fields.get("text", body)
    if raw is None:
        raise MalformedMessage("text", "the parameter text is missing, and there is no body")
    part = Part(
        channel=CHANNEL,
        key=fields.need("id", _ID).lower(),
        sender=_sender(fields.need("from", ANY_SENDER)),
        place=read_header(_header(fields.get("udh", b""))),
        raw=raw,
        encoding=_encoding(fields),
        received_at=received_at,
        claimed_at=fields.text("ts") or None,
        to=fields.text("to") or None,
    )
    return part if part.place.total > 1 else join([part], received_at)


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
    sender = read_sender(written)
    if sender is None:
        raise MalformedMessage(
            "from", "the sender has no country code: give Kannel's group smsc a unified-prefix"
        )
    return sender


def _header(written: bytes) -> bytes:
    """Return the octets of `%u`; a proxy or another Kannel may write them as hexadecimal digits."""
    if _HEX.fullmatch(written) and int(written[:2], 16) == len(written) // 2 - 1:
        return bytes.fromhex(written.decode("ascii"))
    return written


def _encoding(fields: _Query) -> str:
    charset = fields.text("charset") or ("utf-16be" if fields.text("coding") == _UCS2 else "utf-8")
    encoding = _CHARSETS.get(charset.lower())
    if encoding is None:
        raise MalformedMessage("charset", "the parameter charset names none that Kannel uses")
    return encoding
