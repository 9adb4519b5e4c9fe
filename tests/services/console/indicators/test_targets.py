"""Targets: set by a planner, shown beside the figure, and ended."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import IndicatorTarget, Party
from tests.services.console.indicators.ministry import AT
from tests.services.console.indicators.test_figures import counted, plain
from tests.services.console.visitors import Forms, Visitor

FORM = f"{AT}/targets"


def rows_of(world):
    with world.runtime.database.read() as session:
        found = session.execute(
            select(IndicatorTarget.indicator, IndicatorTarget.goal, Party.name)
            .join(Party, Party.id == IndicatorTarget.set_by_id)
            .order_by(IndicatorTarget.id)
        )
        return [tuple(one) for one in found]


def set_one(planner, show, goal):
    planner.get(FORM)
    fields = next(one for at, one in _forms(planner) if at == FORM and "end" not in one)
    return planner.send(FORM, fields | {"show": show, "goal": goal})


def _forms(planner):

    return Forms(planner.page.text).found


@pytest.mark.slow
def test_targets__set_twice_and_ended__stand_beside_the_figure_and_keep_their_history(
    world, planner, analyst
):
    assert set_one(planner, "consented", "40").status_code == 303
    assert set_one(planner, "consented", "10 %").status_code == 303
    assert set_one(planner, "attempts", "1,000").status_code == 303
    page = plain(analyst.get(AT).text)
    attempts = counted(world)[1].groups[()]["attempts",]
    assert f"invited {attempts}" in page
    assert "1,000 not met" in page
    assert "10 % met" in page
    assert "3,000 not met" in plain(analyst.get(f"{AT}?period=last_quarter").text)
    # Some days are no months: a number a month asks nothing of them.
    days = plain(analyst.get(f"{AT}?period=own&from=2026-10-01&to=2026-10-15").text)
    assert "1,000" not in days
    assert "10 %" in days
    planner.get(FORM)
    ended = next(one for at, one in _forms(planner) if one.get("show") == "attempts")
    assert planner.send(FORM, ended).status_code == 303
    # The same form again ends nothing else.
    assert planner.send(FORM, ended).status_code == 303
    assert "1,000" not in plain(analyst.get(AT).text)
    assert rows_of(world) == [
        ("consented", 40, "planner"),
        ("consented", 10, "planner"),
        ("attempts", 1000, "planner"),
        ("attempts", None, "planner"),
    ]


def test_targets__wrong_numbers__are_marked_and_kept(world, planner):
    for show, goal, told in (
        ("consented", "140", "from 1 to 100"),
        ("consented", "a half", "from 1 to 100"),
        ("attempts", "0", "how many a month"),
        ("attempts", "99999999999999999999", "how many a month"),
        ("cost", "5", "Choose one of the list"),
        ("quiz", "5", "Choose one of the list"),
    ):
        answer = set_one(planner, show, goal)
        assert answer.status_code == 422, goal
        assert told in plain(answer.text)
        assert f'value="{goal}"' in answer.text
    assert rows_of(world) == []
    approver = Visitor(world).take_session_of("approver")
    assert "A planner sets the targets" in approver.get(FORM).text
    assert '<form method="post" action="/console/indicators' not in approver.page.text
