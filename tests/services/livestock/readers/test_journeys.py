"""A whole journey for each thing that a session may become."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from services.storage.models import Journal, ReaderSession
from tests.factories import official
from tests.services.livestock.readers.pens import reader_of, verdicts
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG, TODAY


def journal(scene):
    with scene.world.runtime.database.read() as session:
        rows = session.scalars(select(Journal).order_by(Journal.id))
        return [(row.type, json.loads(row.content)["channel"]) for row in rows]


@pytest.mark.slow
def test_movement__pigs_leave_and_arrive__is_one_movement_with_receipts(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    mine = reader_of(scene, "keeper")
    seen = mine.scan(PIG, PIG, SENT_PIG)
    assert (seen.status_code, seen.json["scans"], seen.json["animals"]) == (200, 3, 2)
    assert [one["status"] for one in seen.json["seen"]] == ["alive", "moving"]
    left = {"direction": "depart", "premises": farm, "other": other, "leave_out": [SENT_PIG]}
    review = mine.review("movement", **left)
    assert verdicts(review) == {PIG: ("record", ["no_permit"]), SENT_PIG: ("left_out", [])}
    before = journal(scene)
    done = mine.confirm("movement", **left, review=review.json["review"])
    assert done.status_code == 200, done.text
    [event] = done.json["recorded"]
    assert (event["type"], event["animals"], len(event["receipt"])) == ("depart", 1, 19)
    assert journal(scene) == [*before, ("depart", "reader")]

    theirs = reader_of(scene, "neighbour")
    came = theirs.scan(OTHER_PIG)
    review = theirs.review("movement", direction="arrive", premises=other, other=farm)
    assert review.json["not_seen"] == [PIG]
    assert review.json["not_expected"] == [OTHER_PIG]
    theirs.scan(PIG)
    strike = {"leave_out": [OTHER_PIG], "direction": "arrive", "premises": other, "other": farm}
    review = theirs.review("movement", **strike)
    assert (review.json["not_seen"], review.json["not_expected"]) == ([], [])
    done = theirs.confirm("movement", **strike)
    assert [one["type"] for one in done.json["recorded"]] == ["arrive"]
    history = scene.neighbour.get(f"/api/v1/animals/{PIG}").json
    assert history["stays"][-1]["premises"]["number"] == other
    assert came.json["seen"][0]["place"]["number"] == other


def test_stocktake__seen_and_missing__are_told_and_seen_are_counted(scene):
    farm, keeper = scene.places["keeper"], scene.keeper
    second, stranger = official(31), official(32)
    assert keeper.report("register", second, at=farm).status_code == 201
    mine = reader_of(scene, "keeper")
    mine.scan(PIG, OTHER_PIG, stranger)
    review = mine.review("stocktake", premises=farm)
    assert review.json["not_seen"] == [second]
    assert review.json["not_expected"] == [OTHER_PIG, stranger]
    assert verdicts(review) == {
        PIG: ("record", []),
        OTHER_PIG: ("record", ["not_the_keeper", "elsewhere"]),
        stranger: ("record", ["unknown"]),
    }
    done = mine.confirm("stocktake", premises=farm, review=review.json["review"])
    assert [(one["type"], one["animals"]) for one in done.json["recorded"]] == [
        ("count", 2),
        ("count", 1),
    ]
    assert [one["standing"] for one in done.json["recorded"]] == ["in_force", "evidence"]
    assert done.json["registration_wanted"] == [stranger]
    assert journal(scene)[-1] == ("count", "reader")


def test_inspection__one_seized__is_a_check_for_each_outcome(scene):
    farm = scene.places["keeper"]
    inspector = reader_of(scene, "inspector")
    inspector.scan(PIG, OTHER_PIG, NEW_PIG)
    told = {
        "purpose": "inspection",
        "premises": farm,
        "outcome": "passed",
        "outcomes": {OTHER_PIG: "seized"},
    }
    review = inspector.review("inspection", **told)
    assert verdicts(review) == {
        PIG: ("record", []),
        OTHER_PIG: ("record", ["elsewhere"]),
        NEW_PIG: ("record", ["unknown"]),
    }
    done = inspector.confirm("inspection", **told)
    assert [(one["type"], one["animals"]) for one in done.json["recorded"]] == [
        ("check", 2),
        ("check", 1),
    ]
    events = scene.inspector.get(f"/api/v1/events?animal={OTHER_PIG}").json["items"]
    assert events[-1]["details"] == {"purpose": "inspection", "outcome": "seized"}


@pytest.mark.slow
def test_slaughter__a_line__is_a_kill_sheet_with_those_withheld(scene):
    hall, farm = scene.places["abattoir"], scene.places["keeper"]
    treated, condemned, third = official(41), official(42), official(43)
    for tag in (treated, condemned, third):
        assert scene.keeper.report("register", tag, at=farm, on="2026-11-01").status_code == 201
    medicine = {"product": "Oxytetracycline", "withdrawal_days": 14}
    scene.keeper.report("treatment", treated, at=farm, on="2026-11-20", details=medicine)
    scene.keeper.report("depart", treated, condemned, third, at=farm, other=hall, on="2026-11-24")
    reader = reader_of(scene, "abattoir")
    line = (SENT_PIG, treated, condemned, third)
    reader.scan(*line)
    arrived = reader.confirm("movement", direction="arrive", premises=hall, other=farm)
    assert arrived.json["counts"] == {"record": 4, "refused": 0, "left_out": 0}

    reader = reader.another()
    reader.scan(*line)
    told = {
        "premises": hall,
        "ante_mortem": "passed",
        "post_mortem": "passed",
        "first_carcass": 101,
        "lines": [
            {"tag": condemned, "ante_mortem": "seized"},
            {"tag": third, "carcass": "K-7", "kilograms": 61.5, "post_mortem": "seized"},
        ],
    }
    review = reader.review("slaughter", **told)
    assert review.status_code == 200, review.text
    assert verdicts(review) == {
        SENT_PIG: ("record", []),
        treated: ("refused", ["withdrawal"]),
        condemned: ("refused", ["ante_mortem"]),
        third: ("record", []),
    }
    assert all(one["receipt"] is None for one in review.json["sheet"]["lines"])
    done = reader.confirm("slaughter", **told, review=review.json["review"])
    sheet = done.json["sheet"]
    assert [
        (one["order"], one["tag"], one["carcass"], one["kilograms"], one["post_mortem"])
        for one in sheet["lines"]
    ] == [(1, SENT_PIG, "101", None, "passed"), (4, third, "K-7", 61.5, "seized")]
    # Where pigs came from: the number, but to an abattoir no name of a household.
    assert [(len(one["receipt"]), one["from"]) for one in sheet["lines"]] == [
        (19, {"number": farm, "name": None})
    ] * 2
    assert [(one["order"], one["tag"]) for one in sheet["withheld"]] == [
        (2, treated),
        (3, condemned),
    ]
    assert "medicine" in sheet["withheld"][0]["reasons"][0]["texts"]["en"]
    assert sheet["totals"] == {"slaughtered": 2, "withheld": 2, "kilograms": 61.5}
    assert [one["type"] for one in done.json["recorded"]] == [
        "check", "check", "slaughter", "slaughter", "check", "check",
    ]  # fmt: skip
    for tag, status in ((SENT_PIG, "dead"), (treated, "alive"), (condemned, "alive")):
        assert scene.inspector.get(f"/api/v1/animals/{tag}").json["status"] == status
    with scene.world.runtime.database.read() as session:
        kept = session.scalars(select(ReaderSession).order_by(ReaderSession.id)).all()
        assert [(one.confirmed_as, str(one.confirmed_on)) for one in kept] == [
            ("movement", TODAY),
            ("slaughter", TODAY),
        ]


def test_slaughter__with_condemned_meat__is_an_inspection_and_stands_on_the_sheet(scene):
    hall, farm = scene.places["abattoir"], scene.places["keeper"]
    reader = reader_of(scene, "abattoir")
    reader.scan(SENT_PIG)
    reader.confirm("movement", direction="arrive", premises=hall, other=farm)
    reader = reader.another()
    reader.scan(SENT_PIG)
    line = {"tag": SENT_PIG, "kilograms": 61.5, "condemned": ["liver:worms"]}
    done = reader.confirm("slaughter", premises=hall, post_mortem="passed", lines=[line])
    assert done.status_code == 200, done.text
    [told] = done.json["sheet"]["lines"]
    assert (told["tag"], told["condemned"]) == (SENT_PIG, ["liver:worms"])
    events = scene.inspector.get(f"/api/v1/events?animal={SENT_PIG}").json["items"]
    [found] = [one["details"] for one in events if one["type"] == "check"]
    assert found == {"purpose": "post_mortem", "outcome": "passed", "condemned": ["liver:worms"]}


def test_slaughter__with_condemned_meat_of_no_list__records_nothing(scene):
    reader = reader_of(scene, "abattoir")
    reader.scan(SENT_PIG)
    line = {"tag": SENT_PIG, "condemned": ["liver:magic"]}
    done = reader.confirm("slaughter", premises=scene.places["abattoir"], lines=[line])
    assert done.status_code == 422
    assert scene.inspector.get(f"/api/v1/animals/{SENT_PIG}").json["status"] == "moving"


def test_slaughter__with_condemned_meat_of_anothers_pig__is_refused(scene):
    """A reader in a thief's hands condemns the neighbour's pig."""
    reader = reader_of(scene, "keeper")
    reader.scan(OTHER_PIG)
    line = {"tag": OTHER_PIG, "condemned": ["whole:tuberculosis"]}
    told = {"premises": scene.places["keeper"], "place": "home", "lines": [line]}
    review = reader.review("slaughter", **told)
    assert review.status_code == 200, review.text
    assert verdicts(review) == {OTHER_PIG: ("refused", ["not_yours", "no_permit"])}
    reader.confirm("slaughter", **told)
    assert scene.inspector.get(f"/api/v1/animals/{OTHER_PIG}").json["status"] == "alive"
    events = scene.inspector.get(f"/api/v1/events?animal={OTHER_PIG}").json["items"]
    assert not {"check", "slaughter"} & {one["type"] for one in events}
