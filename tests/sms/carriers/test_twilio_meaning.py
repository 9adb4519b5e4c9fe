from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.carriers.twilio_meaning import BY_CODE, Listed, read_page
from sms.message import FailureClass
from tests.fakes.twilio_messages import Message

ACCOUNT, SID = "AC" + "0" * 32, "SM" + "0" * 31 + "1"
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
KEPT = Message(ACCOUNT, SID, "+67570000001", "Pik i orait.", AT, status="failed", error_code=30005)
READ = Listed(SID, "Pik i orait.", "outbound-api", AT, "failed", "30005", "", "+67570000001")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(KEPT.resource)), inner),
    max_leaves=8,
)


def page(**changes):
    resource = KEPT.resource | changes
    return json.dumps({"messages": [resource], "next_page_uri": "/2010-04-01/next"})


ERRORS = Path(__file__).parent / "files" / "twilio-errors.tsv"


def test_by_code__twilio_s_own_list__has_each_code_in_its_class():
    lines = ERRORS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {code: failure.value for code, failure in BY_CODE.items()} == {
        code: failure for code, _, failure in rows
    }


@pytest.mark.parametrize("code", ["21408", "21606", "21608", "21612"])
def test_by_code__number_that_an_account_may_not_text__is_the_message_s_fault(code):
    """It closed the channel for everybody, and the same message was the probe for three days."""
    assert BY_CODE[code] is FailureClass.ROUTE


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


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(list(KEPT.resource)), JSON), JSON)
def test_read_page__anything__is_read_or_a_value_error(changes, following):
    listing = {"messages": [KEPT.resource | changes], "next_page_uri": following}
    try:
        listed, path = read_page(json.dumps(listing))
    except ValueError:
        return
    assert isinstance(listed[0].created_at, datetime)
    assert not path or isinstance(path, str)
