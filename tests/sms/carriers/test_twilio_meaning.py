from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.carriers.twilio_meaning import BY_CODE, Listed, read_page
from sms.message import FailureClass
from tests.fakes.twilio_messages import Message

ACCOUNT, SID = "AC" + "0" * 32, "SM" + "0" * 31 + "1"
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
KEPT = Message(ACCOUNT, SID, "+67570000001", "Pik i orait.", AT, status="failed", error_code=30005)
READ = Listed(SID, "Pik i orait.", "outbound-api", AT, "failed", "30005")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(KEPT.resource)), inner),
    max_leaves=8,
)


def page(**changes):
    resource = KEPT.resource | changes
    return json.dumps({"messages": [resource], "next_page_uri": "/2010-04-01/next"})


@pytest.mark.parametrize(
    ("failure", "codes"),
    [
        (FailureClass.OPTED_OUT, "21610"),
        (FailureClass.DEAD_NUMBER, "21211 21214 21614 30005 30006"),
        (FailureClass.CHANNEL_DOWN, "20003 21408 21606 21703 21704 30002"),
        (FailureClass.CHANNEL_DOWN, "20005 21212 21659 21660 21661 21701 21705"),
        (FailureClass.NEVER, "30004 30007 30008 21617"),
        (FailureClass.ROUTE, "21612 30040"),
        (FailureClass.TRANSIENT, "20429 21611 30001 14107 30017 30036"),
        (FailureClass.UNREACHABLE, "30003"),
        (FailureClass.UNKNOWN, "20500"),
    ],
)
def test_by_code__each_code__has_its_class(failure, codes):
    assert {BY_CODE[code] for code in codes.split()} == {failure}


def test_read_page__listing__is_its_messages_and_the_next_path():
    assert read_page(page()) == ([READ], "2010-04-01/next")


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"error_code": None}, "error_code", None),
        ({"body": None}, "body", ""),
        ({"date_created": "Mon, 02 Mar 2026 04:00:00 -0000"}, "created_at", AT),
        ({"date_created": "Mon, 02 Mar 2026 14:00:00 +1000"}, "created_at", AT),
    ],
)
def test_read_page__message__has_what_it_says(changes, field, value):
    ((message,), _) = read_page(page(**changes))
    assert getattr(message, field) == value


@pytest.mark.parametrize(
    "changes",
    [
        {"sid": ["SM1"]},
        {"body": 5},
        {"status": None},
        {"direction": {}},
        {"date_created": None},
        {"date_created": "yesterday"},
        {"date_created": f"Mon, 02 Mar {'9' * 30} 04:00:00 +0000"},
        {"error_code": float("inf")},
        {"error_code": "x"},
    ],
)
def test_read_page__message_that_is_none__is_an_error_without_its_text(changes):
    with pytest.raises(ValueError, match=r"\A[^+]*\Z"):
        read_page(page(**changes))


@pytest.mark.parametrize("text", ["", "[" * 100_000, "[]", "{}", '{"messages": []}', "<html>"])
def test_read_page__no_listing__is_an_error(text):
    with pytest.raises(ValueError, match=r"Twilio's listing|Expecting value"):
        read_page(text)


@given(st.dictionaries(st.sampled_from(list(KEPT.resource)), JSON), JSON)
def test_read_page__anything__is_read_or_a_value_error(changes, following):
    listing = {"messages": [KEPT.resource | changes], "next_page_uri": following}
    try:
        listed, path = read_page(json.dumps(listing))
    except ValueError:
        return
    assert isinstance(listed[0].created_at, datetime)
    assert not path or isinstance(path, str)
