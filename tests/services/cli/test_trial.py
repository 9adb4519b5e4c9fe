"""`bilum trial`: what is printed of a trial, blind until its end."""

from __future__ import annotations

import csv
import json
import stat

import pytest

from services.core.roles import Role
from services.core.settings import Settings
from services.storage.database import Database
from tests.services.health.scene import APPROVER, person
from tests.services.health.trials.simulated import simulate

ANALYST = "+67570000905"
NAME = "tobacco/quit"


@pytest.fixture
def trial(bilum, tmp_path):
    """Forty people whose assessments are to come by the command's own clock, or are over."""
    database = Database.from_settings(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    simulate(database, 40)
    person(database, ANALYST, Role.HEALTH_ANALYST)
    person(database, APPROVER, Role.APPROVER)
    yield bilum
    database.close()


@pytest.mark.slow
def test_trial__from_list_to_export__tells_arms_after_its_end_alone(trial, tmp_path):
    by = ("--by", APPROVER, "--reference", "NDOH 7")
    listed = trial("trial", "list").out
    assert "waiting" in listed
    told = json.loads(trial("trial", "show", NAME).out)
    assert (told["people"], told["seed"]) == (40, None)
    flow = json.loads(trial("trial", "consort", NAME, "--json").out)
    assert [arm["arm"] for arm in flow["arms"]] == ["A", "B"]
    assert "allocated 40" in trial("trial", "consort", NAME).out
    assert "OPEN" in trial("trial", "checklist", NAME).out
    out = tmp_path / "rows.csv"
    export = ("trial", "export", NAME, "--by", ANALYST, "--reference", "SAP 2", "--out", out)
    refused = trial(*export)
    assert (refused.status, out.exists()) == (2, False)
    looked = json.loads(
        trial("trial", "estimate", NAME, "--by", ANALYST, "--reference", "DMB 1").out
    )
    assert looked["closed"] is False
    closed = trial("trial", "close", NAME, *by, "--early", "no people any more")
    assert closed.status == 0, closed.err
    assert trial(*export).status == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert {row["arm"] for row in rows} == {"whole", "bland"}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    flow = json.loads(trial("trial", "consort", NAME, "--json").out)
    assert [look["what"] for look in flow["looks"]] == ["estimate", "export"]


def test_trial__that_is_none__is_named_as_unknown(bilum):
    assert "unknown_trial" in bilum("trial", "show", "tobacco/none").err
