"""Africa's Talking SMS: what its callbacks say. They carry no proof: see the guard of the routes.

Source: Africa's Talking, "SMS", "Notifications" (incoming messages and delivery reports).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.channels.form import read_form
from gateway.channels.senders import ANY_SENDER, read_sender
from gateway.envelope import Envelope
from gateway.errors import MalformedMessage

CHANNEL = "africastalking-sms"
_CARRIER = "Africa's Talking"

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_STATUS = re.compile(r"[A-Za-z]{1,32}")
# 2026-11-25 01:02:03 or 2026-11-25T01:02:03Z; a claim, so another shape loses no message.
_DATE = re.compile(r"[0-9TZ:.+ -]{1,40}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivery report of Africa's Talking about a message that we sent.

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

    The sender may be a name or a short code.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    fields = read_form(form, _CARRIER, {"id": _ID, "from": ANY_SENDER, "text": None})
    date, sender = fields.get("date", ""), read_sender(fields["from"])
    if sender is None:
        raise MalformedMessage("from", "the sender has no country code")
    return Envelope(
        channel=CHANNEL,
        key=fields["id"],
        sender=sender,
        text=fields["text"],
        received_at=received_at,
        claimed_at=date if _DATE.fullmatch(date) else None,
        to=fields.get("to") or None,
    )


def read_delivery(form: Iterable[tuple[str, str]]) -> Delivery:
    """Read a delivery report.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    fields = read_form(form, _CARRIER, {"id": _ID, "status": _STATUS})
    return Delivery(fields["id"], fields["status"], fields.get("failureReason") or None)
