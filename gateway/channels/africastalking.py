"""Africa's Talking SMS: what its callbacks say. They carry no proof: see the guard of the routes.

Source: Africa's Talking, "SMS", "Notifications" (incoming messages and delivery reports).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.envelope import Envelope
from gateway.errors import MalformedMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

CHANNEL = "africastalking-sms"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_STATUS = re.compile(r"[A-Za-z]{1,32}")
# 2026-11-25 01:02:03 or 2026-11-25T01:02:03Z; a claim, so another shape loses no message.
_DATE = re.compile(r"[0-9TZ:.+ -]{1,40}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What Africa's Talking tells later about a message that we sent.

    Attributes:
        reference: its id of the message, as it was told when the message was sent.
        status: its word: `Sent`, `Success`, `Failed`…
        reason: its word for why it failed, where it did.
    """

    reference: str
    status: str
    reason: str | None


def read_sms(form: Iterable[tuple[str, str]], received_at: datetime) -> Envelope:
    """Turn the fields of an incoming message into an envelope; its key is the field `id`.

    Raises:
        MalformedMessage: a field is missing, or the sender has no E.164 number.
    """
    fields = _fields(form)
    date = fields.get("date", "")
    return Envelope(
        channel=CHANNEL,
        key=_need(fields, "id", _ID),
        sender=_need(fields, "from", _E164),
        text=_need(fields, "text"),
        received_at=received_at,
        claimed_at=date if _DATE.fullmatch(date) else None,
        to=fields.get("to") or None,
    )


def read_delivery(form: Iterable[tuple[str, str]]) -> Delivery:
    """Read a delivery report.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    fields = _fields(form)
    return Delivery(
        reference=_need(fields, "id", _ID),
        status=_need(fields, "status", _STATUS),
        reason=fields.get("failureReason") or None,
    )


def _fields(form: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Of a field that is repeated the first counts."""
    fields: dict[str, str] = {}
    for name, value in form:
        fields.setdefault(name, value)
    return fields


def _need(fields: Mapping[str, str], name: str, shape: re.Pattern[str] | None = None) -> str:
    if name not in fields:
        raise MalformedMessage(name, f"the field {name} is missing")
    if shape and not shape.fullmatch(fields[name]):
        detail = f"the field {name} has a shape that Africa's Talking never sends"
        raise MalformedMessage(name, detail)
    return fields[name]
