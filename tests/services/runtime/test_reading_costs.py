"""Steps of the parser on texts that are made to be read slowly: no machine changes them."""

from __future__ import annotations

import sys

import pytest

from gateway.grammar import FaultCode
from gateway.phrases import LONGEST_TEXT, clean
from services.livestock.domain.movement_decision import Policy
from services.runtime.command_catalogue import make_conversation

MOST_STEPS = 40_000
"""Calls and returns of functions."""
# The worst that a search over all keywords, fillers, numbers and days found, and what were the
# worst before: 122,000 steps.
SLOW = (
    "OK 1262 ",
    "ARRIVED 1262 ",
    "DEAD we I GOT, ",
    "DEAD i ",
    "DEAD I HAVE A MOB OF, ",
    "SICK tripela de bipo ",
    "I want to report ",
    "ARRIVEDinap mipela muvim",
    "1262 ",
    "598000000000017 ",
    "no not ",
    "MOVE 00675 7000 0001 ",
)


@pytest.fixture(scope="module")
def book():
    return make_conversation(Policy(), {})._book


def steps_of(book, text):
    count = 0

    def step(*_event):
        nonlocal count
        count += 1

    clean.cache_clear()
    sys.setprofile(step)
    try:
        found = book.parse(text, "en")
    finally:
        sys.setprofile(None)
    return count, found


@pytest.mark.parametrize("words", SLOW)
def test_parse__text_that_is_made_to_be_read_slowly__takes_few_steps(book, words):
    keyword, _, rest = words.partition(" ")
    again = (words * LONGEST_TEXT)[:LONGEST_TEXT]
    once = f"{keyword} {(rest or words) * LONGEST_TEXT}"[:LONGEST_TEXT]
    for text in (again, once):
        assert steps_of(book, text)[0] < MOST_STEPS


def test_parse__list_of_more_than_can_be_read__is_not_understood(book):
    _, found = steps_of(book, "OK " + "1262 " * 300)
    assert found.fault.code is FaultCode.LEFTOVER


def test_parse__list_of_thirty_pigs__is_read_whole(book):
    tags = " ".join(f"598{number:012}" for number in range(1, 31))
    _, found = steps_of(book, f"OK {tags}")
    assert len(found.arguments["tags"]) == 30
