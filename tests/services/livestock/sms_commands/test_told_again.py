"""Litters and mobs that are told of again: people send again when no answer comes."""

from __future__ import annotations

import re

import pytest

from tests.factories import BUYER, Phones, in_threads, official

SOW = official(1)
ASKS = re.compile(r"already, .*other pigs\? Answer 1: yes\. 2: no\.")


@pytest.fixture
def farm(database):
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say(f"REG {SOW}")
    return phones


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (f"BORN 6 {SOW}", f"BORN 6 {SOW}"),
        (f"BORN 6 {SOW}", f"BORN 5 {SOW}"),
        (f"BORN 6 {SOW}", f"BORN 6 {SOW} yesterday"),
        ("BORN 6", "BORN 6"),
        ("MOB 14", "I have a mob of 14"),
        ("MOB", "MOB"),
    ],
)
def test_group__told_again__is_asked_about(farm, first, again):
    assert "number" in farm.say(first)
    assert ASKS.search(farm.say(again))


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("BORN 6", "BORN 7"),
        ("BORN 6", f"BORN 6 {SOW}"),
        ("BORN 6", "MOB 6"),
        ("MOB 14", "BORN 14"),
        ("MOB 14", "MOB 13"),
        (f"BORN 6 {SOW}", f"BORN {official(2)} MOTHER {SOW}"),
    ],
)
def test_group__another__is_written_down(farm, first, other):
    farm.say(first)
    assert "Receipt" in farm.say(other)


def test_group__told_twice_at_once__is_written_down_once(farm):
    done = in_threads(*[lambda: farm.send("MOB 14")] * 2)
    assert sorted(one.outcome for one in done) == ["asked", "mob"]


def test_group__of_another_place__is_written_down(farm):
    farm.say("PLACE Goroka, Eastern Highlands", BUYER)
    farm.say("MOB 14")
    assert "Receipt" in farm.say("MOB 14", BUYER)


def test_litter__that_was_wrong__is_told_anew_without_a_question(farm):
    receipt = re.search(r"Receipt (\S+)", farm.say(f"BORN 6 {SOW}"))[1]
    farm.say(f"WRONG {receipt}")
    assert "Receipt" in farm.say(f"BORN 5 {SOW}")


def test_litter__of_somebody_elses_sow__counts_for_nobody(farm):
    farm.say(f"BORN 6 {SOW}", BUYER)
    assert "Receipt" in farm.say(f"BORN 6 {SOW}")
