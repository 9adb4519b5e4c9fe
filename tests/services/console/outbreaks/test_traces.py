"""Traces in a browser: graph, map and table of the same days, and contacts put under watch."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from services.storage.models import Status
from tests.services.console.outbreaks.scenes import measure, open_outbreak, send_pig


@pytest.fixture
def officer(visitor):
    return visitor.take_session_of("officer")


@pytest.mark.slow
def test_trace__day_by_day__shows_the_same_in_graph_map_and_table(scene, officer):
    world = scene.world
    measure(world)
    send_pig(world)
    number = open_outbreak(scene)
    at = f"/console/outbreaks/{number}/trace"
    neighbour = scene.places["neighbour"]
    page = officer.get(at).text
    assert page.count(f'<td class="govuk-table__cell">{neighbour}</td>') == 1
    assert f"→ {neighbour}" in page
    assert neighbour in officer.get(f"{at}.svg").text
    # The day before, nothing had moved.
    before = officer.get(f"{at}?from=2026-11-20&to=2026-11-25&slide=4").text
    assert "Until 24 Nov 2026" in before
    assert f'<td class="govuk-table__cell">{neighbour}</td>' not in before
    assert "Put under watch" not in before
    assert officer.get(f"{at}?direction=ingoing").text.count("Went there</td>") == 0
    for query, code in (
        ("place=999", "No place has this number"),
        ("from=2020-01-01", "Give at most a year"),
        ("from=2026-11-25&to=2026-11-01", "Give at most a year"),
    ):
        wrong = officer.get(f"{at}?{query}")
        assert wrong.status_code == 422
        assert code in wrong.text
    odd = officer.get(f"{at}?slide=x&until=y&direction=z&left=q&place=%3Cscript%3E")
    assert odd.status_code == 422
    assert "<script>" not in odd.text.partition("<main")[2]
    watched(world, officer, at)


def watched(world, officer, at):
    officer.get(at)
    for days in ("0", "x", "9999"):
        refused = officer.submit(f"{at}/watch", days=days)
        assert refused.status_code == 422
        assert f'value="{days}"' in refused.text
    officer.get(at)
    fields = officer.fields(f"{at}/watch") | {"days": "40"}
    assert [officer.send(f"{at}/watch", fields).status_code for _ in range(2)] == [303, 303]
    with world.runtime.database.read() as session:
        of_places = (Status.kind == "contact", Status.premises_id.is_not(None))
        assert session.scalar(select(func.count(Status.id)).where(*of_places)) == 2
