"""The people of the transcripts, and what each of them goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.flow.courses import on_call, open_stage, publish, transcript
from tests.flow.invitations import invite_women
from tests.flow.stories_of_danger import accused, coughing
from tests.flow.stories_of_medicine import feeling_well, out_of_tablets
from tests.flow.story_steps import begin, day, lived

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.flow.courses import Player

HELEN = "+67570000033"
JOHN, PETER, RUTH = "+67570000021", "+67570000022", "+67570000023"
ANNA, JACK, MARY = "+67570000024", "+67570000025", "+67570000026"
OUR_NAME = "Bilum"

_TOLD = (
    "{who} This is what the phone shows from the first text to the last, as the program sends it "
    "in a test; the clock is simulated, the rest is real. `python -m tests.flow.courses` writes "
    "it."
)


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
    answers = {
        **begin("2", "1", "34", "John"),
        "sex": ("2",),
        "illness": ("5",),
        "quit_date": ("9 Dec",),
        "baseline_kind": ("1",),
        "baseline_amount": ("12",),
        "baseline_first": ("2",),
        "has_medicine": ("4",),
        "has_medicine2": ("4",),
        "p14b": ("my two girls",),
        "p4d": ("my brother Tom",),
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
    }
    return lived((stage, clock), JOHN, answers, said, day(300, "12:00"))


def light(folder: Path) -> Player:
    """Helen gets the light course: one text in three, on days and answers like John's."""
    stage, clock = open_stage(folder)
    publish(stage, "tobacco-light")
    on_call(stage, "tobacco")
    said = [
        (day(0, "12:10"), "QUIT"),
        (day(15, "21:50"), "i need a smoke now"),
        (day(17, "06:20"), "craving"),
        (day(140, "19:10"), "CRAVE"),
    ]
    answers = {
        **begin("2", "1", "29", "Helen"),
        "sex": ("1",),
        "pregnant": ("3",),
        "illness": ("5",),
        "quit_date": ("9 Dec",),
        "baseline_kind": ("1",),
        "baseline_amount": ("6",),
        "baseline_first": ("4",),
        "has_medicine": ("4",),
        "has_medicine2": ("1",),
        "p14b": ("my baby girl",),
        "p4d": ("mama Rose",),
        "d1q": ("1",),
        "d3q": ("2",),
        "d5q": ("1",),
        "d7q": ("5",),
        "d10q": ("3",),
        "d14q": ("1",),
        "s21q": ("2",),
        "s28q": ("2",),
        "month1": ("1",),
        "month3": ("2",),
        "month6": ("", "1"),
    }
    return lived((stage, clock), HELEN, answers, said, day(300, "12:00"))


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
    answers = {
        "shared": ("1",),
        "age": ("52",),
        "consent": ("1",),
        "who": ("1",),
        "medicine": ("2",),
        "sex": ("2",),
        "province": ("Morobe",),
        "distance": ("2",),
        "baseline_checked": ("2",),
        "name": ("Peter",),
        "baseline_active": ("1",),
        "w2-drink": ("2",),
        "w5-medicine": ("2",),
        "w6-walk": ("4",),
        "w10-feet": ("2",),
        "foot-seen": ("3", "1"),
        "w16-medicine": ("1",),
        "w22-hard": ("1",),
        "month3": ("2",),
        "high-seen": ("1",),
        "month3-active": ("2",),
        "month3-change": ("1",),
        "month6": ("1",),
        "month6-active": ("3",),
        "month6-change": ("3",),
    }
    return lived((stage, clock), PETER, answers, said, day(260, "12:00"))


def invited(folder: Path) -> Player:
    """Ruth is invited by a campaign; she must look for a day, and needs treatment."""
    stage, clock = open_stage(folder)
    publish(stage, "cervical")
    on_call(stage, "cervical")
    invite_women(stage, clock, RUTH)
    said = [
        (day(1, "10:30"), "SCREEN"),
        (day(12, "09:00"), "I am afraid"),
    ]
    answers = {
        "age": ("36",),
        "shared": ("1",),
        "fits": ("1",),
        "consent": ("yes",),
        "name": ("Ruth",),
        "province": ("Jiwaka",),
        "distance": ("3",),
        "baseline_screened": ("2",),
        "ready": ("2",),
        "wait-10": ("15 Dec",),
        "new_day": ("22 Dec",),
        "screened": ("2", "1"),
        "told_today": ("4",),
        "result-told": ("2",),
        "care_day": ("20 Jan",),
        "care-told": ("1",),
        "heal-3": ("2",),
        "heal-18": ("1",),
        "month6": ("2",),
        "feeling": ("1",),
    }
    return lived((stage, clock), RUTH, answers, said, day(480, "12:00"))


def mother(folder: Path) -> Player:
    """Anna is pregnant, and loses her child in the seventh month."""
    stage, clock = open_stage(folder)
    publish(stage, "diabetes")
    on_call(stage, "diabetes")
    said = [
        (day(0, "12:10"), "JOIN sugar and health"),
        (day(33, "05:40"), "my baby died. it did not move and was born dead"),
    ]
    answers = {
        "shared": ("2",),
        "age": ("27",),
        "consent": ("1",),
        "who": ("2",),
        "pregnant": ("1",),
        "due_date": ("24 Feb",),
        "province": ("Simbu",),
        "distance": ("3",),
        "baseline_checked": ("3",),
        "name": ("Anna",),
        "baseline_active": ("2",),
        "w2-drink": ("1",),
        "loss_care": ("1",),
    }
    return lived((stage, clock), ANNA, answers, said, day(80, "12:00"))


def without_insulin(folder: Path) -> Player:
    """Jack injects insulin; the clinic has none, and then he has none."""
    stage, clock = open_stage(folder)
    publish(stage, "diabetes")
    on_call(stage, "diabetes")
    said = [
        (day(0, "12:10"), "JOIN sugar and health"),
        (day(40, "07:10"), "the clinic has no insulin and mine is finished"),
    ]
    answers = {
        "shared": ("2",),
        "age": ("44",),
        "consent": ("1",),
        "who": ("1",),
        "medicine": ("1",),
        "sex": ("2",),
        "province": ("Western Highlands",),
        "distance": ("2",),
        "baseline_checked": ("2",),
        "name": ("Jack",),
        "baseline_active": ("1",),
        "w2-drink": ("3",),
        "w5-medicine": ("4",),
        "injections": ("1",),
        "supply-found": ("2", "1"),
        "w6-walk": ("3",),
    }
    return lived((stage, clock), JACK, answers, said, day(41, "07:00"))


def told_of_cancer(folder: Path) -> Player:
    """Mary went for the check; the hospital tells her that it is cancer."""
    stage, clock = open_stage(folder)
    publish(stage, "cervical")
    on_call(stage, "cervical")
    said = [(day(0, "12:10"), "SCREEN")]
    answers = {
        "shared": ("1",),
        "age": ("48",),
        "fits": ("1",),
        "consent": ("yes",),
        "name": ("Mary",),
        "province": ("Eastern Highlands",),
        "distance": ("4",),
        "baseline_screened": ("2",),
        "ready": ("1",),
        "first_day": ("3 Dec",),
        "screened": ("1",),
        "told_today": ("2",),
        "care_day": ("15 Dec",),
        "care-told": ("5",),
        "cancer-16": ("3",),
        "cancer-80": ("1",),
    }
    return lived((stage, clock), MARY, answers, said, day(135, "12:00"))


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
    "light": Story(
        light,
        "A smoker's course, light",
        "Helen smokes brus in her garden. She gets a third of the texts that John gets.",
        "Helen",
    ),
    "tb": Story(
        coughing,
        "A smoker who coughs",
        "Michael, 41, lives half a day from the clinic; others read his phone. He has TB.",
        "Michael",
    ),
    "accused": Story(
        accused,
        "An old woman who is accused",
        "Rosa, 67, is a widow; others read her phone. After a child's death she is accused."
        " On the 14th a nurse rings her and writes down what she did; then the course goes on.",
        "Rosa",
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
    "loss": Story(
        mother,
        "A mother who loses her child",
        "Anna is 27 and pregnant. Her child dies in the seventh month.",
        "Anna",
    ),
    "insulin": Story(
        without_insulin,
        "A man without insulin",
        "Jack injects insulin. First the clinic has none, then he has none.",
        "Jack",
    ),
    "cancer": Story(
        told_of_cancer,
        "A woman who is told of cancer",
        "Mary is 48, and others read her phone. The hospital calls it cancer.",
        "Mary",
    ),
    "tablets": Story(
        out_of_tablets,
        "A man with TB who smokes",
        "David is 33, and others read his phone. His eyes turn yellow, and his tablets run out.",
        "David",
    ),
    "pressure": Story(
        feeling_well,
        "A woman with high blood pressure who feels well",
        "Martha is 51. She feels well, stops her tablets, and is measured: two months of six.",
        "Martha",
    ),
}
