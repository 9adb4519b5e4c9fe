from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.africastalking import Delivery, read_delivery, read_sms
from gateway.errors import MalformedMessage

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
ID = "ec9adc86-51d5-4bc8-8eb0-d8ab0bb53dc3"
REFERENCE = "ATXid_0123456789abcdef0123456789abcdef"
SMS = {
    "linkId": "03090445075804249226",
    "text": "DAI 104276",
    "to": "21512",
    "id": ID,
    "date": "2026-11-25 01:02:00",
    "from": "+67570000001",
    "networkCode": "53701",
    "cost": "None",
}
DELIVERY = {"id": REFERENCE, "status": "Failed", "failureReason": "UserInBlackList"}


def sms(**changed):
    return read_sms((SMS | changed).items(), NOW)


def test_read_sms__all_fields__make_an_envelope():
    envelope = sms()
    assert (envelope.channel, envelope.key) == ("africastalking-sms", ID)
    assert (envelope.sender, envelope.to) == ("+67570000001", "21512")
    assert (envelope.text, envelope.received_at) == ("DAI 104276", NOW)
    assert envelope.claimed_at == "2026-11-25 01:02:00"


def test_read_sms__needed_fields_alone_and_empty_text__are_a_message():
    needed = {name: SMS[name] for name in ("id", "from")} | {"text": ""}
    envelope = read_sms(needed.items(), NOW)
    assert (envelope.text, envelope.to, envelope.claimed_at) == ("", None, None)


@pytest.mark.parametrize("date", ["2026-11-25T01:02:00Z", "2026-11-25 01:02:00.123+10:00"])
def test_read_sms__date_of_another_form__is_the_claim_as_it_was_written(date):
    assert sms(date=date).claimed_at == date


@pytest.mark.parametrize("date", ["", "yesterday", "1" * 41])
def test_read_sms__date_of_no_form__loses_no_message(date):
    assert sms(date=date).claimed_at is None


def test_read_sms__field_twice__is_read_once():
    envelope = read_sms([*SMS.items(), ("text", "STOP"), ("from", "+67570000002")], NOW)
    assert (envelope.text, envelope.sender) == ("DAI 104276", "+67570000001")


@pytest.mark.parametrize("field", ["id", "from", "text"])
def test_read_sms__field_missing__is_named(field):
    with pytest.raises(MalformedMessage, match=field) as caught:
        read_sms([pair for pair in SMS.items() if pair[0] != field], NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("67570000001", "+67570000001"),
        ("21512", "21512"),
        ("1801332", "1801332"),
        ("BILUM", "BILUM"),
    ],
)
def test_read_sms__sender_without_a_plus_or_that_is_a_name__is_read(written, sender):
    assert sms(**{"from": written}).sender == sender


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", ""),
        ("from", "70000001"),
        ("from", "+0570000001"),
        ("from", "+6757000000123456"),
        ("from", "+67570000001\n"),
        ("id", ""),
        ("id", "a b"),
        ("id", "a" * 65),
    ],
)
def test_read_sms__field_of_another_shape__is_named_and_not_shown(field, value):
    with pytest.raises(MalformedMessage) as caught:
        sms(**{field: value})
    assert caught.value.field == field
    assert not value.strip() or value not in str(caught.value)


def test_read_delivery__failure__is_plain_values():
    assert read_delivery(DELIVERY.items()) == Delivery(REFERENCE, "Failed", "UserInBlackList")


@pytest.mark.parametrize("reason", [{}, {"failureReason": ""}])
def test_read_delivery__no_reason__is_none(reason):
    form = {"id": REFERENCE, "status": "Success", "phoneNumber": "+67570000001"} | reason
    assert read_delivery(form.items()) == Delivery(REFERENCE, "Success", None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"id": "+67570000001"}, "id"), ({"status": "Sent!"}, "status"), ({"status": ""}, "status")],
)
def test_read_delivery__malformed__names_the_field(changed, field):
    with pytest.raises(MalformedMessage) as caught:
        read_delivery((DELIVERY | changed).items())
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["id", "status"])
def test_read_delivery__field_missing__is_named(field):
    with pytest.raises(MalformedMessage, match=f"{field} is missing"):
        read_delivery([pair for pair in DELIVERY.items() if pair[0] != field])


forms = st.lists(st.tuples(st.sampled_from([*SMS, "status"]), st.text(max_size=20)), max_size=8)


@given(forms)
def test_read__arbitrary_forms__are_read_or_refused(form):
    for read in (lambda: read_sms(form, NOW).key, lambda: read_delivery(form).reference):
        with suppress(MalformedMessage):
            assert read() == dict(reversed(form))["id"]
