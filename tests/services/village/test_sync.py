"""Batches of a box: each item takes effect once, whatever becomes of the others."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError

from services.devices.counter_gaps import gaps
from services.messaging.command_router import CommandRouter
from services.storage.models import Arrival, ArrivalConflict, Journal, Message
from tests.factories import official
from tests.services.village.box import FARMER, NURSE, OTHER, SYNC, set_up_box
from tests.services.world import ANIMAL


def records(box):
    with box.world.runtime.database.read() as session:
        rows = session.scalars(select(Journal).order_by(Journal.id)).all()
        return [json.loads(row.content) for row in rows]


def arrivals(box, channel="village-sms"):
    with box.world.runtime.database.read() as session:
        rows = session.scalars(select(Arrival).where(Arrival.channel == channel)).all()
        return {row.payload: row.outcome for row in rows}


def test_sync__text__takes_effect_and_is_answered_in_the_same_answer(any_box):
    answer = any_box.sync(any_box.sms(f"REG {ANIMAL}"))
    assert (answer["taken"], answer["refused"]) == ([1], [])
    (text,) = any_box.texts(FARMER)
    assert text.startswith("Pig 598000000000017 is registered at")
    assert arrivals(any_box) == {f"REG {ANIMAL}": "register"}
    assert [one["type"] for one in records(any_box)] == ["register"]


def test_sync__again__gets_the_first_answer_and_has_no_effect(any_box):
    first = any_box.post(any_box.body(any_box.sms(f"REG {ANIMAL}")))
    before = any_box.world.counts()
    again = any_box.device.send(*any_box.device.sent[-1])
    assert (again.status_code, again.data) == (200, first.data)
    assert any_box.world.counts() == before


def test_sync__same_counter_with_other_items__is_a_conflict_that_keeps_no_text(any_box):
    any_box.sync(any_box.sms("HELP"))
    done = any_box.post(any_box.body(any_box.sms("SICK 3")), any_box.device.counter - 1)
    assert (done.status_code, done.json["code"]) == (409, "gateway.key_conflict")
    with any_box.world.runtime.database.read() as session:
        (kept,) = session.scalars(select(ArrivalConflict)).all()
        assert kept.payload is None
    assert "SICK 3" not in arrivals(any_box)


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
def test_syncs__shuffled__take_effect_in_the_order_of_the_counter(box, order):
    said = (f"REG {ANIMAL}", f"DEAD {ANIMAL}", f"TRACE {ANIMAL}")
    requests = [box.device.sign(SYNC, box.body(box.sms(text))) for text in said]
    for place in order:
        done = box.device.send(*requests[place])
        assert done.status_code in {200, 202}
        if done.status_code == 202:
            assert done.json["state"] == "waiting"
            assert done.json["missing"]
    assert [one["type"] for one in records(box)] == ["register", "death"]
    with box.world.runtime.database.read() as session:
        assert gaps(session, box.key) == []


def test_sync__two_ago__has_no_text_of_people_any_more(any_box):
    any_box.sync(any_box.sms(f"REG {ANIMAL}"))
    any_box.sync()
    done = any_box.device.send(*any_box.device.sent[0])
    assert (done.status_code, done.json["code"]) == (409, "conflict")
    with any_box.world.runtime.database.read() as session:
        syncs = session.scalars(select(Arrival).where(Arrival.channel == "device")).all()
        assert all(row.payload is None for row in syncs)
        assert sum(row.answer is not None for row in syncs) == 1


def test_item__in_two_batches__takes_effect_once(any_box):
    item = any_box.sms(f"REG {ANIMAL}")
    any_box.sync(item)
    answer = any_box.sync(item)
    assert (answer["taken"], answer["messages"]) == ([1], [])
    assert len(records(any_box)) == 1


def test_item__seq_with_other_content__is_refused_and_both_are_kept(any_box):
    item = any_box.sms(f"REG {ANIMAL}")
    any_box.sync(item)
    answer = any_box.sync(item | {"text": f"DEAD {ANIMAL}"}, any_box.sms("HELP"))
    assert answer["taken"] == [2]
    assert [(one["seq"], one["code"]) for one in answer["refused"]] == [(1, "gateway.key_conflict")]
    with any_box.world.runtime.database.read() as session:
        (kept,) = session.scalars(select(ArrivalConflict)).all()
        assert kept.payload == f"DEAD {ANIMAL}"
    assert [one["type"] for one in records(any_box)] == ["register"]


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError(NURSE), DataError("INSERT", {"number": NURSE}, ValueError(NURSE))]
)
def test_item__that_meets_a_fault__hinders_no_other_and_is_kept_for_a_person(
    any_box, monkeypatch, caplog, fault
):
    respond = CommandRouter._respond

    def break_down(self, call, found):
        if call.number == NURSE:
            raise fault
        return respond(self, call, found)

    monkeypatch.setattr(CommandRouter, "_respond", break_down)
    answer = any_box.sync(
        any_box.sms(f"REG {ANIMAL}"),
        any_box.sms("SICK 3", NURSE),
        any_box.sms(f"REG {official(18)}", OTHER),
    )
    assert answer["taken"] == [1, 2, 3]
    assert arrivals(any_box)["SICK 3"] == "not_understood"
    assert any_box.texts(NURSE)
    assert len(records(any_box)) == 2
    assert type(fault).__name__ in caplog.text
    assert NURSE not in caplog.text


@pytest.mark.parametrize(
    ("text", "answered", "told"),
    [
        ("nonsense of nobody", "help", False),
        ("HELP", "help", False),
        ("HELP", "kept", True),
        (f"OK {ANIMAL}", "status", True),
        # The box knew less than the server.
        (f"REG {ANIMAL}", "help", True),
        (f"REG {ANIMAL}", "danger", True),
        ("HELP", None, True),
    ],
)
def test_item__answered_by_the_box__is_not_told_the_same_again(any_box, text, answered, told):
    any_box.sync(any_box.sms(text, answered=answered))
    assert bool(any_box.texts(FARMER)) is told
    any_box.sync()
    assert bool(any_box.texts(FARMER)) is told
    with any_box.world.runtime.database.read() as session:
        (message,) = session.scalars(select(Message)).all()
        assert (message.state, message.reason) == (
            ("sent", None) if told else ("cancelled", "answered")
        )


@pytest.mark.parametrize(
    ("at", "said", "day", "channel"),
    [
        ("2026-11-20T01:02:03Z", "", "2026-11-20", "village-sms"),
        ("2026-11-20T01:02:03Z", " yesterday", "2026-11-19", "village-sms"),
        ("2026-11-20T01:02:03Z", " 12 Nov", "2026-11-12", "village-sms"),
        # 23:30 in Port Moresby is still the day before in UTC.
        ("2026-11-19T14:30:00Z", "", "2026-11-20", "village-sms"),
        ("2026-11-25T01:06:00Z", "", "2026-11-25", "village-sms"),
        ("2026-11-27T01:02:03Z", "", "2026-11-25", "village-sms-undated"),
        ("2026-09-20T01:02:03Z", "", "2026-11-25", "village-sms-undated"),
        ("1970-01-01T00:00:07Z", "", "2026-11-25", "village-sms-undated"),
        ("2026-13-45T25:61:61Z", " yesterday", "2026-11-24", "village-sms-undated"),
        ("0000-00-00T00:00:00Z", "", "2026-11-25", "village-sms-undated"),
    ],
)
def test_item__day__counts_from_when_the_box_says_it_was_said(box, at, said, day, channel):
    box.sync(box.sms(f"REG {ANIMAL}{said}", at=at))
    (record,) = records(box)
    assert (record["occurred"]["at"], record["channel"]) == (day, channel)
    assert record["recorded"] == "2026-11-25T01:02:04.000000Z"


def test_item__day_after_it_was_said__is_refused(box):
    box.sync(box.sms(f"REG {ANIMAL} 22 Nov 2026", at="2026-11-20T01:02:03Z"))
    assert records(box) == []
    assert "not come yet" in box.texts()[0] or box.texts()


def test_item__question_of_a_day_that_is_over__is_told_so(box):
    box.sync(box.sms(f"REG {ANIMAL}"))
    box.sync(box.sms(f"OK {ANIMAL} tomorrow", at="2026-11-20T01:02:03Z"))
    assert arrivals(box)[f"OK {ANIMAL} tomorrow"] == "error.past_day"


def test_box__lines_of_its_own__are_kept(any_box):
    any_box.sync(any_box.sms("HELP"))
    assert any_box.world.counts()["village_box"] == 1
    other = set_up_box(any_box.world, "another village")
    other.sync()
    assert any_box.world.counts()["village_box"] == 2
