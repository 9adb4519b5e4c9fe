from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.argument_parsers import choice, count, either, receipt, rest
from gateway.dates import day
from gateway.errors import Mistake, TagError
from gateway.grammar import Misread, Read
from gateway.tags import Identifier, tag

TAG = tag(schemes={"animal"})
ANY = either(TAG, receipt, day, count(), choice({"yes": 1}), rest)


@pytest.mark.parametrize(
    ("text", "identifier", "length"),
    [
        ("104276 20468", Identifier("bilum", "104276"), 6),
        ("104276/20468", Identifier("bilum", "104276"), 6),
        ("982 000123456789 104276", Identifier("iso11784", "982000123456789"), 16),
        ("LA 982 000001088420\n104276", Identifier("iso11784", "982000001088420"), 19),
        ("982-000-123-456-789", Identifier("iso11784", "982000123456789"), 19),
        ("982000123456789 982000123456790", Identifier("iso11784", "982000123456789"), 15),
        ("6DB0840800F80001 x", Identifier("iso11784", "124000270601654"), 16),
        ("animal:0000A, 104276", Identifier("animal", "0000A"), 12),
        ("Animal:0000A.", Identifier("animal", "0000A"), 12),
    ],
)
def test_tag__front_of_a_message__takes_one_identifier(text, identifier, length):
    assert TAG(text) == Read(identifier, length)


@pytest.mark.parametrize("text", ["pik 104276", "", "ol pik", "Oil", "village:7", "\ud800"])
def test_tag__a_word__is_not_a_tag(text):
    assert TAG(text) is None


@pytest.mark.parametrize(
    ("text", "mistake", "length"),
    [
        ("104267 20468", Mistake.CHECK_DIGITS, 6),
        ("982 00012345678 20468", Mistake.LENGTH, 15),
        ("598 999999999999", Mistake.NATIONAL, 16),
        ("71234567", Mistake.MOBILE, 8),
        ("3pik", Mistake.LETTER, 4),
        # Three short numbers of which the first is wrong are not one official number.
        ("20469 20468 20468", Mistake.CHECK_DIGITS, 5),
    ],
)
def test_tag__number_with_a_mistake__is_a_misread(text, mistake, length):
    reading = TAG(text)
    assert isinstance(reading, Misread)
    assert isinstance(reading.cause, TagError)
    assert (reading.cause.mistake, reading.length) == (mistake, length)


@pytest.mark.parametrize(
    "text",
    [
        "7KQ2-M9XA-P4TD-WZ3C",
        "7kq2m9xap4tdwz3c",
        "7KQ2 M9XA P4TD WZ3C",
        "7KQ2.M9XA / P4TD\nWZ3C",
    ],
)
def test_receipt__any_form__is_sixteen_characters(text):
    assert receipt(text) == Read("7KQ2M9XAP4TDWZ3C", len(text))


def test_receipt__letters_for_digits__are_put_right():
    assert receipt("oOiI-lL00-AAAA-BBBB") == Read("00111100AAAABBBB", 19)


@pytest.mark.parametrize(
    ("text", "mistake", "number"),
    [
        ("7KQ2-M9XA-P4TD-WZ3", Mistake.LENGTH, 15),
        ("7KQ2-M9XA-P4TD-WZ3CC", Mistake.LENGTH, 17),
        ("7KQ2-M9XA-P4TD-WZ3U", Mistake.LETTER, 16),
    ],
)
def test_receipt__mistake__is_named(text, mistake, number):
    reading = receipt(text)
    assert isinstance(reading, Misread)
    assert reading.cause.mistake is mistake
    assert number in {reading.cause.count, reading.cause.place}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 pik", Read(3, 1)),
        ("3pik", Read(3, 1)),
        ("l0", Read(10, 2)),
        ("1O", Read(10, 2)),
        ("100", None),
        ("25/11", None),
        ("25-11-26", None),
        ("3.5", None),
        ("3-104276", Read(3, 1)),
        ("3. Pik", Read(3, 1)),
        ("1234567", None),
        ("pik", None),
        ("ol", None),
    ],
)
def test_count__up_to_its_limit__is_a_number(text, expected):
    assert count(most=99)(text) == expected


def test_either__none_reads__gives_the_longest_misreading():
    reading = either(TAG, day)("31/11")
    assert isinstance(reading, Misread)
    assert reading.cause.mistake is Mistake.NO_SUCH_DAY
    assert either(TAG, day)("pik") is None


def test_rest__what_is_left__is_kept_in_the_senders_words():
    assert rest("em i sik, Long 2 de ") == Read("em i sik, Long 2 de", 20)
    assert rest(" ") is None


@given(st.text() | st.from_regex(r"(LA )?[0-9OoIlA-F .:-]{1,60}", fullmatch=True))
@pytest.mark.parametrize("kind", [TAG, receipt, day, count(), rest, ANY])
def test_kinds__any_text__never_raise_and_stay_inside(kind, text):
    reading = kind(text)
    assert reading is None or 0 < reading.length <= len(text)
