"""A man with TB who smokes and runs out of tablets, and a woman who feels well and stops hers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.flow.courses import NURSE, local, on_call, open_stage, publish
from tests.flow.story_steps import begin, day, lived

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flow.courses import Player

DAVID, MARTHA = "+67570000031", "+67570000032"


def out_of_tablets(folder: Path) -> Player:
    """David has TB and smokes; his eyes turn yellow, he slips, and his tablets run out."""
    stage, clock = open_stage(folder)
    publish(stage, "tb")
    on_call(stage, "tb")
    said = [
        (day(0, "12:10"), "STRONG AGAIN"),
        (day(6, "19:40"), "WISH"),
        (day(9, "20:10"), "i smoked again"),
        (day(20, "06:50"), "my eyes are yellow"),
        (day(20, "16:10"), "2"),
    ]
    later = [
        (day(38, "18:20"), "my tablets are finished and the clinic has no tablets"),
        (day(100, "12:30"), "HEAVY DAYS"),
        (day(184, "15:00"), "i finished my treatment"),
    ]
    answers = {
        **begin("1", "1", "33", "David"),
        "treated": ("1",),
        "sex": ("2",),
        "distance": ("3",),
        "quit_date": ("30 Nov",),
        "baseline_amount": ("3",),
        "baseline_taken": ("5",),
        "baseline_month": ("1",),
        "f-01": ("1",),
        "f-07": ("2",),
        "f-30": ("1",),
        "taken-2w": ("1",),
        "taken-4w": ("2",),
        "supply-found": ("2",),
        "taken-6w": ("3",),
        "taken-8w": ("1",),
        "week9": ("1",),
        "taken-m3": ("1",),
        "taken-m4": ("1",),
        "taken-m5": ("2",),
        "month6": ("1",),
        "since": ("2",),
        "ended": ("1",),
        "finished_how": ("1",),
    }
    player = lived((stage, clock), DAVID, answers, said, day(22, "09:40"))
    noted(player, "Liver test high. Off for a week, then other tablets. He starts again today")
    player.sayings += [(local(*when), text) for when, text in later]
    player.play(local(*day(200, "12:00")))
    return player


def feeling_well(folder: Path) -> Player:
    """Martha's blood pressure is high; she feels well, stops, and comes back."""
    stage, clock = open_stage(folder)
    publish(stage, "hypertension")
    on_call(stage, "hypertension")
    said = [
        (day(0, "12:10"), "STEADY HEART"),
        (day(12, "18:10"), "SALT"),
        (day(24, "19:30"), "i feel well so i stopped my tablets"),
        (day(26, "10:15"), "MY NUMBER 186/112"),
        (day(26, "12:25"), "2"),
        (day(27, "11:05"), "1"),
    ]
    later = [
        (day(30, "11:00"), "my pressure was 164/98 today"),
        (day(57, "18:05"), "my blood pressure is normal now"),
    ]
    answers = {
        **begin("2", "1", "51", "Martha"),
        "told": ("1",),
        "sex": ("1",),
        "pregnant": ("3",),
        "distance": ("2",),
        "baseline_taken": ("2",),
        "baseline_pressure": ("3",),
        "baseline_smoke": ("1",),
        "why_stopped": ("1",),
        "number_now": ("3",),
        "walked": ("3",),
        "well_by": ("1",),
    }
    player = lived((stage, clock), MARTHA, answers, said, day(28, "09:40"))
    noted(player, "Seen on Tuesday, takes her tablets again, to be measured on Friday")
    player.sayings += [(local(*when), text) for when, text in later]
    player.play(local(*day(59, "12:00")))
    return player


def noted(player: Player, note: str) -> None:
    """Let the nurse write what she did of each open concern."""
    for task in dict.fromkeys(re.findall(r"PINIS ([0-9]+)", "\n".join(player.stage.inbox(NURSE)))):
        player.stage.send(NURSE, f"PINIS {task} {note}")
