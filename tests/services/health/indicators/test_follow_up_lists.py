from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.health.errors import UnknownAssessment
from services.health.indicators.disaggregation import Period
from services.health.indicators.follow_up_lists import COLUMNS, Wanted, draw, draw_list
from tests.services.health.indicators.five_people import STAYS, follow_five, join
from tests.services.health.scene import Course

KEYS = [UUID(int=number) for number in range(1, 96)]
YEAR = Period(date(2026, 1, 1), date(2027, 12, 31))


def test_draw__ten_percent__is_rounded_up_and_the_same_for_the_same_seed():
    drawn = draw(KEYS, "a seed", 10)
    assert len(drawn) == len(set(drawn)) == 10
    assert drawn == draw(reversed(KEYS), "a seed", 10)
    assert drawn != draw(KEYS, "another", 10)
    assert drawn == draw(KEYS, "a seed", 100)[:10]
    assert draw([], "a seed", 10) == []


@pytest.mark.slow
def test_draw__many_seeds__choose_everybody_equally_often():
    times = dict.fromkeys(KEYS, 0)
    for seed in range(2_000):
        for key in draw(KEYS, str(seed), 10):
            times[key] += 1
    # 10 of 95 people, 2,000 times: 210 each, with a standard deviation of 14.
    assert all(150 < count < 270 for count in times.values())


@pytest.mark.slow
def test_draw_list__all_states__has_neither_who_left_nor_what_anybody_said(database):
    now = follow_five(database)
    silent = Course(database, now)
    join(silent, "+67570001009")
    silent.later(days=11)
    silent.later(days=30)
    wanted = Wanted("tobacco", "month1", YEAR, 100, "a seed")
    with database.read() as session:
        drawn = draw_list(session, wanted, silent.now)
        with pytest.raises(UnknownAssessment):
            draw_list(session, wanted._replace(assessment="month9"), silent.now)
    # One said that it quit, one said nothing, four left: nobody calls those.
    assert {row["phone"] for row in drawn.rows} == {STAYS, silent.sender}
    assert drawn.among == len(drawn.people) == 2
    assert {tuple(row) for row in drawn.rows} == {COLUMNS}
    first, second = ({**row, "place": "", "phone": "", "day": ""} for row in drawn.rows)
    assert first == second
    silent.say("STOP ALL")
    with database.read() as session:
        drawn = draw_list(session, wanted, silent.now)
    assert [row["phone"] for row in drawn.rows] == [STAYS]
