from __future__ import annotations

from datetime import date

import pytest

from chain.canonical import public_subject
from chain.verification import Expected, verify_file, verify_proof
from services.core.roles import Role
from services.livestock.domain.model import EventType, Key, Occurred, Origin, Report, event_id
from services.livestock.recording.record import record_events
from services.runtime.workers import record_everything
from tests.services.world import ANIMAL


def import_movement(world, animal="0000A", premises="1"):
    report = Report(
        event_id("import", f"{animal} {premises}", 0),
        EventType.ARRIVE,
        (Key("animal", animal),),
        Key("premises", premises),
        None,
        Occurred.on(date(2026, 11, 24)),
    )
    with world.runtime.database.write() as session:
        record_events(session, [report], Origin("import", None, world.runtime.clock()))


def put_on_ledger(world):
    record_everything(world.runtime, lambda: None, lambda _: None)


def test_animal__registered_by_sms__shows_where_it_is(world):
    world.sms("PLACE Kudjip, Jiwaka", "SM1")
    world.sms(f"REG {ANIMAL}", "SM2")
    shown = world.get(f"/api/v1/animals/{ANIMAL}", Role.INSPECTOR).json
    assert ANIMAL in shown["numbers"]
    assert shown["subject"] == public_subject("iso11784", ANIMAL).hex()
    assert shown["found"] is False
    [stay] = shown["stays"]
    assert (stay["premises"]["name"], stay["premises"]["province"]) == ("Kudjip", "Jiwaka")
    assert (stay["since"], stay["until"]) == ("2026-11-25", None)
    [event] = shown["events"]
    assert (event["type"], event["index"], event["on_ledger"]) == ("register", None, False)
    short = next(number for number in shown["numbers"] if number != ANIMAL)
    assert world.get(f"/api/v1/animals/{short}", Role.INSPECTOR).json == shown


@pytest.mark.parametrize("tag", ["animal:0000A", "0000A", "ANIMAL:0000A"])
def test_animal__source_identifier__is_found_in_every_form(world, tag):
    import_movement(world)
    response = world.get(f"/api/v1/animals/{tag}", Role.AUDITOR)
    assert response.status_code == 200
    assert response.json["numbers"] == ["animal:0000A"]
    assert response.json["found"] is True


@pytest.mark.parametrize("path", ["/api/v1/animals/{}", "/api/v1/animals/{}/proof"])
@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ("598000000000024", 404, "unknown_number"),
        ("104277", 422, "unreadable_tag"),
        ("premises:1", 422, "wrong_kind_of_number"),
        ("animal:0000a", 404, "unknown_number"),
    ],
)
def test_animal__number_that_is_none__says_what_is_wrong(world, path, tag, status, code):
    import_movement(world)
    response = world.get(path.format(tag), Role.AUDITOR)
    assert (response.status_code, response.json["code"]) == (status, code)


def test_proof__nothing_on_the_ledger_yet__is_a_conflict(world):
    import_movement(world)
    response = world.get("/api/v1/animals/0000A/proof", Role.AUDITOR)
    assert (response.status_code, response.json["code"]) == (409, "nothing_recorded")


@pytest.mark.slow
def test_proof__recorded__is_the_file_that_verifies_offline(world):
    import_movement(world)
    put_on_ledger(world)
    response = world.get("/api/v1/animals/animal:0000A/proof", Role.AUDITOR)
    assert (response.status_code, response.content_type) == (200, "application/json")
    bound = world.runtime.recorder_store.identity()
    expected = Expected(
        chain_id=bound.chain_id, genesis=bound.genesis, contract=bound.contract, size=2
    )
    proof = verify_proof(response.text, expected)
    assert {one.subject for one in proof.records} == {public_subject("animal", "0000A")}
    [event] = world.get("/api/v1/animals/0000A", Role.AUDITOR).json["events"]
    assert (event["on_ledger"], event["index"]) == (True, proof.records[0].index)


def test_ledger__before_and_after_recording__tells_how_far_it_is(world):
    import_movement(world)
    before = world.get("/api/v1/ledger", Role.KEEPER).json
    assert before == {"ledger": None, "checkpoint": None, "waiting": 3}
    put_on_ledger(world)
    after = world.get("/api/v1/ledger", Role.KEEPER).json
    # The token that the second call made.
    assert after["waiting"] == 1
    assert after["checkpoint"]["size"] == 3
    bound = world.runtime.recorder_store.identity()
    assert after["ledger"] == {
        "chain_id": bound.chain_id,
        "genesis": "0x" + bound.genesis.hex(),
        "contract": bound.contract,
    }


@pytest.mark.slow
def test_consistency__between_two_checkpoints__is_the_file_that_verifies_offline(world):
    sizes = []
    for animal in ("0000A", "0000B"):
        import_movement(world, animal)
        put_on_ledger(world)
        sizes.append(world.get("/api/v1/ledger", Role.AUDITOR).json["checkpoint"])
    older, newer = sizes
    asked = f"/api/v1/ledger/consistency?old={older['size']}"
    response = world.get(asked, Role.AUDITOR)
    assert (response.status_code, response.content_type) == (200, "application/json")
    bound = world.runtime.recorder_store.identity()
    expected = Expected(
        root=bytes.fromhex(newer["root"]),
        size=newer["size"],
        chain_id=bound.chain_id,
        genesis=bound.genesis,
        contract=bound.contract,
        older_root=bytes.fromhex(older["root"]),
        older_size=older["size"],
    )
    verify_file(response.text, expected)
    assert world.get(f"{asked}&new={newer['size']}", Role.KEEPER).text == response.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("old=1", 404, "no_checkpoint"),
        ("old=2&new=3", 404, "no_checkpoint"),
        ("old=4&new=2", 422, "not_later"),
        ("", 422, None),
        ("old=0", 422, None),
        ("old=9007199254740992", 422, None),
        ("old=two", 422, None),
    ],
)
def test_consistency__sizes_that_are_none__says_what_is_wrong(world, query, status, code):
    for animal in ("0000A", "0000B"):
        import_movement(world, animal)
        put_on_ledger(world)
    response = world.get(f"/api/v1/ledger/consistency?{query}", Role.AUDITOR)
    assert response.status_code == status
    assert code is None or response.json["code"] == code
