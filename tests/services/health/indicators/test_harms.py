"""Concerns by class, how soon somebody acted and how they ended; deaths and losses apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.health.care.concern_tasks import handle_concern
from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.indicators.disaggregation import Cut, grouped, period_of, total_of
from services.health.indicators.facts import count_facts
from services.health.indicators.measure import figure
from services.health.indicators.minister_page import as_page
from services.health.indicators.tables import lines, make_report, make_table
from services.storage.models import DangerQuestion, Person, Subscription
from services.storage.parties import party_of
from services.storage.persons import person_of
from services.storage.unit_of_work import Unit
from sms.local_time import local_day
from tests.factories import NOW
from tests.services.health.indicators.five_people import follow_five
from tests.services.health.scene import CLINICIAN, person

HOUR = timedelta(hours=1)
PERIOD = period_of(local_day(NOW), local_day(NOW + timedelta(days=80)))
# Class, and after how long somebody acted; None: nobody did.
RAISED = [
    ("flag", "chest_pain", HOUR),
    ("flag", "chest_pain", 2 * HOUR),
    ("flag", "self.harm", None),
    ("answer", "low_mood", 30 * HOUR),
    ("call", "", HOUR / 2),
]
# How a question whether there is danger ended, and whether its text was passed on.
ASKED = [("yes", False), ("yes", True), ("no", False), (None, True), (None, False)]


def write_harms(database):
    """Five people with a concern each, one of them a stranger; one died and one lost a child."""
    now = follow_five(database)
    clinician = person(database, CLINICIAN, Role.CLINICIAN)
    with database.write() as session:
        rows = session.scalars(select(Subscription).order_by(Subscription.id)).all()
        stranger = person_of(session, party_of(Unit(session, database.vault), "+67570009999"))
        whose = [(row.person_id, row.id) for row in rows[:4]] + [(stranger.id, None)]
        for (kind, code, wait), (who, course) in zip(RAISED, whose, strict=True):
            new = NewConcern(ConcernKind(kind), code, who, "", "tobacco", "Quit", course)
            made = raise_concern(session, new, NOW)
            if wait is not None:
                handle_concern(session, made, clinician, "", NOW + wait)
        for (how, passed_on), (who, course) in zip(ASKED, whose, strict=True):
            row = DangerQuestion(person_id=who, subscription_id=course, programme="tobacco")
            row.code, row.arrival, row.sent_at, row.due_at = "chest_pain", b"", NOW, NOW
            row.answer, row.passed_on_at = how, NOW if passed_on else None
            session.add(row)
        session.execute(update(Person).values(province="Enga"))
        rows[0].state, rows[0].reason = "ended", "death"
        for row, day in ((rows[1], NOW), (rows[2], NOW + timedelta(days=100))):
            row.anchors = row.anchors | {"@loss": local_day(day).isoformat()}
    return now


@pytest.mark.slow
def test_count_harms__concerns_and_events__are_counted_apart(database):
    now = write_harms(database)
    with database.read() as session:
        counted = count_facts(session, "tobacco", PERIOD, now)
        report = make_report(session, "tobacco", PERIOD, now)
        public = make_table(report, (), public=True)
        hidden = {line.measure.name for line in lines(report, public) if line.figure is None}
    whole = total_of(counted)
    expected = {
        ("concerns",): 5,
        ("concerns", "flag.chest_pain"): 2,
        ("concerns", "flag.self_harm"): 1,
        ("concerns", "answer.low_mood"): 1,
        ("concerns", "call"): 1,
        ("acted_in_1h",): 2,
        ("acted_in_24h",): 3,
        ("acted_in_1h", "flag.chest_pain"): 1,
        ("acted_in_24h", "flag.chest_pain"): 2,
        ("untold",): 5,
        ("danger_asked",): 5,
        ("danger_asked", "yes"): 2,
        ("danger_asked", "no"): 1,
        ("danger_asked", "silent"): 1,
        ("danger_asked", "open"): 1,
        ("concern_outcome", "open"): 1,
        ("concern_outcome", "settled"): 4,
        ("life_events", "death"): 1,
        ("life_events", "loss"): 1,
        ("died", "abstinent", "month1"): 1,
        ("due", "abstinent", "month1"): 4,
    }
    outcomes = {fact: count for fact, count in whole.items() if fact[0] == "concern_outcome"}
    assert {fact: whole[fact] for fact in expected} == expected, outcomes
    languages = grouped(counted, (Cut.LANGUAGE,))
    assert languages["unknown",]["concerns",] == 1
    shown = {one.name: figure(one, whole) for one in report.measures}
    assert shown["acted_in_24h.flag.chest_pain"][:2] == (2, 2)
    page = as_page(report)
    assert "5 concerns were raised" in page
    assert "Death: 1" in page
    assert {
        "concerns.call",
        "life_events.death",
        "died.abstinent.month1",
        "concerns",
        "danger_asked.no",
    } <= hidden
