"""The logs of a block's receipts, read from their RLP (Ethereum yellow paper, appendix B); pure.

A reader of any RLP makes an object of every item by way of itself, which is a third of what an
audit takes. Of a receipt only its logs are wanted, and their shape is known.
"""

from collections.abc import Iterator
from typing import Final

from chain.errors import LedgerError

Log = tuple[bytes, list[bytes], bytes]
"""Address, topics, data."""

_TEXT: Final = 0x80
_LONG_TEXT: Final = 0xB8
_LIST: Final = 0xC0


def receipt_logs(raw: bytes) -> Iterator[Log]:
    """Yield the logs of one receipt.

    Args:
        raw: its EIP-2718 bytes: those of a typed receipt begin with their type, below 0x80.

    Raises:
        LedgerError: it is no receipt.
    """
    try:
        yield from _logs(raw)
    except (IndexError, ValueError):
        raise LedgerError("The chain holds a receipt of another shape.") from None


def _logs(raw: bytes) -> Iterator[Log]:
    start, end = _span(raw, 0 if raw[0] >= _LIST else 1, len(raw))
    logs = [*_items(raw, start, end)][-1]
    for log in _items(raw, *_span(raw, logs, end)):
        address, topics, data = _items(raw, *_span(raw, log, end))
        yield (
            _text(raw, address, end),
            [_text(raw, topic, end) for topic in _items(raw, *_span(raw, topics, end))],
            _text(raw, data, end),
        )


def _items(raw: bytes, start: int, end: int) -> Iterator[int]:
    """Yield where each item of a list's payload begins."""
    while start < end:
        yield start
        start = _span(raw, start, end)[1]


def _text(raw: bytes, at: int, end: int) -> bytes:
    start, stop = _span(raw, at, end)
    return raw[start:stop]


def _span(raw: bytes, at: int, end: int) -> tuple[int, int]:
    """Return where the payload of the item at `at` begins and ends."""
    lead = raw[at]
    if lead < _TEXT:
        return at, at + 1
    base = _LIST if lead >= _LIST else _TEXT
    start, length = at + 1, lead - base
    if length >= _LONG_TEXT - _TEXT:
        width = length - (_LONG_TEXT - _TEXT) + 1
        start, length = start + width, int.from_bytes(raw[start : start + width])
    if start + length > end:
        raise LedgerError("The chain holds a receipt that ends too early.")
    return start, start + length
