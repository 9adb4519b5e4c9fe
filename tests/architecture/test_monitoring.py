"""Alerts and the dashboard: Prometheus reads them, and they ask for what there is."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml

from tests.services.conftest import (
    clock,
    migrated_file,
    migrated_folder,
    open_world,
    settings,
    world,
)
from tests.support.environment import program
from tests.support.paths import ROOT

__all__ = ["clock", "migrated_file", "migrated_folder", "open_world", "settings", "world"]

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES, CASES = PROMETHEUS / "rules.yml", PROMETHEUS / "rules_test.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "bilum.json"
# What Prometheus and its exporters say themselves, the unit of pgBackRest, and workers later.
FOREIGN = {
    *("up", "probe_success", "probe_ssl_earliest_cert_expiry"),
    *("bilum_pgbackrest_timestamp_seconds", "bilum_task_done_timestamp_seconds"),
}
METRIC = re.compile(r"\b(?:bilum_[a-z0-9_]+|probe_[a-z_]+)\b")


@pytest.fixture(scope="module")
def alerts():
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


@pytest.fixture(scope="module")
def panels():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]


def queries(panels):
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_alerts__each__has_words_a_section_and_two_cases(alerts):
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    cases: dict[str, list[bool]] = {}
    for case in yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]:
        (test,) = case["alert_rule_test"]
        cases.setdefault(test["alertname"], []).append(bool(test["exp_alerts"]))
    assert cases == {name: [True, False] for name in alerts}
    for name, rule in alerts.items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        told = rule["annotations"]
        assert told.keys() == {"summary", "description", "runbook"}, name
        path, _, anchor = told["runbook"].partition("#")
        assert path == "docs/operations.md"
        assert guide.count(f'<a id="{anchor}"></a>') == 1, anchor


def test_dashboard__its_panels__have_a_place_a_unit_and_queries(panels):
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    places = set()
    for panel in panels:
        assert panel["title"]
        assert panel["type"] in {"timeseries", "stat"}
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
        assert [target["refId"] for target in panel["targets"]] == list(
            "ABC"[: len(panel["targets"])]
        )
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        places.add((place["x"], place["y"]))
    assert len(places) == len(panels), "none lies on another"
    (variable,) = json.loads(DASHBOARD.read_text(encoding="utf-8"))["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("source", "datasource")


def test_metrics__that_alerts_and_dashboard_name__are_in_the_scrape(world, alerts, panels):
    scraped = world.get("/metrics").text
    there = set(re.findall(r"^# TYPE (\S+) ", scraped, re.MULTILINE))
    asked = [rule["expr"] for rule in alerts.values()] + queries(panels)
    named = {name for query in asked for name in METRIC.findall(query)}
    assert named - there - FOREIGN == set()
    assert len(named) > 20


@pytest.mark.program("promtool")
def test_alerts__by_promtool__are_read_fire_and_do_not(tmp_path, panels):
    records = [
        {"record": f"panel:{place}", "expr": query} for place, query in enumerate(queries(panels))
    ]
    asked = tmp_path / "dashboard.yml"
    asked.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": records}]}))
    for arguments in (["check", "rules", RULES, asked], ["test", "rules", CASES]):
        run = subprocess.run(
            [program("promtool"), *arguments], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
