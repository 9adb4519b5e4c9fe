from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError, Mistake, NumbersSpent, TagError
from gateway.tags import Identifier, from_hex, issue, read_identifier

HEX = {
    "6DB0840800F80001": "124000270601654",
    "448823F25A6F0001": "985113007399202",
    "8000000001A90001": "598000000000001",
    "2858997D3B9F0001": "999123456789012",
}


@pytest.mark.parametrize(("code", "number"), HEX.items())
def test_from_hex__published_vectors__give_their_numbers(code, number):
    assert from_hex(code) == number
    assert from_hex(code.lower()) == number
    assert read_identifier(code) == Identifier("iso11784", number)


@pytest.mark.parametrize(
    ("code", "mistake", "count", "place"),
    [
        ("6DB0840800F8000", Mistake.LENGTH, 15, None),
        ("", Mistake.LENGTH, 0, None),
        ("6DB0840800G80001", Mistake.LETTER, None, 11),
        ("6DB0840800F80000", Mistake.NOT_ANIMAL, None, None),
        ("8000000000000001", Mistake.COUNTRY, None, None),
        ("8000000003FF0001", Mistake.COUNTRY, None, None),
    ],
)
def test_from_hex__not_a_tag__names_the_mistake(code, mistake, count, place):
    with pytest.raises(TagError) as caught:
        from_hex(code)
    error = caught.value
    assert (error.mistake, error.count, error.place) == (mistake, count, place)


@given(st.integers(1, 999), st.integers(0, 2**38 - 1), st.integers(0, 2**15 - 1))
def test_from_hex__any_code__is_the_inverse_of_transmission(country, national, reserved):
    bits = 1 << 63 | reserved << 48 | country << 38 | national
    code = f"{int(f'{bits:064b}'[::-1], 2):016X}"
    assert from_hex(code) == f"{country:03}{national:012}"


@pytest.mark.parametrize(
    "text",
    [
        "982 000123456789",
        "982000123456789",
        "982-000-123-456-789",
        "982.000.123.456.789",
        "9820 0012 3456 789",
        " 982/000 123\n456;789 ",
        "LA 982 000123456789",
        "LA982000123456789",
        "la: 982 000123456789",
        "982 OOOl23456789",
        "982 oooI23456789",
        "iso11784:982000123456789",
        "ISO11784: 982 000123456789",
    ],
)
def test_read_identifier__official_number_as_people_write_it__is_fifteen_digits(text):
    assert read_identifier(text) == Identifier("iso11784", "982000123456789")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("104276", "104276"),
        ("20468", "20468"),
        ("330577", "330577"),
        ("10-42-76", "104276"),
        ("1O4276", "104276"),
        ("l04276", "104276"),
        ("bilum:104276", "104276"),
    ],
)
def test_read_identifier__short_number__is_checked_and_kept(text, value):
    assert read_identifier(text) == Identifier("bilum", value)


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("animal:0000A", "animal", "0000A"),
        ("premises:1", "premises", "1"),
        ("Animal:0000a", "animal", "0000a"),
        ("premises:O0l1", "premises", "O0l1"),
        ("animal:982000123456789", "animal", "982000123456789"),
        ("farm-id:a:b/c", "farm-id", "a:b/c"),
        (" animal: PG 001 ", "animal", "PG 001"),
    ],
)
def test_read_identifier__source_identifier__is_kept_as_it_is(text, scheme, value):
    assert read_identifier(text) == Identifier(scheme, value)
    assert str(read_identifier(text)) == f"{scheme}:{value}"


@pytest.mark.parametrize(
    ("text", "mistake", "count", "place"),
    [
        ("", Mistake.EMPTY, None, None),
        (" -/. ", Mistake.EMPTY, None, None),
        ("12", Mistake.LENGTH, 2, None),
        ("123", Mistake.LENGTH, 3, None),
        ("67570000001", Mistake.LENGTH, 11, None),
        ("982 00012345678", Mistake.LENGTH, 14, None),
        ("982 0001234567890", Mistake.LENGTH, 16, None),
        ("5980000000000001", Mistake.LENGTH, 16, None),
        ("9" * 9999, Mistake.LENGTH, 9999, None),
        ("104267", Mistake.CHECK_DIGITS, None, None),
        ("104277", Mistake.CHECK_DIGITS, None, None),
        ("000 000123456789", Mistake.COUNTRY, None, None),
        ("598 999999999999", Mistake.NATIONAL, None, None),
        ("598 274877906944", Mistake.NATIONAL, None, None),
        ("LR 0006 00000000001", Mistake.NOT_ANIMAL, None, None),
        ("1042X76", Mistake.LETTER, None, 5),
        ("10 42-X76", Mistake.LETTER, None, 5),
        ("Oil", Mistake.LETTER, None, 1),
        ("١٠٤٢٧٦", Mistake.LETTER, None, 1),
        ("598000000000A001", Mistake.LETTER, None, 13),
        ("0104276", Mistake.LEADING_ZERO, None, None),
        ("71234567", Mistake.MOBILE, None, None),
        ("programme:tobacco", Mistake.LETTER, None, 1),
        ("Programme:1068", Mistake.LETTER, None, 1),
        ("animal:", Mistake.UNPRINTABLE, None, None),
        ("animal:a\u00a0b", Mistake.UNPRINTABLE, None, None),
        ("animal:a\x00", Mistake.UNPRINTABLE, None, None),
        ("animal:\ud800", Mistake.UNPRINTABLE, None, None),
        ("animal:" + "x" * 65, Mistake.UNPRINTABLE, None, None),
        ("bilum:982000123456789", Mistake.LENGTH, 15, None),
        ("iso11784:104276", Mistake.LENGTH, 6, None),
    ],
)
def test_read_identifier__mistake__is_named(text, mistake, count, place):
    with pytest.raises(TagError) as caught:
        read_identifier(text)
    error = caught.value
    assert (error.mistake, error.count, error.place) == (mistake, count, place)
    assert "{" not in error.detail


def test_read_identifier__largest_national_number__is_read():
    assert read_identifier("598 274877906943").value == "598274877906943"


@given(st.text())
def test_read_identifier__any_text__is_read_or_a_tag_error(text):
    try:
        identifier = read_identifier(text)
    except TagError:
        return
    assert read_identifier(str(identifier)) == identifier


@pytest.mark.parametrize(
    ("counter", "number"),
    [(1042, "104276"), (204, "20468"), (3305, "330577"), (0, None), (9, None), (10, "1068")],
)
def test_issue__counter__gets_its_check_digits(counter, number):
    assert issue(counter) == number


@pytest.mark.parametrize("counter", [700_000, 755_555, 899_999])
def test_issue__like_a_mobile_number__is_skipped(counter):
    assert issue(counter) is None


def test_issue__past_ten_digits__tells_that_numbers_are_spent():
    assert issue(99_999_999) is not None
    with pytest.raises(NumbersSpent):
        issue(100_000_000)


def numbers() -> st.SearchStrategy[str]:
    return st.integers(10, 99_999_999).map(issue).filter(bool).map(str)


@given(numbers())
def test_issue__every_number__reads_back(number):
    assert read_identifier(number) == Identifier("bilum", number)


@given(numbers(), st.data())
def test_read_identifier__one_wrong_digit__never_passes(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
    with pytest.raises(TagError):
        read_identifier(number[:place] + wrong + number[place + 1 :])


@given(numbers(), st.data())
def test_read_identifier__two_digits_swapped__never_passes(number, data):
    apart = data.draw(st.sampled_from([1, 2]))
    first = data.draw(st.integers(0, len(number) - 1 - apart))
    digits = list(number)
    digits[first], digits[first + apart] = digits[first + apart], digits[first]
    swapped = "".join(digits)
    if swapped != number:
        with pytest.raises(TagError):
            read_identifier(swapped)


def test_tag_error__is_a_gateway_error__that_is_not_worth_another_try():
    assert issubclass(TagError, GatewayError)
    assert not TagError(Mistake.EMPTY).retryable
