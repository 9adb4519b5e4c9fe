import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.canonical import read_receipt, receipt_code
from chain.errors import ChainError, ReceiptError


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (bytes(10), "0000-0000-0000-0000"),
        (b"\xff" * 10, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
        (bytes.fromhex("00443214c74254b635cf"), "0123-4567-89AB-CDEF"),
        (bytes.fromhex("84653a56d7c675be77df"), "GHJK-MNPQ-RSTV-WXYZ"),
    ],
)
def test_receipt_code__the_first_ten_bytes__are_shown_in_groups_of_four(first, code):
    assert receipt_code(first + bytes(22)) == code
    assert read_receipt(code) == first


@given(st.binary(min_size=32, max_size=32))
def test_read_receipt__a_code_as_typed_on_a_phone__gives_its_ten_bytes(digest):
    code = receipt_code(digest)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_receipt(code) == digest[:10]
    assert read_receipt(f" {typed}.\n") == digest[:10]
    assert read_receipt(code.replace("-", "").replace("1", "I")) == digest[:10]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "this has 0"),
        ("7KQ2-M9XA-P4TD-WZ3", "this has 15"),
        ("7KQ2-M9XA-P4TD-WZ3CC", "this has 17"),
        ("7KQ2-M9XA-P4TD-WZ3U", "Character 16"),
        ("7KQ2-M9XA-P4TD-WZ3٣", "Character 16"),
        ("*KQ2-M9XA-P4TD-WZ3C", "Character 1 "),
    ],
)
def test_read_receipt__what_is_no_receipt__says_what_is_wrong(text, fault):
    with pytest.raises(ReceiptError, match=fault) as refusal:
        read_receipt(text)
    assert isinstance(refusal.value, ValueError)
    assert isinstance(refusal.value, ChainError)
