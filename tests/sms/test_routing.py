from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.routing import Route, candidates, channels_of

ROUTES = (
    Route("+", ("twilio",)),
    Route("+675", ("kannel", "africastalking", "twilio")),
    Route("+67570", ("kannel", "kannel", "twilio")),
)
HERE, DIGICEL, ABROAD = "+67581000001", "+67570000001", "+61491570006"


@pytest.mark.parametrize(
    ("number", "refused_by", "via", "channels"),
    [
        (ABROAD, (), None, ("twilio",)),
        (HERE, (), None, ("kannel", "africastalking", "twilio")),
        (DIGICEL, (), None, ("kannel", "twilio")),
        (HERE, ("kannel",), None, ("africastalking", "twilio")),
        (HERE, ("kannel", "africastalking", "twilio"), None, ()),
        (ABROAD, ("twilio",), None, ()),
        (HERE, (), "twilio", ("twilio", "kannel", "africastalking")),
        (HERE, (), "kannel", ("kannel", "africastalking", "twilio")),
        (HERE, (), "console", ("kannel", "africastalking", "twilio")),
        (HERE, ("twilio",), "twilio", ("kannel", "africastalking")),
        (DIGICEL, (), "africastalking", ("kannel", "twilio")),
        ("+675", (), None, ("kannel", "africastalking", "twilio")),
    ],
)
def test_candidates__number__takes_the_longest_prefix_alone(number, refused_by, via, channels):
    assert candidates(ROUTES, number, refused_by, via) == channels


@given(st.permutations(ROUTES), st.sampled_from([HERE, DIGICEL, ABROAD]))
def test_candidates__table_in_any_order__is_the_same(routes, number):
    assert candidates(routes, number) == candidates(ROUTES, number)


def test_candidates__nothing_fits__is_empty():
    assert candidates(ROUTES[1:], ABROAD) == ()
    assert candidates((), ABROAD) == ()


def test_channels_of__table__names_each_once_in_its_order():
    assert channels_of(ROUTES) == ("twilio", "kannel", "africastalking")
    assert channels_of(()) == ()
