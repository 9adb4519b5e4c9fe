from __future__ import annotations

import logging
import re
import socket
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.carriers.kannel import KannelCarrier, report_address, report_from_dlr
from sms.errors import ReportError
from sms.message import AttemptState, FailureClass, Outcome, Outgoing, UncertainAttempt
from sms.settings import KannelSettings, SmsSettings
from tests.fakes.carriers import Clock
from tests.fakes.listener import DROP, HANG, Reply, listening
from tests.support.kannel import PASSWORD, USER, running_kannel, wait_until

ATTEMPT = UUID("00000000-0000-4000-8000-000000000007")
SECRET = "100% of /äb&c=d+e%A0 secret"
TO = "+67570000001"
ACCEPTED = Reply(202, b"0: Accepted for delivery")
FAILED, UNCERTAIN, SENT = AttemptState.FAILED, AttemptState.UNCERTAIN, AttemptState.SENT
NEVER, ROUTE, UNREACHABLE = FailureClass.NEVER, FailureClass.ROUTE, FailureClass.UNREACHABLE
DELIVERED, UNDELIVERED = AttemptState.DELIVERED, AttemptState.UNDELIVERED


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def message(clock):
    later = clock() + timedelta(hours=1)
    return Outgoing(UUID(int=1), TO, "Pik i orait: é & €?", 0, later, clock())


@pytest.fixture
def send(clock, message):
    """Sends once through the smsbox at `url`."""

    def send_once(url, settings=None, **changes):
        kannel = settings or KannelSettings(url, USER, PASSWORD, "16345", SECRET)
        ours = SmsSettings(kannel=kannel, public_url="https://bilum.example/pigs", read_timeout=1)
        carrier = KannelCarrier(ours, clock)
        outcome = carrier.send(replace(message, **changes), ATTEMPT)
        carrier.close()
        return outcome

    return send_once


@pytest.fixture
def smsbox():
    with listening(ACCEPTED) as running:
        yield running


@pytest.mark.sockets
def test_send__accepted__went_with_everything_in_headers_and_nothing_in_the_address(smsbox, send):
    assert send(smsbox.url) == Outcome(SENT)
    [asked] = smsbox.asked
    assert (asked.method, asked.path) == ("POST", "/cgi-bin/sendsms")
    assert asked.body.decode() == "Pik i orait: é & €?"
    headers = asked.headers
    assert (headers["X-Kannel-Username"], headers["X-Kannel-Password"]) == (USER, PASSWORD)
    assert (headers["X-Kannel-From"], headers["X-Kannel-To"]) == ("16345", TO)
    assert (headers["X-Kannel-Coding"], headers["X-Kannel-Validity"]) == ("0", "60")
    assert headers["X-Kannel-DLR-Mask"] == "31"
    assert headers["X-Kannel-DLR-Url"].startswith("https://bilum.example/pigs/gateway/kannel/dlr?")


@pytest.mark.sockets
def test_send__no_sender__leaves_it_to_smsbox(smsbox, send):
    send(smsbox.url, KannelSettings(smsbox.url, USER, PASSWORD, None, SECRET))
    assert "X-Kannel-From" not in smsbox.asked[0].headers


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("body", "coding"), [("Moning [{€}]", "0"), ("Moning \u2018pik\u2019", "2"), ("Ŋ 🐖", "2")]
)
def test_send__alphabet__is_told(smsbox, send, body, coding):
    send(smsbox.url, body=body)
    assert smsbox.asked[0].headers["X-Kannel-Coding"] == coding


@pytest.mark.sockets
@pytest.mark.parametrize(("lasts", "minutes"), [(-5, "1"), (59, "1"), (150, "2"), (86_400, "1440")])
def test_send__validity__is_in_whole_minutes_and_never_longer(smsbox, send, clock, lasts, minutes):
    send(smsbox.url, expires_at=clock() + timedelta(seconds=lasts))
    assert smsbox.asked[0].headers["X-Kannel-Validity"] == minutes


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("reply", "failure", "code"),
    [
        (
            Reply(403, b"Authorization failed for sendsms"),
            FailureClass.CHANNEL_DOWN,
            "authorization",
        ),
        (Reply(403, b"Not routable. Do not try again."), FailureClass.ROUTE, "not-routable"),
        (Reply(400, b"Number(s) has/have been denied by white-"), FailureClass.ROUTE, "denied"),
        (Reply(400, b"Sender missing and no global set"), FailureClass.CHANNEL_DOWN, "no-sender"),
        (Reply(400, b"DLR-URL field misformed"), FailureClass.CHANNEL_DOWN, "dlr-url"),
        (Reply(400, b"Charset or body misformed"), FailureClass.NEVER, "http-400"),
        (Reply(404, b"Unknown request."), FailureClass.CHANNEL_DOWN, "http-404"),
        (Reply(503, b"Temporal failure, try again"), FailureClass.TRANSIENT, "temporal-failure"),
    ],
)
def test_send__refused__is_failed_with_its_class(smsbox, send, reply, failure, code):
    smsbox.replies = [reply]
    assert send(smsbox.url) == Outcome(FAILED, failure=failure, code=code)


@pytest.mark.sockets
@pytest.mark.parametrize("answer", ["3: Queued for later delivery", "Sent. Message splits: 2"])
def test_send__taken_for_later__is_sent(smsbox, send, answer):
    smsbox.replies = [Reply(202, answer.encode())]
    assert send(smsbox.url) == Outcome(SENT)


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(500, b"Sending failed."), "http-500"),
        (Reply(503, b"<html>of a proxy"), "http-503"),
        (Reply(200, b"<html>captive portal"), "http-200"),
        (Reply(202, b"<html>"), "http-202"),
        (Reply(body=HANG), "sms.answer_lost"),
        (Reply(body=DROP), "sms.answer_lost"),
    ],
)
def test_send__may_have_been_taken__is_uncertain_and_sent_once(smsbox, send, reply, code):
    smsbox.replies = [reply]
    assert send(smsbox.url) == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code=code)
    assert len(smsbox.asked) == 1


@pytest.mark.sockets
def test_send__nobody_listens__is_transient(send):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = send(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert (outcome.state, outcome.failure) == (FAILED, FailureClass.TRANSIENT)


@pytest.mark.sockets
def test_send__logs_at_debug__hold_no_number_text_or_secret(smsbox, send, message, caplog):
    with caplog.at_level(logging.DEBUG):
        outcome = send(smsbox.url)
    shown = caplog.text + repr(outcome) + repr(KannelSettings(None, USER, PASSWORD, None, SECRET))
    for hidden in (TO[1:], "orait", PASSWORD, SECRET):
        assert hidden not in shown


def test_look_up__any_attempt__cannot_be_told(clock):
    doubt = UncertainAttempt(ATTEMPT, TO, "Moning", clock())
    carrier = KannelCarrier(SmsSettings(), clock)
    assert carrier.look_up(doubt) == Outcome(
        UNCERTAIN, failure=FailureClass.UNKNOWN, code="no_look_up"
    )


def fill(address, state, answer):
    """Fill the escapes in as urltrans_fill_escape_codes of Kannel does."""
    values = {"%": "%", "d": str(state), "A": answer}
    return re.sub("%(.)", lambda found: values[found[1]], address)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=16))
def test_report_address__any_secret__comes_back_as_it_is(secret):
    filled = urlsplit(fill(report_address("https://bilum.example", secret, ATTEMPT), 8, "ACK%2F"))
    told = dict(parse_qsl(filled.query))
    assert told.pop("secret", filled.password) == secret
    assert told == {
        "attempt": str(ATTEMPT),
        "state": "8",
        "answer": "ACK/",
    }


RECEIPT = "id:1 sub:001 dlvrd:000 submit date:2611250102 done date:2611250103 stat:{} err:{} text:M"


@pytest.mark.parametrize(
    ("state", "answer", "told"),
    [
        (1, RECEIPT.format("DELIVRD", "000"), (DELIVERED, None, None)),
        (1, "", (DELIVERED, None, None)),
        (4, RECEIPT.format("ACCEPTD", "000"), (SENT, None, None)),
        (8, "ACK/", (SENT, None, None)),
        (2, "", (UNDELIVERED, NEVER, None)),
        (2, "text:stat", (UNDELIVERED, NEVER, None)),
        (2, RECEIPT.format("UNDELIV", "001"), (UNDELIVERED, NEVER, "UNDELIV-001")),
        (2, RECEIPT.format("UNDELIV", "027"), (UNDELIVERED, UNREACHABLE, "UNDELIV-027")),
        (2, RECEIPT.format("UNDELIV", "6F"), (UNDELIVERED, NEVER, "UNDELIV-6F")),
        (2, RECEIPT.format("EXPIRED", "000"), (UNDELIVERED, UNREACHABLE, "EXPIRED-000")),
        (2, "stat:EXPIRED", (UNDELIVERED, UNREACHABLE, "EXPIRED")),
        (2, RECEIPT.format("REJECTD", "088"), (UNDELIVERED, NEVER, "REJECTD-088")),
        (16, "NACK/0x0000000b/Invalid Destination", (FAILED, ROUTE, "0x0000000b")),
        (16, "NACK/Retries Exceeded", (FAILED, ROUTE, None)),
        (16, "", (FAILED, ROUTE, None)),
    ],
)
def test_report_from_dlr__each_state__has_its_class(state, answer, told):
    report = report_from_dlr(state, answer, ATTEMPT)
    assert (report.channel, report.attempt_id, report.reference) == ("kannel", ATTEMPT, None)
    assert (report.state, report.failure, report.code) == told


@pytest.mark.parametrize("state", [0, 3, 32, 64])
def test_report_from_dlr__undocumented_state__is_an_error(state):
    with pytest.raises(ReportError):
        report_from_dlr(state, "", ATTEMPT)


@given(st.text())
def test_report_from_dlr__any_answer__keeps_codes_alone(answer):
    report = report_from_dlr(2, f"{answer} stat:UNDELIV err:009 text:Moning", None)
    assert re.fullmatch("[A-Z]{1,8}(-[0-9A-Za-z]{1,3})?", report.code)


@pytest.fixture
def kannel(tmp_path):
    with running_kannel(tmp_path) as running:
        yield running


@pytest.fixture
def ours():
    """Where the real Kannel sends its reports."""
    with listening() as running:
        yield running


@pytest.fixture
def send_really(kannel, ours, clock, message):
    def send_once(password=PASSWORD, **changes):
        settings = KannelSettings(kannel.url, USER, password, "777", SECRET)
        carrier = KannelCarrier(SmsSettings(kannel=settings, public_url=ours.url), clock)
        outcome = carrier.send(replace(message, **changes), ATTEMPT)
        carrier.close()
        return outcome

    return send_once


def reports(ours, count):
    wait_until(lambda: len(ours.asked) >= count, f"{count} delivery reports")
    return [dict(parse_qsl(urlsplit(one.path).query)) for one in ours.asked]


@pytest.mark.sockets
@pytest.mark.kannel
@pytest.mark.parametrize("body", ["Pik i orait: é & €? 100% [+]", "Ŋ \u2018pik\u2019 🐖"])
def test_real_kannel__sends__text_arrives_as_it_is_and_reports_come_back(
    kannel, ours, send_really, body
):
    assert send_really(body=body) == Outcome(SENT)
    assert kannel.phones_got() == [(TO, body)]
    told = reports(ours, 2)
    assert {one["state"] for one in told} == {"8", "1"}
    assert {(one["attempt"], one["secret"]) for one in told} == {(str(ATTEMPT), SECRET)}


@pytest.mark.sockets
@pytest.mark.kannel
def test_real_kannel__report_was_not_taken__comes_again(kannel, ours, send_really):
    ours.replies = [Reply(503), Reply(204)]
    send_really()
    told = reports(ours, 4)
    assert sorted(one["state"] for one in told) == ["1", "1", "8", "8"]


@pytest.mark.sockets
@pytest.mark.kannel
def test_real_kannel__operator_is_down__takes_it_for_later(kannel, send_really):
    kannel.disconnect()
    assert send_really() == Outcome(SENT)
    kannel.connect()
    assert kannel.phones_got() == [(TO, "Pik i orait: é & €?")]


@pytest.mark.sockets
@pytest.mark.kannel
@pytest.mark.parametrize(
    ("changes", "failure", "code"),
    [
        ({"password": "another"}, FailureClass.CHANNEL_DOWN, "authorization"),
        ({"to": "abc"}, FailureClass.ROUTE, "denied"),
    ],
)
def test_real_kannel__refuses__in_the_words_that_are_known(send_really, changes, failure, code):
    assert send_really(**changes) == Outcome(FAILED, failure=failure, code=code)
