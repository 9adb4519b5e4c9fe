from __future__ import annotations

import logging
import re
import socket
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.carriers.africastalking import AfricasTalkingCarrier, report_from_delivery
from sms.errors import ReportError
from sms.message import (
    AttemptState,
    DeliveryReport,
    FailureClass,
    Outcome,
    Outgoing,
    UncertainAttempt,
)
from sms.settings import AfricasTalkingSettings, SmsSettings
from tests.fakes.africastalking_server import (
    API_KEY,
    DROP,
    HANG,
    REFERENCE,
    USERNAME,
    Answer,
    africastalking_server,
    messages,
    refusal,
    taken,
)
from tests.fakes.carriers import Clock

ATTEMPT = UUID("00000000-0000-4000-8000-000000000007")
FAILED, UNCERTAIN, SENT = AttemptState.FAILED, AttemptState.UNCERTAIN, AttemptState.SENT
UNDELIVERED = AttemptState.UNDELIVERED


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    with africastalking_server() as running:
        yield running


@pytest.fixture
def message(clock):
    now = clock()
    body = "Pik i orait: é & €?"
    return Outgoing(UUID(int=1), "+67570000001", body, 0, now + timedelta(hours=1), now)


@pytest.fixture
def send(server, clock, message):
    def send_once(**changes):
        account = AfricasTalkingSettings(USERNAME, API_KEY, "21512", server.url)
        settings = SmsSettings(africastalking=replace(account, **changes), read_timeout=1)
        carrier = AfricasTalkingCarrier(settings, clock)
        outcome = carrier.send(message, ATTEMPT)
        carrier.close()
        return outcome

    return send_once


@pytest.mark.sockets
@pytest.mark.parametrize("code", [100, 101, 102])
def test_send__accepted__is_sent_with_their_id(server, send, message, code):
    server.answers = [Answer(201, taken(code))]
    assert send() == Outcome(SENT, reference=REFERENCE)
    assert server.paths == ["/version1/messaging"]
    assert server.forms == [
        {
            "username": USERNAME,
            "to": message.to,
            "message": message.body,
            "from": "21512",
            "bulkSMSMode": "1",
        }
    ]
    assert server.headers[0]["Accept"] == "application/json"


@pytest.mark.sockets
def test_send__without_a_sender__leaves_it_to_them(server, send):
    assert send(sender=None).state is SENT
    assert "from" not in server.forms[0]


@pytest.mark.sockets
def test_send__another_key__closes_the_channel(server, send):
    assert send(api_key="another") == Outcome(
        FAILED, failure=FailureClass.CHANNEL_DOWN, code="http-401"
    )
    assert server.headers[0]["apiKey"] == "another"


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (refusal(401, "RiskHold"), FailureClass.NEVER, "401"),
        (refusal(402, "InvalidSenderId"), FailureClass.CHANNEL_DOWN, "402"),
        (refusal(403, "InvalidPhoneNumber"), FailureClass.DEAD_NUMBER, "403"),
        (refusal(404, "UnsupportedNumberType"), FailureClass.DEAD_NUMBER, "404"),
        (refusal(405, "InsufficientBalance"), FailureClass.CHANNEL_DOWN, "405"),
        (refusal(406, "UserInBlacklist"), FailureClass.OPTED_OUT, "406"),
        (refusal(407, "CouldNotRoute"), FailureClass.ROUTE, "407"),
        (refusal(409, "DoNotDisturbRejection"), FailureClass.OPTED_OUT, "409"),
        (refusal(409, "DoNotDisturbRejection", 409), FailureClass.OPTED_OUT, "409"),
        (refusal(502, "RejectedByGateway"), FailureClass.ROUTE, "502"),
        (Answer(201, messages("InvalidSenderId")), FailureClass.CHANNEL_DOWN, "402"),
        (Answer(201, messages("insufficientbalance")), FailureClass.CHANNEL_DOWN, "405"),
        (Answer(400, b"Request is missing required form field 'to'"), FailureClass.NEVER,
         "http-400"),
        (Answer(404, b"<html>"), FailureClass.CHANNEL_DOWN, "http-404"),
        (Answer(302, b"", {"Location": "/elsewhere"}), FailureClass.CHANNEL_DOWN, "http-302"),
    ],
)  # fmt: skip
def test_send__refused__is_failed_with_its_class(server, send, answer, failure, code):
    server.answers = [answer]
    assert send() == Outcome(FAILED, failure=failure, code=code)
    assert len(server.forms) == 1


@pytest.mark.sockets
def test_send__too_many_requests__is_transient_and_keeps_retry_after(server, send):
    server.answers = [Answer(429, b"", {"Retry-After": "17"})]
    assert send() == Outcome(
        FAILED, failure=FailureClass.TRANSIENT, code="http-429", retry_after=17.0
    )


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(500, "InternalServerError"), "500"),
        (refusal(501, "GatewayError"), "501"),
        (Answer(503, b"<html>"), "http-503"),
        (refusal(403, "InvalidPhoneNumber", 500), "http-500"),
        (refusal(499, "Unheard"), "unreadable"),
        (Answer(201, b"<html>captive portal"), "unreadable"),
        (Answer(201, b""), "unreadable"),
        (Answer(201, b"[" * 100_000), "unreadable"),
        (Answer(201, [1]), "unreadable"),
        (Answer(201, {"SMSMessageData": 1}), "unreadable"),
        (Answer(201, {"SMSMessageData": {"Recipients": 1}}), "unreadable"),
        (Answer(201, messages("Sent", "x")), "unreadable"),
        (Answer(201, messages("Sent to +67570000001")), "unreadable"),
        (Answer(body=HANG), "sms.answer_lost"),
        (Answer(body=DROP), "sms.answer_lost"),
    ],
)
def test_send__may_have_been_accepted__is_uncertain_and_sent_once(server, send, answer, code):
    server.answers = [answer]
    assert send() == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code=code)
    assert len(server.forms) == 1


@pytest.mark.sockets
@pytest.mark.parametrize("given_id", ["None", "", None, "+67570000001", "a b", 5 * REFERENCE])
def test_send__accepted_without_an_id__is_sent_without_reference(server, send, given_id):
    body = taken()
    body["SMSMessageData"]["Recipients"][0]["messageId"] = given_id
    server.answers = [Answer(201, body)]
    assert send() == Outcome(SENT)


@pytest.mark.sockets
def test_send__nobody_listens__is_transient(send):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = send(url=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert outcome == Outcome(
        FAILED, failure=FailureClass.TRANSIENT, code="sms.carrier_unreachable"
    )


@pytest.mark.sockets
def test_send__logs_at_debug__hold_no_number_text_or_secret(server, send, message, caplog):
    server.answers = [refusal(403, "InvalidPhoneNumber")]
    with caplog.at_level(logging.DEBUG):
        outcomes = [send(), send()]
    for hidden in (message.to, message.to[1:], "orait", API_KEY):
        assert hidden not in caplog.text + repr(outcomes) + repr(message)


def test_look_up__any_doubt__stays_one(clock):
    carrier = AfricasTalkingCarrier(SmsSettings(), clock)
    found = carrier.look_up(UncertainAttempt(ATTEMPT, "+67570000001", "Pik i orait.", clock()))
    assert found == Outcome(UNCERTAIN, failure=FailureClass.UNKNOWN, code="no_look_up")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Sent", SENT),
        ("Submitted", SENT),
        ("Buffered", SENT),
        ("Success", AttemptState.DELIVERED),
    ],
)
def test_report_from_delivery__on_its_way_or_there__has_no_failure(status, state):
    report = report_from_delivery(REFERENCE, status, "DeliveryFailure")
    assert report == DeliveryReport("africastalking", None, REFERENCE, state)


@pytest.mark.parametrize(
    ("status", "reason", "state", "failure", "code"),
    [
        ("Rejected", None, FAILED, FailureClass.NEVER, "Rejected"),
        ("Rejected", "CouldNotRoute", FAILED, FailureClass.ROUTE, "CouldNotRoute"),
        ("Rejected", "InsufficientBalance", FAILED, FailureClass.CHANNEL_DOWN,
         "InsufficientBalance"),
        ("Rejected", "GatewayError", FAILED, FailureClass.NEVER, "GatewayError"),
        ("Failed", "", UNDELIVERED, FailureClass.NEVER, "Failed"),
        ("Failed", "DeliveryFailure", UNDELIVERED, FailureClass.NEVER, "DeliveryFailure"),
        ("Failed", "Unheard", UNDELIVERED, FailureClass.NEVER, "Unheard"),
        ("Failed", "+67570000001", UNDELIVERED, FailureClass.NEVER, "Failed"),
        ("Failed", "InsufficientCredit", UNDELIVERED, FailureClass.NEVER, "InsufficientCredit"),
        ("Failed", "InvalidLinkId", UNDELIVERED, FailureClass.NEVER, "InvalidLinkId"),
        ("Failed", "UserNotSubscribedToProduct", UNDELIVERED, FailureClass.NEVER,
         "UserNotSubscribedToProduct"),
        ("Failed", "UserInBlackList", UNDELIVERED, FailureClass.OPTED_OUT, "UserInBlackList"),
        ("Failed", "UserInBlacklist", UNDELIVERED, FailureClass.OPTED_OUT, "UserInBlacklist"),
        ("Failed", "UserDoNotDisturb", UNDELIVERED, FailureClass.OPTED_OUT, "UserDoNotDisturb"),
        ("Failed", "DoNotDisturbRejection", UNDELIVERED, FailureClass.OPTED_OUT,
         "DoNotDisturbRejection"),
        ("Failed", "UserDoesNotExist", UNDELIVERED, FailureClass.DOUBTFUL_NUMBER,
         "UserDoesNotExist"),
        ("Failed", "NotNetworkSubscriber", UNDELIVERED, FailureClass.ROUTE, "NotNetworkSubscriber"),
        ("Failed", "NotNetworkSubcriber", UNDELIVERED, FailureClass.ROUTE, "NotNetworkSubcriber"),
        ("Failed", "UserIsInactive", UNDELIVERED, FailureClass.UNREACHABLE, "UserIsInactive"),
        ("Failed", "UserAccountSuspended", UNDELIVERED, FailureClass.UNREACHABLE,
         "UserAccountSuspended"),
        ("Failed", "AbsentSubscriber", UNDELIVERED, FailureClass.UNREACHABLE, "AbsentSubscriber"),
        ("AbsentSubscriber", None, UNDELIVERED, FailureClass.UNREACHABLE, "AbsentSubscriber"),
        ("Expired", None, UNDELIVERED, FailureClass.UNREACHABLE, "Expired"),
        ("Expired", "DeliveryFailure", UNDELIVERED, FailureClass.UNREACHABLE, "DeliveryFailure"),
    ],
)  # fmt: skip
def test_report_from_delivery__failure__has_its_state_class_and_word(
    status, reason, state, failure, code
):
    report = report_from_delivery(REFERENCE, status, reason)
    assert report == DeliveryReport("africastalking", None, REFERENCE, state, failure, code)


@pytest.mark.parametrize("status", ["", "success", "Delivered", "+67570000001"])
def test_report_from_delivery__undocumented_status__is_an_error_that_hides_it(status):
    with pytest.raises(ReportError) as caught:
        report_from_delivery(REFERENCE, status, None)
    assert not status or status not in caught.value.detail


@given(st.text())
def test_report_from_delivery__any_reason__shows_a_word_at_most(reason):
    assert re.fullmatch("[A-Za-z]{1,40}", report_from_delivery(REFERENCE, "Failed", reason).code)
