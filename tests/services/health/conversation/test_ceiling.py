"""The ceiling of cost for one person: what ends, and what never does."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from services.health.errors import BadProgramme
from services.health.format.parser import read_programme
from services.health.indicators.disaggregation import Cell, Period
from services.health.indicators.facts import count_facts
from services.health.linting.costs import costs
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from services.storage.models import Attempt, Message
from tests.factories import NOW
from tests.services.health.scene import SMALL, Course, publish

LONGEST = max(one.longest for one in costs(read_programme(SMALL), LintSettings()))


def with_ceiling(value):
    return f"{SMALL}\nceiling: {value}\n"


def pay(course, each=1):
    """Have a carrier take every text of the course that nobody took yet, at 25 toea a segment."""
    with course.database.write() as session:
        new = select(Message).where(
            Message.subscription_id.is_not(None),
            ~select(Attempt.id).where(Attempt.message_id == Message.id).exists(),
        )
        for row in session.scalars(new).all():
            one = Attempt(
                public_id=row.public_id,
                message_id=row.id,
                channel="test",
                state="sent",
                segments=each,
                cost=25 * each,
                started_at=NOW,
            )
            session.add(one)
        return session.scalar(select(func.coalesce(func.sum(Attempt.cost), 0)))


@pytest.mark.slow
@pytest.mark.parametrize("value", [f"{{segments: {LONGEST}}}", "{kina: 8}"])
def test_ceiling__reached__ends_replies_to_keywords_alone_and_is_told_once(database, value):
    publish(database, with_ceiling(value), ("en",))
    maria = Course(database)
    maria.join()
    pay(maria)
    assert maria.say("CRAVE") == "Wait 5 minutes. It passes."
    assert maria.row().capped_at is None
    pay(maria, each=LONGEST)
    told = maria.say("CRAVE")
    assert told.startswith("Your course has sent you all the texts")
    assert "7150 8000" in told
    assert len(told) <= 160
    assert maria.say("CRAVE") == maria.say("I want to smoke") == ""
    assert "health centre now" in maria.say("I have chest pain")
    assert maria.say("SLIP").startswith("Thank you for telling us")
    maria.later(days=1)
    assert ("tip-1", "Tell a friend today.") in maria.waiting()
    with database.read() as session:
        facts = count_facts(session, "tobacco", Period(NOW.date(), maria.now.date()), maria.now)
    assert sum(counted["at_ceiling",] for counted in facts.values()) == 1
    assert all(isinstance(cell, Cell) for cell in facts)
    assert "STOP ALL" in maria.say("STOP")


FAULTS = {
    f"{{segments: {LONGEST - 1}}}": f"the longest path of all is {LONGEST} segments, K",
    f"{{kina: {LONGEST // 4 - 1}}}": f"the ceiling is K{LONGEST // 4 - 1}",
}


@pytest.mark.parametrize("value", FAULTS)
def test_ceiling__below_the_longest_path__is_refused(value):
    found = lint(read_programme(with_ceiling(value)), LintSettings(), NOW.date())
    told = [one.message for one in found if one.code == "ceiling_exceeded"]
    assert told
    assert all(FAULTS[value] in one for one in told)


@pytest.mark.parametrize("value", ["{}", "{kina: 3, segments: 4}", "{kina: 0}", "{texts: 5}", "9"])
def test_ceiling__without_one_number__is_refused_with_its_place(value):
    with pytest.raises(BadProgramme) as refused:
        read_programme(with_ceiling(value))
    assert refused.value.faults[0].where.startswith("ceiling")
