"""Jokers, quotes, neighbours' spellings, and honest words that look like others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.storage.models import Party
from tests.corpus.measuring import open_door
from tests.corpus.observing import compare, look
from tests.corpus.stage import KEEPER, STRANGER

if TYPE_CHECKING:
    from tests.corpus.observing import Observed
    from tests.corpus.stage import Door


@pytest.fixture(scope="module")
def opened():
    with open_door() as door:
        door.let_all_speak("en")
        door.keep()
        yield door


@pytest.fixture
def door(opened):
    opened.reset()
    return opened


def sent(door: Door, text: str, sender: str = KEEPER) -> Observed:
    """Send one text; return what it did."""
    database = door.world.runtime.database
    before = look(database)
    door.send(text, sender)
    return compare(before, look(database, before), sender)


def language_of(door: Door, sender: str) -> str | None:
    database = door.world.runtime.database
    with database.read() as session:
        return session.get_one(Party, party_of(door, sender)).language


def party_of(door: Door, sender: str) -> int:
    contacts = look(door.world.runtime.database)["contact"].values()
    return max(row["party_id"] for row in contacts if row["number"] == sender)


@pytest.mark.parametrize("text", ["dai 1359 asde", "HELPIM", "orait 1359"])
def test_language__a_word_of_the_other_language__is_not_stored(door, text):
    """A word copied from a neighbour's phone turns every later alarm into another language."""
    assert "language" not in sent(door, text).kinds
    assert language_of(door, KEEPER) == "en"


def test_language__asked_for__is_stored(door):
    assert "language" in sent(door, "TOK PISIN").kinds
    assert language_of(door, KEEPER) == "tpi"


@pytest.mark.parametrize(
    ("text", "stored"), [("HELP", "en"), ("HELPIM", "tpi"), ("STOP ALL", "en"), ("1359", None)]
)
def test_language__first_words_of_a_stranger__tell_it_where_they_are_of_one(door, text, stored):
    sent(door, text, STRANGER)
    assert language_of(door, STRANGER) == stored
