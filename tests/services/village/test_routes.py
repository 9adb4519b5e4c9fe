"""Numbers of village boxes through the API: who proposes, who approves, who ends, and who sees."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device, find_device, revoke_device
from services.storage.models import Access, Message, Party, VillageBinding
from sms.numbers import mask
from tests.services.scene import Caller

BOXES = "/api/v1/boxes"
ONE, TWO = "+67570000311", "+67570000312"


@pytest.fixture
def box(scene):
    """The address of a box that the recorder owns; a reader is beside it."""
    database, now = scene.world.runtime.database, scene.world.runtime.clock()
    with database.write() as session:
        parties = {str(one.public_id): one for one in session.scalars(select(Party))}
        owner = parties[scene.recorder.party]
        made, _ = add_device(session, "Kudjip", DeviceKind.VILLAGE, owner, now)
        add_device(session, "stick", DeviceKind.READER, owner, now)
        parties[scene.inspector.party].province = "Jiwaka"
        return f"{BOXES}/{made.public_id}"


def propose(caller, box, *phones, province="Jiwaka"):
    return caller.post(f"{box}/lists", {"province": province, "phones": phones or [ONE, TWO]})


def decide(caller, listed, *, approved=True):
    return caller.post(f"{BOXES}/lists/{listed}/decision", {"approved": approved})


def states(scene):
    with scene.world.runtime.database.read() as session:
        rows = session.scalars(select(VillageBinding).order_by(VillageBinding.id))
        return {row.number: row.state for row in rows}


def told(scene):
    with scene.world.runtime.database.read() as session:
        rows = session.scalars(select(Message).where(Message.purpose == "box"))
        return sorted(row.recipient for row in rows)


def test_list__proposed_by_the_owner_and_approved_by_an_officer__binds_and_tells(scene, box):
    made = propose(scene.recorder, box)
    assert made.status_code == 201, made.text
    assert (made.json["binds"], made.json["approved"], states(scene)) == (
        2,
        None,
        {ONE: "seen", TWO: "seen"},
    )
    (waiting,) = scene.officer.get(f"{BOXES}/lists").json["items"]
    assert waiting == made.json
    done = decide(scene.inspector, made.json["id"])
    assert (done.status_code, done.json["approved"], done.json["binds"]) == (200, True, 2)
    assert (states(scene), told(scene)) == ({ONE: "bound", TWO: "bound"}, [ONE, TWO])
    again = decide(scene.officer, made.json["id"])
    assert (again.status_code, again.json["code"]) == (409, "box_list_decided")
    assert scene.officer.get(f"{BOXES}/lists").json["items"] == []


def test_list__the_same_request_again__proposes_and_binds_once(scene, box):
    body = {"province": "Jiwaka", "phones": [ONE]}
    first = scene.recorder.post(f"{box}/lists", body, key="once")
    assert scene.recorder.post(f"{box}/lists", body, key="once").json == first.json
    path, yes = f"{BOXES}/lists/{first.json['id']}/decision", {"approved": True}
    done = scene.officer.post(path, yes, key="twice")
    assert scene.officer.post(path, yes, key="twice").json == done.json
    assert told(scene) == [ONE]


def test_list__approved_by_its_proposer_or_out_of_the_province__binds_nothing(scene, box):
    """Threat: one officer alone, or of another province, lets a box speak for a village."""
    mine = propose(scene.officer, box).json["id"]
    assert decide(scene.officer, mine).json["code"] == "not_for_boxes"
    far = propose(scene.recorder, box, ONE, province="Enga").json["id"]
    assert decide(scene.inspector, far).json["code"] == "not_for_boxes"
    assert (set(states(scene).values()), told(scene)) == ({"seen"}, [])
    assert decide(scene.administrator, far).status_code == 200


def test_decision__with_a_lesser_token_of_an_administrator__is_the_tokens(scene, box):
    """Threat: an administrator's token of an inspector decides as an administrator."""
    world = scene.world
    with world.runtime.database.read() as session:
        rows = session.execute(select(Party.public_id, Party.id))
        keys = {str(row.public_id): row.id for row in rows}
    lesser = world.bearer(Role.KEEPER, keys[scene.administrator.party])
    listed = propose(scene.recorder, box).json["id"]
    assert decide(Caller(world.app, lesser), listed).status_code == 403
    assert propose(Caller(world.app, lesser), box).json["code"] == "not_for_boxes"


def test_number__that_its_owner_refused__is_bound_by_no_list(scene, box):
    """Threat: an officer overrules the owner of a number."""
    listed = propose(scene.recorder, box).json["id"]
    with scene.world.runtime.database.write() as session:
        session.scalars(select(VillageBinding)).first().state = "refused"
    done = decide(scene.officer, listed)
    assert (done.json["binds"], done.json["refused"]) == (1, 1)
    assert (states(scene), told(scene)) == ({ONE: "refused", TWO: "bound"}, [TWO])
    ended = scene.officer.post(f"{box}/numbers/end", {"phone": ONE})
    assert (ended.status_code, states(scene)[ONE]) == (200, "refused")


def test_end__one_number_or_all__by_the_owner_or_an_officer(scene, box):
    decide(scene.officer, propose(scene.recorder, box).json["id"])
    ended = scene.recorder.post(f"{box}/numbers/end", {"phone": "7000 0311"})
    assert (ended.json, states(scene)) == ({"ended": 1}, {ONE: "ended", TWO: "bound"})
    unknown = scene.officer.post(f"{box}/numbers/end", {"phone": "+67570000399"})
    assert unknown.status_code == 404
    every = scene.officer.post(f"{box}/numbers/end", {"all": True})
    assert (every.json, set(states(scene).values())) == ({"ended": 1}, {"ended"})
    for wrong in ({}, {"phone": ONE, "all": True}, {"phone": "x"}):
        assert scene.officer.post(f"{box}/numbers/end", wrong).status_code == 422


def test_numbers__of_a_box__are_masked_counted_and_noted(scene, box):
    propose(scene.recorder, box)
    shown = scene.recorder.get(f"{box}/numbers")
    assert [one["phone"] for one in shown.json["items"]] == [mask(ONE), mask(TWO)]
    assert ONE not in shown.text
    with scene.world.runtime.database.read() as session:
        what = f"GET {BOXES}/<uuid:box_id>/numbers"
        assert len(session.scalars(select(Access).where(Access.what == what)).all()) == 2
    first = scene.officer.get(f"{box}/numbers?limit=1").json
    assert len(scene.officer.get(first["next"]).json["items"]) == 1
    (one,) = scene.officer.get(BOXES).json["items"]
    assert (one["name"], one["numbers"]["seen"], one["refused_today"]) == ("Kudjip", 2, 0)


def test_routes__for_each_role__are_the_officers_and_the_owners(scene, box):
    """Threat: a keeper reads whose numbers a village's box knows, or changes them."""
    may = {"inspector", "officer", "administrator"}
    for name, caller in scene.callers.items():
        owns = name == "recorder"
        assert (caller.get(BOXES).status_code != 403) is (name in may), name
        assert (caller.get(f"{BOXES}/lists").status_code != 403) is (name in may), name
        assert (caller.get(f"{box}/numbers").status_code != 403) is (name in may or owns), name
        assert (propose(caller, box).status_code != 403) is (name in may or owns), name
        assert (decide(caller, uuid4()).status_code != 403) is (name in may), name
        end = caller.post(f"{box}/numbers/end", {"all": True})
        assert (end.status_code != 403) is (name in may or owns), name


@pytest.mark.parametrize(
    "told",
    [
        {"province": "Jiwaka", "phones": []},
        {"province": "Jiwaka", "phones": ["12"]},
        {"province": "Nowhere", "phones": [ONE]},
        {"phones": [ONE]},
        {"province": "Jiwaka", "phones": [f"+6757{number:07}" for number in range(501)]},
    ],
    ids=["none", "no-number", "no-province", "without", "many"],
)
def test_list__that_is_none__is_refused(scene, box, told):
    assert scene.officer.post(f"{box}/lists", told).status_code == 422


def test_box__that_is_a_reader_or_was_revoked__is_not_there(scene, box):
    """Threat: a stolen box that was revoked is given numbers again."""
    with scene.world.runtime.database.write() as session:
        stick = find_device(session, "stick").public_id
        revoke_device(find_device(session, "Kudjip"), scene.world.runtime.clock())
    for path in (f"{BOXES}/{stick}", box, f"{BOXES}/{uuid4()}"):
        assert propose(scene.officer, path).status_code == 404
        assert scene.officer.get(f"{path}/numbers").status_code == 404
