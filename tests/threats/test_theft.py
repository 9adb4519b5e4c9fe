"""A stolen pig is held and told of wherever it is seen; jokers make and lift nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import Flag, Status
from tests.services.scene import PIG
from tests.support.texts import assert_one_segment
from tests.threats.phones import STRANGER, forget_phones_of

KEEPER, NEIGHBOUR, OFFICER = "+67570000001", "+67570000002", "+67570000005"


def statuses(scene):
    with scene.world.runtime.database.read() as session:
        rows = session.scalars(select(Status).order_by(Status.id))
        return [(row.kind, row.until is None, row.animal_id is None) for row in rows]


def flags(scene):
    with scene.world.runtime.database.read() as session:
        return set(session.scalars(select(Flag.code)))


def test_stolen__of_a_stranger__is_asked_of_the_keeper_and_holds_nothing(scene, phones):
    assert "does not count yet" in phones.says(STRANGER, f"STOLEN {PIG}")
    assert statuses(scene) == []
    assert "ol i stilim" in phones.to(KEEPER)[-1]
    assert "HOLD" not in phones.says(NEIGHBOUR, f"OK {PIG}")
    phones.sends(KEEPER, phones.code_to(KEEPER))
    assert statuses(scene) == [("stolen", True, False)]


@pytest.mark.parametrize(
    "text",
    ["OK {pig}", "ARRIVE {pig}", "TREAT {pig} IVOMEC 28", "MOVE {pig} {abattoir}", "SICK 1 {pig}"],
)
def test_stolen__by_its_keeper__is_told_of_at_every_sight_once_an_hour(scene, phones, text):
    assert f"Written down: pig {PIG} stolen, 25 Nov." in phones.says(KEEPER, f"STOLEN {PIG}")
    before = len(phones.to(KEEPER))
    for _ in range(3):
        phones.sends(NEIGHBOUR, text.format(pig=PIG, **scene.places))
    [told] = [one for one in phones.to(KEEPER)[before:] if one.startswith("STOLEN:")]
    assert (PIG in told, "002" in told) == (True, True)
    assert_one_segment(told)


@pytest.mark.parametrize("known", [True, False], ids=["to officers", "to nobody"])
def test_keeper__of_a_stolen_pig__is_told_no_number_of_who_asked(scene, phones, known):
    """Threat: payback on an innocent buyer, and numbers that a false STOLEN gathers."""
    if not known:
        forget_phones_of(scene, "officer")
    phones.says(KEEPER, f"STOLEN {PIG}")
    before = len(phones.to(KEEPER)), len(phones.to(OFFICER))
    phones.sends(NEIGHBOUR, f"OK {PIG}")
    [told] = phones.to(KEEPER)[before[0] :]
    assert NEIGHBOUR[-4:] not in told
    assert ("were told" in told, "call them" in told) == (known, not known)
    assert ["70000002" in one for one in phones.to(OFFICER)[before[1] :]] == [True] * known


def test_ok__of_a_stolen_pig__says_hold_it_and_whom_to_call(scene, phones):
    phones.says(KEEPER, f"STOLEN {PIG}")
    told = phones.says(NEIGHBOUR, f"OK {PIG}")
    assert told.startswith(f"NO. HOLD pig {PIG}: it was reported stolen on 25 Nov. Call the police")
    assert "NAQIA 1801332" in told
    answer = scene.callers["neighbour"].post(
        "/api/v1/decisions", {"numbers": [PIG], "on": "2026-11-25"}
    )
    assert answer.json["decisions"][0]["reasons"][0]["reason"] == "stolen"


def test_trace__of_a_stolen_pig__says_so_first(scene, phones):
    phones.says(KEEPER, f"STOLEN {PIG}")
    phones.says(NEIGHBOUR, "LANG EN")
    told = phones.says(NEIGHBOUR, f"TRACE {PIG}")
    assert ": STOLEN: hold it. Jiwaka since" in told
    assert_one_segment(told)


def test_found__in_the_keepers_name__wants_the_code_that_went_to_the_keeper(scene, phones):
    phones.says(KEEPER, f"STOLEN {PIG}")
    for text in (f"FOUND {PIG}", "1", "yes", "123456"):
        phones.sends(KEEPER, text)
    phones.sends(STRANGER, f"FOUND {PIG}")
    assert statuses(scene) == [("stolen", True, False)]
    phones.sends(KEEPER, f"FOUND {PIG}")
    assert "is back" in phones.says(KEEPER, phones.code_to(KEEPER))
    assert statuses(scene) == [("stolen", False, False)]
    assert "HOLD" not in phones.says(NEIGHBOUR, f"OK {PIG}")


def test_stolen__voided__holds_it_no_more_and_takes_the_flags_away(scene, phones):
    receipt = phones.says(KEEPER, f"STOLEN {PIG}").split()[-1]
    phones.says(KEEPER, f"TREAT {PIG} IVOMEC 28")
    assert "seen_while_stolen" in flags(scene)
    phones.takes_back(KEEPER, receipt)
    assert statuses(scene) == []
    assert "seen_while_stolen" not in flags(scene)


def test_sick__of_a_stranger__makes_nothing_suspect_though_it_alarms(scene, phones):
    phones.says(STRANGER, f"SICK {PIG} ASF")
    assert statuses(scene) == []
    assert "may have" not in phones.says(KEEPER, f"OK {PIG}")


def test_sick__of_the_keeper__bars_pig_and_place_until_a_negative_sample(scene, phones):
    phones.says(KEEPER, f"SICK {PIG} ASF")
    assert {one[0] for one in statuses(scene)} == {"suspect"}
    assert len(statuses(scene)) == 2
    assert phones.says(KEEPER, f"OK {PIG}").startswith(f"NO. Pig {PIG} or its place may have ASF")
    vet = scene.callers["officer"]
    farm = scene.places["keeper"]
    told = {"specimen": "blood", "sample": "S-17"}
    assert vet.report("sample", PIG, at=farm, details=told).status_code == 201
    result = {"sample": "S-17", "disease": "african_swine_fever", "outcome": "negative"}
    assert vet.report("result", PIG, at=farm, details=result).status_code == 201
    assert [still for _, still, _ in statuses(scene)] == [False, False]


def thefts_told(phones):
    return [one for one in phones.to(OFFICER) if "OL I STILIM pik" in one]


def test_stolen__sent_again_and_again__texts_the_officers_once(scene, phones):
    for _ in range(3):
        phones.says(KEEPER, f"STOLEN {PIG}")
    assert len(thefts_told(phones)) == 1


POLICE, POLICE_OF_ENGA, POLICE_OF_MOROBE = "+67570000041", "+67570000042", "+67570000043"


@pytest.fixture
def posts(scene):
    """Police posts of the keeper's province, of the neighbour's, and of one far away."""
    for phone, province in (
        (POLICE, "Jiwaka"),
        (POLICE_OF_ENGA, "Enga"),
        (POLICE_OF_MOROBE, "Morobe"),
    ):
        told = {"phone": phone, "role": "police", "province": province, "language": "en"}
        made = scene.administrator.post("/api/v1/parties", told)
        assert made.status_code == 201, made.text
    return POLICE, POLICE_OF_ENGA, POLICE_OF_MOROBE


def of_theft(phones, post):
    return [one for one in phones.to(post) if one.startswith("STOLEN")]


@pytest.mark.slow
def test_police__of_the_province__are_told_of_a_theft_and_of_every_later_sight(
    scene, phones, posts
):
    phones.says(KEEPER, f"STOLEN {PIG}")
    assert [len(of_theft(phones, post)) for post in posts] == [1, 0, 0]
    # It is asked about in Enga: the post there, and that of where it was stolen, must know.
    phones.says(NEIGHBOUR, f"ARRIVE {PIG}")
    assert [len(of_theft(phones, post)) for post in posts] == [2, 1, 0]
    assert "70000002" in of_theft(phones, POLICE)[-1]
    phones.says(NEIGHBOUR, f"TREAT {PIG} IVOMEC 28")
    assert [len(of_theft(phones, post)) for post in posts] == [2, 1, 0]
    scene.world.runtime.clock.pass_by(3601)
    phones.says(NEIGHBOUR, f"TREAT {PIG} IVOMEC 28")
    assert [len(of_theft(phones, post)) for post in posts] == [3, 2, 0]


def test_police__of_a_theft_that_a_stranger_makes_up__hear_nothing(scene, phones, posts):
    phones.says(STRANGER, f"STOLEN {PIG}")
    phones.says(NEIGHBOUR, f"OK {PIG}")
    assert [of_theft(phones, post) for post in posts] == [[], [], []]


def test_police__after_stop_all_in_their_name__are_told_all_the_same(scene, phones, posts):
    phones.sends(POLICE, "STOP ALL")
    phones.says(KEEPER, f"STOLEN {PIG}")
    assert len(of_theft(phones, POLICE)) == 1


def test_police__by_themselves__end_no_theft_and_pass_no_pig(scene, phones, posts):
    phones.says(KEEPER, f"STOLEN {PIG}")
    for text in (f"FOUND {PIG}", f"PASS {PIG}", f"DEAD {PIG}"):
        phones.sends(POLICE, text)
    assert statuses(scene) == [("stolen", True, False)]
    phones.sends(POLICE, f"OK {PIG}")
    assert any("HOLD" in one for one in phones.to(POLICE)[-2:])


def test_stolen__of_a_stranger__is_told_to_the_officers_once_its_keeper_agrees(scene, phones):
    phones.says(STRANGER, f"STOLEN {PIG}")
    assert thefts_told(phones) == []
    phones.sends(KEEPER, phones.code_to(KEEPER))
    [told] = thefts_told(phones)
    assert "70000001" in told


def test_stolen__by_a_program_of_its_keeper__is_told_to_the_officers(scene, phones):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    assert scene.callers["neighbour"].report("stolen", PIG, at=other).status_code == 202
    assert thefts_told(phones) == []
    assert scene.callers["keeper"].report("stolen", PIG, at=farm).status_code == 201
    assert len(thefts_told(phones)) == 1


def test_stolen__before_the_buyer_answers__is_told_of_as_at_any_sight(scene, phones):
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    phones.sends(KEEPER, phones.code_to(KEEPER))
    phones.says(KEEPER, f"STOLEN {PIG}")
    before = len(phones.to(OFFICER))
    phones.sends(NEIGHBOUR, "1")
    assert any(PIG in one and "70000002" in one for one in phones.to(OFFICER)[before:])


def test_result__of_a_sample_in_small_letters__counts_for_it(scene, phones):
    vet, farm = scene.callers["officer"], scene.places["keeper"]
    told = {"specimen": "blood", "sample": "s-17"}
    assert vet.report("sample", PIG, at=farm, details=told).status_code == 201
    phones.says(OFFICER, "RESULT S-17 ASF POS")
    phones.sends(OFFICER, phones.code_to(OFFICER))
    assert "result_without_sample" not in flags(scene)
    assert ("infected", True, False) in statuses(scene)
