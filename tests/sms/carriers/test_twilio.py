from __future__ import annotations

import logging
import re
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sms.carriers.twilio import TwilioCarrier, report_from_status
from sms.errors import ReportError
from sms.message import AttemptState, FailureClass, Outcome, Outgoing
from sms.settings import SmsSettings, TwilioSettings
from tests.fakes.carriers import Clock
from tests.fakes.twilio_openapi import twilio_openapi
from tests.fakes.twilio_server import (
    ACCOUNT,
    BROKEN_AFTER,
    DROP,
    DROPPED_AFTER,
    HANG,
    SILENT_AFTER,
    THROTTLE,
    TOKEN,
    Answer,
    refusal,
    twilio_server,
)

SID = "SM" + "0" * 31 + "1"
SERVICE = "MG" + "0" * 32
ATTEMPT = UUID("00000000-0000-4000-8000-000000000007")
FAILED, UNCERTAIN, SENT = AttemptState.FAILED, AttemptState.UNCERTAIN, AttemptState.SENT


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(clock):
    with twilio_server(clock) as running:
        yield running


@pytest.fixture
def settings(server):
    return SmsSettings(
        twilio=TwilioSettings(ACCOUNT, TOKEN, sender="+67570000099", url=server.url),
        public_url="https://bilum.example",
        read_timeout=1,
    )


@pytest.fixture
def message(clock):
    return Outgoing(
        id=UUID(int=1),
        to="+67570000001",
        body="Pik i orait: é & €?",
        attempts=0,
        expires_at=clock() + timedelta(hours=1),
        planned_at=clock(),
    )


@pytest.fixture
def send(settings, clock, message):
    def send_once(lasts=3600, body=message.body, public_url=settings.public_url, **changes):
        twilio = replace(settings.twilio, **changes)
        carrier = TwilioCarrier(replace(settings, twilio=twilio, public_url=public_url), clock)
        expires_at = clock() + timedelta(seconds=lasts)
        outcome = carrier.send(replace(message, body=body, expires_at=expires_at), ATTEMPT)
        carrier.close()
        return outcome

    return send_once


@pytest.mark.slow
@pytest.mark.sockets
def test_send__accepted__is_sent_with_the_sid(server, send, message):
    assert send() == Outcome(SENT, reference=SID)
    (form,) = server.forms
    assert (form["To"], form["Body"], form["From"]) == (message.to, message.body, "+67570000099")
    assert (form["ValidityPeriod"], form["SmartEncoded"]) == ("3600", "false")
    (request,) = server.requests
    assert (request.path, request.query) == (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", [])
    (kept,) = server.messages
    assert (kept.sid, kept.to, kept.body) == (SID, message.to, message.body)


@pytest.mark.sockets
def test_send__status_callback__carries_the_attempt(server, send):
    send()
    callback = urlsplit(server.forms[0]["StatusCallback"])
    assert (callback.netloc, callback.path) == ("bilum.example", "/gateway/twilio/status")
    assert parse_qs(callback.query) == {"attempt": [str(ATTEMPT)]}


@pytest.mark.sockets
def test_send__messaging_service__goes_before_the_number(server, send):
    send(messaging_service_sid=SERVICE, public_url=None)
    assert server.forms[0]["MessagingServiceSid"] == SERVICE
    assert not {"From", "StatusCallback"} & server.forms[0].keys()


@pytest.mark.sockets
@pytest.mark.parametrize(("lasts", "validity"), [(-5, "1"), (0.5, "1"), (90, "90"), (1e6, "36000")])
def test_send__validity__stays_in_twilios_range(server, send, lasts, validity):
    send(lasts)
    assert server.forms[0]["ValidityPeriod"] == validity


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (refusal(400, 21610), FailureClass.OPTED_OUT, "21610"),
        (refusal(400, 21211), FailureClass.DEAD_NUMBER, "21211"),
        (refusal(400, 21614), FailureClass.DEAD_NUMBER, "21614"),
        (refusal(401, 20003), FailureClass.CHANNEL_DOWN, "20003"),
        (refusal(400, 21606), FailureClass.ROUTE, "21606"),
        (refusal(400, 21617), FailureClass.NEVER, "21617"),
        (refusal(400, 21612), FailureClass.ROUTE, "21612"),
        (refusal(400, 21611), FailureClass.TRANSIENT, "21611"),
        (THROTTLE, FailureClass.TRANSIENT, "20429"),
        (refusal(400, 99999), FailureClass.NEVER, "99999"),
        (refusal(403, 99999), FailureClass.CHANNEL_DOWN, "99999"),
        (Answer(404, b"<html>"), FailureClass.CHANNEL_DOWN, "http-404"),
        (Answer(429, b""), FailureClass.TRANSIENT, "http-429"),
        (Answer(400, {"code": [1], "message": "x"}), FailureClass.NEVER, "http-400"),
        (Answer(400, None), FailureClass.NEVER, "http-400"),
        (Answer(302, b"", {"Location": "/elsewhere"}), FailureClass.CHANNEL_DOWN, "http-302"),
        (
            Answer(400, {"type": "about:blank", "title": "x", "status": 400, "code": 21610}),
            FailureClass.OPTED_OUT,
            "21610",
        ),
    ],
)
def test_send__refused__is_failed_with_its_class(server, send, answer, failure, code):
    server.script = [answer]
    outcome = send()
    assert replace(outcome, retry_after=None) == Outcome(FAILED, failure=failure, code=code)
    assert (len(server.forms), server.messages) == (1, [])


@pytest.mark.sockets
def test_send__too_many_requests__keeps_retry_after(server, send):
    server.script = [THROTTLE]
    assert send().retry_after == 17.0


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(500, 20500), "20500"),
        (Answer(503, b"<html>"), "http-503"),
        (Answer(201, b"<html>captive portal"), "unreadable"),
        (Answer(201, b""), "unreadable"),
        (Answer(201, [1]), "unreadable"),
        (Answer(201, {"status": "queued"}), "unreadable"),
        (Answer(201, body=HANG), "sms.answer_lost"),
        (Answer(201, body=DROP), "sms.answer_lost"),
    ],
)
def test_send__may_have_been_accepted__is_uncertain_and_sent_once(server, send, answer, code):
    server.script = [answer]
    assert send() == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code=code)
    assert len(server.forms) == 1


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("turn", "code"),
    [
        (SILENT_AFTER, "sms.answer_lost"),
        (DROPPED_AFTER, "sms.answer_lost"),
        (BROKEN_AFTER, "20500"),
        (Answer(503, b"", acts=True), "http-503"),
    ],
)
def test_send__accepted_but_not_told__is_uncertain_and_sent_once(server, send, turn, code):
    server.script = [turn]
    assert send() == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code=code)
    assert len(server.messages) == 1


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("changes", "failure", "code"),
    [
        ({"auth_token": "wrong"}, FailureClass.CHANNEL_DOWN, "20003"),
        ({"account_sid": "AC" + "1" * 32}, FailureClass.CHANNEL_DOWN, "20003"),
        ({"body": "a" * 1601}, FailureClass.NEVER, "21617"),
    ],
)
def test_send__what_the_account_does_not_allow__is_refused(server, send, changes, failure, code):
    assert send(**changes) == Outcome(FAILED, failure=failure, code=code)
    assert server.messages == []


@pytest.mark.sockets
def test_send__nobody_listens__is_transient(send):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = send(url=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert outcome == Outcome(
        FAILED, failure=FailureClass.TRANSIENT, code="sms.carrier_unreachable"
    )


@pytest.mark.sockets
def test_send__certificate_of_a_stranger__is_transient_and_sends_nothing(server, send, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "stranger.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    outcome = send(url=server.url.replace("http:", "https:"))
    assert outcome.failure is FailureClass.TRANSIENT
    assert server.forms == []


def self_signed(path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("stranger")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


@pytest.mark.sockets
def test_send__region_of_the_process__does_not_move_the_address(server, send, monkeypatch):
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    assert send().state is SENT


@pytest.mark.sockets
def test_send__logs_at_debug__hold_no_number_text_or_secret(server, send, message, caplog):
    server.script = [refusal(400, 21211)]
    with caplog.at_level(logging.DEBUG):
        outcome = send()
        send()
    for hidden in (message.to, message.to[1:], "orait", "secret"):
        assert hidden not in caplog.text + repr(outcome) + repr(message)


@pytest.mark.sockets
@pytest.mark.shared_data
@pytest.mark.parametrize("service", [None, SERVICE])
def test_send__request__obeys_twilios_openapi(server, send, service):
    assert send(messaging_service_sid=service).state is SENT
    assert (server.checked, server.faults) == (True, [])


@pytest.mark.shared_data
def test_report_from_status__each_status_of_twilios_openapi__is_known():
    statuses = twilio_openapi().schema("message_enum_status")["enum"]
    for status in set(statuses) - {"receiving", "received"}:
        assert report_from_status(SID, status, None, ATTEMPT).channel == "twilio"


@pytest.mark.parametrize(
    ("status", "error", "state", "failure"),
    [
        ("queued", None, SENT, None),
        ("sent", "", SENT, None),
        ("delivered", None, AttemptState.DELIVERED, None),
        ("undelivered", "30003", AttemptState.UNDELIVERED, FailureClass.UNREACHABLE),
        ("undelivered", "30005", AttemptState.UNDELIVERED, FailureClass.DOUBTFUL_NUMBER),
        ("failed", "30001", FAILED, FailureClass.TRANSIENT),
        ("failed", "39999", FAILED, FailureClass.NEVER),
        ("failed", None, FAILED, FailureClass.NEVER),
    ],
)
def test_report_from_status__callback__has_its_state_and_class(status, error, state, failure):
    report = report_from_status(SID, status, error, str(ATTEMPT))
    assert (report.state, report.failure, report.code) == (state, failure, error or None)
    assert (report.attempt_id, report.reference) == (ATTEMPT, SID)


@pytest.mark.parametrize("status", ["received", "", "DELIVERED", "+67570000001"])
def test_report_from_status__not_a_status_of_a_sent_message__is_an_error(status):
    with pytest.raises(ReportError) as caught:
        report_from_status(SID, status, None, ATTEMPT)
    assert not status or status not in caught.value.detail


@given(st.text(), st.text())
def test_report_from_status__any_code_and_attempt__never_trips(error, attempt):
    report = report_from_status(None, "failed", error, attempt)
    assert report.code is None or re.fullmatch("[0-9]{1,6}", report.code)
    assert report.attempt_id is None or isinstance(report.attempt_id, UUID)
