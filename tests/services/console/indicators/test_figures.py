"""Figures in a browser: those of the API, with small numbers hidden where everybody reads them."""

from __future__ import annotations

import html
import re
import time

import pytest

from services.core.roles import Role
from services.health.indicators import count_requests
from services.health.indicators.count_requests import (
    LEASE,
    ask_for_count,
    ask_for_usual,
    count_asked,
)
from services.health.indicators.disaggregation import Cut
from services.health.indicators.facts import count_facts
from services.health.indicators.measure import figure
from services.health.indicators.tables import make_report, make_table
from services.storage.models import IndicatorCount, Subscription
from tests.services.console.indicators.ministry import AT, CODE, TODAY
from tests.services.console.visitors import Visitor
from tests.services.health.indicators.histories import OCTOBER

DASH = "\N{EN DASH}"
DAYS = "?from=2026-10-01&to=2026-10-31"


def counted(world, cuts=(), *, public=False):
    with world.runtime.database.read() as session:
        report = make_report(session, CODE, OCTOBER, TODAY)
    return report, make_table(report, cuts, public=public)


def plain(page):
    """The text of a page, as somebody reads it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.slow
def test_figures__last_month__are_those_of_the_api_with_the_month_before(world, analyst):
    assert analyst.get("/console/indicators").headers["Location"] == AT
    page = plain(analyst.get(AT).text)
    report, table = counted(world)
    known = {one.name: figure(one, table.groups[()]) for one in report.measures}
    assert f"1 Oct 2026 {DASH} 31 Oct 2026" in page
    assert f"Before: 1 Sept 2026 {DASH} 30 Sept 2026" in page
    asked, agreed = known["attempts"], known["consented"]
    share = f"{agreed.value * 100:.0f} %"
    assert f"{asked.numerator} asked to join, or were invited" in page
    assert f"{agreed.numerator} agreed ({share} of those who asked)" in page
    assert f"agreed {agreed.numerator} of {asked.numerator} ({share})" in page
    assert "Joining" in page
    assert "Leaving" in page
    assert f"K {known['cost'].value:,.2f}" in page
    # What misleads alone stands apart, with a warning.
    assert page.index("Figures that mislead alone") > page.index("Leaving")
    by_province = counted(world, (Cut.PROVINCE,))[1]
    members = next(one for one in report.measures if one.name == "members")
    morobe = figure(members, by_province.groups["Morobe",]).numerator
    assert f"Morobe {morobe}" in page
    assert f"MOR Morobe {morobe}" in page


@pytest.mark.slow
def test_figures__two_cuts_and_another_figure__are_crossed(world, analyst):
    page = plain(analyst.get(f"{AT}?by=sex&by=age&show=delivered").text)
    report, table = counted(world, (Cut.SEX, Cut.AGE))
    delivered = next(one for one in report.measures if one.name == "delivered")
    one = figure(delivered, table.groups["f", "25-34"])
    assert f"women 25-34 {one.numerator} of {one.denominator}" in page
    assert "Map of the 22 provinces" not in page


@pytest.mark.slow
def test_figures__public__hide_small_numbers_and_what_misleads(world, analyst):
    page = analyst.get(f"{AT}?by=sex&show=opted_out&public=1").text
    report, table = counted(world, (Cut.SEX,), public=True)
    hidden = [group for group in table.groups if table.hidden.hides(_named(report), group)]
    assert hidden
    assert page.count('<abbr title="Hidden') >= len(hidden)
    assert "Figures that mislead alone" not in page
    full = analyst.get(f"{AT}?by=sex&show=opted_out").text
    assert "<abbr" not in full
    for path, mark in ((f"{AT}.csv", ",yes\r\n"), (f"{AT}/page", "counts below 5 are hidden")):
        assert mark in analyst.get(f"{path}?public=1&by=sex").text
        assert mark not in analyst.get(f"{path}?by=sex").text


def _named(report):
    return next(one for one in report.measures if one.name == "opted_out")


@pytest.mark.slow
def test_figures__wrong_choices__are_marked_and_what_was_typed_is_kept(analyst):
    for query, field, told in (
        ("period=own&from=2026-10-40&to=2026-10-31", "from", "Give a day, such as 28/11/2026"),
        ("period=own&from=2026-10-31&to=2026-10-01", "to", "must not be before the first"),
        ("period=own&from=0002-01-01&to=2026-10-31", "from", "Give a day, such as 28/11/2026"),
        ("period=own&from=2026-10-01&to=9999-12-31", "to", "Give a day, such as 28/11/2026"),
        ("public=1&by=sex&by=age", "and", "there is one cut alone"),
    ):
        answer = analyst.get(f"{AT}?{query}")
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error">' in answer.text
        assert told in plain(answer.text)
    assert 'value="2026-10-40"' in analyst.get(f"{AT}?period=own&from=2026-10-40&to=x").text
    # What is no choice at all is as good as none.
    page = analyst.get(f"{AT}?period=<script>&show=<script>alert(1)&by=nothing")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert analyst.get(f"{AT}?period=own&from=1/10/2026&to=31/10/2026").status_code == 200
    assert analyst.get("/console/indicators/nothing").status_code == 404


@pytest.mark.slow
def test_figures__counted_a_moment_ago__are_kept_and_counted_anew_on_request(world, analyst):
    before = plain(analyst.get(AT).text)
    with world.runtime.database.write() as session:
        session.query(Subscription).update({"never_asked": True})
    world.runtime.clock.pass_by(60)
    assert plain(analyst.get(AT).text) == before
    assert "0 asked to join" in plain(analyst.get(f"{AT}?anew=1").text)


@pytest.mark.slow
def test_figures__of_many_people__are_counted_by_a_worker_and_shown_while_counted_anew(
    world, analyst, monkeypatch
):
    few = count_requests.FEW
    monkeypatch.setattr(count_requests, "FEW", 0)
    database, clock = world.runtime.database, world.runtime.clock
    for _ in range(2):
        page = analyst.get(AT)
        assert page.status_code == 202
        assert "The figures are being counted" in page.text
    # Both months were asked for, once.
    assert [count_asked(database, clock) for _ in range(3)] == [True, True, False]
    ends = ("", "?by=sex&by=age", "?public=1", f".csv{DAYS}", f".fhir.json{DAYS}", f"/page{DAYS}")
    seen = [plain(analyst.get(f"{AT}{end}").text) for end in ends]
    for _ in range(3):
        clock.pass_by(1_300)
        assert plain(analyst.get(AT).text) == seen[0]
    with database.write() as session:
        session.query(Subscription).update({"never_asked": True})
    # What is an hour old is shown, and counted anew.
    assert [count_asked(database, clock) for _ in range(3)] == [True, True, False]
    assert "0 asked to join" in plain(analyst.get(AT).text)
    assert analyst.get(f"{AT}?anew=1").status_code == 200
    clock.pass_by(900)
    assert analyst.get(f"{AT}?anew=1").status_code == 202
    with database.write() as session:
        session.query(Subscription).update({"never_asked": False})
    assert count_asked(database, clock)
    assert count_asked(database, clock)
    many = [plain(analyst.get(f"{AT}{end}").text) for end in ends]
    # They are what a request counts of few people.
    monkeypatch.setattr(count_requests, "FEW", few)
    assert [plain(analyst.get(f"{AT}{end}").text) for end in ends] == many


@pytest.mark.slow
def test_count__a_worker_was_killed_or_two_look_at_once__each_report_is_counted_once(
    world, monkeypatch
):
    monkeypatch.setattr(count_requests, "FEW", 0)
    database, clock = world.runtime.database, world.runtime.clock
    with database.write() as session:
        ask_for_usual(session, clock())
        ask_for_usual(session, clock())
    taken = []

    def killed(session, code, period, now):
        # While one counts, another takes the other report, and then finds nothing.
        taken.append(period)
        if len(taken) == 1:
            monkeypatch.setattr(count_requests, "count_facts", count_facts)
            taken.extend(count_asked(database, clock) for _ in range(2))
        raise KeyboardInterrupt

    monkeypatch.setattr(count_requests, "count_facts", killed)
    with pytest.raises(KeyboardInterrupt):
        count_asked(database, clock)
    assert taken[1:] == [True, False]
    clock.pass_by(LEASE.total_seconds() - 1)
    assert not count_asked(database, clock)
    clock.pass_by(1)
    assert count_asked(database, clock)
    with database.write() as session:
        ask_for_usual(session, clock())
        clock.pass_by(86_400)
        assert session.query(IndicatorCount).filter_by(asked_at=None).count() == 2
        ask_for_usual(session, clock())
        assert session.query(IndicatorCount).filter_by(asked_at=None).count() == 0


def test_count__takes_longer_than_its_lease__is_not_begun_by_another(world, monkeypatch):
    monkeypatch.setattr(count_requests, "BEAT_SECONDS", 0.01)
    database, clock = world.runtime.database, world.runtime.clock
    with database.write() as session:
        ask_for_count(session, (CODE, OCTOBER), clock())
    others = []

    def slow(session, code, period, now):
        clock.pass_by(LEASE.total_seconds() + 1)
        while not others and time.monotonic() < begun + 20:
            with database.read() as looking:
                if looking.query(IndicatorCount).one().leased_until > clock():
                    others.append(count_asked(database, clock))
        return count_facts(session, code, period, now)

    begun = time.monotonic()
    monkeypatch.setattr(count_requests, "count_facts", slow)
    assert count_asked(database, clock)
    assert others == [False]
    with database.read() as session:
        row = session.query(IndicatorCount).one()
        assert (row.asked_at, row.leased_until) == (None, None)


@pytest.mark.slow
def test_months__of_a_figure__end_with_the_last_whole_one(analyst):
    page = analyst.get(f"{AT}/months?show=attempts&period=month").text
    assert re.findall(r'data-day="([\d-]+)"', page) == [
        f"2026-{month:02}-01" for month in range(5, 11)
    ]
    assert 'data-value="0.0"' in page
    assert "Oct 2026" in page
    assert page.count("<circle") == 6
    assert analyst.get(f"{AT}/months?months=12&show=delivered").text.count("<tr data-day") == 12


@pytest.mark.slow
def test_files__of_figures__are_those_of_the_api(world, analyst):
    table = analyst.get(f"{AT}.csv?period=last_month")
    assert 'filename="tobacco-2026-10-01-2026-10-31.csv"' in table.headers["Content-Disposition"]
    api = world.get(f"/api/v1/indicators/{CODE}.csv{DAYS}", Role.HEALTH_ANALYST)
    assert table.text == api.text
    bundle = analyst.get(f"{AT}.fhir.json").json
    assert {one["resource"]["resourceType"] for one in bundle["entry"]} == {"MeasureReport"}
    page = analyst.get(f"{AT}/page")
    # Its style is its own, and runs nothing.
    assert "sha256-" in page.headers["Content-Security-Policy"]
    assert "script" not in page.headers["Content-Security-Policy"]


@pytest.mark.slow
def test_pages__by_role__are_those_of_the_api(world):
    pages = ("", "/months", ".csv", ".fhir.json", "/page", "/targets", "/dhis2", "/dhis2/sendings")
    chosen = ("/dhis2/data-set", "/dhis2/places", "/dhis2/try")
    acts = ("/dhis2/data-set", "/dhis2/places", "/dhis2/figures", "/dhis2/figures/remove",
            "/dhis2/sendings")  # fmt: skip
    for name, reads, sends in (
        ("analyst", True, True),
        ("planner", True, True),
        ("approver", True, False),
        ("clinician", False, False),
    ):
        one = Visitor(world).take_session_of(name)
        one.get("/console/account")
        form = {"csrf_token": one.fields("/console/sign-out")["csrf_token"], "form_key": name}
        for path in pages:
            assert one.get(f"{AT}{path}").status_code == (200 if reads else 403), (name, path)
        for path in chosen:
            assert (one.get(f"{AT}{path}").status_code != 403) == sends, (name, path)
        for path in acts:
            status = one.send(f"{AT}{path}", form).status_code
            assert (status != 403) == sends, (name, path)
        status = one.send(f"{AT}/targets", form).status_code
        assert status == (422 if name == "planner" else 403)
        assert ("/console/indicators" in one.get("/console/account").text) == reads
