"""Requests of readers that a box kept: verified and taken as if they had come by themselves."""

from __future__ import annotations

import pytest
from marshmallow import Schema, fields
from sqlalchemy import LargeBinary, select, type_coerce, update

from services.core.errors import Conflict, WrongDataKey
from services.devices.calls import DeviceCall
from services.devices.counter_gaps import gaps
from services.devices.registry import DeviceKind, find_device, revoke_device
from services.runtime import container as handled_module
from services.runtime.container import Runtime
from services.storage.models import Arrival, ArrivalConflict, Contact
from tests.services.conftest import KINDS
from tests.services.village.box import set_up_box
from tests.services.world import on
from tests.support.device import SignedDevice, enrol_device


class WordSchema(Schema):
    word = fields.String(required=True)


class Reader:
    """A reader of the village, and the service that hears its words."""

    def __init__(self, box):
        self.box = box
        self.device = enrol_device(box.world, DeviceKind.READER, box.owner, "a reader")
        self.path = f"/gateway/readers/{self.device.id}/words/first"

    def item(self, word="pig", path=None, counter=None, body=None):
        told = {"word": word} if body is None else body
        return self.box.signed(self.device.sign(path or self.path, told, counter))


HEARD: list[tuple[str, str]] = []
LOCKED: list[str] = []


def hear(call):
    if call.told["word"] == "no":
        raise Conflict("It is refused")
    if call.told["word"] == "break":
        raise ZeroDivisionError(call.told["word"])
    if call.told["word"] in LOCKED:
        raise WrongDataKey("A sealed value does not open")
    HEARD.append((call.of["list"], call.told["word"]))
    return {"heard": call.told["word"]}


@pytest.fixture(params=KINDS)
def reader(request, settings, clock, open_database, monkeypatch):
    HEARD.clear()
    LOCKED.clear()
    words = DeviceCall(
        "readers.words",
        "/gateway/readers/<uuid:device>/words/<list>",
        WordSchema(),
        hear,
        kinds=frozenset({DeviceKind.READER}),
    )
    monkeypatch.setattr(handled_module, "reader_calls", lambda _policy: (words,))
    return Reader(set_up_box(on(Runtime(settings, open_database(request.param), clock))))


def refusals(answer):
    return [(one["seq"], one["code"]) for one in answer["refused"]]


def kept(reader):
    with reader.box.world.runtime.database.read() as session:
        rows = session.scalars(select(Arrival).where(Arrival.channel == "village-signed")).all()
        return [row.payload for row in rows]


def test_signed__of_a_reader__takes_effect_and_is_kept_once(reader):
    answer = reader.box.sync(reader.item("pig"), reader.item("hen"))
    assert (answer["taken"], answer["refused"]) == ([1, 2], [])
    assert HEARD == [("first", "pig"), ("first", "hen")]
    assert kept(reader) == [None, None]


def test_signed__in_two_batches_and_by_two_boxes__takes_effect_once(reader):
    item = reader.item()
    other = set_up_box(reader.box.world, "another village")
    for box, told in ((reader.box, item), (reader.box, item), (other, item | {"seq": 7})):
        assert box.sync(told)["refused"] == []
    assert HEARD == [("first", "pig")]


def test_signed__before_its_turn__waits_for_what_is_missing(reader):
    late, early = reader.item("late", counter=2), reader.item("early", counter=1)
    assert reader.box.sync(late)["taken"] == [1]
    assert HEARD == []
    with reader.box.world.runtime.database.read() as session:
        assert gaps(session, find_device(session, "a reader").id) == [(1, 1)]
    reader.box.sync(early)
    assert HEARD == [("first", "early"), ("first", "late")]


def test_signed__refused_by_its_service__is_told_with_its_reason(reader):
    answer = reader.box.sync(reader.item("no"), reader.item("yes"))
    assert (answer["taken"], refusals(answer)) == ([2], [(1, "conflict")])
    assert answer["refused"][0]["detail"] == "It is refused"
    assert HEARD == [("first", "yes")]


def test_signed__counter_with_other_content__is_refused_and_kept(reader):
    answer = reader.box.sync(reader.item("pig", counter=1), reader.item("hen", counter=1))
    assert refusals(answer) == [(2, "gateway.key_conflict")]
    with reader.box.world.runtime.database.read() as session:
        (conflict,) = session.scalars(select(ArrivalConflict)).all()
        assert "hen" in conflict.payload


def test_signed__that_meets_a_fault__hinders_no_other_and_is_kept(reader, caplog):
    answer = reader.box.sync(reader.item("break"), reader.box.sms("HELP"))
    assert (answer["taken"], refusals(answer)) == ([2], [(1, "internal_server_error")])
    assert '"break' in kept(reader)[0].replace("\\", "")
    assert reader.box.texts()
    assert "ZeroDivisionError" in caplog.text


def test_signed__value_of_its_own_is_damaged__hinders_no_other_and_is_kept(reader, caplog):
    LOCKED.append("pig")
    reader.box.world.sms("HELP")
    answer = reader.box.sync(reader.item("pig"), reader.box.sms("HELP"))
    assert (answer["taken"], refusals(answer)) == ([2], [(1, "internal_server_error")])
    assert '"pig' in kept(reader)[0].replace("\\", "")
    assert reader.box.texts()
    assert "WrongDataKey" in caplog.text


def test_signed__data_key_is_wrong_for_a_while__comes_again_and_takes_effect(reader):
    """A refusal would be for good, though nothing is wrong with the request."""
    LOCKED.append("pig")
    database = reader.box.world.runtime.database
    assert reader.box.world.sms("HELP").status_code == 200
    with database.read() as session:
        known = [(one.id, one.number) for one in session.scalars(select(Contact))]
    with database.write() as session:
        session.execute(update(Contact).values(number=type_coerce(b"\x02other", LargeBinary)))
    items = [reader.item("pig"), reader.item("hen")]
    done = reader.box.post(reader.box.body(*items))
    assert (done.status_code, done.json["code"]) == (503, "wrong_data_key")
    assert (HEARD, kept(reader)) == ([], [])
    LOCKED.clear()
    with database.write() as session:
        for key, number in known:
            session.execute(update(Contact).where(Contact.id == key).values(number=number))
    again = reader.box.device.send(*reader.box.device.sent[-1])
    assert (again.status_code, again.json["taken"]) == (200, [1, 2])
    assert HEARD == [("first", "pig"), ("first", "hen")]


def altered(reader):
    item = reader.item()
    return item | {"body": item["body"].replace("pig", "hen")}


def by_another(reader):
    item = reader.item()
    return item | {"headers": item["headers"] | {"Bilum-Device": reader.box.device.id}}


def of_nobody(reader):
    item = reader.item()
    unknown = {"Bilum-Device": "00000000-0000-4000-8000-000000000001"}
    return item | {"headers": item["headers"] | unknown}


def no_counter(reader):
    item = reader.item()
    return item | {"headers": item["headers"] | {"Bilum-Counter": "٣"}}


def revoked(reader):
    with reader.box.world.runtime.database.write() as session:
        revoke_device(find_device(session, "a reader"), reader.box.world.runtime.clock())
    return reader.item()


def of_the_box(reader):
    device: SignedDevice = reader.box.device
    path = f"/gateway/readers/{device.id}/words/first"
    return reader.box.signed(device.sign(path, {"word": "pig"}, device.counter + 1))


CASES = {
    "altered": (altered, "gateway.bad_device_signature"),
    "in another's name": (by_another, "gateway.unknown_device"),
    "of nobody": (of_nobody, "gateway.unknown_device"),
    "a counter in other digits": (no_counter, "gateway.malformed_message"),
    "revoked": (revoked, "gateway.device_revoked"),
    "a box's own": (of_the_box, "forbidden"),
    "another's address": (
        lambda it: it.item(path=f"/gateway/readers/{it.box.device.id}/words/a"), "forbidden",
    ),
    "no such address": (lambda it: it.item(path="/gateway/readers/words"), "not_found"),
    "a sync within a sync": (lambda it: it.item(path="/gateway/sync"), "not_found"),
    "wrong fields": (lambda it: it.item(body={"words": "pig"}), "invalid"),
    "a name twice": (lambda it: it.item(body=b'{"word": "a", "word": "b"}'), "invalid"),
    "no JSON": (lambda it: it.item(body=b"{"), "invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "code"), CASES.values(), ids=CASES)
def test_signed__what_is_not_believed__is_refused_without_effect_and_kept(reader, make, code):
    item = make(reader)
    answer = reader.box.sync(item, reader.box.sms("HELP"))
    assert refusals(answer) == [(item["seq"], code)]
    assert HEARD == []
    assert all(kept(reader))
    # It is done: sent again, it is refused again, and nothing changes.
    assert refusals(reader.box.sync(item)) == [(item["seq"], code)]
    with reader.box.world.runtime.database.read() as session:
        signed = select(Arrival).where(Arrival.outcome.in_(["taken", "waiting"]))
        assert len(session.scalars(signed).all()) == 2
