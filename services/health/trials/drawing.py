"""Draws of a trial from its seed; pure. docs/trials.md tells how anybody computes them again.

A stratum has blocks of one, two or three times the sum of the ratio. The size of each block and
its order come from a stream of its own, HMAC-SHA256 of the seed over a label and a counter. So a
place is found without drawing those before it.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

_SIZES = 3
_WORD = 4
_DRAWS = 4_096
_LABEL = b"bilum-trial/1"


class Slot(NamedTuple):
    """A place in a stratum, counted from 0: the block, and the place within it."""

    block: int
    slot: int


class TrialPlace(NamedTuple):
    """A person's place: the key of their stratum, block and slot, and the day of allocation."""

    stratum: str
    at: Slot
    on: date


def seed_digest(seed: bytes) -> bytes:
    """Return the digest that is recorded before the first person."""
    return sha256(seed).digest()


def keyed(seed: bytes, kind: str, content: bytes) -> bytes:
    """Return 32 bytes that nobody without the seed can try guesses on."""
    return hmac.digest(seed, b"\0".join((_LABEL, kind.encode(), content)), "sha256")


def subject_key(seed: bytes) -> bytes:
    """Return the ledger's subject of allocations, 32 bytes."""
    return keyed(seed, "subject", b"")


def stratum_key(seed: bytes, answers: Mapping[str, str]) -> str:
    """Return the key of a stratum, 32 hexadecimal digits: a database shows nobody's answers."""
    named = ";".join(f"{question}={answers[question]}" for question in sorted(answers))
    return keyed(seed, "stratum", named.encode())[:16].hex()


def next_slot(seed: bytes, design: Mapping[str, Any], stratum: str, last: Slot | None) -> Slot:
    """Return the place after the last one of a stratum."""
    if last is None:
        return Slot(0, 0)
    following = Slot(last.block, last.slot + 1)
    if design["unit"] != "person" or following.slot < len(block(seed, design, stratum, last.block)):
        return following
    return Slot(last.block + 1, 0)


def arm_at(seed: bytes, design: Mapping[str, Any], place: TrialPlace) -> str:
    """Return the arm of a place.

    Raises:
        LookupError: the design has no such place.
    """
    if design["unit"] == "person":
        return block(seed, design, place.stratum, place.at.block)[place.at.slot]
    unit = cluster_keys(seed, design)[place.stratum]
    if design["wedge"]:
        return _arm_of_step(seed, design, unit, place.on)
    return cluster_arms(seed, design)[unit]


def block(seed: bytes, design: Mapping[str, Any], stratum: str, number: int) -> Sequence[str]:
    """Return the arms of one block of a stratum, in order."""
    ratio = tuple((arm["code"], arm["ratio"]) for arm in design["arms"])
    return _block(seed, ratio, f"{stratum}\0{number}", _SIZES)


def cluster_keys(seed: bytes, design: Mapping[str, Any]) -> dict[str, str]:
    """Return the units that chance assigns, by the key of their stratum."""
    units = [*design["clusters"], "unknown"]
    return {stratum_key(seed, {design["unit"]: unit}): unit for unit in units}


def cluster_arms(seed: bytes, design: Mapping[str, Any]) -> dict[str, str]:
    """Return the arm of each unit: blocks of the sum of the ratio, in the order of the file."""
    ratio = tuple((arm["code"], arm["ratio"]) for arm in design["arms"])
    drawn: list[str] = []
    units = [*design["clusters"], "unknown"]
    while len(drawn) < len(units):
        drawn += _block(seed, ratio, f"units\0{len(drawn)}", 1)
    return dict(zip(units, drawn, strict=False))


def cluster_steps(seed: bytes, design: Mapping[str, Any]) -> dict[str, int]:
    """Return the step, from 0, at which each unit of a stepped wedge goes over."""
    units = list(design["clusters"])
    stream = _stream(seed, "steps")
    _shuffle(units, stream)
    steps = len(design["wedge"]["steps"])
    found = {unit: place * steps // len(units) for place, unit in enumerate(units)}
    return found | {"unknown": steps - 1}


def letters(seed: bytes, design: Mapping[str, Any]) -> dict[str, str]:
    """Return a letter for each arm, which tells nothing of it before the seed is known."""
    codes = sorted(arm["code"] for arm in design["arms"])
    _shuffle(codes, _stream(seed, "letters"))
    return {code: chr(ord("A") + place) for place, code in enumerate(codes)}


def _arm_of_step(seed: bytes, design: Mapping[str, Any], unit: str, on: date) -> str:
    wedge = design["wedge"]
    over = date.fromisoformat(wedge["steps"][cluster_steps(seed, design)[unit]])
    arm: str = wedge["after"] if on >= over else wedge["before"]
    return arm


@lru_cache(_DRAWS)
def _block(seed: bytes, ratio: tuple[tuple[str, int], ...], label: str, sizes: int) -> list[str]:
    stream = _stream(seed, f"block\0{label}")
    times = 1 + _below(sizes, stream)
    drawn = [code for code, share in ratio for _ in range(share * times)]
    _shuffle(drawn, stream)
    return drawn


def _shuffle(values: list[str], stream: Iterator[int]) -> None:
    """Shuffle in place (Fisher and Yates, from the end)."""
    for last in range(len(values) - 1, 0, -1):
        other = _below(last + 1, stream)
        values[last], values[other] = values[other], values[last]


def _below(limit: int, stream: Iterator[int]) -> int:
    """Return the next number below a limit; numbers that would favour some are passed over."""
    fair = 2 ** (8 * _WORD) // limit * limit
    return next(number for number in stream if number < fair) % limit


def _stream(seed: bytes, label: str) -> Iterator[int]:
    counter = 0
    while True:
        drawn = keyed(seed, label, counter.to_bytes(8, "big"))
        for start in range(0, len(drawn), _WORD):
            yield int.from_bytes(drawn[start : start + _WORD], "big")
        counter += 1
