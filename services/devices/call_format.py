"""The text form of a signed call, and of its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from gateway.devices import RequestClaim
from gateway.envelope import DEVICE_CHANNEL, Envelope, SequencedEnvelope, turn_key

TAKEN = "taken"

REFUSED = "error"


def turn_of(
    claim: RequestClaim, device: int, text: str, now: datetime, *, keeps_payload: bool = True
) -> SequencedEnvelope:
    """Return a signed request as the one door takes it.

    Args:
        claim: of its headers, which the signature has proven.
        device: database key.
        text: see `write_call`.
        now: UTC; when it came.
        keeps_payload: see `take_call`.
    """
    envelope = Envelope(
        channel=DEVICE_CHANNEL,
        key=turn_key(claim.device, claim.counter),
        sender=str(claim.device),
        text=text,
        received_at=now,
        keeps_payload=keeps_payload,
    )
    return SequencedEnvelope(envelope, device, claim.counter, claim.time)


def write_call(name: str, of: Mapping[str, str], body: bytes) -> str:
    """Write a call as it is stored: its name, the parts of its address, and its body, unchanged."""
    return "\n".join((name, json.dumps(dict(of), sort_keys=True), body.decode()))


def read_call(text: str) -> tuple[str, Mapping[str, str], str]:
    """Read what `write_call` wrote."""
    name, of, body = text.split("\n", 2)
    return name, json.loads(of), body


def write_answer(answer: Mapping[str, object]) -> str:
    """Write what a device is answered, as it is stored and sent."""
    return json.dumps(answer, ensure_ascii=False, default=str)
