"""What a device says of its request, read from the headers."""

from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.devices import (
    COUNTER_HEADER,
    LARGEST_COUNTER,
    Request,
    RequestClaim,
    key_id,
    read_claim,
    sign,
)
from gateway.errors import MalformedMessage


def headers(counter):
    key = Ed25519PrivateKey.generate()
    name = key_id(key.public_key().public_bytes_raw())
    claim = RequestClaim(UUID(int=1), name, counter, "2026-11-25T01:02:03Z")
    return sign(Request("POST", "/gateway/sync", b"{}"), claim, key)


def test_read_claim__largest_counter_that_json_holds_exactly__is_read():
    claim, _ = read_claim(headers(LARGEST_COUNTER))
    assert claim.counter == LARGEST_COUNTER == 2**53 - 1


def test_read_claim__counter_above_the_largest__is_refused():
    with pytest.raises(MalformedMessage) as raised:
        read_claim(headers(LARGEST_COUNTER + 1))
    assert raised.value.field == COUNTER_HEADER
