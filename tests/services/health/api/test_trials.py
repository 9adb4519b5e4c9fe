"""Trials through the API: read blind, looked at on record, closed by an approver."""

from __future__ import annotations

import pytest

from services.storage.models import Journal
from tests.factories import rows
from tests.services.health.scene import publish
from tests.services.health.trials.trial import TRIAL

ALL = "/api/v1/trials"
ONE = f"{ALL}/tobacco/quit"
GROUND = {"reference": "DMB 3"}


@pytest.fixture
def trial(ministry):
    publish(ministry.world.runtime.database, TRIAL)
    return ministry


def test_trial__read_by_role__tells_no_arm_and_no_seed(trial):
    for path in ("", "/tobacco/quit", "/tobacco/quit/consort", "/tobacco/quit/checklist"):
        assert trial.analyst.get(ALL + path).status_code == 200
        for refused in ("keeper", "officer", "administrator", "clinician"):
            assert getattr(trial, refused).get(ALL + path).status_code == 403
    (told,) = trial.auditor.get(ALL).json["items"]
    assert told == trial.planner.get(ONE).json
    assert (told["state"], told["people"], told["seed"]) == ("waiting for the ledger", 0, None)
    assert told["design"]["arms"][0]["ratio"] == 2
    flow = trial.approver.get(f"{ONE}/consort").json
    assert [arm["arm"] for arm in flow["arms"]] == ["A", "B"]
    assert trial.analyst.get(f"{ALL}/tobacco/none").json["code"] == "unknown_trial"


def test_look__by_an_analyst_alone__is_recorded(trial):
    before = rows(trial.world.runtime.database, Journal)
    assert trial.approver.post(f"{ONE}/estimate", GROUND).status_code == 403
    looked = trial.analyst.post(f"{ONE}/estimate", GROUND)
    assert (looked.status_code, looked.json["closed"]) == (200, False)
    assert rows(trial.world.runtime.database, Journal) == before + 1
    (look,) = trial.planner.get(f"{ONE}/consort").json["looks"]
    assert (look["by"], look["what"], look["reference"]) == (
        trial.analyst.party, "estimate", "DMB 3",
    )  # fmt: skip


def test_close__by_an_approver_alone__reveals_the_seed_once(trial):
    assert trial.analyst.post(f"{ONE}/close", GROUND).status_code == 403
    closed = trial.approver.post(f"{ONE}/close", GROUND)
    assert (closed.status_code, closed.json["state"]) == (200, "closed")
    assert len(closed.json["seed"]) == 64
    assert trial.approver.post(f"{ONE}/close", GROUND).json["code"] == "trial_over"
