from __future__ import annotations

import logging
import socket
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from sms.carriers.twilio import TwilioCarrier
from sms.errors import CarrierError
from sms.message import ABSENT, AttemptState, FailureClass, Outcome, Outgoing, UncertainAttempt
from sms.settings import SmsSettings, TwilioSettings
from tests.fakes.carriers import Clock
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

TO, BODY = "+67570000001", "Pik i orait: é & €?"
ATTEMPT = UUID(int=7)
GONE = Outcome(AttemptState.FAILED, code=ABSENT)

pytestmark = pytest.mark.sockets


def unknown(code, retry_after=None):
    return Outcome(AttemptState.UNCERTAIN, None, FailureClass.UNKNOWN, code, retry_after)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(clock):
    with twilio_server(clock) as running:
        yield running


@pytest.fixture
def carrier(server, clock):
    twilio = TwilioSettings(ACCOUNT, TOKEN, sender="+67570000099", url=server.url)
    carrier = TwilioCarrier(SmsSettings(twilio=twilio, read_timeout=1), clock)
    yield carrier
    carrier.close()


@pytest.fixture
def doubt(clock):
    return UncertainAttempt(ATTEMPT, TO, BODY, clock())


@pytest.fixture
def keep(server, clock):
    def keep_one(ago=0.0, body=BODY, to=TO, **details):
        created = clock() - timedelta(seconds=ago)
        return server.account.keep(to, body, created_at=created, **details)

    return keep_one


@pytest.mark.parametrize("turn", [SILENT_AFTER, DROPPED_AFTER, BROKEN_AFTER])
def test_look_up__accepted_but_not_told__finds_it(server, carrier, doubt, clock, turn):
    server.script = [turn]
    message = Outgoing(UUID(int=1), TO, BODY, 0, clock() + timedelta(hours=1), clock())
    assert carrier.send(message, ATTEMPT).state is AttemptState.UNCERTAIN
    clock.advance(timedelta(minutes=1))
    (kept,) = server.messages
    assert carrier.look_up(doubt) == Outcome(AttemptState.SENT, reference=kept.sid)
    assert len(server.forms) == 1


@pytest.mark.parametrize("turn", [Answer(body=HANG), Answer(body=DROP), Answer(503, b"")])
def test_look_up__never_arrived__is_absent(server, carrier, doubt, clock, turn):
    server.script = [turn]
    message = Outgoing(UUID(int=1), TO, BODY, 0, clock() + timedelta(hours=1), clock())
    assert carrier.send(message, ATTEMPT).state is AttemptState.UNCERTAIN
    assert carrier.look_up(doubt) == GONE


def test_look_up__still_queued__is_found_although_it_has_no_date(carrier, doubt, keep):
    kept = keep(status="queued", sent_at=None)
    assert carrier.look_up(doubt).reference == kept.sid


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (("accepted", None), (AttemptState.SENT, None)),
        (("sent", None), (AttemptState.SENT, None)),
        (("delivered", None), (AttemptState.DELIVERED, None)),
        (("undelivered", 30003), (AttemptState.UNDELIVERED, FailureClass.UNREACHABLE)),
        (("undelivered", 30005), (AttemptState.UNDELIVERED, FailureClass.DOUBTFUL_NUMBER)),
        (("failed", 30001), (AttemptState.FAILED, FailureClass.TRANSIENT)),
        (("failed", 39999), (AttemptState.FAILED, FailureClass.NEVER)),
        (("canceled", None), (AttemptState.FAILED, FailureClass.NEVER)),
    ],
)
def test_look_up__found__has_the_state_of_its_status(carrier, doubt, keep, told, outcome):
    (status, code), (state, failure) = told, outcome
    kept = keep(status=status, error_code=code)
    assert carrier.look_up(doubt) == Outcome(state, kept.sid, failure, code and str(code))


def test_look_up__same_text_of_another_attempt__is_not_taken_for_it(carrier, doubt, keep):
    other = keep()
    known = replace(doubt, taken=frozenset({other.sid}))
    assert carrier.look_up(known) == GONE
    its_own = keep(ago=-1)
    assert carrier.look_up(known).reference == its_own.sid


def test_look_up__several_fit__is_the_oldest(carrier, doubt, keep):
    oldest, middle, newest = keep(ago=2), keep(ago=1), keep(ago=0)
    assert carrier.look_up(doubt).reference == oldest.sid
    taken = frozenset({oldest.sid, newest.sid})
    assert carrier.look_up(replace(doubt, taken=taken)).reference == middle.sid


@pytest.mark.parametrize(
    ("ago", "found"), [(60, True), (3_600, True), (54_000, True), (54_001, False), (86_400, False)]
)
def test_look_up__made_before_the_attempt__counts_within_any_time_zone_of_clock_error(
    carrier, doubt, keep, ago, found
):
    kept = keep(ago=ago)
    assert carrier.look_up(doubt).reference == (kept.sid if found else None)


@pytest.mark.parametrize(
    "details",
    [
        {"body": "Pik i sik."},
        {"to": "+67570000002"},
        {"direction": "outbound-reply"},
        {"direction": "inbound", "status": "received"},
    ],
)
def test_look_up__another_message__is_not_it(carrier, doubt, keep, details):
    keep(**details)
    assert carrier.look_up(doubt) == GONE


def test_look_up__white_space_that_twilio_trimmed__makes_no_difference(carrier, doubt, keep):
    kept = keep(body=f"{BODY} \n")
    assert kept.body == BODY
    assert carrier.look_up(replace(doubt, body=f"{BODY} \n")).reference == kept.sid


def test_look_up__account_that_keeps_no_texts__is_uncertain(carrier, doubt, keep):
    keep(body="")
    assert carrier.look_up(doubt) == unknown("redacted")
    kept = keep()
    assert carrier.look_up(doubt).reference == kept.sid


def test_look_up__many_since__is_found_on_a_later_page(server, carrier, doubt, keep):
    kept = keep()
    for number in range(250):
        keep(ago=-number, body="narapela")
    assert carrier.look_up(doubt).reference == kept.sid
    assert [dict(request.query).get("Page") for request in server.requests] == [None, "1", "2"]


def test_look_up__long_history__is_read_no_further_than_the_attempt(server, carrier, doubt, keep):
    for number in range(350):
        keep(ago=60_000 + number, body="olpela")
    assert carrier.look_up(doubt) == GONE
    assert len(server.requests) == 1


def test_look_up__more_than_it_reads__is_uncertain(server, carrier, doubt, keep):
    keep()
    for number in range(1000):
        keep(ago=-number, body="narapela")
    assert carrier.look_up(doubt) == unknown("too_many")
    assert len(server.requests) == 10


@pytest.mark.parametrize(
    ("turn", "outcome"),
    [
        (Answer(body=HANG), unknown("sms.answer_lost")),
        (Answer(body=DROP), unknown("sms.answer_lost")),
        (refusal(500, 20500), unknown("http-500")),
        (refusal(401, 20003), unknown("http-401")),
        (refusal(404, 20404), unknown("http-404")),
        (THROTTLE, unknown("http-429", 17.0)),
        (Answer(302, b"", {"Location": "/"}), unknown("http-302")),
        (Answer(200, b"<html>captive portal"), unknown("unreadable")),
        (Answer(200, {"messages": ""}), unknown("unreadable")),
        (Answer(200, {"messages": {}, "next_page_uri": None}), unknown("unreadable")),
        (Answer(200, {"messages": [{}], "next_page_uri": None}), unknown("unreadable")),
        (Answer(200, {"messages": [], "next_page_uri": 5}), unknown("unreadable")),
    ],
)
def test_look_up__twilio_does_not_tell__is_uncertain(server, carrier, doubt, turn, outcome):
    server.account.keep(TO, BODY)
    server.script = [turn]
    assert carrier.look_up(doubt) == outcome


def test_look_up__second_page_is_lost__is_uncertain_and_not_absent(server, carrier, doubt, keep):
    for number in range(150):
        keep(ago=-number, body="narapela")
    server.script = [Answer(acts=True), Answer(body=DROP)]
    assert carrier.look_up(doubt) == unknown("sms.answer_lost")


def test_look_up__wrong_token__is_uncertain(carrier, doubt, keep, server, clock):
    keep()
    twilio = TwilioSettings(ACCOUNT, "wrong", sender="+67570000099", url=server.url)
    stranger = TwilioCarrier(SmsSettings(twilio=twilio), clock)
    assert stranger.look_up(doubt) == unknown("http-401")
    stranger.close()


def test_look_up__nobody_listens__is_uncertain(doubt, clock):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        twilio = TwilioSettings(ACCOUNT, TOKEN, url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        carrier = TwilioCarrier(SmsSettings(twilio=twilio), clock)
        assert carrier.look_up(doubt) == unknown("sms.carrier_unreachable")


def test_look_up__next_page_on_another_host__stays_on_twilios(server, carrier, doubt):
    listed = [server.account.keep(TO, "narapela").resource]
    page = {"messages": listed, "next_page_uri": "//elsewhere.example/steal"}
    server.script = [Answer(200, page)]
    assert carrier.look_up(doubt) == unknown("http-404")
    assert server.requests[-1].path == "/elsewhere.example/steal"
    server.faults.clear()


@pytest.mark.shared_data
def test_look_up__request__obeys_twilios_openapi(server, carrier, doubt):
    assert carrier.look_up(doubt) == GONE
    (request,) = server.requests
    assert dict(request.query) == {"To": TO, "PageSize": "100"}
    assert (server.checked, server.faults) == (True, [])


def test_look_up__logs_at_debug__hold_no_text_or_secret(server, carrier, doubt, keep, caplog):
    keep()
    server.script = [Answer(acts=True), Answer(200, b"{")]
    with caplog.at_level(logging.DEBUG):
        outcomes = [carrier.look_up(doubt), carrier.look_up(doubt)]
    for hidden in (TO, TO[1:], "orait", TOKEN):
        assert hidden not in caplog.text + repr(outcomes) + repr(doubt)


def test_received__list_of_many__is_what_came_to_us_since_then_oldest_first(server, carrier, clock):
    ours, since = "+67570000099", clock() - timedelta(hours=1)

    def came(ago, to=ours, direction="inbound"):
        at = clock() - timedelta(minutes=ago)
        return server.account.keep(
            to, f"text of {ago}", created_at=at, sent_at=at, direction=direction, sender=TO
        )

    wanted = [came(ago) for ago in range(59, 0, -1) for _ in range(4)]
    for ago, details in [(90, {}), (5, {"to": "+67570000098"}), (4, {"direction": "outbound-api"})]:
        came(ago, **details)
    found = carrier.received(since)
    assert [one.text for one in found] == [one.body for one in wanted]
    assert {(one.sender, one.to) for one in found} == {(TO, ours)}
    assert {one.key for one in found} == {one.sid for one in wanted}
    assert server.faults == []


@pytest.mark.parametrize("answer", [THROTTLE, Answer(500, b"no"), Answer(200, b"{}")])
def test_received__answer_that_is_no_list__is_an_error(server, carrier, clock, answer):
    server.script[:] = [answer]
    with pytest.raises(CarrierError):
        carrier.received(clock())


def test_received__messaging_service_alone__is_what_came_to_it_or_to_no_service(server, clock):
    """It has numbers of ours, and the settings know none of them."""
    service, other = "MG" + "1" * 32, "MG" + "2" * 32
    settings = TwilioSettings(ACCOUNT, TOKEN, messaging_service_sid=service, url=server.url)
    carrier = TwilioCarrier(SmsSettings(twilio=settings), clock)

    def came(ago, to="+67570000099", direction="inbound", **details):
        at = clock() - timedelta(minutes=ago)
        sent = {"created_at": at, "sent_at": at, "direction": direction, "sender": TO}
        return server.account.keep(to, f"text of {ago}", **sent, **details)

    wanted = [came(30, service=service), came(20, to="+67570000098")]
    for ago, details in [
        (90, {}),
        (10, {"service": other}),
        (5, {"direction": "outbound-api", "service": service}),
    ]:
        came(ago, **details)
    found = carrier.received(clock() - timedelta(hours=1))
    assert [(one.key, one.to) for one in found] == [(one.sid, one.to) for one in wanted]
    assert server.faults == []
    carrier.close()


def test_received__number_and_service__is_what_came_to_the_number(server, clock):
    service, ours = "MG" + "1" * 32, "+67570000099"
    settings = TwilioSettings(
        ACCOUNT, TOKEN, sender=ours, messaging_service_sid=service, url=server.url
    )
    carrier = TwilioCarrier(SmsSettings(twilio=settings), clock)
    details = {"sent_at": clock(), "direction": "inbound", "sender": TO}
    wanted = server.account.keep(ours, "mine", service="MG" + "2" * 32, **details)
    server.account.keep("+67570000098", "another's", service=service, **details)
    assert [one.key for one in carrier.received(clock())] == [wanted.sid]
    carrier.close()
