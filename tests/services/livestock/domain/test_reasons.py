"""Every reason has its sentences, and each of them fits one text message."""

from __future__ import annotations

from string import Formatter

import pytest

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_decision import may_move
from services.livestock.domain.movement_questions import MovingAnimal, Reason
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind
from services.texts.catalogue import LANGUAGES, fit, sentences, templates
from sms.encoding import SEGMENT, units
from tests.factories import day
from tests.services.livestock.domain.worlds import (
    ABATTOIR,
    LAE,
    MADANG,
    TODAY,
    journey,
    order,
    permit,
    world,
)
from tests.support.texts import assert_one_segment

_OF_DECISIONS = ("no.", "short.", "yes.", "many.", "word.")
REASONS = {code: templates(code) for code in sentences("en") if code.startswith(_OF_DECISIONS)}

# What the one who asks knows, beside what the reason tells.
ASKED = {"pig", "place", "other", "to"}
LONGEST = {
    "pig": "9" * 15,
    "place": "9" * 10,
    "other": f"{'9' * 10} Mount Hagen maket",
    "to": "9" * 10,
    "day": "25 Ogas",
    "until": "25 Ogas",
    "first": "25 Ogas",
    "last": "25 Ogas",
    "permit": "9" * 10,
    "count": "21",
    "may": "20",
    "area": "National Capital District",
    "disease": "ASF",
    "order": "G123/2026",
    "list": "1262 no permit, 1359 dead, 1456 quarantine",
}
WORST = {
    name: "W" * 90 if name in {"area", "disease", "order", "other", "list"} else text
    for name, text in LONGEST.items()
}

# The sentences that are agreed on, with the values that make them.
AGREED = {
    "ORAIT. Pik 104276 i ken go long Goroka maket long 25 Nov. Pemit 330577 i stap. "
    "Soim namba bilong pemit long rotblok.": (
        "yes.permit",
        {"pig": 104276, "other": "Goroka maket", "day": "25 Nov", "permit": 330577},
    ),
    "NO KEN. I tambu long muvim pik 104276 i go ausait long Jiwaka. Sik ASF i stap. "
    "Sapos yu gat askim, ringim NAQIA 1801332.": (
        "no.zone_leaving",
        {"pig": 104276, "area": "Jiwaka", "disease": "ASF"},
    ),
    "NO KEN yet. Pik 104276 i muv long 20 Nov na em i mas stap 21 de long ples 20468. "
    "Em i ken go long 11 Des.": (
        "no.standstill",
        {"pig": 104276, "day": "20 Nov", "count": 21, "place": 20468, "until": "11 Des"},
    ),
    "NO KEN. Pik 104276 i mas kisim pemit bilong NAQIA pastaim. Salim: PEMIT 104276 20856": (
        "no.no_permit",
        {"pig": 104276, "to": 20856},
    ),
}


def slots(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_reasons__every_reason__has_a_sentence_and_a_short_form():
    told = {code.partition(".")[2] for code in REASONS if code.startswith("no.")}
    short = {code.partition(".")[2] for code in REASONS if code.startswith("short.")}
    reasons = {reason.value for reason in Reason}
    # Said in place of `unknown_origin` where the place is the asker's own.
    assert told - {"unknown_home"} == reasons
    # Permits are refused for two more.
    assert short == reasons | {"not_needed", "wrong_details"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence__longest_values_to_expect__fit_uncut(language):
    for each in REASONS.values():
        assert_one_segment(each[language].format(**LONGEST))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence__values_beyond_measure__keeps_the_number_of_the_pig(language):
    for each in REASONS.values():
        text = fit(each[language], WORST)
        assert units(text) <= SEGMENT, text
        assert ("{pig}" in each[language]) is (LONGEST["pig"] in text), text


@pytest.mark.parametrize("code", [code for code in REASONS if code.startswith("short.")])
def test_short_form__both_languages__is_at_most_twenty_characters(code):
    assert all(0 < len(text) <= 20 and not slots(text) for text in REASONS[code].values())


@pytest.mark.parametrize("sentence", AGREED)
def test_sentence__agreed_on_in_tok_pisin__is_used_as_it_is(sentence):
    code, values = AGREED[sentence]
    assert REASONS[code]["tpi"].format(**values) == sentence


WIDE = {"provinces": ["Madang"]}
HERE = {"provinces": ["Morobe"]}
DEAD = MovingAnimal("1", registered=False, ended_on=day(1), id=10)
HELD = MovingAnimal("1", withdrawal_until=day(TODAY), moved_on=day(TODAY), id=10)
MOB = MovingAnimal("1", AnimalKind.MOB, ended_on=day(1), id=20)
MARKED = MovingAnimal(
    "1",
    id=10,
    statuses=tuple(
        Status(kind, day(1), 1, "african_swine_fever")
        for kind in (StatusKind.STOLEN, *sorted(OF_DISEASE))
    ),
)
QUESTIONS = [
    (MovingAnimal("1", id=10, record_lost=True), journey(), world()),
    (MARKED, journey(), world()),
    (DEAD, journey(), world()),
    (MOB, journey(), world()),
    (HELD, journey(end=ABATTOIR), world()),
    (DEAD, journey(), world(order(HERE), order(HERE, "infected"), order(WIDE, "infected"))),
    (DEAD, journey(None, None), world()),
    (DEAD, journey(), world(needed=["Morobe"])),
    *(
        (what, journey(), world(permits=[terms], needed=["Morobe"]))
        for what in (DEAD, MOB)
        for terms in (
            *(permit(state=state) for state in ("asked", "refused", "revoked", "closed")),
            permit(first=day(TODAY + 1)),
            permit(last=day(TODAY - 1)),
            permit(origin=MADANG.premises, destination=LAE.premises),
            permit(animals=frozenset({11})),
            permit(animals=frozenset(), head_count=0),
            permit(animals=frozenset(), head_count=5),
        )
    ),
]


def test_sentence__each_reason_that_a_decision_gives__says_no_more_than_it_knows():
    given = {
        bar.reason: set(bar.values) for question in QUESTIONS for bar in may_move(*question).reasons
    }
    assert set(given) == set(Reason)
    missing = {
        (reason, language): unknown
        for reason, values in given.items()
        for language in LANGUAGES
        if (unknown := slots(REASONS[f"no.{reason}"][language]) - values - ASKED)
    }
    assert missing == {}


@pytest.mark.parametrize("name", ["disease", "place", "other", "to"])
def test_words__what_may_not_be_known__have_something_to_stand_for_it(name):
    assert set(REASONS[f"word.{name}"]) == set(LANGUAGES)
