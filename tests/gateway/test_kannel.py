from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote_plus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.kannel import read_mo, read_report
from gateway.errors import MalformedMessage

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
ID = "4549ced3-00d5-46b2-923a-1072292e6f50"
MO = {
    "secret": "x",
    "from": "+67570000001",
    "to": "16345",
    "id": ID,
    "ts": "2026-11-25 01:02:00",
    "charset": "UTF-8",
    "coding": "0",
    "text": "DAI  104276",
}


def query(fields=None, **changed):
    pairs = ((fields or MO) | {name.rstrip("_"): value for name, value in changed.items()}).items()
    return "&".join(f"{name}={quote_plus(value)}" for name, value in pairs if value is not None)


def mo(body=None, **changed):
    return read_mo(query(**changed).encode(), body, NOW)


def test_read_mo__as_kannel_writes_it__is_an_envelope():
    # As Kannel 1.4.5 sent it, short of its length.
    raw = (
        b"secret=a%20b&text=REG++598000000000017+%C3%A9+%E2%82%AC&from=67570000001&to=16345"
        b"&id=4549ced3-00d5-46b2-923a-1072292e6f50&ts=2026-11-25+10:20:24&charset=UTF-8&coding=0"
    )
    envelope = read_mo(raw, None, NOW)
    assert (envelope.channel, envelope.key) == ("kannel-sms", ID)
    assert (envelope.sender, envelope.to) == ("+67570000001", "16345")
    assert envelope.text == "REG  598000000000017 é €"
    assert (envelope.claimed_at, envelope.received_at) == ("2026-11-25 10:20:24", NOW)


def test_read_mo__the_same_again__has_the_same_digests():
    again = mo(id=ID.upper())
    assert (again.key_digest, again.content_digest) == (mo().key_digest, mo().content_digest)


@pytest.mark.parametrize(
    ("sent", "charset", "coding"),
    [
        ("Ŋ \u2018pik\u2019 🐖".encode("utf-16-be"), "UTF-16BE", "2"),
        ("Ŋ \u2018pik\u2019 🐖".encode("utf-16-be"), None, "2"),
        ("Ŋ \u2018pik\u2019 🐖".encode(), "UTF-8", "0"),
        ("Ŋ \u2018pik\u2019 🐖".encode(), None, "0"),
        ("Ŋ \u2018pik\u2019 🐖".encode(), "8-BIT", "1"),
        ("Ŋ \u2018pik\u2019 🐖".encode(), None, None),
    ],
)
@pytest.mark.parametrize("posted", [True, False])
def test_read_mo__text_in_any_of_its_encodings__is_decoded(sent, charset, coding, posted):
    fields = query(charset=charset, coding=coding, text=None).encode()
    if posted:
        envelope = read_mo(fields, sent, NOW)
    else:
        envelope = read_mo(fields + b"&text=" + quote_plus(sent).encode(), None, NOW)
    assert envelope.text == "Ŋ \u2018pik\u2019 🐖"


@pytest.mark.parametrize(
    ("charset", "sent"),
    [("ISO-8859-1", b"\xe9"), ("windows-1252", b"\xe9"), ("utf-16be", b"\0\xe9")],
)
def test_read_mo__older_charsets__are_decoded(charset, sent):
    assert mo(sent, charset=charset, text=None).text == "é"


def test_read_mo__half_a_character__is_a_message_all_the_same():
    assert mo(b"DAI \xd8\x3d", charset="UTF-8", text=None).text == "DAI \ufffd="
    assert mo(b"\0D\0A\0I\0", charset="UTF-16BE", text=None).text.startswith("DAI")


@pytest.mark.parametrize(("text", "body"), [("", None), (None, b"")])
def test_read_mo__empty_text__is_a_message(text, body):
    assert mo(body, text=text).text == ""


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+67570000001", "+67570000001"),
        ("67570000001", "+67570000001"),
        ("0067570000001", "+67570000001"),
        ("+675 7000 0001", "+67570000001"),
        ("+6771234", "+6771234"),
        ("61412345678", "+61412345678"),
    ],
)
def test_read_mo__sender_in_any_international_form__is_e164(written, number):
    assert mo(from_=written).sender == number


@pytest.mark.parametrize(
    "name", ["Digicel", "16345", "123", "MRDC-PNG", "+675abc70001", "٦٧٥٧٠٠٠٠٠٠١", "1801332"]
)
def test_read_mo__sender_is_a_name_or_a_service__is_kept_as_given(name):
    assert mo(from_=name).sender == name


@pytest.mark.parametrize("number", ["70000001", "070000001", "0412345678", "6757000000123456"])
def test_read_mo__sender_without_a_country_code__asks_for_a_unified_prefix(number):
    with pytest.raises(MalformedMessage, match="unified-prefix") as caught:
        mo(from_=number)
    assert number not in caught.value.detail


@pytest.mark.parametrize("field", ["from", "id", "text"])
def test_read_mo__parameter_missing__is_named(field):
    with pytest.raises(MalformedMessage, match=field) as caught:
        mo(**{field: None})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", "1"), ("id", f"{ID}0"), ("charset", "rot13"), ("charset", "UTF-7"), ("from", "")],
)
def test_read_mo__parameter_of_another_shape__is_named(field, value):
    with pytest.raises(MalformedMessage) as caught:
        mo(**{field: value})
    assert caught.value.field == field


@given(st.binary(), st.none() | st.binary())
def test_read_mo__arbitrary_request__is_malformed_and_nothing_else(raw, body):
    with pytest.raises(MalformedMessage):
        read_mo(raw, body, NOW)


@given(st.binary(), st.sampled_from(["UTF-8", "UTF-16BE", "8-BIT", "ISO-8859-1", "windows-1252"]))
def test_read_mo__arbitrary_text__is_a_message(body, charset):
    assert mo(body, charset=charset, text=None).key == ID


REPORT = {"attempt": ID, "state": "2", "answer": "stat:UNDELIV err:027 text:é"}


def test_read_report__all_parameters__are_plain_values():
    told = read_report(query(REPORT).encode())
    assert told == (2, "stat:UNDELIV err:027 text:é", UUID(ID))


@pytest.mark.parametrize("attempt", [None, ""])
def test_read_report__no_attempt_and_no_answer__are_nothing(attempt):
    assert read_report(query(REPORT, attempt=attempt, answer=None).encode()) == (2, "", None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", None), ("state", ""), ("state", "%d"), ("state", "-1"), ("attempt", "1")],
)
def test_read_report__malformed__names_the_parameter(field, value):
    with pytest.raises(MalformedMessage) as caught:
        read_report(query(REPORT, **{field: value}).encode())
    assert caught.value.field == field
