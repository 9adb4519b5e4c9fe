"""Texts to phones: each at most once, and the server is told what became of it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from services.box.status import read_status
from services.box.tables import TEXT
from services.core.clock import BoxClock
from sms.message import AttemptState, FailureClass, Outcome
from tests.services.box.village import FARMER, NURSE, START, Time


def failed(failure):
    return Outcome(AttemptState.FAILED, failure=failure, code="1")


UNCERTAIN = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="lost")


def queue(village, *numbers):
    names = [village.server.text(number, f"Text {n}") for n, number in enumerate(numbers)]
    village.sync_all()
    return names


class Killed(BaseException):
    """The process is gone."""


def test_text__power_is_cut_while_it_is_sent__is_uncertain_and_never_sent_again(village):
    (name,) = queue(village, FARMER)

    def die(_message):
        raise Killed

    village.phones.outcome = die
    with pytest.raises(Killed):
        village.sender.step()
    again = village.restarted()
    assert again.sender.recover() == 1
    assert again.sender.recover() == 0
    assert again.send_all() == []
    again.sync_all()
    assert again.server.reports == [{"message": name, "state": "uncertain", "code": "restarted"}]
    again.box.close()


def test_text__answer_of_the_carrier_is_lost__is_uncertain_and_never_sent_again(village):
    queue(village, FARMER)
    village.phones.outcome = lambda _message: UNCERTAIN
    village.send_all()
    village.phones.outcome = None
    village.send_all()
    assert len(village.phones.got) == 1
    assert village.states() == ["uncertain"]


def test_text__carrier_raises__is_uncertain(village):
    queue(village, FARMER)

    def fault(_message):
        raise RuntimeError

    village.phones.outcome = fault
    village.send_all()
    assert village.states() == ["uncertain"]


@pytest.mark.parametrize("failure", [FailureClass.TRANSIENT, FailureClass.CHANNEL_DOWN])
def test_text__modem_is_off__waits_and_goes_when_it_is_on(village, failure):
    queue(village, FARMER, NURSE)
    village.phones.outcome = lambda _message: failed(failure)
    assert village.sender.step() is False
    assert village.states() == ["queued", "queued"]
    village.phones.outcome = None
    assert [text for _, text in village.send_all()] == ["Text 0", "Text 1"]


def test_carrier__takes_nothing__is_logged_once_and_shown_until_it_takes_a_text(village, caplog):
    caplog.set_level(logging.INFO, "bilum.village")
    queue(village, FARMER, NURSE)
    village.phones.outcome = lambda _message: failed(FailureClass.TRANSIENT)
    for _ in range(3):
        village.sender.step()
        village.time.pass_by(minutes=1)
    assert caplog.messages == ["phones takes no text: 1; what waits is tried again"]
    assert read_status(village.box).carrier == ("1", "2026-11-25T02:00:00Z")
    village.phones.outcome = None
    village.send_all()
    assert caplog.messages[1:] == ["phones takes texts again"]
    assert read_status(village.box).carrier is None
    assert FARMER not in caplog.text


def test_carrier__a_text_is_lost_sight_of__still_takes_nothing(village):
    queue(village, FARMER)
    village.phones.outcome = lambda _message: failed(FailureClass.TRANSIENT)
    village.sender.step()
    village.phones.outcome = lambda _message: UNCERTAIN
    village.sender.step()
    assert read_status(village.box).carrier == ("1", "2026-11-25T02:00:00Z")


def test_carrier__fails_again_after_it_took_a_text__is_logged_again(village, caplog):
    queue(village, FARMER, NURSE)
    for outcome in (failed(FailureClass.TRANSIENT), None, failed(FailureClass.TRANSIENT)):
        village.phones.outcome = outcome and (lambda _message, outcome=outcome: outcome)
        village.sender.step()
    assert caplog.messages == ["phones takes no text: 1; what waits is tried again"] * 2


def test_text__carrier_refuses_its_number__keeps_no_other_waiting(village):
    first, second = queue(village, FARMER, NURSE)
    village.phones.outcome = lambda message: (
        failed(FailureClass.DEAD_NUMBER) if message.to == FARMER else Outcome(AttemptState.SENT)
    )
    assert village.send_all() == [(NURSE, "Text 1")]
    village.sync_all()
    assert village.server.reports == [
        {"message": first, "state": "undelivered", "code": "1"},
        {"message": second, "state": "sent"},
    ]


def test_text__expired__does_not_go_and_is_reported(village):
    name = village.server.text(FARMER, "Today only", hours=1)
    village.sync_all()
    village.time.pass_by(hours=2)
    assert village.send_all() == []
    village.sync_all()
    assert village.server.reports == [{"message": name, "state": "failed", "code": "expired"}]


def test_text__expired_by_a_clock_that_jumped__goes_all_the_same(village):
    village.server.text(FARMER, "Today only", hours=1)
    village.sync_all()
    village.time.wrong_by = START.replace(year=2036) - START
    assert village.send_all() == [(FARMER, "Today only")]


def test_report__before_the_call_ends__is_not_overwritten(village):
    (name,) = queue(village, FARMER)

    def report_first(_message):
        query = f"secret=a-secret-of-the-box&attempt={name}&state=1&answer="
        village.app.test_client().get(f"/gateway/kannel/dlr?{query}")
        return Outcome(AttemptState.SENT)

    village.phones.outcome = report_first
    village.send_all()
    assert village.states() == ["delivered"]


def test_report__of_a_text_that_nobody_knows__is_settled(village):
    query = "secret=a-secret-of-the-box&attempt=00000000-0000-4000-8000-000000000001&state=1"
    answer = village.app.test_client().get(f"/gateway/kannel/dlr?{query}")
    assert (answer.status_code, answer.data) == (200, b"")


def test_report__after_uncertainty__tells_the_server_more(village):
    (name,) = queue(village, FARMER)
    village.phones.outcome = lambda _message: UNCERTAIN
    village.send_all()
    village.sync_all()
    query = f"secret=a-secret-of-the-box&attempt={name}&state=1&answer="
    village.app.test_client().get(f"/gateway/kannel/dlr?{query}")
    village.sync_all()
    assert [one["state"] for one in village.server.reports] == ["uncertain", "delivered"]


def test_rows__of_ended_texts__are_removed_but_the_newest(village, monkeypatch):
    monkeypatch.setattr("services.box.apply_sync._MOST_TEXTS", 2)
    queue(village, *[FARMER] * 5)
    village.send_all()
    village.sync_all()
    village.sync_all()
    assert len(village.rows(TEXT)) == 2


CLOCKS = [-20_000, -400, -1, 0, 1, 400, 20_000]


@pytest.mark.parametrize("days", CLOCKS)
def test_clock__own_is_wrong_by_days__tells_the_servers_time_after_a_sync(days):
    time = Time()
    clock = BoxClock(time.own, time.passed)
    time.wrong_by = timedelta(days=days)
    assert clock.told(START, clock.begin()) == days * 86_400
    time.pass_by(hours=5)
    assert clock() == START.replace(hour=7)
    time.wrong_by = timedelta(days=-days)
    assert clock() == START.replace(hour=7)


def test_clock__before_the_first_sync__is_never_before_what_was_told_once():
    time = Time()
    time.wrong_by = START.replace(year=1970) - START
    assert BoxClock(time.own, time.passed, START)() == START
    assert BoxClock(time.own, time.passed)().year == 2026


@pytest.mark.parametrize("year", [1970, 2001, 2099])
def test_box__started_with_a_wrong_clock__keeps_answers_and_syncs(village, year):
    village.sync_all()
    village.time.wrong_by = START.replace(year=year) - START
    again = village.restarted()
    assert again.told(FARMER, "HELP") != ""
    again.sync_all()
    assert again.told(FARMER, "DEAD 3") != ""
    again.time.wrong_by = START.replace(year=1970) - START
    assert again.told(FARMER, "DEAD 4") == ""
    assert again.sync_all().value == "idle"
    assert len(again.server.items) == 3
    again.box.close()
