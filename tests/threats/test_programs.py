"""Programs that report of other people's pigs: the API, partners' systems, tag readers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.core.roles import Role
from tests.services.livestock.readers.pens import reader_of
from tests.services.livestock.standards.test_partners import capture, death
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG, Caller
from tests.threats.phones import CODE, journal, state_of

KEEPER, NEIGHBOUR = "+67570000001", "+67570000002"
SAID = (
    ("death", {}),
    ("retag", {"new": NEW_PIG}),
    ("arrive", {}),
    ("register", {}),
    ("treatment", {"product": "IVOMEC", "withdrawal_days": 300}),
    ("tag_lost", {"lost": PIG}),
    ("slaughter", {"place": "home"}),
    ("depart", {}),
    ("weight", {"kilograms": 30}),
)


@pytest.mark.parametrize(("kind", "details"), SAID)
def test_api__says_something_of_anothers_pig__is_evidence_and_the_keeper_is_asked(
    phones, scene, kind, details
):
    """One decision for every road: what a phone's text would be, a program's report is."""
    before = state_of(scene.world, PIG)
    done = scene.neighbour.report(kind, PIG, at=scene.places["neighbour"], details=details)
    assert done.status_code == 202, done.text
    [told] = done.json["events"]
    assert (told["standing"], told["asked"]) == ("evidence", "keeper")
    assert state_of(scene.world, PIG) == before
    assert journal(scene.world)[-1]["event"] == told["id"]
    [asked] = phones.to(KEEPER)
    assert NEIGHBOUR[-3:] in asked
    assert NEIGHBOUR[-4:] not in CODE.sub("", asked)
    assert len(asked) <= 160


def test_api__evidence__counts_by_the_keepers_code_and_not_by_a_forged_word(phones, scene):
    scene.neighbour.report("death", PIG, at=scene.places["neighbour"])
    before = state_of(scene.world, PIG)
    phones.sends(KEEPER, "1")
    assert state_of(scene.world, PIG) == before
    phones.sends(KEEPER, phones.first_code_to(KEEPER))
    assert state_of(scene.world, PIG) != before


def test_api__request_sent_again__gets_the_first_answer_and_asks_nobody_twice(phones, scene):
    body = {
        "events": [
            {
                "type": "death",
                "animals": [PIG],
                "premises": scene.places["neighbour"],
                "occurred": {"at": "2026-11-25"},
            }
        ]
    }
    headers = scene.neighbour.headers | {"Idempotency-Key": "again"}
    client = scene.world.app.test_client()
    first, second = (client.post("/api/v1/events", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert len(phones.to(KEEPER)) == 1


def test_api__batch_of_own_and_others__tells_which_counts(phones, scene):
    done = scene.neighbour.report("weight", OTHER_PIG, PIG, details={"kilograms": 30})
    assert done.status_code == 202, done.text
    assert sorted(one["standing"] for one in done.json["events"]) == ["evidence", "in_force"]


def test_api__many_acts_about_one_keepers_pigs__never_ride_on_one_code(phones, scene):
    """A code agrees to the one act and pig that its text names."""
    events = [
        {
            "type": kind,
            "animals": [PIG],
            "premises": scene.places["neighbour"],
            "occurred": {"at": "2026-11-25"},
            "details": details,
        }
        for kind, details in (("weight", {"kilograms": 3}), ("death", {}), ("arrive", {}))
    ]
    done = scene.neighbour.post("/api/v1/events", {"events": events})
    assert done.status_code == 202, done.text
    phones.sends(KEEPER, phones.first_code_to(KEEPER))
    agreed = [one for one in journal(scene.world) if one["type"] == "agree"]
    assert len(agreed) == 1


def test_api__token_of_nobody__leaves_no_evidence(scene):
    """Evidence has a sender who can be named."""
    nobody = Caller(scene.world.app, scene.world.bearer(Role.KEEPER))
    before = len(journal(scene.world))
    assert nobody.report("death", PIG).status_code == 403
    assert len(journal(scene.world)) == before


def test_api__role_that_may_not_report__is_refused_as_before(scene):
    assert scene.auditor.report("death", PIG, at=scene.places["keeper"]).status_code == 403


WEIGHT = {
    "resourceType": "icarWeightEventResource",
    "meta": {"source": "farm.example", "sourceId": "w-1", "modified": "2026-11-25T01:00:00Z"},
    "animal": {"id": PIG, "scheme": "iso11784"},
    "eventDateTime": "2026-11-24T22:30:00Z",
    "weight": {"measurement": 45.5, "units": "KGM", "method": "LoadCell"},
}


def test_partner__reports_of_anothers_pig__is_evidence_and_once(phones, scene):
    before = state_of(scene.world, PIG)
    first = scene.recorder.post("/api/v1/icar/weights", WEIGHT)
    assert first.status_code == 202, first.text
    again = scene.recorder.post("/api/v1/icar/weights", WEIGHT)
    assert (again.status_code, again.json) == (202, first.json)
    assert first.json["results"][0]["standing"] == "evidence"
    assert len(phones.to(KEEPER)) == 1
    assert state_of(scene.world, PIG) == before
    assert [one.get("standing") for one in journal(scene.world)].count("evidence") == 1


def test_partner__document_of_several_keepers_pigs__sent_again_is_no_conflict(phones, scene):
    """Each keeper's part became an event of its own."""
    sent = death(PIG, OTHER_PIG, SENT_PIG, eventID=f"urn:uuid:{uuid4()}")
    for _ in range(2):
        assert capture(scene.recorder, sent).status_code == 202
    told = [one for one in journal(scene.world) if one["type"] == "death"]
    assert [one["standing"] for one in told] == ["evidence"] * 2
    assert (len(phones.to(KEEPER)), len(phones.to(NEIGHBOUR))) == (1, 1)


def test_reader__scans_anothers_pigs__is_evidence_and_the_keeper_is_asked(phones, scene):
    reader, told = reader_of(scene, "neighbour"), {"premises": scene.places["neighbour"]}
    assert reader.scan(PIG, OTHER_PIG).status_code == 200
    review = reader.review("stocktake", **told)
    [warned] = [one for one in review.json["animals"] if one["tag"] == PIG]
    assert warned["verdict"] == "record"
    assert "not_the_keeper" in [one["code"] for one in warned["reasons"]]
    done = reader.confirm("stocktake", **told)
    assert done.status_code == 200, done.text
    standing = sorted(one["standing"] for one in done.json["recorded"])
    assert standing == ["evidence", "in_force"]
    assert len(phones.to(KEEPER)) == 1
