"""The people of the transcripts: a smoker, a man with diabetes, a woman who is invited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.flow.courses import Player, local, open_stage, publish, transcript
from tests.flow.invitations import invite_women

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

JOHN, PETER, RUTH = "+67570000021", "+67570000022", "+67570000023"
BEGIN = date(2026, 11, 25)
OUR_NAME = "Bilum"

_TOLD = (
    "{who} This is what the phone shows from the first text to the last, as the program sends it "
    "in a test; the clock is simulated, the rest is real. `python -m tests.flow.courses` writes "
    "it."
)


def day(number: int, clock: str) -> tuple[date, str]:
    """A local day counted from the beginning, with a time."""
    return BEGIN + timedelta(days=number), clock


def smoker(folder: Path) -> Player:
    """John quits on day 14, slips on day 19, and starts again a week later."""
    stage, clock = open_stage(folder)
    publish(stage, "tobacco")
    said = [
        (day(0, "12:10"), "QUIT"),
        # The night after the quit day.
        (day(16, "02:00"), "craving"),
        (day(17, "22:40"), "mi dai long simuk tru"),
        (day(19, "13:15"), "I slipped"),
        (day(19, "13:30"), "i feel sad"),
        (day(33, "06:10"), "CRAVE"),
    ]
    player = Player(
        stage,
        clock,
        JOHN,
        answers={
            "uses": ("1",),
            "consent": ("yes",),
            "shared": ("2",),
            "name": ("John",),
            "quit_date": ("9 Dec",),
            "d1q": ("1", "1"),
            "d2q": ("7", "5"),
            "d3q": ("2", "1"),
            "d5q": ("", "1"),
            "r5": ("31 Dec",),
            "d7q": ("4",),
            "d10q": ("1",),
            "d14q": ("1",),
            "s21q": ("2",),
            "s28q": ("1",),
            # The first time the reminder is answered.
            "month1": ("", "1"),
            "month3": ("1",),
            "month6": ("1",),
        },
        sayings=[(local(*when), text) for when, text in said],
    )
    player.play(local(*day(300, "12:00")))
    return player


def diabetic(folder: Path) -> Player:
    """Peter has diabetes; his wife reads the phone, too."""
    stage, clock = open_stage(folder)
    publish(stage, "diabetes")
    said = [
        (day(0, "12:10"), "JOIN sugar and health"),
        (day(24, "15:05"), "I shake"),
        (day(40, "09:20"), "FOOD"),
        (day(60, "20:00"), "PAUSE"),
        (day(66, "08:00"), "JOIN"),
        (day(100, "17:45"), "MY FEET"),
    ]
    player = Player(
        stage,
        clock,
        PETER,
        answers={
            "who": ("1",),
            "consent": ("1",),
            "name": ("Peter",),
            "shared": ("yes",),
            "w2-drink": ("2",),
            "w6-walk": ("4",),
            "w10-feet": ("2",),
            "w16-medicine": ("1",),
            "w22-hard": ("1",),
            "month3": ("2",),
            "month3-active": ("2",),
            "month3-change": ("1",),
            "month6": ("1",),
            "month6-active": ("3",),
            "month6-change": ("3",),
        },
        sayings=[(local(*when), text) for when, text in said],
    )
    player.play(local(*day(260, "12:00")))
    return player


def invited(folder: Path) -> Player:
    """Ruth is invited by a campaign; she must look for a day, and needs treatment."""
    stage, clock = open_stage(folder)
    publish(stage, "cervical")
    invite_women(stage, clock, RUTH)
    said = [
        (day(1, "10:30"), "SCREEN"),
        (day(12, "09:00"), "I am afraid"),
    ]
    player = Player(
        stage,
        clock,
        RUTH,
        answers={
            "age": ("36",),
            "shared": ("1",),
            "fits": ("1",),
            "consent": ("yes",),
            "name": ("Ruth",),
            "province": ("Jiwaka",),
            "ready": ("2",),
            "wait-10": ("15 Dec",),
            "new_day": ("22 Dec",),
            "screened": ("2", "1"),
            "told_today": ("4",),
            "result-told": ("2",),
            "care_day": ("20 Jan",),
            "care-told": ("1",),
            "heal-18": ("1",),
            "month6": ("2",),
            "feeling": ("1",),
        },
        sayings=[(local(*when), text) for when, text in said],
    )
    player.play(local(*day(480, "12:00")))
    return player


class Story(NamedTuple):
    """A person's way through a programme, and how its page begins."""

    play: Callable[[Path], Player]
    title: str
    who: str
    name: str

    def page(self, player: Player) -> str:
        """Write the transcript."""
        told = _TOLD.format(who=self.who)
        return transcript(self.title, told, player.lines, (self.name, OUR_NAME))


STORIES: Mapping[str, Story] = {
    "tobacco": Story(
        smoker,
        "A smoker's course",
        "John works at a sawmill in Jiwaka. He quits, slips once, and quits again.",
        "John",
    ),
    "diabetes": Story(
        diabetic,
        "A course for a man with diabetes",
        "Peter has diabetes. Others read his phone, so no text names what it is about.",
        "Peter",
    ),
    "cervical": Story(
        invited,
        "An invited woman's year",
        "Ruth is 36. A campaign of her province invites her to be screened.",
        "Ruth",
    ),
}
