"""Sales and gifts by programs: nobody takes or gives a pig that is another's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from services.messaging.person_erasure import forget
from services.storage.models import Message
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.services.scene import OTHER_PIG, PIG, TODAY
from tests.threats.phones import CODE, STRANGER

KEEPER, NEIGHBOUR = "+67570000001", "+67570000002"
PATH = "/api/v1/transfers"


def asked(scene, who, *animals, **told):
    body = {"animals": list(animals), "terms": "sold", **told}
    return scene.callers[who].post(PATH, body)


def answered(scene, who, made, answer="agree"):
    return scene.callers[who].post(f"{PATH}/{made.json['id']}/answer", {"answer": answer})


def owner(scene, tag=PIG):
    return scene.officer.get(f"/api/v1/animals/{tag}").json["owner"]


def owners(scene, tag=PIG, who="officer"):
    answer = scene.callers[who].get(f"/api/v1/animals/{tag}/owners")
    assert answer.status_code == 200, answer.text
    return [
        (one["owner"], one["since"], one["until"], one["terms"]) for one in answer.json["items"]
    ]


def audited(scene):
    report = AuditReport()
    with scene.world.runtime.database.read() as session:
        compare_projections(session, report)
    return [one.detail for one in report.findings]


def test_sale__receiver_agrees_by_sms__is_theirs_from_that_day(scene, phones):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    assert (made.status_code, made.json["state"], made.json["waits_for"]) == (
        202,
        "open",
        "receiver",
    )
    assert owner(scene) is None
    phones.says(NEIGHBOUR, "1")
    assert owner(scene) == scene.neighbour.party
    assert scene.keeper.get(made.headers["Location"]).json["state"] == "done"
    mine, theirs = owners(scene)
    assert mine == (None, TODAY, TODAY, None)
    assert theirs == (scene.neighbour.party, TODAY, None, "sold")
    assert audited(scene) == []


def test_gift__receiver_agrees_by_api__is_theirs_once(scene):
    made = asked(scene, "keeper", PIG, receiver=scene.neighbour.party, terms="given")
    assert made.status_code == 202, made.text
    assert answered(scene, "neighbour", made).json["state"] == "done"
    assert owner(scene) == scene.neighbour.party
    again = answered(scene, "neighbour", made)
    assert (again.status_code, owner(scene)) == (409, scene.neighbour.party)


def test_sale__receiver_refuses__stays_with_its_owner(scene, phones):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    assert answered(scene, "neighbour", made, "refuse").json["state"] == "refused"
    assert owner(scene) is None
    assert any(PIG in text for text in phones.to(KEEPER))


@pytest.mark.parametrize("who", ["keeper", "recorder", "officer"])
def test_sale__another_than_the_receiver_agrees__is_refused(scene, who):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    assert answered(scene, who, made).status_code in {403, 404}
    assert owner(scene) is None


def test_thief__sells_a_keepers_pig_to_himself_by_api__the_keeper_is_asked_by_code(scene, phones):
    made = asked(scene, "neighbour", PIG, to=scene.places["neighbour"])
    assert made.status_code == 422, made.text
    made = asked(scene, "neighbour", PIG, to=scene.places["abattoir"])
    assert (made.json["waits_for"], made.json["answerer"]) == ("owner", scene.keeper.party)
    assert answered(scene, "neighbour", made).status_code == 403
    assert owner(scene) is None
    assert phones.code_to(KEEPER)


def test_owner__agrees_by_api_with_what_another_asked__then_the_receiver_decides(scene):
    made = asked(scene, "neighbour", PIG, to=scene.places["abattoir"])
    assert answered(scene, "keeper", made).json["state"] == "done"
    assert owner(scene) is None
    [waiting] = [
        one
        for one in scene.abattoir.get(PATH).json["items"]
        if (one["state"], one["waits_for"]) == ("open", "receiver")
    ]
    assert waiting["claimant"] == scene.keeper.party
    done = scene.abattoir.post(f"{PATH}/{waiting['id']}/answer", {"answer": "agree"})
    assert done.json["state"] == "done"
    assert owner(scene) == scene.abattoir.party
    assert audited(scene) == []


def test_owner__refuses_what_another_asked__nothing_happens(scene):
    made = asked(scene, "neighbour", PIG, to=scene.places["abattoir"])
    assert answered(scene, "keeper", made, "refuse").json["state"] == "refused"
    assert (owner(scene), answered(scene, "keeper", made).status_code) == (None, 409)


def test_thief__transfer_as_an_event__is_refused(scene):
    details = {"receiver": scene.neighbour.party, "terms": "sold"}
    done = scene.neighbour.report("transfer", PIG, at=scene.places["neighbour"], details=details)
    assert (done.status_code, owner(scene)) == (422, None)


def test_two_offers_at_once__of_two_sellers__the_second_waits(scene):
    first = asked(scene, "keeper", PIG, to=scene.places["abattoir"])
    second = asked(scene, "neighbour", OTHER_PIG, to=scene.places["abattoir"])
    assert (first.status_code, second.status_code) == (202, 409)


def test_sale__pig_was_sold_to_another_meanwhile__does_not_count(scene):
    first = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    assert answered(scene, "neighbour", first).status_code == 200
    late = asked(scene, "keeper", PIG, to=scene.places["abattoir"])
    assert late.json["waits_for"] == "owner"
    assert owner(scene) == scene.neighbour.party


def test_sale__on_a_day_to_come__is_refused(scene):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"], day="2026-12-24")
    assert made.status_code == 422


def test_owners__of_anothers_pig__are_not_told(scene):
    assert scene.neighbour.get(f"/api/v1/animals/{PIG}/owners").status_code == 403
    assert len(owners(scene, who="keeper")) == 1


def test_transfers__of_others__are_in_no_list(scene):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    for who, count in (("keeper", 1), ("neighbour", 1), ("recorder", 0)):
        assert len(scene.callers[who].get(PATH).json["items"]) == count
    assert scene.recorder.get(made.headers["Location"]).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("gone", [KEEPER, NEIGHBOUR])
def test_transfers__one_party_was_forgotten__leave_the_other_theirs_with_others(scene, gone):
    made = asked(scene, "keeper", PIG, to=scene.places["neighbour"])
    kept = asked(scene, "neighbour", OTHER_PIG, to=scene.places["abattoir"])
    assert kept.status_code == 202, kept.text
    database, now = scene.world.runtime.database, scene.world.runtime.clock()
    with database.write() as session:
        unit = Unit(session, database.vault)
        forget(unit, party_of(unit, gone), gone, now)
    who = "neighbour" if gone == KEEPER else "keeper"
    listed = scene.callers[who].get(PATH)
    assert listed.status_code == 200, listed.text
    left = [kept.json["id"]] if gone == KEEPER else []
    assert [one["id"] for one in listed.json["items"]] == left
    assert scene.callers[who].get(made.headers["Location"]).status_code == 404
    assert answered(scene, who, made).status_code == 404


def test_stranger__tells_a_price_of_a_keepers_pig__the_keeper_is_still_asked_what_it_was(
    scene, phones
):
    """A thief writes "sold for K400", and the keeper's code for a move makes it a sale."""
    phones.says(STRANGER, f"SELL {PIG} to John 70000042 K400")
    with scene.world.runtime.database.read() as session:
        bodies = session.scalars(select(Message.body).order_by(Message.id)).all()
    (code,) = [found[0] for one in bodies if (found := CODE.search(one))]
    assert phones.says(KEEPER, code).startswith("Bekim 1, 2 o 3.")
