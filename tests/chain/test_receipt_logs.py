"""Logs of receipts, read as the library of RLP reads them."""

from __future__ import annotations

import random

import pytest
import rlp

from chain.errors import LedgerError
from chain.receipts import receipt_logs

STATUS, GAS, BLOOM = b"\x01", b"\x52\x08", bytes(256)


def logs_of(rng):
    return [
        [
            rng.randbytes(20),
            [rng.randbytes(32) for _ in range(rng.randrange(5))],
            rng.randbytes(rng.choice([0, 1, 2, 32, 55, 56, 57, 64, 255, 256, 70_000])),
        ]
        for _ in range(rng.choice([0, 1, 2, 3, 300]))
    ]


def read(raw):
    return [[address, topics, data] for address, topics, data in receipt_logs(raw)]


@pytest.mark.parametrize("prefix", [b"", b"\x02", b"\x03"], ids=["legacy", "1559", "blob"])
@pytest.mark.parametrize("seed", range(8))
def test_read__any_receipt__gives_its_logs(prefix, seed):
    logs = logs_of(random.Random(seed))  # noqa: S311 — no secret
    assert read(prefix + rlp.encode([STATUS, GAS, BLOOM, logs])) == logs


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x7f", b"\x80", b"\xff"])
def test_read__shortest_data__is_kept(data):
    logs = [[bytes(20), [], data]]
    assert read(rlp.encode([STATUS, GAS, BLOOM, logs])) == logs


def test_read__broken_off_anywhere__is_refused():
    whole = rlp.encode([STATUS, GAS, BLOOM, [[bytes(20), [bytes(32)], bytes(64)]]])
    for length in range(len(whole)):
        with pytest.raises(LedgerError):
            read(whole[:length])


@pytest.mark.parametrize(
    "value", [[], [STATUS], [STATUS, [[b"a"]]], [STATUS, [[b"a", [], b"b", b"c"]]]]
)
def test_read__list_of_another_shape__is_refused_or_empty(value):
    try:
        assert read(rlp.encode(value)) == []
    except LedgerError:
        return
