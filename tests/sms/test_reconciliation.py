from __future__ import annotations

import logging
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.message import AttemptState, DeliveryReport, FailureClass, MessageState, Outcome
from sms.reconciliation import (
    FIRST_LOOK,
    GIVEN_UP,
    LONGEST_WAIT,
    PROOF,
    Look,
    Reconciler,
    after_look,
)
from tests.fakes.carriers import NEVER_CAME, NOT_THERE, SILENT, Clock, CountingCarrier, refused
from tests.support.dispatching import NUMBERS, dispatcher

SINCE = Clock()()
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)
KNOWN = [
    Outcome(AttemptState.SENT, "SM1"),
    Outcome(AttemptState.DELIVERED, "SM1"),
    Outcome(AttemptState.UNDELIVERED, "SM1", FailureClass.UNREACHABLE, "30003"),
    refused(FailureClass.NEVER),
]


def in_doubt(store, clock, carrier, many=1):
    rows = [store.add(number, clock()) for number in NUMBERS[:many]]
    dispatcher(store, clock, carrier).drain()
    assert {row.state for row in rows} == {MessageState.UNCERTAIN}
    return rows


@pytest.mark.parametrize("found", KNOWN)
@pytest.mark.parametrize("looks", [0, 1])
def test_after_look__carrier_knows_it__is_settled_at_once(found, looks):
    assert after_look(found, looks, SINCE, SINCE) == Look(True, looks, None)  # noqa: FBT003


@pytest.mark.parametrize(
    ("looks", "waited", "settled", "look_in"),
    [
        (0, FIRST_LOOK, False, PROOF),
        (0, timedelta(), False, PROOF),
        (0, PROOF, False, PROOF),
        (0, timedelta(days=9), False, PROOF),
        # The clock was put back since.
        (0, -timedelta(hours=1), False, PROOF + timedelta(hours=1)),
        (1, PROOF - MOMENT, False, PROOF),
        (1, PROOF, True, None),
        (1, timedelta(days=9), True, None),
        (5, MINUTE, False, PROOF),
    ],
)
def test_after_look__absent__is_proven_by_a_second_look_ten_minutes_after_the_first(
    looks, waited, settled, look_in
):
    now = SINCE + waited
    look_at = None if look_in is None else now + look_in
    assert after_look(NOT_THERE, looks, SINCE, now) == Look(settled, looks + 1, look_at)


@given(st.integers(0, 3), st.timedeltas(timedelta(), GIVEN_UP - MOMENT))
def test_after_look__carrier_does_not_answer__proves_nothing_and_waits_longer(looks, waited):
    look = after_look(SILENT, looks, SINCE, SINCE + waited)
    assert (look.settled, look.looks) == (False, looks)
    wait = look.look_at - (SINCE + waited)
    assert wait == min(max(waited, FIRST_LOOK), LONGEST_WAIT)


@pytest.mark.parametrize("waited", [GIVEN_UP, GIVEN_UP * 9])
def test_after_look__no_answer_for_a_day__is_given_up_unsettled(waited):
    assert after_look(SILENT, 1, SINCE, SINCE + waited) == Look(False, 1, None)  # noqa: FBT003


@given(st.lists(st.booleans(), max_size=12), st.lists(st.integers(0, 40), min_size=13, max_size=13))
def test_after_look__any_answers_however_late__absence_takes_two_with_ten_minutes(silent, late):
    """Looks come when they are due or later; some find nobody who answers."""
    now, looks, absent = SINCE + FIRST_LOOK, 0, []
    for mute, minutes in zip([*silent, False, False, False], [*late, 0, 0, 0], strict=False):
        found = SILENT if mute else NOT_THERE
        if not mute:
            absent.append(now)
        look = after_look(found, looks, SINCE, now)
        if look.settled or look.look_at is None:
            break
        assert look.look_at >= now + FIRST_LOOK
        now, looks = look.look_at + minutes * MINUTE, look.looks
    if look.settled:
        assert len(absent) >= 2
        assert absent[-1] >= SINCE + PROOF
        assert absent[-1] - absent[0] >= PROOF


def test_step__found_at_the_carriers__takes_its_state_and_reference(store, clock):
    carrier = CountingCarrier(
        script=[NEVER_CAME], memory=[Outcome(AttemptState.DELIVERED, reference="SM7")]
    )
    (row,) = in_doubt(store, clock, carrier)
    reconciler = Reconciler(store, {"counting": carrier}, clock)
    assert reconciler.step() == 0, "not before the first look is due"
    clock.advance(FIRST_LOOK)
    assert reconciler.step() == 1
    assert (row.state, row.attempts[0].reference) == (MessageState.DELIVERED, "SM7")
    assert reconciler.step() == 0


def test_step__more_doubts_than_a_batch__takes_them_in_turn(store, clock):
    carrier = CountingCarrier(script=[NEVER_CAME] * 3)
    in_doubt(store, clock, carrier, many=3)
    clock.advance(FIRST_LOOK)
    reconciler = Reconciler(store, {"counting": carrier}, clock, batch=2)
    assert [reconciler.step(), reconciler.step(), reconciler.step()] == [2, 1, 0]


def test_step__carrier_that_raises__leaves_it_in_doubt_and_logs_no_number(store, clock, caplog):
    class Broken(CountingCarrier):
        def look_up(self, doubt):
            raise ValueError(f"who is {doubt.to}?")

    carrier = Broken(script=[NEVER_CAME])
    (row,) = in_doubt(store, clock, carrier)
    clock.advance(timedelta(minutes=20))
    with caplog.at_level(logging.ERROR):
        assert Reconciler(store, {"counting": carrier}, clock).step() == 1
    assert row.state is MessageState.UNCERTAIN
    assert "ValueError" in caplog.text
    assert "counting" in caplog.text
    assert "7570000001" not in caplog.text


def test_step__channel_that_is_not_there_any_more__stays_in_doubt_until_given_up(store, clock):
    (row,) = in_doubt(store, clock, CountingCarrier(script=[NEVER_CAME]))
    reconciler, asked_at = Reconciler(store, {}, clock), []
    for _ in range(60 * 50):
        clock.advance(MINUTE)
        if reconciler.step():
            asked_at.append(clock())
    assert row.state is MessageState.UNCERTAIN
    assert 10 < len(asked_at) < 40
    assert asked_at[-1] - SINCE < GIVEN_UP + 2 * LONGEST_WAIT
    assert max(after - before for before, after in pairwise(asked_at)) == LONGEST_WAIT


def test_step__reported_while_it_was_asked__the_report_wins(store, clock):
    class Overtaken(CountingCarrier):
        def look_up(self, doubt):
            report = DeliveryReport(self.name, doubt.attempt_id, None, AttemptState.DELIVERED)
            assert store.report(report, clock())
            return NOT_THERE

    carrier = Overtaken(script=[NEVER_CAME])
    (row,) = in_doubt(store, clock, carrier)
    clock.advance(timedelta(hours=1))
    Reconciler(store, {"counting": carrier}, clock).step()
    dispatcher(store, clock, carrier).drain()
    assert (row.state, carrier.calls) == (MessageState.DELIVERED, 1)
