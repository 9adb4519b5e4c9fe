from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.errors import NumberError
from sms.numbers import holds_number, is_e164, mask, mask_all, normalise


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("70000001", "+67570000001"),
        ("8100 0001", "+67581000001"),
        ("+67570000001", "+67570000001"),
        (" +675 7000-0001 ", "+67570000001"),
        ("675 7000 0001", "+67570000001"),
        ("0067570000001", "+67570000001"),
        ("(+61) 491.570.006", "+61491570006"),
        ("+675\u00a07000\u20110001", "+67570000001"),
        ("675-8100-0001", "+67581000001"),
        ("00 61 491 570 006", "+61491570006"),
    ],
)
def test_normalise__number_as_people_write_it__is_e164(text, number):
    assert normalise(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "PIK",
        "30000001",
        "86000001",
        "7000001",
        "700000011",
        "+07570000001",
        "+1234567890123456",
        "+1111111111111111",
        "001111111111111111",
        "70000001x",
        "+67570000001\n9x",
        "\u0667\u0660000001",
        "+675\u0667\u0660000001",
    ],
)
def test_normalise__no_phone_number__is_refused_without_naming_it(text):
    with pytest.raises(NumberError) as caught:
        normalise(text)
    assert len(text) < 2 or text not in caught.value.detail


def test_normalise__national_number_of_an_unknown_region__is_refused():
    with pytest.raises(NumberError):
        normalise("70000001", region="677")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_normalise__e164__stays(number):
    assert is_e164(number)
    assert normalise(number) == number


@given(st.text(max_size=20))
def test_normalise__any_text__is_e164_or_an_error(text):
    try:
        number = normalise(text)
    except NumberError:
        return
    assert is_e164(number)
    assert normalise(number) == number


def test_mask__number__hides_the_middle():
    assert mask("+67570000001") == "+675•••••001"


@given(st.from_regex(r"\+?[0-9]{1,16}", fullmatch=True))
def test_mask__any_number__hides_three_characters_or_all(number):
    hidden = mask(number)
    assert len(hidden) == len(number)
    assert hidden.count("•") >= min(3, len(number))


def test_mask_all__numbers_of_people_in_a_text__are_masked_and_tags_are_not():
    text = "Pig 598000070000001 of 1262: call 70000001 or +67571234567. Code 700000."
    masked = "Pig 598000070000001 of 1262: call •••••••• or +675•••••567. Code 700000."
    assert mask_all(text) == masked


@pytest.mark.parametrize(
    "text",
    ["Ring 7123 4567", "+67571234567", "(675) 7123-4567", "00675 71234567 now", "call 1801332"],
)
def test_text__with_a_phone_number__holds_one(text):
    assert holds_number(text)


@pytest.mark.parametrize(
    "text", ["on 2026-11-25, 1200 pigs", "tag 598000000000017", "-5.85, 144.61", "25/11/2026", ""]
)
def test_text__with_dates_counts_and_tags__holds_none(text):
    assert not holds_number(text)
