"""A smoker with the signs of TB, and an old woman who is accused of sorcery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.flow.courses import NURSE, local, on_call, open_stage, publish
from tests.flow.story_steps import begin, day, lived

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flow.courses import Player

MICHAEL, ROSA = "+67570000027", "+67570000028"


def coughing(folder: Path) -> Player:
    """Michael smokes, and has coughed for weeks: it is TB."""
    stage, clock = open_stage(folder)
    publish(stage, "tobacco")
    on_call(stage, "tobacco")
    said = [
        (day(0, "12:10"), "QUIT"),
        (day(3, "05:20"), "i cough for three weeks and sweat at night"),
        (day(12, "21:30"), "gum"),
        (day(14, "02:15"), "CRAVE"),
        (day(44, "09:00"), "thank you"),
    ]
    answers = {
        **begin("1", "1", "41", "Michael"),
        "sex": ("2",),
        "distance": ("3",),
        "illness": ("5",),
        "quit_date": ("8 Dec",),
        "baseline_kind": ("1",),
        "baseline_amount": ("20",),
        "baseline_first": ("1",),
        "has_medicine": ("1",),
        "tb_test": ("2",),
        "d1q": ("1",),
        "d2q": ("8",),
        "d5q": ("1",),
        "d10q": ("1",),
    }
    return lived((stage, clock), MICHAEL, answers, said, day(45, "12:00"))


def accused(folder: Path) -> Player:
    """Rosa is 67 and a widow; after a child's death her neighbours say that it was she."""
    stage, clock = open_stage(folder)
    publish(stage, "ageing")
    on_call(stage, "ageing")
    said = [
        (day(0, "12:10"), "LIVE LONG"),
        (day(11, "15:30"), "LONELY"),
        (day(18, "19:40"), "they say i am a witch and killed the child"),
        (day(19, "09:10"), "CALL ME"),
    ]
    answers = {
        **begin("1", "1", "67", "Rosa"),
        "sex": ("1",),
        "baseline_active": ("2",),
        "chair": ("2",),
        "weight": ("2",),
    }
    player = lived((stage, clock), ROSA, answers, said, day(19, "14:00"))
    # The nurse rings her, writes what she did, and the course goes on.
    task = re.findall(r"PINIS ([0-9]+)", "\n".join(stage.inbox(NURSE)))[-1]
    stage.send(NURSE, f"PINIS {task} She is safe at the mission, the pastor and the police know")
    player.play(local(*day(30, "12:00")))
    return player
