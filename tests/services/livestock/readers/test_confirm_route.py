"""What a session cannot become, and why; and that it becomes something once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from services.storage.models import Journal, ReaderSession
from tests.factories import official
from tests.services.livestock.readers.pens import Reader, reader_of, verdicts
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG, TODAY

COUNTED = {"kind": "stocktake", "premises": "keeper"}
MOVED = {"kind": "movement", "direction": "depart", "premises": "keeper"}
CHECKED = {"kind": "inspection", "purpose": "inspection", "outcome": "passed", "premises": "keeper"}
KILLED = {"kind": "slaughter", "premises": "abattoir"}


def recorded(scene):
    with scene.world.runtime.database.read() as session:
        confirmed = select(func.count()).where(ReaderSession.confirmed_as.is_not(None))
        events = select(func.count()).select_from(Journal)
        return session.scalar(events), session.scalar(confirmed)


def asked(scene, told):
    """A body whose places are named by whose they are."""
    named = {"premises", "other"}
    return {
        name: scene.places.get(value, value) if name in named else value
        for name, value in told.items()
        if value is not None
    }


@pytest.mark.parametrize(
    ("label", "who", "told", "answered"),
    [
        ("no kind", "keeper", COUNTED | {"kind": "sale"}, "422 invalid"),
        ("no day", "keeper", COUNTED | {"day": ""}, "422 invalid"),
        ("a day that is none", "keeper", COUNTED | {"day": "2026-02-30"}, "422 invalid"),
        ("tomorrow", "keeper", COUNTED | {"day": "2026-11-26"}, "422 future_day"),
        ("before 1970", "keeper", COUNTED | {"day": "1969-12-31"}, "422 wrong_fields"),
        ("no premises", "keeper", COUNTED | {"premises": None}, "422 invalid"),
        (
            "premises of nobody",
            "keeper",
            COUNTED | {"premises": "premises:99"},
            "404 unknown_number",
        ),
        (
            "an animal for premises",
            "keeper",
            COUNTED | {"premises": PIG},
            "422 wrong_kind_of_number",
        ),
        ("an example", "keeper", COUNTED | {"premises": "20468"}, "422 only_an_example"),
        ("a number with a mistake", "keeper", COUNTED | {"premises": "1069"}, "422 unreadable_tag"),
        ("another's premises", "keeper", COUNTED | {"premises": "neighbour"}, "403 forbidden"),
        ("a count by an abattoir", "abattoir", COUNTED | {"premises": "abattoir"}, "403 forbidden"),
        ("anything by an auditor", "auditor", COUNTED, "403 forbidden"),
        ("an inspection by a keeper", "keeper", CHECKED, "403 forbidden"),
        (
            "a roadblock by an abattoir",
            "abattoir",
            CHECKED | {"purpose": "roadblock"},
            "403 forbidden",
        ),
        ("an outcome that is none", "inspector", CHECKED | {"outcome": "eaten"}, "422 invalid"),
        (
            "an outcome of another tag",
            "inspector",
            CHECKED | {"outcomes": {OTHER_PIG: "seized"}},
            "422 wrong_fields",
        ),
        (
            "an outcome of no tag",
            "inspector",
            CHECKED | {"outcomes": {"x": "seized"}},
            "422 wrong_fields",
        ),
        ("no outcome", "inspector", CHECKED | {"outcome": None}, "422 invalid"),
        ("no direction", "keeper", MOVED | {"direction": None}, "422 invalid"),
        ("a place to itself", "keeper", MOVED | {"other": "keeper"}, "422 same_place"),
        ("a member of another kind", "keeper", MOVED | {"outcome": "passed"}, "422 invalid"),
        ("a member that nobody knows", "keeper", MOVED | {"price": 12}, "422 invalid"),
        (
            "a tag that was not scanned",
            "keeper",
            MOVED | {"leave_out": [OTHER_PIG]},
            "422 wrong_fields",
        ),
        ("all left out", "keeper", MOVED | {"leave_out": [PIG]}, "422 nothing_to_record"),
        ("an old review", "keeper", MOVED | {"review": "0" * 16}, "409 review_changed"),
        ("a slaughter by a keeper there", "keeper", KILLED, "403 forbidden"),
        (
            "a line of another tag",
            "abattoir",
            KILLED | {"lines": [{"tag": OTHER_PIG}]},
            "422 wrong_fields",
        ),
        (
            "a line twice",
            "abattoir",
            KILLED | {"lines": [{"tag": PIG}, {"tag": PIG}]},
            "422 wrong_fields",
        ),
        ("a carcass below 1", "abattoir", KILLED | {"first_carcass": 0}, "422 invalid"),
        (
            "a weight that is none",
            "abattoir",
            KILLED | {"lines": [{"tag": PIG, "kilograms": "x"}]},
            "422 invalid",
        ),
    ],
)  # fmt: skip
def test_confirm__what_may_not_be__is_refused_and_nothing_recorded(
    scene, label, who, told, answered
):
    status, code = int(answered[:3]), answered[4:]
    reader = reader_of(scene, who)
    assert reader.scan(PIG).status_code == 200
    before = recorded(scene)
    answer = reader.confirm(**asked(scene, told))
    assert (answer.status_code, answer.json["code"]) == (status, code), (label, answer.text)
    assert answer.content_type == "application/problem+json"
    assert recorded(scene) == before
    review = reader.review(**asked(scene, told))
    reviewed = 200 if code in {"nothing_to_record", "review_changed"} else status
    assert review.status_code == reviewed, (label, review.text)


@pytest.mark.slow
def test_confirm__a_session_that_nobody_sent__is_not_found(scene):
    reader, other = reader_of(scene, "keeper"), reader_of(scene, "neighbour")
    farm = scene.places["keeper"]
    assert reader.review("stocktake", premises=farm).json["code"] == "no_session"
    other.scan(OTHER_PIG)
    stolen = Reader(reader.device, other.session)
    answer = stolen.confirm("stocktake", premises=farm)
    assert (answer.status_code, answer.json["code"]) == (404, "no_session")


def test_confirm__again__is_refused_and_the_same_request_answered_the_same(scene):
    reader, farm = reader_of(scene, "keeper"), scene.places["keeper"]
    reader.scan(PIG)
    first = reader.confirm("stocktake", premises=farm)
    after = recorded(scene)
    assert reader.device.send(*reader.device.sent[-1]).data == first.data
    again = reader.confirm("stocktake", premises=farm)
    assert (again.status_code, again.json["code"]) == (409, "session_confirmed")
    assert recorded(scene) == after


@pytest.mark.slow
def test_confirm__after_more_was_scanned__wants_another_review(scene):
    reader, farm = reader_of(scene, "keeper"), scene.places["keeper"]
    reader.scan(PIG)
    review = reader.review("stocktake", premises=farm).json["review"]
    reader.scan(NEW_PIG)
    answer = reader.confirm("stocktake", premises=farm, review=review)
    assert answer.json["code"] == "review_changed"
    review = reader.review("stocktake", premises=farm).json["review"]
    assert reader.confirm("stocktake", premises=farm, review=review).status_code == 200


def test_confirm__after_the_book_changed__wants_another_review(scene):
    reader, farm = reader_of(scene, "keeper"), scene.places["keeper"]
    reader.scan(PIG)
    review = reader.review("stocktake", premises=farm).json["review"]
    assert scene.keeper.report("register", official(77), at=farm).status_code == 201
    answer = reader.confirm("stocktake", premises=farm, review=review)
    assert answer.json["code"] == "review_changed"


def test_review__leaves_no_trace_but_its_envelope(scene):
    reader = reader_of(scene, "keeper")
    reader.scan(PIG)
    before = scene.world.counts()
    reader.review("stocktake", premises=scene.places["keeper"])
    after = scene.world.counts()
    changed = {name for name, count in after.items() if count != before[name]}
    assert changed == {"envelope", "device_turn"}


def test_review__what_the_reader_s_clock_says_otherwise__is_told(scene):
    reader, farm = reader_of(scene, "keeper"), scene.places["keeper"]
    scans = [
        {"tag": PIG, "at": "2026-11-29T08:00:00"},
        {"tag": NEW_PIG, "at": "2026-11-20"},
        {"tag": SENT_PIG, "at": TODAY},
    ]
    reader.upload(format="scans", text=None, scans=scans)
    warnings = reader.review("stocktake", premises=farm).json["warnings"]
    assert [one["code"] for one in warnings] == ["clock_ahead", "future_scans", "other_day"]
    assert "1 of the pigs were not scanned on 25 Nov" in warnings[2]["texts"]["en"]
    done = reader.confirm("stocktake", premises=farm)
    event = scene.keeper.get(f"/api/v1/events/{done.json['recorded'][0]['id']}").json
    assert event["occurred"] == {"at": TODAY, "precision": "day", "zone": "Pacific/Port_Moresby"}


def test_review__an_animal_that_was_not_born_or_is_dead__is_told(scene):
    farm = scene.places["keeper"]
    young, dead = official(51), official(52)
    scene.keeper.report("birth", young, at=farm, on="2026-11-20")
    scene.keeper.report("register", dead, at=farm, on="2026-11-01")
    scene.keeper.report("death", dead, at=farm, on="2026-11-10")
    reader = reader_of(scene, "keeper")
    reader.scan(young, dead)
    review = reader.review("stocktake", premises=farm, day="2026-11-15")
    assert verdicts(review) == {
        young: ("record", ["not_born_yet"]),
        dead: ("record", ["dead"]),
    }


def test_review__of_what_harms__tells_why_it_is_withheld_in_both_languages(scene):
    hall, farm = scene.places["abattoir"], scene.places["keeper"]
    reader = reader_of(scene, "abattoir")
    reader.scan(SENT_PIG, PIG, NEW_PIG)
    review = reader.review("slaughter", premises=hall)
    reasons = {tag: codes for tag, (_, codes) in verdicts(review).items()}
    # The second never left, the third is not in the book.
    assert "not_yours" in reasons[PIG]
    assert "unknown" in reasons[NEW_PIG]
    for one in review.json["animals"]:
        for reason in one["reasons"]:
            assert set(reason["texts"]) == {"en", "tpi"}
    # Random ids may hold any four digits.
    told = {name: value for name, value in review.json.items() if name not in {"session", "review"}}
    assert farm not in str(told)


def test_inspection__at_a_roadblock_without_a_place__is_a_check_on_the_road(scene):
    reader = reader_of(scene, "inspector")
    reader.scan(SENT_PIG)
    told = {"purpose": "roadblock", "outcome": "turned_back"}
    review = reader.review("inspection", **told)
    assert verdicts(review)[SENT_PIG][0] == "record"
    done = reader.confirm("inspection", **told)
    assert (done.status_code, done.json["premises"]) == (200, None)


@pytest.mark.slow
def test_movement__with_a_permit__closes_it_on_arrival(scene):
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    wanted = {"animals": [PIG], "origin": farm, "destination": other}
    wanted |= {"first_day": TODAY, "last_day": TODAY}
    made = scene.keeper.post("/api/v1/permits", wanted)
    assert made.status_code == 201, made.text
    number = made.json["number"]
    issued = scene.officer.post(f"/api/v1/permits/{number}/decision", {"state": "issued"})
    assert issued.status_code == 200, issued.text
    mine = reader_of(scene, "keeper")
    mine.scan(PIG)
    told = {"direction": "depart", "premises": farm, "other": other, "permit": number}
    assert verdicts(mine.review("movement", **told)) == {PIG: ("record", [])}
    assert mine.confirm("movement", **told).json["recorded"][0]["flags"] == []
    theirs = reader_of(scene, "neighbour")
    theirs.scan(PIG)
    told = {"direction": "arrive", "premises": other, "other": farm, "permit": number}
    assert theirs.confirm("movement", **told).status_code == 200
    assert scene.officer.get(f"/api/v1/permits/{number}").json["state"] == "closed"


def test_slaughter__two_carcasses_of_one_number__are_refused(scene):
    hall, farm = scene.places["abattoir"], scene.places["keeper"]
    second = official(61)
    scene.keeper.report("register", second, at=farm)
    scene.keeper.report("depart", second, at=farm, other=hall)
    reader = reader_of(scene, "abattoir")
    reader.scan(SENT_PIG, second)
    reader.confirm("movement", direction="arrive", premises=hall)
    reader = Reader(reader.device, str(uuid4()))
    reader.scan(SENT_PIG, second)
    told = {"premises": hall, "first_carcass": 7, "lines": [{"tag": second, "carcass": "7"}]}
    answer = reader.review("slaughter", **told)
    assert (answer.status_code, answer.json["code"]) == (422, "wrong_fields")


@pytest.mark.slow
def test_confirm__five_thousand_animals__are_recorded_in_parts(scene):
    reader, farm = reader_of(scene, "keeper"), scene.places["keeper"]
    reader.scan(*(official(number) for number in range(1_000, 3_500)))
    done = reader.confirm("stocktake", premises=farm)
    assert done.status_code == 200, done.text
    assert [one["animals"] for one in done.json["recorded"]] == [1_000, 1_000, 500]
    assert len(done.json["registration_wanted"]) == 2_500
