"""Every reply is one segment of GSM-7 in both languages; what it is made of."""

from __future__ import annotations

import re
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Mistake, ReadingError
from gateway.grammar import Fault, FaultCode, NotUnderstood
from services.ledger.receipts import ReceiptState
from services.livestock.domain.model import Key
from services.livestock.queries.animals import StayAt
from services.livestock.queries.premises import PremisesSummary
from services.livestock.sms_commands import HANDLERS
from services.livestock.sms_commands.common import with_all_numbers
from services.livestock.sms_commands.wording import list_numbers, stays_text
from services.messaging.commands import HANDLERS as OF_MESSAGES
from services.texts.catalogue import LANGUAGES, explain, say, sentences
from sms.encoding import units
from tests.factories import BUYER, FARMER, Phones, day, official
from tests.support.texts import assert_one_segment


def mistakes():
    """Each mistake of each argument, as the reader of phrases tells it."""
    arguments = {argument.name for spoken in HANDLERS for argument in spoken.phrase.arguments}
    return sorted(product(arguments - {"name"}, Mistake))


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_explain__every_fault_of_every_phrase__is_one_segment_with_an_example(language):
    for spoken in (*HANDLERS, *OF_MESSAGES):
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
    required = {a.name for s in HANDLERS for a in s.phrase.arguments if a.required}
    needed |= {f"missing.{name}" for name in required}
    needed |= {f"receipt.{state}" for state in ReceiptState}
    assert needed <= set(sentences("en"))


def test_list_numbers__as_much_room_as_there_is__shows_as_many_as_fit():
    keys = [Key("iso11784", official(number)) for number in range(3)]
    assert list_numbers(keys).within(49) == ", ".join(map(official, range(3)))
    assert list_numbers(keys).within(48) == " ".join(map(official, range(3)))
    assert list_numbers(keys).within(46) == f"{official(0)} {official(1)} +1"
    assert list_numbers(keys).within(0) == f"{official(0)} +2"
    assert str(list_numbers([Key("animal", "00001")])) == "animal:00001"


@given(st.lists(st.integers(1000, 99999), min_size=1, max_size=20, unique=True))
def test_with_all_numbers__any_of_them__each_is_told_once(numbers):
    pigs = list_numbers([Key("bilum", str(number)) for number in numbers])
    values = {"pigs": pigs, "place": "1068", "day": "25 Nov", "receipt": "YXD4-AXVM-4Q2Z-JS4B"}
    text = say("treatment.no_days", "en", product="IVOMEC", example="TREAT", **values)
    told = with_all_numbers(text, values.values(), "en")
    texts = [told] if isinstance(told, str) else [one.text for one in told]
    assert [len(text) <= 160 for text in texts] == [True] * len(texts)
    words = re.findall(r"(?<![-\w])[0-9]+(?![-\w])", " ".join(texts))
    assert [str(number) for number in numbers if words.count(str(number)) < 1] == []


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


@pytest.mark.slow
def test_answer__from_places_with_the_longest_names__is_few_texts_of_one_segment(crowded):
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
            replies = crowded.send(text, sender).text.split("\n")
            assert len(replies) <= 3
            for one in replies:
                assert_one_segment(one)
