from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG, TODAY

DECISIONS = "/api/v1/decisions"


def ask(caller, *numbers, key=None, **told):
    return caller.post(DECISIONS, {"numbers": list(numbers), **told}, key)


def decisions(response):
    assert response.status_code == 200, response.text
    return response.json["decisions"]


def issued(scene, **told):
    given = {
        "origin": scene.places["keeper"],
        "destination": scene.places["neighbour"],
        "first_day": TODAY,
        "last_day": TODAY,
    }
    number = scene.keeper.post("/api/v1/permits", given | told).json["number"]
    scene.officer.post(f"/api/v1/permits/{number}/decision", {"state": "issued"})
    return number


def test_ask__several__answers_each_in_turn_with_reasons_texts_and_event(scene):
    number = issued(scene, animals=[PIG])
    answer = ask(scene.keeper, PIG, SENT_PIG, NEW_PIG, to=scene.places["neighbour"])
    assert answer.json["on"] == TODAY
    may, not_this, unknown = decisions(answer)
    assert (may["number"], may["allowed"], may["permit"]) == (PIG, True, number)
    assert (may["reasons"], set(may["texts"])) == ([], {"en", "tpi"})
    # It is on its way elsewhere, and must stay there.
    assert [one["reason"] for one in not_this["reasons"]] == ["standstill", "no_permit"]
    assert unknown["reasons"][0] == {
        "reason": "unknown",
        "remedy": "register",
        "lifted_on": None,
    }
    event = scene.officer.get(f"/api/v1/events/{may['event']}").json
    assert event["type"] == "decision"
    assert len(may["receipt"]) == 19


def test_ask__permits_number__answers_for_the_pigs_it_names(scene):
    number = issued(scene, animals=[PIG, SENT_PIG])
    found = decisions(ask(scene.inspector, number))
    assert [(one["number"], one["allowed"]) for one in found] == [(PIG, True), (SENT_PIG, True)]


@pytest.mark.slow
def test_ask__permits_number_of_a_count__answers_by_its_own_number(scene):
    number = issued(scene, head_count=14)
    (found,) = decisions(ask(scene.inspector, number))
    assert (found["number"], found["permit"]) == (number, number)
    assert found["texts"]["en"].startswith(f"OK. Permit {number}: 14 pigs may go")


@pytest.mark.parametrize(
    ("told", "pointers"),
    [
        ({"numbers": []}, {"#/numbers"}),
        ({"numbers": [PIG] * 201}, {"#/numbers"}),
        ({"numbers": [PIG, "330577"]}, {"#/numbers/1"}),
        ({"numbers": ["nonsense", "104276"]}, {"#/numbers/0", "#/numbers/1"}),
        ({"numbers": ["premises:12", PIG]}, {"#/numbers/0"}),
        ({"to": "330577"}, {"#/to"}),
        ({"to": PIG}, {"#/to"}),
        ({"on": "2026-11-24"}, {"#/on"}),
        ({"on": "x", "to": ""}, {"#/on", "#/to"}),
        ({"more": True}, {"#/more"}),
    ],
)
def test_ask__something_wrong__names_each_field_and_records_nothing(scene, told, pointers):
    before = scene.world.counts()
    response = scene.keeper.post(DECISIONS, {"numbers": [PIG]} | told)
    assert response.status_code == 422, response.text
    assert {one["pointer"] for one in response.json["errors"]} == pointers
    assert scene.world.counts() == before


def test_ask__number_of_premises__is_no_animal(scene):
    response = ask(scene.keeper, PIG, scene.places["keeper"])
    assert {one["pointer"] for one in response.json["errors"]} == {"#/numbers/1"}


def test_ask__same_key_at_once_and_again__is_one_event(scene):
    before = scene.world.counts()["journal"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: ask(scene.keeper, PIG, key="same"), range(2)))
    answers.append(ask(scene.keeper, PIG, key="same"))
    assert len({answer.text for answer in answers}) == 1
    assert scene.world.counts()["journal"] == before + 1


@pytest.mark.slow
def test_ask__names_of_premises__are_for_their_keeper_and_officers(scene):
    told = {
        name: decisions(ask(scene.callers[name], SENT_PIG, on=TODAY))[0]["texts"]["en"]
        for name in ("keeper", "abattoir", "officer")
    }
    assert all("needs a NAQIA permit" in text for text in told.values())
    issued(scene, animals=[PIG])
    seen = {
        name: "Place of neighbour" in decisions(ask(scene.callers[name], PIG))[0]["texts"]["en"]
        for name in ("keeper", "neighbour", "officer")
    }
    assert seen == {"keeper": False, "neighbour": True, "officer": True}


def test_ask__slaughter_where_it_stands__needs_no_permit(scene):
    (found,) = decisions(ask(scene.keeper, PIG, slaughter=True))
    assert found["allowed"]


def test_ask__role_that_reports_nothing__may_not(scene):
    assert ask(scene.auditor, PIG).status_code == 403
    assert scene.world.post(DECISIONS, {"numbers": [OTHER_PIG]}).status_code == 401
