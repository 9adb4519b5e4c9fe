"""Days of the transcripts, and the answers that every course asks for first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.flow.courses import Player, local

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.cli.demo_stage import Stage
    from tests.flow.conftest import Calendar

BEGIN = date(2026, 11, 25)


def day(number: int, clock: str) -> tuple[date, str]:
    """A local day counted from the beginning, with a time."""
    return BEGIN + timedelta(days=number), clock


def begin(shared: str, screened: str, age: str, name: str) -> dict[str, tuple[str, ...]]:
    """Answers to what every course asks who joins; the way to the clinic is short, in Jiwaka."""
    return {
        "shared": (shared,),
        "uses": (screened,),
        "who": (screened,),
        "age": (age,),
        "consent": ("yes",),
        "name": (name,),
        "province": ("Jiwaka",),
        "distance": ("1",),
    }


def lived(
    at: tuple[Stage, Calendar],
    number: str,
    answers: Mapping[str, tuple[str, ...]],
    said: Sequence[tuple[tuple[date, str], str]],
    until: tuple[date, str],
) -> Player:
    """Play a person who answers by item, says texts on days, and lives until a day."""
    sayings = [(local(*when), text) for when, text in said]
    player = Player(*at, number, answers=answers, sayings=sayings)
    player.play(local(*until))
    return player
