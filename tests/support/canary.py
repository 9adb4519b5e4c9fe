"""Finds phone numbers and names in whatever bytes, however they are written."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Every writing of a number holds one of these: the country code before it changes nothing.
_GROUPS = ((8,), (4, 4), (3, 5), (3, 3, 2), (2, 3, 3), (2, 2, 2, 2))
_BETWEEN = (" ", "-", ".", "\u00a0", "%20")
_TEXTS = ("utf-8", "utf-16-le", "utf-16-be")
_LEAST = 8


def writings(number: str) -> set[str]:
    """The national digits of a number of Papua New Guinea, as people group them."""
    digits = number.removeprefix("+675")
    found = {digits}
    for sizes in _GROUPS:
        ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
        parts = [digits[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        found |= {between.join(parts) for between in _BETWEEN}
    return found


def encodings(text: str) -> dict[str, bytes]:
    """How a text may lie in bytes: itself in each alphabet, and each in hexadecimal and base64."""
    found = {name: text.encode(name) for name in _TEXTS}
    for name, plain in list(found.items()):
        found[f"hex of {name}"] = plain.hex().encode()
        found[f"HEX of {name}"] = plain.hex().upper().encode()
        for shift in range(3):
            found[f"base64 of {name} at {shift}"] = _base64(plain, shift)
    return found


def _base64(plain: bytes, shift: int) -> bytes:
    """The part of base64 that is the same whatever stands around, `shift` bytes into a group."""
    encoded = b64encode(bytes(shift) + plain).rstrip(b"=")
    first = -(-8 * shift // 6)
    whole = 8 * (shift + len(plain)) // 6
    return encoded[first:whole]


def traces(numbers: Iterable[str], words: Iterable[str]) -> Mapping[bytes, str]:
    """Everything to look for, and what to call it, which does not show it."""
    found = {}
    for place, number in enumerate(numbers):
        for text in writings(number):
            for name, written in encodings(text).items():
                found[written] = f"number {place} ({name})"
    for place, word in enumerate(words):
        for name, written in encodings(word).items():
            found[written] = f"word {place} ({name})"
    assert all(len(written) >= _LEAST for written in found), "shorter ones are found in any bytes"
    return found


def find(looked_for: Mapping[bytes, str], places: Mapping[str, bytes]) -> dict[str, set[str]]:
    """What is found in each place where anything is."""
    # A look at each byte, and then for the few whose beginning is there: thousands are looked for.
    beginnings = {written[:_LEAST] for written in looked_for}
    found = {}
    for name, content in places.items():
        windows = (content[at : at + _LEAST] for at in range(len(content)))
        here = {window for window in windows if window in beginnings}
        whole = {
            what
            for written, what in looked_for.items()
            if written[:_LEAST] in here and written in content
        }
        if whole:
            found[name] = whole
    return found
