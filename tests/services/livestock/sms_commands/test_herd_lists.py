"""LIST, of many pigs: each page is one SMS, and together they hold every number once."""

from __future__ import annotations

import re

import pytest

from tests.factories import BUYER, Phones, official
from tests.support.texts import assert_one_segment

NUMBERS = re.compile(r"[0-9]{4,}")


@pytest.fixture
def farm(database):
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    for first in range(1, 41, 10):
        phones.say("REG " + " ".join(official(number) for number in range(first, first + 10)))
    return phones


def listed(page: str) -> list[str]:
    """The numbers of a page, without the place and how many there are."""
    return NUMBERS.findall(page.partition(": ")[2].partition(". ")[0])


def pages(phones: Phones) -> list[str]:
    found = [phones.say("LIST")]
    while more := re.search(r"More: (LIST [0-9]+)$", found[-1]):
        found.append(phones.say(more[1]))
    return found


def test_list__of_forty__are_on_pages_of_one_sms(farm):
    found = pages(farm)
    for page in found:
        assert_one_segment(page)
        assert "40 in all" in page
    numbers = [number for page in found for number in listed(page)]
    assert len(numbers) == len(set(numbers)) == 40
    assert len(found) < 5


def test_list__each_number__is_one_that_commands_take(farm):
    number = listed(farm.say("LIST"))[-1]
    assert f"Pig {number}: 1068 Kudjip since" in farm.say(f"TRACE {number}")


@pytest.mark.parametrize("page", ["0", "98", "99", "999"])
def test_list__page_that_is_none__is_the_nearest(farm, page):
    first, *_, last = pages(farm)
    assert farm.say(f"LIST {page}") == (first if page == "0" else last)


@pytest.mark.slow
def test_list__pig_that_left_or_died__is_not_listed(farm):
    left, dead, *_ = listed(farm.say("LIST"))
    goroka = NUMBERS.search(farm.say("PLACE Goroka, Eastern Highlands", BUYER))[0]
    farm.send(f"MOVE {left} {goroka}")
    farm.say(f"DEAD {dead}")
    assert not {left, dead} & {number for page in pages(farm) for number in listed(page)}


def test_list__of_somebody_else__is_not_told(farm):
    assert re.fullmatch(r"Our book knows no pig at your place [0-9]+\. .*", farm.say("LIST", BUYER))


def test_list__of_who_never_wrote__makes_their_place(database):
    assert "knows no pig" in Phones(database).say("my pigs", "+67570009990")
