"""People who join a trial by SMS: who is allocated where, and who tries to choose."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from services.health.courses.register import sent_texts
from services.health.courses.staff import full_view
from services.health.errors import TrialChanged
from services.health.trials.drawing import (
    Slot,
    TrialPlace,
    arm_at,
    block,
    cluster_arms,
    cluster_steps,
    letters,
    next_slot,
    stratum_key,
)
from services.health.versions.store import add_version, programme_by_id
from services.messaging.subject_access import export_person
from services.storage.models import Party, Subscription
from sms.local_time import local_day
from tests.factories import NOW, Phones, in_threads
from tests.services.health.scene import Course, publish
from tests.services.health.trials.trial import (
    BLOCK,
    STEPPED,
    TRIAL,
    allocations,
    join,
    on_chain,
    the_trial,
    trial_text,
)

RELATIVE, OTHERS = "+67570002001", [f"+675700020{last}" for last in range(10, 22)]
CLOSED = "takes nobody in at this time"


def course_of(database):
    publish(database, TRIAL)
    on_chain(database)
    return Course(database)


@pytest.mark.slow
def test_join__before_the_seed_is_on_the_chain__allocates_nobody(database):
    publish(database, TRIAL)
    course = Course(database)
    assert CLOSED in course.say("QUIT")
    on_chain(database)
    assert CLOSED not in course.say("QUIT")
    # The last day of the trial passes while the intake waits.
    course.say("1", "yes", "Maria", "1", "2")
    course.now += timedelta(days=2)
    assert "Your day is" in course.say("5 Dec")
    late = Course(database, course.now, OTHERS[0])
    late.now += timedelta(days=400)
    assert CLOSED in late.say("QUIT")
    assert len(allocations(database)) == 1


@pytest.mark.slow
def test_allocation__of_people_who_join__keeps_the_ratio_in_each_stratum(database):
    course = course_of(database)
    for place, number in enumerate(OTHERS):
        # Nine of one stratum: whatever the first block is, both arms are in it.
        welcome = join(course, number, "1" if place < 9 else "2")
        assert "whole" not in welcome
        assert "bland" not in welcome
    rows = allocations(database)
    assert [row.number for row in rows] == list(range(1, 13))
    for stratum in {row.stratum for row in rows}:
        mine = [row for row in rows if row.stratum == stratum]
        whole = Counter(row.block for row in mine if row.slot == 0)
        assert set(whole.values()) == {1}
        counted = Counter(row.arm for row in mine)
        assert abs(counted["whole"] - 2 * counted["bland"]) <= 6
    trial = the_trial(database)
    assert bytes.fromhex(trial.seed) not in trial.design
    # Each arm's own texts are planned, and the same questions for all.
    course.later(days=11)
    course.later(days=30)
    by_arm = {"whole": set(), "bland": set()}
    arms = {row.subscription_id: row.arm for row in rows}
    for message in course.messages():
        if message.purpose == "course":
            by_arm[arms[message.subscription_id]].add(message.item)
    assert {"tip-1", "day-0", "month1"} <= by_arm["whole"]
    assert by_arm["bland"] == {"rest-14", "month1"}
    with database.read() as session:
        _, programme = programme_by_id(session, course.row().version_id)
        shown = {
            (text["item"], text["purpose"])
            for one in session.scalars(select(Subscription))
            for text in sent_texts(session, one, programme, 100)
        }
    # Nobody who looks after a person learns the arm from what was sent.
    told = {item for item, purpose in shown if purpose == "course"}
    assert told == {"month1"}


@pytest.mark.slow
def test_relative__who_tries_again__has_one_place(database):
    course = course_of(database)
    join(course, RELATIVE)
    (first,) = allocations(database)
    course.say("STOP", "3")
    # They come back, and say that they are somebody of another stratum.
    join(course, RELATIVE, "2")
    assert course.row().arm == first.arm
    assert course.row().id != first.subscription_id
    assert [row.number for row in allocations(database)] == [1]
    # They ask to be forgotten, and come back as if they were new.
    course.forget()
    assert CLOSED in join(course, RELATIVE)
    assert (course.row().state, course.row().reason) == ("ineligible", "took_part")
    (kept,) = allocations(database)
    assert (kept.number, kept.arm, kept.person_id) == (1, first.arm, first.person_id)


@pytest.mark.slow
def test_intake__closed_by_the_clock_after_consent__allocates_too(database):
    course = course_of(database)
    course.say("QUIT", "1", "yes", "Maria", "1", "2")
    course.later(days=4)
    (row,) = allocations(database)
    assert course.row().arm == row.arm


def test_approval__of_another_design_before_the_first_person__draws_another_seed(database):
    publish(database, TRIAL)
    before = the_trial(database)
    publish(database, TRIAL.replace("Tell a friend today.", "Tell two friends today."))
    assert the_trial(database).seed_digest == before.seed_digest
    publish(database, TRIAL.replace("ratio: 2", "ratio: 1"))
    after = the_trial(database)
    assert after.seed_digest != before.seed_digest
    assert after.journal_id > before.journal_id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("ratio: 2", "ratio: 3", "trial.arms"),
        ("strata: [sex]", "strata: []", "trial.strata"),
        ('"2027-10-31"', '"2027-12-31"', "trial.stop"),
        (BLOCK, "", "close it"),
    ],
)
def test_approval__of_another_design_with_people__is_refused_with_its_place(
    joined, before, after, place
):
    with pytest.raises(TrialChanged, match=place):
        publish(joined, trial_text(BLOCK.replace(before, after)))


def test_file__of_another_design_with_people__is_refused_with_its_lines(joined):
    changed = TRIAL.replace("ratio: 2", "ratio: 3").replace("2027-10-31", "2027-11-30")
    lines = changed.splitlines()
    arms, stop = lines.index("  arms:") + 1, lines.index('  stop: "2027-11-30"') + 1
    with joined.write() as session, pytest.raises(TrialChanged) as caught:
        add_version(session, changed, None, NOW)
    assert f"line {arms}, trial.arms; line {stop}, trial.stop: people" in str(caught.value)
    mended = TRIAL.replace("Tell a friend today.", "Tell two friends today.")
    with joined.write() as session:
        assert add_version(session, mended, None, NOW).number == 2
        assert add_version(session, trial_text(""), None, NOW).number == 3


@pytest.fixture
def joined(database):
    join(course_of(database), RELATIVE)
    return database


def stream(seed, label):
    """Numbers of 32 bits, as docs/trials.md tells."""
    counter = 0
    while True:
        message = b"bilum-trial/1\0" + label.encode() + b"\0" + counter.to_bytes(8, "big")
        drawn = hmac.new(seed, message, hashlib.sha256).digest()
        yield from struct.unpack(">8I", drawn)
        counter += 1


def below(limit, numbers):
    return next(one for one in numbers if one < 2**32 - 2**32 % limit) % limit


def test_draws__computed_by_the_recipe_alone__are_the_same():
    seed, design = (
        bytes(range(32)),
        {
            "unit": "person",
            "arms": [{"code": "whole", "ratio": 2}, {"code": "bland", "ratio": 1}],
        },
    )
    key = hmac.new(seed, b"bilum-trial/1\0stratum\0sex=f", hashlib.sha256).hexdigest()[:32]
    assert stratum_key(seed, {"sex": "f"}) == key
    drawn, sizes = [], Counter()
    for number in range(600):
        numbers = stream(seed, f"block\0{key}\0{number}")
        times = 1 + below(3, numbers)
        mine = ["whole"] * (2 * times) + ["bland"] * times
        for last in range(len(mine) - 1, 0, -1):
            other = below(last + 1, numbers)
            mine[last], mine[other] = mine[other], mine[last]
        assert mine == list(block(seed, design, key, number))
        drawn.append(tuple(mine))
        sizes[times] += 1
    # Sizes and orders come about equally often, so the last place of a block cannot be guessed.
    assert min(sizes.values()) > 160
    small = Counter(one for one in drawn if len(one) == 3)
    assert min(small.values()) > sizes[1] / 3 * 0.7
    assert arm_at(seed, design, TrialPlace(key, Slot(7, 1), None)) == drawn[7][1]
    assert sorted(letters(seed, design).values()) == ["A", "B"]


@pytest.mark.slow
def test_two_people__who_end_their_intake_at_once__get_two_places(database):
    course = course_of(database)
    numbers = OTHERS[:4]
    for number in numbers:
        course.sender = number
        course.say("QUIT", "1", "yes", "Maria", "1", "2")

    def end(number):
        return Phones(database, course.now, course.talk).send("5 Dec", number).outcome

    in_threads(*(partial(end, number) for number in numbers))
    rows = allocations(database)
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert len({(row.block, row.slot) for row in rows}) == 4
    seed, design = bytes.fromhex(the_trial(database).seed), json.loads(the_trial(database).design)
    on = local_day(course.now, "Pacific/Port_Moresby")
    drawn = [
        arm_at(seed, design, TrialPlace(row.stratum, Slot(row.block, row.slot), on)) for row in rows
    ]
    assert drawn == [row.arm for row in rows]


@pytest.mark.slow
def test_wedge__as_its_steps_come__goes_over_by_place_and_keeps_who_is_in(database):
    publish(database, STEPPED)
    on_chain(database)
    course = Course(database)
    trial = the_trial(database)
    steps = cluster_steps(bytes.fromhex(trial.seed), json.loads(trial.design))
    assert sorted(steps.values()) == [0, 1, 1]
    codes = {"1": "f", "2": "m"}
    first, last = sorted(codes, key=lambda answer: steps[codes[answer]])
    places = []
    for days, place in ((0, first), (42, first), (1, last), (60, last)):
        course.now += timedelta(days=days)
        join(course, OTHERS[len(places)], place)
        places.append(course.row().arm)
    assert places == ["bland", "whole", "bland", "whole"]
    # Somebody moves to the clinic that has gone over, and says so when they come back.
    course.sender = OTHERS[0]
    course.say("STOP", "3")
    join(course, OTHERS[0], last)
    assert course.row().arm == "bland"


def test_places__that_chance_assigns__have_one_arm_each_by_the_ratio():
    seed = bytes(range(32))
    design = {
        "unit": "facility",
        "wedge": None,
        "clusters": [str(number) for number in range(1, 28)],
        "arms": [{"code": "mobile", "ratio": 2}, {"code": "rest", "ratio": 1}],
    }
    arms = cluster_arms(seed, design)
    assert Counter(arms[place] for place in design["clusters"]) == {"mobile": 18, "rest": 9}
    key = stratum_key(seed, {"facility": "7"})
    assert arm_at(seed, design, TrialPlace(key, Slot(0, 12), None)) == arms["7"]
    assert next_slot(seed, design, key, Slot(0, 12)) == Slot(0, 13)


@pytest.mark.slow
def test_person__as_staff_and_they_themselves_read_them__shows_no_arm(database):
    course = course_of(database)
    join(course, RELATIVE)
    course.say("DATE 20 Dec")
    with database.write() as session:
        row = session.get_one(Subscription, course.row().id)
        for arm in ("whole", "bland"):
            row.arm = arm
            later = course.now + timedelta(days=30)
            shown = [full_view(session, row, now) for now in (course.now, later)]
            assert {one["item"] for view in shown for one in view["plan"]} <= {"month1"}
            assert [one["details"] for one in shown[0]["changes"]] == [{}]
            assert "arm" not in shown[0]
        told = export_person(session, session.get_one(Party, course.party()))
    assert told["subscription"]
    assert "arm" not in told["subscription"][0]
    (allocated,) = told["trial_allocation"]
    assert allocated.keys() & {"arm", "block", "slot", "salt", "mark"} == set()
