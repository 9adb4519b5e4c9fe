from __future__ import annotations

import gzip
import json
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
from sms.settings import SmsSettings
from tests.fakes.carriers import Clock
from tests.sms.carriers.twilio_server import DROP, HANG, SID, Answer, refusal, twilio_server

ACCOUNT = "AC" + "0" * 32
SERVICE = "MG" + "0" * 32
ATTEMPT = UUID("00000000-0000-4000-8000-000000000007")
RESOURCE = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
FAILED, UNCERTAIN, SENT = AttemptState.FAILED, AttemptState.UNCERTAIN, AttemptState.SENT


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    with twilio_server() as running:
        yield running


@pytest.fixture
def settings(server):
    return SmsSettings(
        carrier="twilio",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token="secret",
        twilio_from="+67570000099",
        twilio_base_url=server.url,
        public_url="https://bilum.example",
        read_timeout=0.3,
    )


@pytest.fixture
def message(clock):
    return Outgoing(
        UUID(int=1), "+67570000001", "Pik i orait: é & €?", 0, clock() + timedelta(hours=1)
    )


@pytest.fixture
def send(settings, clock, message):
    def send_once(lasts=None, **changes):
        carrier = TwilioCarrier(replace(settings, **changes), clock)
        expires_at = message.expires_at if lasts is None else clock() + timedelta(seconds=lasts)
        outcome = carrier.send(replace(message, expires_at=expires_at), ATTEMPT)
        carrier.close()
        return outcome

    return send_once


@pytest.mark.sockets
def test_send__accepted__is_sent_with_the_sid(server, send, message):
    assert send() == Outcome(SENT, reference=SID)
    (form,) = server.forms
    assert (form["To"], form["Body"], form["From"]) == (message.to, message.body, "+67570000099")
    assert form["ValidityPeriod"] == "3600"
    assert server.paths == [RESOURCE.replace("{AccountSid}", ACCOUNT)]
    assert server.credentials == [f"Basic {ACCOUNT}:secret"]


@pytest.mark.sockets
def test_send__status_callback__carries_the_attempt(server, send):
    send()
    callback = urlsplit(server.forms[0]["StatusCallback"])
    assert (callback.netloc, callback.path) == ("bilum.example", "/gateway/twilio/status")
    assert parse_qs(callback.query) == {"attempt": [str(ATTEMPT)]}


@pytest.mark.sockets
def test_send__messaging_service__goes_before_the_number(server, send):
    send(twilio_messaging_service_sid=SERVICE, public_url=None)
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
        (refusal(400, 21606), FailureClass.CHANNEL_DOWN, "21606"),
        (refusal(400, 21617), FailureClass.NEVER, "21617"),
        (refusal(400, 21612), FailureClass.ROUTE, "21612"),
        (refusal(400, 21611), FailureClass.TRANSIENT, "21611"),
        (refusal(429, 20429), FailureClass.TRANSIENT, "20429"),
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
    server.answers = [answer]
    assert send() == Outcome(FAILED, failure=failure, code=code)
    assert len(server.forms) == 1


@pytest.mark.sockets
def test_send__too_many_requests__keeps_retry_after(server, send):
    server.answers = [refusal(429, 20429, Retry_After="17")]
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
        (Answer(body=HANG), "sms.answer_lost"),
        (Answer(body=DROP), "sms.answer_lost"),
    ],
)
def test_send__may_have_been_accepted__is_uncertain_and_sent_once(server, send, answer, code):
    server.answers = [answer]
    assert send() == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code=code)
    assert len(server.forms) == 1


@pytest.mark.sockets
def test_send__nobody_listens__is_transient(send):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = send(twilio_base_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert outcome == Outcome(
        FAILED, failure=FailureClass.TRANSIENT, code="sms.carrier_unreachable"
    )


@pytest.mark.sockets
def test_send__certificate_of_a_stranger__is_transient_and_sends_nothing(server, send, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "stranger.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    outcome = send(twilio_base_url=server.url.replace("http:", "https:"))
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
    server.answers = [refusal(400, 21211)]
    with caplog.at_level(logging.DEBUG):
        outcome = send()
        send()
    for hidden in (message.to, message.to[1:], "orait", "secret"):
        assert hidden not in caplog.text + repr(outcome) + repr(message)


@pytest.mark.sockets
@pytest.mark.shared_data
@pytest.mark.parametrize("service", [None, SERVICE])
def test_send__request__obeys_twilios_openapi(server, send, shared_data, service):
    with gzip.open(shared_data / "twilio_api_v2010.json.gz") as file:
        document = json.load(file)
    send(twilio_messaging_service_sid=service)
    body = document["paths"][RESOURCE]["post"]["requestBody"]["content"]
    schema = body["application/x-www-form-urlencoded"]["schema"]
    form = server.forms[0]
    assert set(schema["required"]) <= form.keys() <= schema["properties"].keys()
    for name, value in form.items():
        assert obeys(value, schema["properties"][name]), name


def obeys(value, schema):
    by_format = {
        "phone-number": lambda text: re.fullmatch(r"\+[1-9][0-9]{6,14}", text),
        "uri": lambda text: urlsplit(text).scheme == "https" and urlsplit(text).netloc,
    }
    checks = [
        schema["type"] in {"string", "integer"},
        schema["type"] != "integer" or re.fullmatch("[0-9]+", value),
        re.search(schema.get("pattern", ""), value),
        len(value) >= schema.get("minLength", 0),
        by_format.get(schema.get("format"), lambda _text: True)(value),
    ]
    return all(checks)


@pytest.mark.shared_data
def test_report_from_status__each_status_of_twilios_openapi__is_known(shared_data):
    with gzip.open(shared_data / "twilio_api_v2010.json.gz") as file:
        statuses = json.load(file)["components"]["schemas"]["message_enum_status"]["enum"]
    for status in set(statuses) - {"receiving", "received"}:
        assert report_from_status(SID, status, None, ATTEMPT).channel == "twilio"


@pytest.mark.parametrize(
    ("status", "error", "state", "failure"),
    [
        ("queued", None, SENT, None),
        ("sent", "", SENT, None),
        ("delivered", None, AttemptState.DELIVERED, None),
        ("undelivered", "30003", AttemptState.UNDELIVERED, FailureClass.UNREACHABLE),
        ("undelivered", "30005", AttemptState.UNDELIVERED, FailureClass.DEAD_NUMBER),
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
