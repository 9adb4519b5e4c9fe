"""Every reply is one segment of GSM-7 in both languages, whatever stands in it."""

from __future__ import annotations

import re
from datetime import date
from itertools import product
from string import Formatter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Mistake, ReadingError
from gateway.grammar import Fault, FaultCode, NotUnderstood
from services.ledger.receipts import ReceiptState
from services.livestock.domain.model import Key
from services.livestock.queries import PremisesSummary, StayAt
from services.livestock.sms_commands import SPOKEN
from services.livestock.sms_commands.replies import list_numbers, stays_text
from services.messaging.command_router import explain
from services.messaging.commands import SPOKEN as OF_MESSAGES
from services.texts.catalogue import LANGUAGES, day_and_month, say, sentences, template
from services.texts.fitting import fit, plain, units
from tests.factories import BUYER, FARMER, Phones, day, official
from tests.support.texts import assert_one_segment

WORST_NAME = "Ples€" * 8
LONGEST_KEY = Key("premises", "W" * 64)
WORST: dict[str, str] = {
    "pig": "9" * 15,
    "pigs": list_numbers([LONGEST_KEY] * 20),
    "place": f"{'9' * 10} {WORST_NAME}",
    "other": str(LONGEST_KEY),
    "number": str(LONGEST_KEY),
    "receipt": "W" * 4 + "-WWWW" * 3,
    "root": "f" * 64,
    "stays": "W" * 200,
    "records": "99999",
    "recorded": "99999",
    "size": "9" * 10,
    "index": "9" * 10,
    "day": "25 Novemba",
    "example": "RECEIPT 7KQ2-M9XA-P4TD-WZ3C",
    "count": "1600",
    "most": "20",
    "digits": "4821",
    "heads": "999",
    "mob": "9" * 10,
    "what": f"pig {LONGEST_KEY} +19",
    "product": "W" * 30,
    "kilograms": "99999.99",
    "wrong": "W" * 4 + "-WWWW" * 3,
    "until": "25 Novemba",
    "first": "25 Novemba",
    "last": "25 Novemba",
    "may": "19",
    "list": f"{LONGEST_KEY} no permit +19",
    "permit": "9" * 10,
    "state": "taken back",
    "to": "9" * 10,
    "area": "W" * 90,
    "disease": "swine fever",
    "order": "G123/2026 W",
    "outbreak": "9" * 10,
    "province": "National Capital District",
    "signs": "high fever, blue skin, sudden death",
    "programme": "W" * 40,
    "channel": "africastalking",
    "since": "25 Nov 23:59",
    "error": "sms.answer_lost",
    "waiting": "1000000",
    "title": "W" * 20,
    "titles": ", ".join(["W" * 20] * 8),
    "words": "BREATHE, INHALER, PLAN, LONELY, MEMORY, TIRED, WALK",
    "word": "MI LAIK LUSIM SIMUK",
    "least": "1",
    "line": "99999",
    "time": "9999 minutes",
    "tag": str(LONGEST_KEY),
    "status": "i no stap long buk",
    "barred": " I tambu long muvim.",
    "age": "25 Novemba, 999 days old",
    "days": "999",
}
CODES = sentences("en")
SAID = sorted(product(CODES, LANGUAGES))


def names(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_sentence__each__has_values_here_for_all_its_places():
    forms = [form for sentence in CODES.values() for form in sentence.forms]
    assert set().union(*map(names, forms)) <= set(WORST)


@pytest.mark.parametrize(("code", "language"), SAID)
def test_say__with_the_longest_values__is_one_segment_and_keeps_the_receipt(code, language):
    assert say(code, language, **WORST) == fit(template(code, language), WORST)
    for form in sentences(language)[code].forms:
        text = fit(form, WORST)
        assert_one_segment(text)
        if "{receipt}" in form:
            assert WORST["receipt"] in text


@pytest.mark.parametrize(("code", "language"), SAID)
def test_sentence__each__says_all_of_itself_with_ordinary_values(code, language):
    ordinary = {
        "pigs": "598000000000017, 598000000000025 +18",
        "place": "123456 Kudjip Station",
        "other": "123456",
        "number": official(17),
        "tag": official(17),
        "pig": "1234567",
        "mob": "1234567",
        "what": "pig 598000000000017 +19",
        "product": "IVOMEC",
        "stays": "123456 Kudjip since 25 Nov",
        "list": "598000000000007 dead, 598000000000013 no permit",
        "area": "Anglimp-South Waghi",
        "order": "Z-2026-12",
        "permit": "1234567",
        "outbreak": "1234567",
        "province": "Jiwaka",
        "disease": "ASF",
        "to": "1234567",
    }
    if code.startswith("programme."):
        ordinary |= {"title": "Quit tobacco", "titles": "Quit tobacco, Live with sugar, Breathe"}
        ordinary |= {"words": "CRAVE, MOOD, SLIP"}
    if code.startswith("concern."):
        ordinary |= {"title": "Quit tobacco", "what": "chest pain", "number": "+67570000001"}
    if code.startswith("permit."):
        ordinary |= {"pigs": "14 pigs", "place": "1234567", "day": "25 Nov - 1 Dec"}
    if code.startswith("check."):
        ordinary |= {"list": "598000000000013 no permit"}
    values = WORST | ordinary
    for form in sentences(language)[code].forms:
        assert fit(form, values) == form.format(**values)


@given(
    st.dictionaries(st.sampled_from(sorted(WORST)), st.text(max_size=300)), st.sampled_from(SAID)
)
def test_say__with_anything_in_any_place__is_one_segment(values, said):
    assert_one_segment(say(*said, **WORST | values))


def test_say__value_missing__is_an_error():
    with pytest.raises(KeyError):
        say("move", "en", pigs="1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kudjip's ples: 5£ @home", "Kudjip's ples: 5£ @home"),
        ("Café Ōtautahi", "Café Otautahi"),
        ("pig 🐷 好", "pig ? ?"),
        ("e\u0301", "e"),
        ("ﬁ½", "fi?"),
    ],
)
def test_plain__other_letters__become_the_nearest_of_the_alphabet(text, expected):
    assert plain(text) == expected


def mistakes():
    """Each mistake of each argument, as the reader of phrases tells it."""
    arguments = {argument.name for spoken in SPOKEN for argument in spoken.phrase.arguments}
    return sorted(product(arguments - {"name"}, Mistake))


@pytest.mark.parametrize("language", LANGUAGES)
def test_explain__every_fault_of_every_phrase__is_one_segment_with_an_example(language):
    for spoken in (*SPOKEN, *OF_MESSAGES):
        for name, mistake in mistakes():
            cause = ReadingError(mistake, count=1600, place=15)
            for fault in (
                Fault(FaultCode.UNREADABLE, name, cause),
                Fault(FaultCode.MISSING, name),
                Fault(FaultCode.LEFTOVER),
                Fault(FaultCode.UNKNOWN),
            ):
                text = explain(NotUnderstood(spoken.phrase, language, fault))
                assert_one_segment(text)
                # A word alone shows nothing that HELP does not.
                if spoken.phrase.arguments:
                    assert spoken.phrase.examples[language] in text
                assert ".." not in text


def test_sentence__every_mistake_that_can_be_made__has_one_of_its_own():
    needed = {f"mistake.{mistake}" for mistake in set(Mistake) - {Mistake.EMPTY}}
    needed |= {"mistake.receipt_length", "mistake.receipt_letter"}
    required = {a.name for s in SPOKEN for a in s.phrase.arguments if a.required}
    needed |= {f"missing.{name}" for name in required}
    needed |= {f"receipt.{state}" for state in ReceiptState}
    assert needed <= set(CODES)


def test_list_numbers__many__shows_two_and_how_many_more():
    keys = [Key("iso11784", official(number)) for number in range(5)]
    assert list_numbers(keys[:2]) == f"{official(0)}, {official(1)}"
    assert list_numbers(keys) == f"{official(0)}, {official(1)} +3"
    assert list_numbers([Key("animal", "00001"), Key("bilum", "1262")]) == "animal:00001, 1262"


def test_day_and_month__each_month__is_short_and_plain():
    days = [date(2026, month, 25) for month in range(1, 13)]
    for language in LANGUAGES:
        texts = [day_and_month(day, language) for day in days]
        assert len(set(texts)) == 12
        assert all(re.fullmatch(r"25 [A-Z][a-z]{1,3}", text) for text in texts)


def everything(_place):
    return True


def stay(number, since, until=None, name="Kudjip"):
    place = PremisesSummary(UUID(int=number), str(number), name, "Jiwaka", None)
    return StayAt(place, since and day(since), until and day(until))


def test_stays_text__more_than_fit__leaves_out_the_oldest_and_shows_it():
    stays = [stay(number, number, number + 1) for number in range(1, 30)] + [stay(30, 30)]
    text = stays_text(stays, "en", sees=everything, room=80)
    assert text.startswith("...")
    assert text.endswith("30 Kudjip since 30 Jan")
    assert units(text) <= 80
    assert text.count("Kudjip") == 3


def test_stays_text__parts_unknown__are_said_so():
    stays = [StayAt(None, None, day(2)), stay(7, None), stay(8, 3, name=None)]
    assert stays_text(stays, "en", sees=everything, room=99) == (
        "a place to 2 Jan; 7 Kudjip; 8 since 3 Jan"
    )
    assert stays_text([], "tpi", sees=everything, room=99) == "mipela no save long ples"


@pytest.fixture
def crowded(database):
    """Places with names as long and as strange as can be sent."""
    phones = Phones(database)
    phones.say(f"PLACE {'€' * 39}🐷, Jiwaka")
    phones.say(f"PLES {'好' * 39}, Jiwaka", BUYER)
    return phones


def test_answer__from_places_with_the_longest_names__is_one_segment(crowded):
    tags = " ".join(f"animal:{'Ж' * 60}{number:04}" for number in range(20))
    texts = [
        "PLACE " + "€" * 200,
        "PLES " + "好" * 200,
        f"REG {official(1)}",
        f"RAITIM {official(1)}",
        f"MOVE {tags} premises:{'W' * 64}",
        f"MUVIM {tags} {BUYER[4:]}",
        f"ARRIVE {tags} premises:{'W' * 64}",
        f"KAMAP {tags}",
        f"TRACE {tags.split()[0]}",
        f"STORI {tags.split()[0]}",
        f"TRACE animal:{'Ж' * 64}",
        f"STORI premises:{'W' * 64}",
    ]
    for sender in (FARMER, BUYER):
        for text in texts:
            assert_one_segment(crowded.send(text, sender).text)
