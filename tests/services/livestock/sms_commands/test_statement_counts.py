"""Statements of one text of each kind: they bound how many a server takes (docs/benchmarks.md)."""

from __future__ import annotations

import re

from tests.factories import BUYER, FARMER, Phones, official
from tests.support.round_trips import counted

LEAST = {
    "postgresql": {"REG": 12, "MOVE": 21, "ARRIVE": 16, "HELP": 4},
    "sqlite": {"REG": 19, "MOVE": 24, "ARRIVE": 19, "HELP": 5},
}
"""Where fewer are needed, write the lower number here; more need a reason."""


def test_text__of_each_kind__takes_so_many_statements_and_no_more(database):
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka", FARMER)
    place = re.search(r"\d{4,}", phones.say("PLACE Goroka, Eastern Highlands", BUYER))[0]
    texts = {
        "REG": ("REG {}", FARMER),
        "MOVE": (f"MOVE {{}} {place}", FARMER),
        "ARRIVE": ("ARRIVE {}", BUYER),
        "HELP": ("HELP", FARMER),
    }
    found = {}
    for kind, (text, sender) in texts.items():
        # The first of a kind may read what is kept from then on.
        for number in (1, 2):
            with counted() as sent:
                phones.say(text.format(official(number)), sender)
        # A ping is sent where a connection was idle for a second, as on a busy machine.
        found[kind] = sum(statement != ";" for statement in sent)
    assert found == LEAST[database.engine.dialect.name]
