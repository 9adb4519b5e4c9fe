"""docker-compose.yml and the systemd unit are read by the programs that will read them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from services.variables import VARIABLES
from tests.support.environment import program
from tests.support.paths import ROOT

LONG_RUNNING = {"broker", "celery", "database", "node", "web", "worker"}
ONE_SHOT = {"network", "migrate", "deploy"}
SECRETS = {f"{variable.name}_FILE" for variable in VARIABLES if variable.secret}


@pytest.fixture(scope="module")
def compose():
    run = subprocess.run(
        [program("docker-compose"), "--profile", "celery", "config", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_compose__services__are_those_that_run_and_those_that_prepare(compose):
    assert set(compose["services"]) == LONG_RUNNING | ONE_SHOT


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_compose__long_running_service__has_a_health_check_and_restarts(compose, name):
    assert compose["services"][name]["healthcheck"]["test"]
    assert compose["services"][name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "celery"])
def test_compose__web_and_workers__wait_for_schema_and_contract(compose, name):
    conditions = {
        needed: how["condition"] for needed, how in compose["services"][name]["depends_on"].items()
    }
    assert conditions == {
        "database": "service_healthy",
        "node": "service_healthy",
        "migrate": "service_completed_successfully",
        "deploy": "service_completed_successfully",
    }


def test_compose__settings__are_known_and_secrets_come_as_files(compose):
    known = {variable.name for variable in VARIABLES}
    for name in ("migrate", "deploy", "web", "worker", "celery"):
        given = set(compose["services"][name]["environment"])
        assert {variable.removesuffix("_FILE") for variable in given} <= known
        assert {f"{variable}_FILE" for variable in given} & SECRETS <= {"BILUM_CHAIN_URL_FILE"}


def test_compose__published_ports__are_on_loopback(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_make_secrets__run_twice__leaves_what_compose_reads(compose, tmp_path):
    command = [sys.executable, ROOT / "deploy/make_secrets.py", tmp_path / "secrets"]
    wanted = {secret["file"].rpartition("/")[2] for secret in compose["secrets"].values()}
    contents = []
    for _ in range(2):
        subprocess.run(command, check=True)
        files = (tmp_path / "secrets").iterdir()
        contents.append({path.name: path.read_text(encoding="ascii") for path in files})
    assert contents[0] == contents[1]
    assert set(contents[0]) == wanted


def test_besu_network__genesis__runs_the_contract_and_funds_the_recorder():
    genesis = json.loads((ROOT / "deploy/besu/network.json").read_text(encoding="utf-8"))["genesis"]
    assert genesis["config"]["cancunTime"] == 0
    assert list(genesis["alloc"]) == ["RECORDER"]


def test_systemd_unit__with_programs_in_place__is_accepted(tmp_path):
    unit = (ROOT / "deploy" / "bilum.service").read_text(encoding="utf-8")
    (tmp_path / "bilum.service").write_text(
        unit.replace("/opt/bilum/.venv/bin/bilum", "/bin/true"), encoding="utf-8"
    )
    run = subprocess.run(
        [program("systemd-analyze"), "verify", tmp_path / "bilum.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
