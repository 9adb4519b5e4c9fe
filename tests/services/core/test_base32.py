"""Codes that people read from paper and type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.base32 import in_groups, symbols_of, typed_symbols


@given(st.binary(max_size=20))
def test_code__typed_as_it_is_read__is_the_same(octets):
    symbols = symbols_of(octets)
    assert len(symbols) == len(octets)
    assert typed_symbols(in_groups(symbols).lower()) == symbols
    assert not set(symbols) & set("ILOU")


def test_symbols__of_every_byte__are_as_likely_as_each_other():
    symbols = symbols_of(bytes(range(256)))
    assert {symbols.count(one) for one in symbols} == {8}


@pytest.mark.parametrize("typed", ["7kq2-m9xa", " 7KQ2 M9XA\t", "7kq2m9xa", "7-k-q-2-m9xa"])
def test_typed__in_any_case_and_groups__is_meant(typed):
    assert typed_symbols(typed) == "7KQ2M9XA"


def test_typed__letters_that_look_like_digits__are_meant_as_digits():
    assert typed_symbols("oIl0") == "0110"
