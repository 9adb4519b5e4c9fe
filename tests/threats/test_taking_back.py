"""Reports that are taken back: a pig is handed to nobody by WRONG, and whoever heard is told."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from services.livestock.control.task_keeping import LivestockTasks
from services.storage.models import Helper, Party, Task
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG
from tests.support.texts import assert_one_segment
from tests.threats.phones import CODE, STRANGER, forget_phones_of, journal

KEEPER, NEIGHBOUR, RECORDER = "+67570000001", "+67570000002", "+67570000003"
INSPECTOR, VET, POLICE = "+67570000004", "+67570000005", "+67570000041"
RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
A_DAY = 86_400


def receipt_of(said):
    return RECEIPT.findall(said)[-1]


def standing(scene):
    return journal(scene.world)[-1].get("standing")


def event_id(scene, kind):
    return journal(scene.world, kind)[-1]["event"]


@pytest.fixture
def police(scene):
    told = {"phone": POLICE, "role": "police", "province": "Jiwaka", "language": "en"}
    made = scene.administrator.post("/api/v1/parties", told)
    assert made.status_code == 201, made.text
    return POLICE


@pytest.fixture
def wife(scene):
    """The neighbour is the keeper's wife, whose phone may report for the keeper."""
    with scene.world.runtime.database.write() as session:
        keeper, helper = (
            session.scalars(select(Party.id).where(Party.public_id == UUID(one.party))).one()
            for one in (scene.keeper, scene.neighbour)
        )
        now = scene.world.runtime.clock()
        session.add(Helper(keeper_id=keeper, helper_id=helper, kind="family", since=now))
    return NEIGHBOUR


@pytest.mark.parametrize(
    "report", [f"REG {NEW_PIG}", f"BORN {NEW_PIG} MOTHER {PIG}", f"RETAG {PIG} {NEW_PIG}"]
)
@pytest.mark.parametrize("then", ["a day later", "after another report"])
def test_forger__takes_back_a_registration_or_a_tag_in_the_keepers_name__hands_it_to_nobody(
    phones, scene, report, then
):
    receipt = receipt_of(phones.says(KEEPER, report))
    if then == "a day later":
        scene.world.runtime.clock.pass_by(A_DAY)
    else:
        phones.says(KEEPER, f"FEED {NEW_PIG} KAUKAU")
    reply = phones.says(KEEPER, f"WRONG {receipt}")
    assert "NOT done yet" in reply
    phones.says(STRANGER, f"REG {NEW_PIG}")
    assert standing(scene) == "evidence"
    phones.says(KEEPER, CODE.search(reply)[0])
    assert journal(scene.world)[-1]["type"] == "void"


@pytest.mark.parametrize("stolen_first", [True, False])
def test_forger__takes_back_the_tag_of_a_stolen_pig__the_theft_stays_with_it(
    phones, scene, stolen_first
):
    texts = [f"STOLEN {PIG}", f"RETAG {PIG} {NEW_PIG}"]
    said = [phones.says(KEEPER, one) for one in (texts if stolen_first else texts[::-1])]
    receipt = receipt_of(said[1 if stolen_first else 0])
    assert "NOT done yet" in phones.says(KEEPER, f"WRONG {receipt}")
    phones.says(STRANGER, f"REG {NEW_PIG}")
    assert standing(scene) == "evidence"
    assert "STOLEN" in phones.says(NEIGHBOUR, f"TRACE {NEW_PIG}")


@pytest.mark.parametrize("report", [f"REG {NEW_PIG}", f"RETAG {PIG} {NEW_PIG}", "MOB 14"])
def test_keeper__takes_back_a_typo_of_today__needs_no_code(phones, report):
    receipt = receipt_of(phones.says(KEEPER, report))
    assert "as wrong" in phones.says(KEEPER, f"WRONG {receipt}")


@pytest.mark.parametrize("later", [0, A_DAY])
def test_recorder__takes_back_the_registration_of_anothers_pig__its_keeper_is_asked(
    phones, scene, later
):
    receipt = receipt_of(phones.says(RECORDER, f"REG {NEW_PIG} {scene.places['keeper']}"))
    assert standing(scene) is None
    scene.world.runtime.clock.pass_by(later)
    reply = phones.says(RECORDER, f"WRONG {receipt}")
    asked, code = phones.to(KEEPER)[-1], phones.code_to(KEEPER)
    assert_one_segment(asked)
    assert (NEW_PIG in asked, RECORDER[-3:] in asked, code in reply) == (True, True, False)
    phones.sends(RECORDER, code)
    phones.says(STRANGER, f"REG {NEW_PIG}")
    assert standing(scene) == "evidence"
    phones.says(KEEPER, code)
    assert journal(scene.world)[-1]["type"] == "void"
    assert receipt in phones.to(RECORDER)[-1]


def test_recorder__of_whom_the_keeper_wants_no_correction__changes_nothing(phones, scene):
    receipt = receipt_of(phones.says(RECORDER, f"REG {NEW_PIG} {scene.places['keeper']}"))
    phones.says(RECORDER, f"WRONG {receipt}")
    code = phones.code_to(KEEPER)
    phones.says(KEEPER, "NO")
    phones.says(KEEPER, code)
    assert journal(scene.world, "void") == []


@pytest.mark.slow
def test_recorder__of_a_keeper_without_a_phone__takes_back_alone(phones, scene):
    forget_phones_of(scene, "keeper")
    receipt = receipt_of(phones.says(RECORDER, f"REG {NEW_PIG} {scene.places['keeper']}"))
    assert "as wrong" in phones.says(RECORDER, f"WRONG {receipt}")


def test_keeper_without_a_phone__of_another_province__an_officer_is_asked(phones, scene):
    forget_phones_of(scene, "keeper")
    receipt = receipt_of(phones.says(RECORDER, f"RETAG {PIG} {NEW_PIG}"))
    with scene.world.runtime.database.write() as session:
        party = select(Party).where(Party.public_id == UUID(scene.recorder.party))
        session.scalars(party).one().province = "Enga"
    phones.says(RECORDER, f"WRONG {receipt}")
    phones.sends(VET, phones.code_to(VET))
    assert journal(scene.world)[-1]["type"] == "void"


def test_program__of_a_recorder__takes_back_no_registration_of_anothers_pig(scene, phones):
    farm = scene.places["keeper"]
    done = scene.recorder.report("register", NEW_PIG, at=farm)
    assert done.status_code == 201, done.text
    path = f"/api/v1/events/{event_id(scene, 'register')}/void"
    answer = scene.recorder.post(path, {"reason": "incorrect_data"})
    assert (answer.status_code, answer.json["code"]) == (403, "keeper_decides")
    assert scene.officer.post(path, {"reason": "incorrect_data"}).status_code == 201
    assert NEW_PIG in phones.to(KEEPER)[-1]


def test_family_phone__takes_back_the_theft_that_it_reported__the_keeper_is_asked(
    phones, scene, wife
):
    receipt = receipt_of(phones.says(wife, f"STOLEN {PIG}"))
    phones.says(wife, f"WRONG {receipt}")
    code = phones.code_to(KEEPER)
    assert "HOLD" in phones.says(STRANGER, f"OK {PIG}")
    phones.sends(KEEPER, code)
    assert "HOLD" not in phones.says(STRANGER, f"OK {PIG}")


@pytest.mark.slow
def test_family_phone__says_that_a_stolen_pig_is_back__the_keeper_gets_the_code(
    phones, scene, wife
):
    phones.says(KEEPER, f"STOLEN {PIG}")
    assert CODE.search(phones.says(wife, f"FOUND {PIG}")) is None
    code = phones.code_to(KEEPER)
    for guess in ("1", "YES", "123456", code):
        phones.sends(wife, guess)
    assert "HOLD" in phones.says(STRANGER, f"OK {PIG}")
    phones.sends(KEEPER, code)
    assert "HOLD" not in phones.says(STRANGER, f"OK {PIG}")


def told_after(phones, before, *numbers):
    """The new texts to some phones."""
    return {one: phones.to(one)[before.get(one, 0) :] for one in numbers}


def counts(phones, *numbers):
    return {one: len(phones.to(one)) for one in numbers}


def test_theft__that_is_over__is_told_to_police_and_officers_who_heard_of_it(phones, scene, police):
    phones.says(VET, "LANG EN")
    phones.says(KEEPER, f"STOLEN {PIG}")
    before = counts(phones, POLICE, VET, KEEPER)
    phones.says(KEEPER, f"FOUND {PIG}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    told = told_after(phones, before, POLICE, VET)
    assert [[PIG in text and text.startswith("BACK") for text in one] for one in told.values()] == [
        [True],
        [True],
    ]


def test_theft__that_an_officer_ends__is_told_to_its_keeper(phones, scene, police):
    phones.says(KEEPER, "LANG EN")
    phones.says(KEEPER, f"STOLEN {PIG}")
    before = counts(phones, POLICE, KEEPER)
    phones.says(VET, f"FOUND {PIG}")
    phones.sends(VET, phones.code_to(VET))
    told = told_after(phones, before, POLICE, KEEPER)
    assert [len(one) for one in told.values()] == [1, 1]
    assert "not by you" in told[KEEPER][0]


def test_found__of_a_pig_that_was_not_stolen__is_told_to_nobody(phones, scene, police):
    before = counts(phones, POLICE, VET)
    phones.says(KEEPER, f"FOUND {PIG}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert counts(phones, POLICE, VET) == before


@pytest.mark.slow
def test_theft__that_is_taken_back__is_told_to_whoever_heard_of_it_also_elsewhere(
    phones, scene, police
):
    enga = "+67570000042"
    told = {"phone": enga, "role": "police", "province": "Enga", "language": "en"}
    assert scene.administrator.post("/api/v1/parties", told).status_code == 201
    receipt = receipt_of(phones.says(KEEPER, f"STOLEN {PIG}"))
    assert phones.to(enga) == []
    phones.says(NEIGHBOUR, f"ARRIVE {PIG}")
    before = counts(phones, POLICE, enga)
    phones.takes_back(KEEPER, receipt)
    for one in told_after(phones, before, POLICE, enga).values():
        assert [text.startswith(f"TAKEN BACK: report {receipt}") for text in one] == [True]


def test_officer__takes_back_a_theft__its_keeper_learns_of_it(phones, scene):
    phones.says(KEEPER, "LANG EN")
    phones.says(KEEPER, f"STOLEN {PIG}")
    path = f"/api/v1/events/{event_id(scene, 'stolen')}/void"
    before = counts(phones, KEEPER)
    assert scene.inspector.post(path, {"reason": "did_not_occur"}).status_code == 201
    [told] = told_after(phones, before, KEEPER)[KEEPER]
    assert (PIG in told, "counts no more" in told) == (True, True)


@pytest.mark.slow
def test_officer__takes_back_a_sale__seller_and_buyer_learn_of_it(phones, scene):
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR[4:]}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    phones.says(NEIGHBOUR, "1")
    path = f"/api/v1/events/{event_id(scene, 'transfer')}/void"
    before = counts(phones, KEEPER, NEIGHBOUR)
    assert scene.inspector.post(path, {"reason": "did_not_occur"}).status_code == 201
    told = told_after(phones, before, KEEPER, NEIGHBOUR)
    assert [[PIG in text for text in one] for one in told.values()] == [[True], [True]]


def test_officer__takes_back_a_positive_result__those_whom_it_alarmed_learn_of_it(phones, scene):
    farm = scene.places["keeper"]
    details = {"specimen": "blood", "sample": "S-17"}
    assert scene.officer.report("sample", PIG, at=farm, details=details).status_code == 201
    found = {"sample": "S-17", "disease": "african_swine_fever", "outcome": "positive"}
    assert scene.officer.report("result", PIG, at=farm, details=found).status_code == 201
    path = f"/api/v1/events/{event_id(scene, 'result')}/void"
    before = counts(phones, VET, KEEPER)
    assert scene.inspector.post(path, {"reason": "incorrect_data"}).status_code == 201
    told = told_after(phones, before, VET, KEEPER)
    assert ["S-17" in text for text in told[VET]] == [True]
    assert [PIG in text for text in told[KEEPER]] == [True]


def test_keeper__takes_back_sickness_that_was_only_counted__officers_are_told_once(phones, scene):
    phones.says(KEEPER, "SICK 3 fever")
    more = [receipt_of(phones.says(KEEPER, f"SICK {heads} fever")) for heads in (4, 5)]
    before = counts(phones, VET)
    for receipt in more:
        phones.takes_back(KEEPER, receipt)
    [told] = told_after(phones, before, VET)[VET]
    assert more[0] in told


def flag_task(scene):
    """What the newest task of a flag is about, and whether it is open."""
    database = scene.world.runtime.database
    LivestockTasks().keep(database, scene.world.runtime.clock())
    with database.read() as session:
        wanted = select(Task).where(Task.kind == "flag").order_by(Task.id.desc())
        row = session.scalars(wanted).first()
        return row.code, row.closed_at is None


@pytest.fixture
def flagged(phones, scene):
    """The receipt of a movement against a rule, which is a task."""
    # The scene has one of its own, of another place.
    flag_task(scene)
    phones.says(NEIGHBOUR, "SICK 3 fever")
    receipt = receipt_of(phones.says(NEIGHBOUR, f"MOVE {OTHER_PIG} {scene.places['keeper']}"))
    code, is_open = flag_task(scene)
    assert (code.startswith("moved_"), is_open) == (True, True)
    return receipt


def test_keeper__takes_back_a_movement_against_a_rule__an_officer_looks_all_the_same(
    phones, scene, flagged
):
    phones.takes_back(NEIGHBOUR, flagged)
    assert flag_task(scene) == ("taken_back", True)
    with scene.world.runtime.database.read() as session:
        number = session.scalars(select(Task.number).order_by(Task.id.desc())).first()
    phones.says(VET, "LANG EN")
    assert "odd movement, then taken back" in phones.says(VET, f"TASK {number}")


def test_officer__takes_back_a_movement_against_a_rule__ends_its_task(phones, scene, flagged):
    path = f"/api/v1/events/{event_id(scene, 'depart')}/void"
    assert scene.officer.post(path, {"reason": "incorrect_data"}).status_code == 201
    code, is_open = flag_task(scene)
    assert (code.startswith("moved_"), is_open) == (True, False)
