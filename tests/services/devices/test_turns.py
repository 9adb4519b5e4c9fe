"""A device's requests take effect once, and in the order of its counter."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from marshmallow import Schema, fields

from gateway.envelope import DEVICE_CHANNEL, WAITING, Envelope, SequencedEnvelope, turn_key
from gateway.errors import KeyConflict
from gateway.intake import receive_in_turn
from services.core.errors import Conflict, WrongDataKey
from services.devices.calls import DeviceCall, DeviceCallDispatcher, write_call
from services.devices.counter_gaps import WAIT, gaps, skip_stale_gaps
from services.devices.registry import DeviceKind, add_device
from services.storage.models import Arrival, Party
from services.storage.unit_of_work import Units

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)


class WordSchema(Schema):
    word = fields.String(required=True)


class Listener:
    """A service that hears words, and refuses one."""

    def __init__(self, database, name="box"):
        self.database = database
        self.heard = []
        self.locked = False
        self.units = Units(database)
        self.answer = DeviceCallDispatcher(
            [DeviceCall("hear", "/hear", WordSchema(), self.hear)]
        ).answer
        with database.write() as session:
            party = Party(public_id=uuid4(), role="keeper")
            session.add(party)
            session.flush()
            device, _ = add_device(session, name, DeviceKind.VILLAGE, party, NOW)
            self.id, self.public_id = device.id, device.public_id

    def hear(self, call):
        if call.told["word"] == "no":
            raise Conflict("it is refused")
        if self.locked:
            raise WrongDataKey("a number does not open")
        self.heard.append(call.told["word"])
        return {"heard": call.told["word"]}

    def send(self, counter, word, *, at=NOW, clock=NOW):
        body = b'{"word": "%s"}' % word.encode()
        envelope = Envelope(
            DEVICE_CHANNEL,
            turn_key(self.public_id, counter),
            str(self.public_id),
            write_call("hear", {}, body),
            at,
        )
        turn = SequencedEnvelope(envelope, self.id, counter, clock)
        return receive_in_turn(turn, self.units, self.answer)

    def gaps(self):
        with self.database.read() as session:
            return [tuple(gap) for gap in gaps(session, self.id)]


@pytest.fixture
def listener(database):
    return Listener(database)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_turns__any_order__take_effect_in_that_of_the_counter(listener, order):
    for counter in order:
        listener.send(counter, f"word {counter}")
    assert listener.heard == ["word 1", "word 2", "word 3"]


def test_turn__before_its_time__waits_and_is_answered_later(listener):
    assert listener.send(2, "second").outcome == WAITING
    assert listener.heard == []
    assert listener.send(1, "first").text == '{"heard": "first"}'
    assert listener.send(2, "second").text == '{"heard": "second"}'
    assert listener.heard == ["first", "second"]


def test_turn__again__is_answered_the_same_without_effect(listener):
    first = listener.send(1, "once")
    assert listener.send(1, "once") == first
    assert listener.heard == ["once"]


def test_turn__same_counter_with_other_content__is_a_conflict(listener):
    listener.send(1, "once")
    with pytest.raises(KeyConflict):
        listener.send(1, "twice")
    assert listener.heard == ["once"]


def test_turn__refused__is_stored_and_holds_up_nobody(listener):
    refused = listener.send(1, "no")
    assert refused.outcome == "error.conflict"
    assert listener.send(1, "no") == refused
    listener.send(2, "yes")
    assert listener.heard == ["yes"]


def test_turn__data_key_is_wrong_for_a_while__is_no_answer_for_good(listener):
    listener.locked = True
    for _ in range(2):
        with pytest.raises(WrongDataKey):
            listener.send(1, "once")
    listener.locked = False
    assert listener.send(1, "once").text == '{"heard": "once"}'
    assert listener.heard == ["once"]


def test_gaps__turn_of_one_device_fails__those_of_the_others_take_effect(listener):
    other, later = Listener(listener.database, "another box"), NOW + 2 * WAIT
    listener.send(2, "first")
    other.send(2, "second")
    listener.locked = True

    def answer(unit, envelope):
        of = listener if envelope.sender == str(listener.public_id) else other
        return of.answer(unit, envelope)

    for _ in range(2):
        with pytest.raises(WrongDataKey):
            skip_stale_gaps(listener.units, listener.database, answer, later)
    assert (listener.heard, other.heard) == ([], ["second"])
    listener.locked = False
    skip_stale_gaps(listener.units, listener.database, answer, later)
    assert (listener.heard, other.heard) == (["first"], ["second"])


def test_turns__one_missing__is_a_gap_and_waits_a_day(listener):
    listener.send(1, "first")
    listener.send(4, "fourth")
    assert listener.gaps() == [(2, 3)]
    skip_stale_gaps(listener.units, listener.database, listener.answer, NOW + WAIT)
    assert listener.heard == ["first"]
    later = NOW + WAIT + timedelta(seconds=1)
    skip_stale_gaps(listener.units, listener.database, listener.answer, later)
    assert listener.heard == ["first", "fourth"]
    assert listener.gaps() == [(2, 3)]


def test_turns__of_a_process_that_died_between_them__take_effect_by_the_clock(listener):
    listener.send(2, "second")
    broken = listener.units

    class Once:
        """Opens one unit and then dies."""

        opened = 0

        def run(self, work):
            self.opened += 1
            if self.opened > 1:
                raise SystemExit
            return broken.run(work)

    listener.units = Once()
    with pytest.raises(SystemExit):
        listener.send(1, "first")
    assert listener.heard == ["first"]
    skip_stale_gaps(broken, listener.database, listener.answer, NOW)
    assert listener.heard == ["first", "second"]


def test_turn__after_it_was_passed_over__takes_effect_at_once(listener):
    listener.send(2, "second")
    skip_stale_gaps(listener.units, listener.database, listener.answer, NOW + 2 * WAIT)
    listener.send(1, "first")
    listener.send(3, "third")
    assert listener.heard == ["second", "first", "third"]


def test_turn__clock_of_the_device__is_kept_as_a_difference(listener):
    listener.send(1, "first", clock=NOW - timedelta(days=400))
    listener.send(2, "second", clock=None)
    with listener.database.read() as session:
        rows = session.query(Arrival).all()
        assert len(rows) == 2
