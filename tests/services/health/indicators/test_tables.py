from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest

from services.api.documents import csv_text
from services.health.errors import BadCut, UnknownProgramme
from services.health.indicators.disaggregation import Cut
from services.health.indicators.measure import figure
from services.health.indicators.measures import measures
from services.health.indicators.tables import COLUMNS, make_report, make_table, rows
from tests.services.health.indicators.histories import NOW, OCTOBER, write_history

PLACE = ("abstinent", "month6")


def set_scene(database):
    write_history(database, 5, 300)


@pytest.fixture
def report(set_up, report_of):
    return report_of(set_up)


def read(report, *cuts, public=False):
    text = csv_text(COLUMNS, rows(report, cuts, public=public))
    return list(csv.DictReader(io.StringIO(text)))


def keyed(table):
    names = (*(cut.value for cut in Cut), "indicator", "detail")
    return {tuple(row[name] for name in names): row for row in table}


@pytest.mark.slow
def test_rows__no_cut__have_every_group_of_every_cut_once(report):
    table = read(report)
    assert len(keyed(table)) == len(table)
    for cut in Cut:
        named = {row[cut.value] for row in table}
        assert {"total"} < named
        always = {Cut.LANGUAGE, Cut.COHORT, Cut.JOINED, Cut.SOURCE}
        assert ("unknown" in named) == (cut not in always)


def test_rows__groups_of_a_cut__add_up_to_everybody(report):
    table = read(report)
    for name in ("attempts", "delivered", "success_of_asked", "opted_out", "cost"):
        mine = [row for row in table if row["indicator"] == name]
        whole = Counter()
        parts: dict[str, Counter] = {cut.value: Counter() for cut in Cut}
        for row in mine:
            cut = next((cut.value for cut in Cut if row[cut.value] != "total"), None)
            (parts[cut] if cut else whole)[row["detail"]] += Decimal(row["numerator"])
        assert whole
        assert all(one == whole for one in parts.values())


def test_rows__value__is_numerator_by_denominator(report):
    shares = [row for row in read(report) if row["denominator"] not in {"", "0"}]
    assert len(shares) > 100
    for row in shares:
        exact = Decimal(row["numerator"]) / int(row["denominator"])
        assert abs(Decimal(row["value"]) - exact) <= Decimal("0.005")


def test_rows__two_cuts__are_crossed(report):
    table = read(report, Cut.PROVINCE, Cut.SEX)
    groups = {(row["province"], row["sex"]) for row in table}
    assert ("total", "total") in groups
    assert ("Morobe", "f") in groups
    assert {row["age"] for row in table} == {"total"}


@pytest.mark.slow
def test_rows__public__say_what_is_hidden_and_give_no_figure_of_it(report):
    table = read(report, public=True)
    hidden = [row for row in table if row["hidden"]]
    assert hidden
    assert len(hidden) < len(table)
    for row in hidden:
        assert (row["numerator"], row["denominator"], row["value"]) == ("", "", "")
    people = {"people", "texts", "questions"}
    small = [row for row in table if row["unit"] in people and row["numerator"] in list("1234")]
    assert small == []
    assert not any(row["hidden"] for row in read(report))


@pytest.mark.parametrize(
    ("cuts", "public"),
    [
        ((Cut.SEX, Cut.AGE), True),
        ((Cut.SEX, Cut.SEX), False),
        ((Cut.SEX, Cut.AGE, Cut.PROVINCE), False),
    ],
    ids=["public_and_crossed", "one_twice", "three"],
)
def test_make_table__cuts_that_may_not_be__are_refused(report, cuts, public):
    with pytest.raises(BadCut):
        make_table(report, cuts, public=public)


def test_make_report__unknown_programme__is_refused(set_up):
    with set_up.read() as session, pytest.raises(UnknownProgramme):
        make_report(session, "nothing", OCTOBER, NOW)


def test_figure__nobody_answered__counts_as_no_success_in_one_and_nothing_in_the_other():
    counted = Counter({("outcome_asked", *PLACE): 40, ("cost",): 1_250, ("texted",): 3})
    shown = {one.name: figure(one, counted) for one in measures(counted)}
    assert shown["success_of_asked.abstinent.month6"] == (0, 40, 0)
    assert shown["success_of_answered.abstinent.month6"] == (0, 0, None)
    assert shown["cost"] == (Decimal("12.50"), None, Decimal("12.50"))
    assert shown["cost_per_person"] == (Decimal("12.50"), 3, Decimal("4.17"))


def test_figure__some_answered__shows_both_denominators():
    counted = Counter(
        {
            ("outcome_asked", *PLACE): 40,
            ("outcome_answered", *PLACE): 10,
            ("success", *PLACE): 5,
        }
    )
    shown = {one.name: figure(one, counted).value for one in measures(counted)}
    assert shown["success_of_asked.abstinent.month6"] == Decimal("0.1250")
    assert shown["success_of_answered.abstinent.month6"] == Decimal("0.5000")
