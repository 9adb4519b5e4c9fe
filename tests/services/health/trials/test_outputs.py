"""What a trial gives: the effect that was put in, the flow, both checklists, and its end."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from sqlalchemy import select

from chain.canonical import canonical_bytes
from services.core.roles import Role
from services.health.errors import NotAnAnalyst, NotAnApprover, TrialOver, TrialRunning
from services.health.trials.closing import Decision, close_trial, get_trial
from services.health.trials.effects import effects, estimate, export
from services.health.trials.estimates import (
    Arm,
    between_places,
    difference,
    over_strata,
    proportion,
    ratio,
    student,
)
from services.health.trials.flow import consort
from services.health.trials.people import Participant, participants
from services.health.trials.views import checklist_view, trial_view
from services.storage.models import Journal, Party, TrialAllocation, TrialRow
from tests.services.health.scene import APPROVER, PLANNER, Course, person, publish
from tests.services.health.trials.simulated import OVER, simulate
from tests.services.health.trials.trial import TRIAL, allocations, join, on_chain

ANALYST = "+67570000905"
NUMBERS = {Role.APPROVER: APPROVER, Role.HEALTH_ANALYST: ANALYST, Role.PLANNER: PLANNER}
PEOPLE = [f"+675700040{last}" for last in range(10, 19)]


def decision(database, now=OVER, role=Role.APPROVER):
    key = person(database, NUMBERS[role], role)
    with database.read() as session:
        return Decision(key, session.get_one(Party, key).public_id, "DMB 3", "test", now)


def estimated(database, role=Role.HEALTH_ANALYST):
    decided = decision(database, role=role)
    with database.write() as session:
        return estimate(session, get_trial(session, "tobacco", "quit"), decided)


def closed(database, now=OVER, early=None):
    decided = decision(database, now)
    with database.write() as session:
        close_trial(session, get_trial(session, "tobacco", "quit"), decided, early)


def exported(database):
    decided = decision(database, role=Role.HEALTH_ANALYST)
    with database.write() as session:
        return list(export(session, get_trial(session, "tobacco", "quit"), decided))


# Published: Newcombe 1998 (56 of 70 against 48 of 80), Wilson of 0 of 20.
def test_estimates__of_published_examples__are_those_published():
    found = difference(Arm(56, 70), Arm(48, 80))
    assert [round(value, 4) for value in found] == [0.2, 0.0524, 0.3339]
    assert [round(value, 4) for value in proportion(Arm(0, 20))] == [0, 0, 0.1611]
    risk = ratio(Arm(15, 100), Arm(30, 100))
    assert [round(value, 3) for value in risk] == [0.5, 0.287, 0.87]
    assert ratio(Arm(0, 10), Arm(3, 10)) is difference(Arm(0, 0), Arm(1, 2)) is None
    # Of one stratum, Sato's variance is close to the usual one.
    one = over_strata([(Arm(300, 1000), Arm(200, 1000))])
    assert math.isclose(one.value, 0.1)
    assert math.isclose(one.high - one.value, 1.96 * math.sqrt(0.00021 + 0.00016), rel_tol=0.01)


@pytest.mark.parametrize("people", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_simulated_trial__of_a_known_effect__gives_it_back_within_the_interval(database, people):
    simulate(database, people)
    told = estimated(database)
    assert told["closed"] is False
    assert {one["arm"] for one in told["arms"]} == {"A", "B"}
    assert sum(one["people"] for one in told["arms"]) == people
    (effect,) = told["effects"]
    for name in ("difference", "difference_within_strata"):
        assert effect[name]["low"] <= 0.10 <= effect[name]["high"]
        assert effect[name]["high"] - effect[name]["low"] < 5 / math.sqrt(people)
    assert effect["strata"] == 2
    assert effect["ratio"]["low"] <= 0.24 / 0.14 <= effect["ratio"]["high"]
    with database.read() as session:
        flow = consort(session, get_trial(session, "tobacco", "quit"), OVER)
    assert flow["assessed"] == flow["allocated"] == people
    for arm in flow["arms"]:
        assert arm["analysed"] == arm["allocated"] == arm["answered"] + arm["lost"] + arm["left"]
    assert [(look["what"], look["closed"]) for look in flow["looks"]] == [("estimate", False)]


def nine_people(database):
    """Five are allocated, of whom one leaves, one is forgotten, one comes back; four are not."""
    publish(database, TRIAL)
    on_chain(database)
    course = Course(database)
    for number in PEOPLE[:5]:
        join(course, number)
    course.sender = PEOPLE[0]
    course.say("STOP", "3")
    course.sender = PEOPLE[1]
    course.forget()
    course.sender = PEOPLE[2]
    course.say("STOP", "3")
    join(course, PEOPLE[2])
    # Not eligible, declined, asked only, came back after being forgotten.
    course.sender = PEOPLE[5]
    course.say("QUIT", "3")
    course.sender = PEOPLE[6]
    course.say("QUIT", "1", "no")
    course.sender = PEOPLE[7]
    course.say("QUIT")
    join(course, PEOPLE[1])
    return course


@pytest.mark.slow
def test_flow__of_people_who_join_by_sms__counts_each_once(database):
    course = nine_people(database)
    with database.read() as session:
        flow = consort(session, get_trial(session, "tobacco", "quit"), course.now)
    assert (flow["assessed"], flow["allocated"]) == (9, 5)
    assert flow["excluded"] == {
        "declined": 1,
        "ineligible: no_tobacco": 1,
        "ineligible: took_part": 1,
        "not_decided": 1,
    }
    assert sum(arm["allocated"] for arm in flow["arms"]) == 5
    assert sum(arm["left"] for arm in flow["arms"]) == 2
    assert sum(arm["not_due"] for arm in flow["arms"]) == 5
    # Who left is analysed when their day is over.
    with database.read() as session:
        row = get_trial(session, "tobacco", "quit")
        later = consort(session, row, course.now + timedelta(days=90))
        rows = list(participants(session, row, course.now))
    assert sum(arm["analysed"] for arm in later["arms"]) == 5
    assert [one.arm for one in rows] == [row.arm for row in allocations(database)]


def test_close__before_the_follow_up_is_over__needs_a_reason_and_says_so(database):
    simulate(database, 30)
    soon = OVER - timedelta(days=260)
    with pytest.raises(TrialRunning, match="is not over"):
        closed(database, soon)
    with pytest.raises(TrialRunning, match="when the trial is closed"):
        exported(database)
    closed(database, soon, early="harm in one arm")
    with database.read() as session:
        row = get_trial(session, "tobacco", "quit")
        seed = row.seed
        assert row.revealed == seed
        assert trial_view(session, row)["seed"] == row.seed
        marks = session.scalars(select(TrialAllocation.mark)).all()
        assert set(marks) == {None}
        content = session.scalars(select(Journal.content).order_by(Journal.id.desc())).first()
    assert b"harm in one arm" in content
    assert seed.encode() in content
    with pytest.raises(TrialOver):
        closed(database)
    rows = exported(database)
    assert {row["arm"] for row in rows} == {"whole", "bland"}
    assert len(rows) == 30


def test_close_and_look__by_another_role__are_refused(database):
    publish(database, TRIAL)
    with pytest.raises(NotAnAnalyst):
        estimated(database, Role.APPROVER)
    decided = decision(database, role=Role.PLANNER)
    with database.write() as session, pytest.raises(NotAnApprover):
        close_trial(session, get_trial(session, "tobacco", "quit"), decided)


def test_checklists__of_a_trial__leave_open_what_nobody_recorded(database):
    publish(database, TRIAL)
    with database.read() as session:
        found = checklist_view(session, get_trial(session, "tobacco", "quit"), OVER, 25)
    assert {name: len(items) for name, items in found.items()} == {"mERA": 16, "TIDieR": 12}
    told = {item["item"]: item for items in found.values() for item in items}
    assert "every text" in told["3 what: materials"]["told"]
    assert told["2 why: rationale, theory, goal"]["known"] is False
    assert told["8 when and how much"]["told"] == "texts of the course by arm: whole 8, bland 2"


def test_estimate__between_places__has_the_interval_of_a_t_test():
    # Two-sided 95 % points of Student's t, as every table prints them.
    table = {1: 12.706, 2: 4.303, 3: 3.182, 10: 2.228, 25: 2.060, 120: 1.980}
    assert {free: round(student(free), 3) for free in table} == table
    found = between_places([0.4, 0.5, 0.6], [0.1, 0.2, 0.3])
    assert [round(value, 4) for value in found] == [0.3, 0.0733, 0.5267]
    assert between_places([0.4], [0.1, 0.2]) is None


def placed(arm, place, won, people):
    """People of one place, of whom some succeeded."""
    on = OVER.date()
    one = Participant(
        number=1, stratum=place, arm=arm, allocated_on=on, due_on=on, closes_on=on,
        received=True, left=False, died=False, answer=None, success=False,
    )  # fmt: skip
    return [one._replace(success=True)] * won + [one] * (people - won)


def test_effects__between_places__count_each_place_once_and_of_a_wedge_none():
    arms = [{"code": "mobile", "ratio": 2}, {"code": "quiet", "ratio": 1}]
    design = {"unit": "facility", "arms": arms, "wedge": None, "primary": {}, "clusters": []}
    row = TrialRow(programme="tb", code="t", design=canonical_bytes(design), closed_at=OVER)
    people = [
        *placed("mobile", "a", 40, 100), *placed("mobile", "b", 5, 10),
        *placed("mobile", "c", 6, 10), *placed("quiet", "d", 1, 10),
        *placed("quiet", "e", 2, 10), *placed("quiet", "f", 30, 100),
    ]  # fmt: skip
    told = effects(row, people)
    (effect,) = told["effects"]
    found = {name: round(value, 4) for name, value in effect["difference"].items()}
    assert found == {"value": 0.3, "low": 0.0733, "high": 0.5267}
    assert (effect["ratio"], effect["strata"], told["against"]) == (None, 6, "quiet")
    assert "mean shares" in told["not_given"]
    assert told["arms"][0] == {"arm": "mobile", "successes": 51, "people": 120, "share": None}
    row.design = canonical_bytes(design | {"wedge": {"before": "quiet", "after": "mobile"}})
    stepped = effects(row, people)
    assert (stepped["effects"], "time and arm" in stepped["not_given"]) == ([], True)
