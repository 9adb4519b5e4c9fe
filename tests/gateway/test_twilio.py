from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.twilio import (
    EMPTY_TWIML,
    public_address,
    read_sms,
    read_status,
    sign,
    verify,
)
from gateway.errors import BadSignature, ChannelOff, MalformedMessage
from gateway.settings import GatewaySettings

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
SETTINGS = GatewaySettings(twilio_auth_token="12345")

# The example of Twilio's documentation, "Webhooks security", and of its libraries' tests.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
SIGNATURE_WITH_PORT = "kvajT1Ptam85bY51eRf/AJRuM3w="
DUPLICATES = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]
SIGNATURE_OF_DUPLICATES = "IK+Dwps556ElfBT0I3Rgjkr1wJU="

SID = "SM" + "0123456789abcdef" * 2
SMS = [
    ("MessageSid", SID),
    ("From", "+67570000001"),
    ("To", "+67570000009"),
    ("Body", "DAI 104276"),
    ("NumMedia", "0"),
    ("FromCity", ""),
]
ATTEMPT = UUID("9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11")


def test_sign__published_vectors__give_twilios_signatures():
    assert sign(URL, FORM, "12345") == SIGNATURE
    assert sign(URL, DUPLICATES, "12345") == SIGNATURE_OF_DUPLICATES


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (URL, FORM, SIGNATURE),
        (URL, reversed(FORM), SIGNATURE),
        (URL, FORM, SIGNATURE_WITH_PORT),
        (URL.replace(".com", ".com:1234"), FORM, SIGNATURE),
        (URL.replace("https", "http"), FORM, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (URL.replace("https", "http").replace(".com", ".com:1234"), FORM,
         "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (URL, DUPLICATES, SIGNATURE_OF_DUPLICATES),
        (URL, [*DUPLICATES, ("Digits", "1234")], SIGNATURE_OF_DUPLICATES),
    ],
)  # fmt: skip
def test_verify__signed_by_twilio__passes(url, form, signature):
    verify(url, form, signature, SETTINGS)


TAMPERED = {
    "host": (URL.replace("mycompany", "other"), FORM, SIGNATURE),
    "scheme": (URL.replace("https", "http"), FORM, SIGNATURE),
    "path": (URL.replace("myapp", "yourapp"), FORM, SIGNATURE),
    "query": (URL.replace("bar=2", "bar=3"), FORM, SIGNATURE),
    "query order": (URL.replace("foo=1&bar=2", "bar=2&foo=1"), FORM, SIGNATURE),
    "value": (URL, [*FORM[:1], ("Digits", "1235"), *FORM[2:]], SIGNATURE),
    "name": (URL, [*FORM[:1], ("Digit", "1234"), *FORM[2:]], SIGNATURE),
    "field taken away": (URL, FORM[1:], SIGNATURE),
    "field added": (URL, [*FORM, ("Body", "x")], SIGNATURE),
    "empty field added": (URL, [*FORM, ("Body", "")], SIGNATURE),
    "second value": (URL, [*FORM, ("Digits", "9")], SIGNATURE),
    "no fields": (URL, [], SIGNATURE),
    "signature": (URL, FORM, "A" + SIGNATURE[1:]),
    "signature cut": (URL, FORM, SIGNATURE[:-1]),
    "signature empty": (URL, FORM, ""),
    "signature missing": (URL, FORM, None),
    "signature not ASCII": (URL, FORM, "é" * 28),
    "field not text": (URL, [*FORM, ("Body", "\ud800")], SIGNATURE),
    "port not a number": (URL.replace(".com", ".com:x"), FORM, SIGNATURE),
}


@pytest.mark.parametrize(("url", "form", "signature"), TAMPERED.values(), ids=TAMPERED)
def test_verify__any_part_altered__is_refused(url, form, signature):
    with pytest.raises(BadSignature):
        verify(url, form, signature, SETTINGS)


def test_verify__another_token__is_refused():
    with pytest.raises(BadSignature):
        verify(URL, FORM, SIGNATURE, GatewaySettings(twilio_auth_token="12346"))


@pytest.mark.parametrize("token", [None, ""])
def test_verify__no_token__believes_nothing(token):
    empty = sign(URL, FORM, "")
    with pytest.raises(ChannelOff):
        verify(URL, FORM, empty, GatewaySettings(twilio_auth_token=token))


@pytest.mark.parametrize(
    ("requested", "public", "seen"),
    [
        ("http://127.0.0.1:8000/a?b=1%20", None, "http://127.0.0.1:8000/a?b=1%20"),
        ("http://127.0.0.1:8000/a?b=1%20", "https://x.org", "https://x.org/a?b=1%20"),
        ("http://127.0.0.1:8000/a", "https://x.org/bilum/", "https://x.org/bilum/a"),
        ("http://127.0.0.1:8000/a", "https://x.org:8443", "https://x.org:8443/a"),
    ],
)
def test_public_address__behind_a_proxy__is_what_twilio_called(requested, public, seen):
    assert public_address(requested, public) == seen


def test_verify__behind_a_proxy__uses_the_public_address():
    settings = GatewaySettings(public_url="https://mycompany.com", twilio_auth_token="12345")
    verify("http://10.0.0.1:8000/myapp.php?foo=1&bar=2", FORM, SIGNATURE, settings)


def test_verify__empty_value__counts():
    signature = sign(URL, SMS, "12345")
    verify(URL, SMS, signature, SETTINGS)
    with pytest.raises(BadSignature):
        verify(URL, SMS[:-1], signature, SETTINGS)


fields = st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=5)


@given(fields, st.text(max_size=40))
def test_verify__arbitrary_request__is_refused_and_nothing_else(form, signature):
    with pytest.raises(BadSignature):
        verify(URL, form, signature, SETTINGS)


def test_settings__repr__hides_the_token():
    assert "12345" not in repr(SETTINGS)


def test_read_sms__all_fields__make_an_envelope():
    envelope = read_sms(SMS, NOW)
    assert (envelope.channel, envelope.key) == ("twilio-sms", SID)
    assert (envelope.sender, envelope.to) == ("+67570000001", "+67570000009")
    assert (envelope.text, envelope.received_at) == ("DAI 104276", NOW)


def test_read_sms__empty_body_and_no_receiver__is_a_message():
    envelope = read_sms([("MessageSid", SID), ("From", "+67570000001"), ("Body", "")], NOW)
    assert (envelope.text, envelope.to) == ("", None)


@pytest.mark.parametrize("field", ["MessageSid", "From", "Body"])
def test_read_sms__field_missing__is_named(field):
    with pytest.raises(MalformedMessage, match=field) as caught:
        read_sms([pair for pair in SMS if pair[0] != field], NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "sender", ["NAQIA", "1801", "67570000001", "+6757000000123456", "whatsapp:+67570000001"]
)
def test_read_sms__sender_that_is_no_number__is_kept_as_given(sender):
    form = [(name, sender if name == "From" else old) for name, old in SMS]
    assert read_sms(form, NOW).sender == sender


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("From", ""),
        ("From", "+67570000001\n"),
        ("MessageSid", ""),
        ("MessageSid", "SM 1"),
    ],
)
def test_read_sms__field_of_another_shape__is_named_and_not_shown(field, value):
    with pytest.raises(MalformedMessage) as caught:
        read_sms([(name, value if name == field else old) for name, old in SMS], NOW)
    assert caught.value.field == field
    assert not value.strip() or value not in str(caught.value)


def status(**changed: str) -> list[tuple[str, str]]:
    return list({"MessageSid": SID, "MessageStatus": "undelivered", **changed}.items())


def test_read_status__failure_with_attempt__is_plain_values():
    report = read_status(status(ErrorCode="30003"), [("attempt", str(ATTEMPT))])
    assert (report.reference, report.status) == (SID, "undelivered")
    assert (report.error_code, report.attempt) == ("30003", ATTEMPT)


def test_read_status__no_error_and_no_attempt__are_none():
    report = read_status(status(MessageStatus="delivered", ErrorCode=""), [])
    assert (report.status, report.error_code, report.attempt) == ("delivered", None, None)


@pytest.mark.parametrize(
    ("form", "query", "field"),
    [
        ([("MessageStatus", "sent")], [], "MessageSid"),
        ([("MessageSid", SID)], [], "MessageStatus"),
        (status(MessageStatus="Sent!"), [], "MessageStatus"),
        (status(ErrorCode="x"), [], "ErrorCode"),
        (status(), [("attempt", "1")], "attempt"),
    ],
)
def test_read_status__malformed__names_the_field(form, query, field):
    with pytest.raises(MalformedMessage) as caught:
        read_status(form, query)
    assert caught.value.field == field


def test_empty_twiml__is_a_response__that_says_nothing():
    root = ET.fromstring(EMPTY_TWIML)  # noqa: S314 — our own constant
    assert (root.tag, len(root), root.text) == ("Response", 0, None)
