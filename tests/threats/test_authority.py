"""Strangers, thieves and joking cousins who say something of other people's pigs."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text as text_of

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from services.livestock.domain.model import Key
from services.livestock.recording.premises import allocate
from services.storage.locks import one_writer
from services.storage.models import Animal
from tests.factories import official, origin
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG
from tests.threats.phones import CODE, STRANGER, forget_phones_of, journal, state_of

KEEPER, NEIGHBOUR, RECORDER = "+67570000001", "+67570000002", "+67570000003"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"DEAD {PIG}", "death"),
        (f"RETAG {PIG} {NEW_PIG}", "retag"),
        (f"LOST TAG {PIG}", "tag_lost"),
        (f"TREAT {PIG} IVOMEC 300", "treatment"),
        (f"VACC {PIG} IVOMEC 300", "vaccination"),
        (f"MOVE {PIG} {{neighbour}}", "depart"),
        (f"ARRIVE {PIG}", "arrive"),
        (f"REG {PIG}", "register"),
        (f"BORN 6 {PIG}", "birth"),
    ],
)
def test_stranger__says_something_of_a_keepers_pig__it_changes_nothing_and_the_keeper_is_asked(
    phones, scene, text, kind
):
    before = state_of(scene.world, PIG)
    reply = phones.says(STRANGER, text.format(**scene.places))
    assert state_of(scene.world, PIG) == before
    assert (
        journal(scene.world)[-1] | {"standing": "evidence", "type": kind}
        == journal(scene.world)[-1]
    )
    assert "does not count yet" in reply or "no kaunt yet" in reply
    [asked] = phones.to(KEEPER)
    assert STRANGER[-3:] in asked
    assert STRANGER[-4:] not in CODE.sub("", asked)
    assert len(asked) <= 160


@pytest.mark.parametrize("sender", [STRANGER, NEIGHBOUR])
@pytest.mark.parametrize("text", [f"SICK {PIG} fever", f"SICK {PIG}", f"SICK {PIG} lame"])
def test_stranger__says_that_a_keepers_pig_is_sick__it_may_go_as_before(
    phones, scene, text, sender
):
    before = phones.says(KEEPER, f"OK {PIG}")
    phones.says(sender, text)
    assert phones.says(KEEPER, f"OK {PIG}") == before
    phones.says(KEEPER, text)
    assert "must stay" in phones.says(KEEPER, f"OK {PIG}")


@pytest.mark.parametrize(
    "back", [f"ARRIVE {PIG} 20/11/2026", f"ARRIVE {PIG} yesterday", f"WEIGH {PIG} 40 yesterday"]
)
def test_receiver__whom_a_pig_never_reached__says_no_more_than_a_stranger(phones, scene, back):
    phones.says(KEEPER, f"MOVE {PIG} {scene.places['neighbour']} 20/11/2026")
    assert "does not count yet" not in phones.says(NEIGHBOUR, f"FEED {PIG} KAUKAU 20/11/2026")
    phones.says(KEEPER, back)
    assert "does not count yet" in phones.says(NEIGHBOUR, f"DEAD {PIG}")


def test_keeper__agrees_with_what_a_stranger_said__it_takes_effect(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    reply = phones.says(KEEPER, phones.code_to(KEEPER))
    assert "counts now" in reply or "kaunt" in reply, reply
    assert [one["type"] for one in journal(scene.world)[-2:]] == ["death", "agree"]
    [row] = [one for one in state_of(scene.world, PIG) if one[0] == "animal"]
    ended = 1 + list(Animal.__table__.columns.keys()).index("ended_on")
    assert row[ended] == "2026-11-25"


def test_keeper__objects_to_what_a_stranger_said__it_never_takes_effect(phones, scene):
    before = state_of(scene.world, PIG)
    phones.says(STRANGER, f"DEAD {PIG}")
    phones.says(KEEPER, "no")
    assert [one["type"] for one in journal(scene.world)[-2:]] == ["death", "object"]
    assert state_of(scene.world, PIG) == before
    phones.says(KEEPER, "1")
    assert state_of(scene.world, PIG) == before


def audited(scene):
    """The findings of an audit of the tables, less those of places without a journal."""
    found = AuditReport()
    with scene.world.runtime.database.read() as session:
        compare_projections(session, found)
    return found.findings


@pytest.mark.parametrize("answer", [None, "code", "no"])
@pytest.mark.parametrize(
    "text", [f"DEAD {PIG}", f"RETAG {PIG} {NEW_PIG}", f"ARRIVE {PIG}", f"BORN 6 {PIG}"]
)
def test_audit__of_evidence__is_right_before_and_after_its_keeper_answers(
    phones, scene, text, answer
):
    phones.says(STRANGER, text)
    if answer:
        phones.says(KEEPER, phones.code_to(KEEPER) if answer == "code" else answer)
    assert audited(scene) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE animal SET ended_on = '2026-11-25' WHERE value = '598000000000017'",
        "DELETE FROM correction",
        "DELETE FROM flag",
    ],
)
def test_audit__somebody_makes_evidence_take_effect_in_the_tables__it_is_noticed(
    phones, scene, tampering
):
    phones.says(STRANGER, f"DEAD {PIG}")
    with scene.world.runtime.database.write() as session:
        session.execute(text_of(tampering))
    assert audited(scene) != []


def test_audit__objected_evidence_made_to_count__is_noticed(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    phones.says(KEEPER, "no")
    with scene.world.runtime.database.write() as session:
        session.execute(text_of("DELETE FROM correction"))
    assert audited(scene) != []


@pytest.mark.slow
def test_stranger__ten_texts_of_twenty_tags__kill_nothing_and_cost_few_texts(phones, scene):
    """Ten DEAD texts from one unknown phone killed 200 of 200 pigs."""
    herd = [official(number) for number in range(100, 300)]
    for some in twenties(herd):
        done = scene.keeper.report("register", *some, at=scene.places["keeper"])
        assert done.status_code == 201, done.text
    before = state_of(scene.world, *herd)
    for some in twenties(herd):
        phones.says(STRANGER, f"DEAD {' '.join(some)}")
    assert state_of(scene.world, *herd) == before
    assert len(phones.to(KEEPER)) <= 3
    assert audited(scene) == []


@pytest.mark.slow
def test_strangers__say_the_same_again__the_keeper_is_asked_once(phones, scene):
    for number in range(5):
        phones.says(f"+6757000888{number}", f"DEAD {PIG}")
    assert len(phones.to(KEEPER)) == 1
    phones.says(KEEPER, "no")
    assert [one["type"] for one in journal(scene.world)].count("object") == 5


def test_report_of_some_pigs_that_are_not_ones_own__the_others_count(phones, scene):
    reply = phones.says(KEEPER, f"VACC {PIG} {OTHER_PIG} CSF")
    assert "Written down for 1." in reply
    mine, other = journal(scene.world)[-2:]
    assert ("standing" in mine, other["standing"]) == (False, "evidence")
    assert len(phones.to(NEIGHBOUR)) == 1


@pytest.mark.slow
def test_forged_sale__answer_meant_for_another_question__does_not_kill_a_pig(phones, scene):
    """A stranger says DEAD while the keeper is about to answer a buyer's question."""
    asked = phones.says(NEIGHBOUR, f"GIVE {OTHER_PIG} {KEEPER[4:]}")
    if codes := re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", asked):
        phones.says(NEIGHBOUR, codes[0])
    assert len(phones.to(KEEPER)) == 1
    phones.says(STRANGER, f"DEAD {PIG}")
    before = state_of(scene.world, PIG)
    reply = phones.says(KEEPER, "1")
    assert OTHER_PIG in reply, "the buyer's question is the one that 1 answers"
    assert "PIN" in phones.says(KEEPER, "NO"), "the other is asked again"
    assert state_of(scene.world, PIG) == before


@pytest.mark.parametrize("text", ["KILL {}", "GIVE {} 70000002"])
def test_stranger__kills_or_gives_away_a_keepers_pig__the_keeper_alone_gets_the_code(
    phones, scene, text
):
    before = state_of(scene.world, PIG)
    reply = phones.says(STRANGER, text.format(PIG))
    [asked] = phones.to(KEEPER)
    [code] = re.findall(r"(?:bekim|send) (?:kod )?([0-9]{4,6})\b", asked)
    assert code not in reply
    assert state_of(scene.world, PIG) == before


def test_keeper_without_a_phone__no_stranger_decides__an_officer_is_asked(phones, scene):
    forget_phones_of(scene, "keeper")
    before = state_of(scene.world, PIG)
    reply = phones.says(STRANGER, f"DEAD {PIG}")
    assert "officer" in reply or "opisa" in reply
    officer = "+67570000005"
    [asked] = phones.to(officer)
    assert "keeper has no phone" in asked or "no gat fon" in asked
    assert state_of(scene.world, PIG) == before
    phones.says(STRANGER, f"KILL {PIG}")
    assert state_of(scene.world, PIG) == before


def test_keeper_without_a_phone__the_village_recorder_reports__it_counts(phones, scene):
    forget_phones_of(scene, "keeper")
    phones.says(RECORDER, f"VACC {PIG} CSF")
    assert "standing" not in journal(scene.world)[-1]


def test_tag_issued_to_another__is_registered_by_a_stranger__the_other_is_asked(phones, scene):
    with scene.world.runtime.database.write() as session:
        one_writer(session)
        there = Key("bilum", scene.places["keeper"])
        allocate(session, official(900), official(999), there, origin())
    tag = official(950)
    phones.says(STRANGER, f"REG {tag}")
    assert journal(scene.world)[-1]["standing"] == "evidence"
    assert len(phones.to(KEEPER)) == 1
    phones.says(KEEPER, f"REG {tag}")
    assert "standing" not in journal(scene.world)[-1]


def test_wrong__of_anothers_report__is_refused(phones, scene):
    reply = phones.says(KEEPER, f"VACC {PIG} CSF")
    receipt = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", reply)[0]
    before = len(journal(scene.world))
    phones.says(STRANGER, f"WRONG {receipt}")
    assert len(journal(scene.world)) == before


def twenties(herd):
    return [herd[start : start + 20] for start in range(0, len(herd), 20)]


@pytest.mark.slow
def test_arrival_that_the_keeper_agrees_with__is_held_against_permits_and_orders(phones, scene):
    farm, there = scene.places["keeper"], scene.places["neighbour"]
    told = {"animals": [PIG], "origin": farm, "destination": there}
    days = {"first_day": "2026-11-25", "last_day": "2026-12-01"}
    asked = scene.keeper.post("/api/v1/permits", told | days)
    assert asked.status_code == 201, asked.text
    permit = f"/api/v1/permits/{asked.json['number']}"
    decided = scene.officer.post(f"{permit}/decision", {"state": "issued"})
    assert decided.status_code in {200, 201}, decided.text
    phones.says(NEIGHBOUR, f"ARRIVE {PIG}")
    assert scene.keeper.get(permit).json["state"] == "issued"
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert scene.keeper.get(permit).json["state"] == "closed"
    assert audited(scene) == []


def test_partners__of_evidence__are_told_nothing_before_the_keeper_agrees(phones, scene):
    def exported():
        page = scene.officer.get("/api/v1/epcis/events")
        assert page.status_code == 200, page.text
        arrivals = scene.officer.get("/api/v1/icar/arrivals")
        assert arrivals.status_code == 200, arrivals.text
        return page.text.count("eventID"), arrivals.text.count('"sourceId"')

    before = exported()
    phones.says(STRANGER, f"ARRIVE {PIG}")
    assert exported() == before
    phones.says(KEEPER, phones.code_to(KEEPER))
    assert exported()[0] == before[0] + 1
