"""Requests of devices that took effect long ago lose their rows, and never take effect again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.errors import Conflict
from services.devices import old_turns
from services.devices.counter_gaps import WAIT, gaps, skip_stale_gaps
from services.devices.old_turns import ANSWERED, delete_old_turns
from services.devices.registry import DeviceKind, add_device
from services.storage.models import Arrival, Party, SequencedRequest
from tests.factories import in_threads, rows
from tests.services.devices.test_turns import NOW, Listener

DAYS = 400
SECOND = timedelta(seconds=1)
LATER, MUCH_LATER = NOW + ANSWERED + SECOND, NOW + timedelta(days=DAYS) + SECOND


@pytest.fixture
def listener(database):
    return Listener(database)


def delete(listener, now):
    with listener.database.write(exclusive=False) as session:
        return delete_old_turns(session, now, DAYS)


def left(listener):
    return [rows(listener.database, table) for table in (SequencedRequest, Arrival)]


def missing(listener):
    with listener.database.read() as session:
        return [tuple(gap) for gap in gaps(session, listener.id)]


def test_turns__old__go_once_and_leave_no_gap(listener):
    for counter in (1, 2, 3):
        listener.send(counter, f"word {counter}")
    assert delete(listener, LATER - SECOND) == 0
    assert (delete(listener, LATER), delete(listener, LATER)) == (3, 0)
    assert left(listener) == [0, 0]
    listener.send(4, "word 4", at=LATER)
    assert missing(listener) == []
    assert listener.heard == [f"word {number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("word", ["word 1", "another"])
def test_turn__that_comes_again_after_its_row_went__has_no_effect(listener, word):
    listener.send(1, "word 1")
    delete(listener, LATER)
    with pytest.raises(Conflict, match="no longer kept"):
        listener.send(1, word, at=LATER)
    assert listener.heard == ["word 1"]
    assert left(listener) == [0, 0]


def test_turn__missing_before_others__may_still_come_until_it_is_given_up(listener):
    listener.send(1, "word 1")
    listener.send(3, "word 3")
    skip_stale_gaps(listener.units, listener.database, listener.answer, NOW + WAIT + SECOND)
    assert delete(listener, LATER) == 1
    assert missing(listener) == [(2, 2)]
    listener.send(2, "word 2", at=LATER)
    assert listener.heard == ["word 1", "word 3", "word 2"]
    assert delete(listener, LATER) == 0, "the one that came late is young"
    assert delete(listener, LATER + ANSWERED + SECOND) == 2


def test_turn__missing_for_long__is_given_up_with_those_before_it(listener):
    listener.send(2, "word 2")
    skip_stale_gaps(listener.units, listener.database, listener.answer, NOW + WAIT + SECOND)
    assert delete(listener, MUCH_LATER - 2 * SECOND) == 0
    assert delete(listener, MUCH_LATER) == 1
    assert missing(listener) == []
    with pytest.raises(Conflict):
        listener.send(1, "word 1", at=MUCH_LATER)


def test_turns__that_wait__stay(listener):
    listener.send(2, "word 2")
    assert delete(listener, MUCH_LATER) == 0
    assert left(listener) == [1, 1]


def test_turns__of_many_devices__go_a_few_at_a_time(database, monkeypatch):
    monkeypatch.setattr(old_turns, "_DEVICES", 1)
    monkeypatch.setattr(old_turns, "_TURNS", 2)
    listener = Listener(database)
    for counter in range(1, 6):
        listener.send(counter, "word")
    gone = [delete(listener, LATER) for _ in range(6)]
    assert sum(gone) == 5
    assert max(gone) == 2


def test_turns__of_one_device_among_many__are_found_at_once(listener, monkeypatch):
    monkeypatch.setattr(old_turns, "_DEVICES", 1)
    database = listener.database
    with database.write() as session:
        party = Party(public_id=uuid4(), role="keeper")
        session.add(party)
        session.flush()
        for number in range(3):
            add_device(session, f"silent {number}", DeviceKind.VILLAGE, party, NOW)
        busy, _ = add_device(session, "busy", DeviceKind.VILLAGE, party, NOW)
        busy_id, public_id = busy.id, busy.public_id
    listener.send(1, "word 1", at=LATER)
    listener.id, listener.public_id = busy_id, public_id
    listener.send(1, "word 1")
    assert delete(listener, LATER) == 1
    assert left(listener) == [1, 1]


def test_turns__missing_before_all_others__keep_nobody_elses_from_going(listener, monkeypatch):
    monkeypatch.setattr(old_turns, "_DEVICES", 1)
    listener.send(2, "word 2")
    skip_stale_gaps(listener.units, listener.database, listener.answer, NOW + WAIT + SECOND)
    with listener.database.write() as session:
        owner = session.scalars(select(Party)).first()
        other, _ = add_device(session, "other", DeviceKind.VILLAGE, owner, NOW)
        listener.id, listener.public_id = other.id, other.public_id
    listener.send(1, "word 1")
    assert delete(listener, LATER) == 1


def test_turns__deleted_by_two_clocks_while_one_comes__are_each_gone_once(listener):
    for counter in range(1, 6):
        listener.send(counter, "word")
    work = partial(
        listener.database.run, lambda one: delete_old_turns(one, LATER, DAYS), exclusive=False
    )
    first, second, _ = in_threads(work, work, partial(listener.send, 6, "last", at=LATER))
    assert first + second == 5
    assert left(listener) == [1, 1]
    assert listener.heard[-1] == "last"
