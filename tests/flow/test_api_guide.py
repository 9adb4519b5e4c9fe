"""docs/api.md tells of every address and every role as they are."""

from __future__ import annotations

import re

import pytest

from services.core.roles import Role
from services.livestock.domain.access import RULES, Sight
from services.livestock.domain.authority import reach_of, reports_of
from tests.flow.deployments import embedded
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SETS = {
    "husbandry": reports_of(Role.KEEPER),
    "official": reports_of(Role.INSPECTOR),
    "abattoir": reports_of(Role.ABATTOIR),
}
NAMES = {reports: name for name, reports in SETS.items()} | {frozenset(): "none"}


def shown(sight):
    return Sight(sight).name.lower()


def row(role, rule):
    ties = ", ".join(f"{tie.value}: {shown(sight)}" for tie, sight in rule.ties.items())
    cells = (
        f"`{role.value}`",
        shown(rule.anything),
        ties or "none",
        shown(rule.neighbours),
        NAMES[reports_of(role)],
        reach_of(role).value,
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("role", Role)
def test_table_of_roles__each_role__is_the_rule(role):
    assert row(role, RULES[role]) in PAGE.splitlines()


def test_types_of_events__that_roles_report__are_listed():
    def codes(types):
        return ", ".join(f"`{one}`" for one in sorted(one.value for one in types))

    text = " ".join(PAGE.split())
    assert f"Husbandry is {codes(SETS['husbandry'])};" in text
    assert f"official adds {codes(SETS['official'] - SETS['husbandry'])};" in text
    assert f"an abattoir reports {codes(SETS['abattoir'])}." in text


@pytest.mark.slow
def test_table_of_paths__against_the_description__has_each_and_no_other(tmp_path):
    with embedded(tmp_path) as stage:
        described = stage.call("", "GET", "/api/openapi.json")["paths"]
    ours = {path.removeprefix("/api/v1") for path in described if path.startswith("/api/v1/")}
    table = [line for line in PAGE.splitlines() if line.startswith("| `/")]
    assert set(re.findall("`(/[^`]+)`", "\n".join(table))) == ours
