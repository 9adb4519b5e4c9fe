from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from fhir.resources.R4B.bundle import Bundle

from services.core.roles import Role
from services.health.indicators.disaggregation import Cut
from services.health.indicators.minister_page import as_page
from services.health.indicators.tables import COLUMNS, all_lines, make_report
from tests.services.health.indicators.histories import CODE, OCTOBER, write_history
from tests.services.world import open_folder

DAYS = "?from=2026-10-01&to=2026-10-31"
ADDRESS = f"/api/v1/indicators/{CODE}"
FORMS = ("", ".csv", ".html", "/fhir")
ANALYST = Role.HEALTH_ANALYST


@pytest.fixture(scope="module")
def world(migrated_folder, tmp_path_factory):
    """A programme with a history; the tests only read it."""
    folder = tmp_path_factory.mktemp("counted") / "data"
    world = open_folder(shutil.copytree(migrated_folder, folder))
    write_history(world.runtime.database, 8, 150)
    yield world
    world.runtime.close()


@pytest.fixture(scope="module")
def counted(world):
    with world.runtime.database.read() as session:
        return make_report(session, CODE, OCTOBER, world.runtime.clock())


@pytest.mark.parametrize("role", list(Role))
def test_indicators__any_role__only_who_works_with_figures_reads_them(world, role):
    may = role in {Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER}
    found = {world.get(f"{ADDRESS}{form}{DAYS}", role).status_code for form in FORMS}
    assert found == {200 if may else 403}


def test_indicators__json__has_the_figures_with_both_their_parts(world, counted):
    told = world.get(f"{ADDRESS}{DAYS}&by=sex", ANALYST).json
    assert (told["programme"], told["from"], told["to"]) == (CODE, "2026-10-01", "2026-10-31")
    lines = list(all_lines(counted, [Cut.SEX]))
    assert len(told["figures"]) == len(lines)
    for one, line in zip(told["figures"], lines, strict=True):
        assert one["sex"] == (line.group[0] if line.group else "total")
        assert one["numerator"] == str(line.figure.numerator)
        assert one["denominator"] == line.figure.denominator
        assert one["value"] == (None if line.figure.value is None else str(line.figure.value))


def test_indicators__crossed_cuts__are_crossed(world):
    told = world.get(f"{ADDRESS}{DAYS}&by=sex&by=province", ANALYST).json
    assert ("f", "Morobe") in {(one["sex"], one["province"]) for one in told["figures"]}


def test_indicators__public__hides_small_counts(world):
    told = world.get(f"{ADDRESS}{DAYS}&by=province&public=1", ANALYST).json
    hidden = [one for one in told["figures"] if one["hidden"]]
    assert hidden
    assert all(one["numerator"] is one["denominator"] is one["value"] is None for one in hidden)


@pytest.mark.parametrize("public", ["0", "1"])
def test_indicators__csv__is_a_row_for_each_line(world, counted, public):
    answer = world.get(f"{ADDRESS}.csv{DAYS}&public={public}", ANALYST)
    assert answer.content_type == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == len(list(all_lines(counted, [])))
    assert any(row["hidden"] for row in table) == (public == "1")


def test_indicators__html__is_the_page(world, counted):
    answer = world.get(f"{ADDRESS}.html{DAYS}", ANALYST)
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.text == as_page(counted)


@pytest.mark.slow
def test_indicators__fhir__has_figures_and_no_person(world):
    answer = world.get(f"{ADDRESS}/fhir{DAYS}", ANALYST)
    assert answer.content_type == "application/fhir+json; charset=utf-8"
    Bundle.model_validate_json(answer.text)
    kinds = {entry["resource"]["resourceType"] for entry in json.loads(answer.text)["entry"]}
    assert kinds == {"MeasureReport"}


WRONG = {
    "no days": "",
    "no last day": "?from=2026-10-01",
    "backwards": "?from=2026-10-31&to=2026-10-01",
    "no day": "?from=2026-10-32&to=2026-10-31",
    "far away": "?from=0001-01-01&to=0001-01-31",
}
WRONG_CUTS = {
    "no cut": "&by=size",
    "three cuts": "&by=sex&by=age&by=province",
    "one twice": "&by=sex&by=sex",
    "crossed and public": "&by=sex&by=age&public=1",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", WRONG)
def test_indicators__days_that_are_none__are_refused(world, form, name):
    answer = world.get(f"{ADDRESS}{form}{WRONG[name]}", ANALYST)
    assert answer.status_code == 422
    assert answer.json["errors"]


@pytest.mark.parametrize("form", ["", ".csv"])
@pytest.mark.parametrize("name", WRONG_CUTS)
def test_indicators__cuts_that_may_not_be__are_refused(world, form, name):
    answer = world.get(f"{ADDRESS}{form}{DAYS}{WRONG_CUTS[name]}", ANALYST)
    assert answer.status_code == 422
    assert answer.json["errors"]


@pytest.mark.parametrize("form", FORMS)
def test_indicators__unknown_programme__is_not_found(world, form):
    answer = world.get(f"/api/v1/indicators/nothing{form}{DAYS}", ANALYST)
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_programme")
