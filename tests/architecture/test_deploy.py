"""docker-compose.yml and the systemd unit are read by the programs that will read them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys

import click
import pytest

from services.cli import cli
from services.core.variables import VARIABLES
from tests.support.environment import program
from tests.support.paths import ROOT

VALIDATORS = {"node", "validator2", "validator3", "validator4"}
LONG_RUNNING = {"broker", "celery", "database", "web", "worker"} | VALIDATORS
ONE_SHOT = {"consortium", "network", "migrate", "deploy"}
on_compose = pytest.mark.program("docker-compose")
SECRETS = {f"{variable.name}_FILE" for variable in VARIABLES if variable.secret}


def read_compose(*profiles, **environ):
    chosen = [f"--profile={name}" for name in profiles]
    run = subprocess.run(
        [program("docker-compose"), "--env-file=/dev/null", *chosen, "config", "--format", "json"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def compose():
    return read_compose("celery", "consortium")


@on_compose
def test_compose__services__are_those_that_run_and_those_that_prepare(compose):
    assert set(compose["services"]) == LONG_RUNNING | ONE_SHOT


@on_compose
@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_compose__long_running_service__has_a_health_check_and_restarts(compose, name):
    assert compose["services"][name]["healthcheck"]["test"]
    assert compose["services"][name]["restart"] == "unless-stopped"


@on_compose
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


@on_compose
def test_compose__settings__are_known_and_secrets_come_as_files(compose):
    known = {variable.name for variable in VARIABLES}
    for name in ("migrate", "deploy", "web", "worker", "celery"):
        given = set(compose["services"][name]["environment"])
        assert {variable.removesuffix("_FILE") for variable in given} <= known
        assert {f"{variable}_FILE" for variable in given} & SECRETS <= {"BILUM_CHAIN_URL_FILE"}


# Of the container itself, and for one person who tries it alone.
OF_NO_USE = {"BILUM_DATA_DIR", "BILUM_HOST", "BILUM_PORT", "BILUM_DEVELOPMENT"}
SIGNER = {one.name for one in VARIABLES if one.name.startswith("BILUM_SIGNER_")}


@on_compose
@pytest.mark.parametrize(("name", "more"), [("web", SIGNER), ("worker", set()), ("celery", set())])
def test_compose__every_setting__is_handed_on(compose, name, more):
    """Numbers to deny in .env that no container reads deny nobody."""
    given = {one.removesuffix("_FILE") for one in compose["services"][name]["environment"]}
    assert {one.name for one in VARIABLES} - given == OF_NO_USE | more


OF_THE_LEDGER = ("BILUM_CHAIN_URL", "BILUM_CONFIRMATIONS", "BILUM_LEDGER_ADDRESS")
ADDRESS = f"0x{'1' * 40}"


@on_compose
@pytest.mark.parametrize(
    ("environ", "read"),
    [
        ({}, ["http://node:8545", "1", ""]),
        ({"BILUM_CHAIN_URL": "https://theirs.example"}, ["https://theirs.example", "12", ""]),
        (
            {
                "BILUM_CHAIN_URL": "https://theirs.example",
                "BILUM_CONFIRMATIONS": "3",
                "BILUM_LEDGER_ADDRESS": ADDRESS,
            },
            ["https://theirs.example", "3", ADDRESS],
        ),
    ],
)
def test_compose__node_and_contract_of_others__are_those_that_all_of_it_asks(environ, read):
    """Else records go to the chain of this machine, and nothing tells."""
    services = read_compose("celery", **environ)["services"]
    for name in ("deploy", "web", "worker", "celery"):
        given = services[name]["environment"]
        assert [given[one] for one in OF_THE_LEDGER] == read, name


@on_compose
def test_compose__published_ports__are_on_loopback(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


@on_compose
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


@pytest.mark.parametrize(
    ("profiles", "validators"),
    [((), {"node"}), (("celery",), {"node"}), (("consortium",), VALIDATORS)],
)
@on_compose
def test_compose__profile__has_its_validators_and_who_makes_their_network(profiles, validators):
    services = read_compose(*profiles)["services"]
    assert {name for name in services if "besu" in services[name]["image"]} == validators
    assert ("consortium" in services) == (validators == VALIDATORS)


@on_compose
def test_compose__one_shots_of_the_network__make_four_before_one(compose):
    services = compose["services"]
    before = services["network"]["depends_on"]["consortium"]
    assert (before["condition"], before["required"]) == ("service_completed_successfully", False)
    assert [services[name]["command"] for name in ("consortium", "network")] == [["4"], ["1"]]


@on_compose
def test_compose__validators__differ_in_key_chain_and_the_address_that_peers_call(compose):
    services = [compose["services"][name] for name in sorted(VALIDATORS)]
    told = [service["environment"] for service in services]
    for place, (service, environ) in enumerate(zip(services, told, strict=True), start=1):
        assert environ["BESU_NODE_PRIVATE_KEY_FILE"] == f"/network/{place}/validator.key"
        own = service["networks"]["validators"]["ipv4_address"]
        assert own == environ["BESU_P2P_HOST"] == f"172.30.67.1{place}"
    chains = {v["source"] for s in services for v in s["volumes"] if v["target"] != "/network"}
    assert len(chains) == len(VALIDATORS)
    assert len({tuple(service["command"]) for service in services}) == 1


@on_compose
def test_compose__calls_that_vote__are_on_no_network(compose):
    for name in VALIDATORS:
        environ = compose["services"][name]["environment"]
        votes = "QBFT" in environ["BESU_RPC_HTTP_API"].split(",")
        assert votes == (environ["BESU_RPC_HTTP_HOST"] == "127.0.0.1")


@on_compose
def test_compose__web__has_no_signing_key_and_what_records_has(compose):
    for name in ("web", "migrate", "worker", "celery", "deploy"):
        service = compose["services"][name]
        files = {secret["source"] for secret in service["secrets"]}
        held = {name for name in (*service["environment"], *files) if "signer" in name.lower()}
        assert bool(held) == (name not in {"web", "migrate"}), name


def test_systemd_units__of_web_and_worker__split_the_signing_key():
    web, worker = (
        (ROOT / "deploy" / f"bilum-{name}.service").read_text(encoding="utf-8")
        for name in ("web", "worker")
    )
    assert "EnvironmentFile=-/etc/bilum/signer.env" in worker
    assert "EnvironmentFile=-/etc/bilum/signer.env" not in web
    hidden = next(line for line in web.splitlines() if line.startswith("InaccessiblePaths="))
    for path in ("/etc/bilum/signer.env", "%S/bilum/signer.json", "%S/bilum/signer.password"):
        assert f"-{path}" in hidden
    # What a dash allows to be missing is hidden only from the next start on.
    assert hidden.startswith("InaccessiblePaths=%S/bilum/signer ")
    for unit in (web, worker):
        assert "\nStateDirectory=bilum bilum/signer\nStateDirectoryMode=0700\n" in unit


HARDENED = re.compile(r"^(?:UMask=.*\n)(?:[A-Z]\w+=.*\n)+", re.MULTILINE)


def test_systemd_units__of_backups__are_hardened_as_the_others_and_run_commands_that_exist():
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*.service")}
    assert len(units) == 8
    assert len({HARDENED.search(unit)[0] for unit in units.values()}) == 1
    for name in ("bilum-backup", "bilum-backup-verify"):
        unit = units[f"{name}.service"]
        hidden = re.search("^InaccessiblePaths=(.*)", unit, re.MULTILINE)[1].split()
        assert {"-/etc/bilum/signer.env", "-%S/bilum/signer"} < set(hidden)
        (line,) = re.findall(r"^ExecStart=/opt/bilum/.venv/bin/bilum (.*)", unit, re.MULTILINE)
        words, command = line.split(), cli
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0))
        options = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options
        assert f"{name}.timer" in {path.name for path in (ROOT / "deploy").glob("*.timer")}


def test_systemd_unit_of_pgbackrest__on_a_standby__is_skipped_and_elsewhere_is_not(tmp_path):
    unit = (ROOT / "deploy" / "pgbackrest" / "bilum-pgbackrest@.service").read_text("utf-8")
    (line,) = re.findall(r"^ExecCondition=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    psql = tmp_path / "psql"
    command = line.replace("/usr/bin/psql", str(psql))
    for answer, goes_on in (("echo t", False), ("echo f", True), ("exit 2", True)):
        psql.write_text(f"#!/bin/sh\n{answer}\n")
        psql.chmod(0o755)
        assert (subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0) == goes_on


@pytest.mark.program("systemd-analyze")
@pytest.mark.parametrize(
    "name",
    [
        "bilum.service",
        "bilum-village.service",
        "bilum-web.service",
        "bilum-worker.service",
        "bilum-backup.service",
        "bilum-backup.timer",
        "bilum-backup-verify.service",
        "bilum-backup-verify.timer",
        "patroni/bilum-standby-guard.service",
        "pgbackrest/bilum-pgbackrest@.service",
        "pgbackrest/bilum-pgbackrest-full.timer",
        "pgbackrest/bilum-pgbackrest-diff.timer",
    ],
)
def test_systemd_unit__with_programs_in_place__is_accepted(tmp_path, name):
    # A timer needs its service beside it.
    folder, name = (ROOT / "deploy" / name).parent, name.rpartition("/")[2]
    for path in (*folder.glob("*.service"), *folder.glob("*.timer")):
        unit = path.read_text(encoding="utf-8")
        for program_ in (
            "/opt/bilum/.venv/bin/bilum",
            "/usr/bin/pgbackrest",
            "/usr/local/bin/bilum-standby-guard",
        ):
            unit = unit.replace(program_, "/bin/true")
        (tmp_path / path.name).write_text(unit, encoding="utf-8")
    name = name.replace("@.", "@full.")
    run = subprocess.run(
        [program("systemd-analyze"), "verify", tmp_path / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.fixture(scope="module")
def wrapper():
    loader = importlib.machinery.SourceFileLoader("bilum_wrapper", str(ROOT / "deploy" / "bilum"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


# Values as systemd 257 reads them, tried in units of its own.
ENVIRONMENT = [
    ("A=+ console\n", "+ console"),
    ("A=Jiwaka: +675 542 1000, *: 180 1332  \n", "Jiwaka: +675 542 1000, *: 180 1332"),
    ("A='+ kannel twilio'\n", "+ kannel twilio"),
    ('  A = "+ kannel"\r\n', "+ kannel"),
    ("A=$(id) `id` $HOME #;&|\n", "$(id) `id` $HOME #;&|"),
    ("A='$(id) \\x'\n", "$(id) \\x"),
    ('A="a \\"b\\" \\$c \\d"\n', 'a "b" $c \\d'),
    ('A=it\'s "so"\n', 'it\'s "so"'),
    ("A='one'\"two\" three\n", "onetwothree"),
    ("A=one\\\n two\\ three\\\\\n", "one two three\\"),
    ("A='one\ntwo'\n", "one\ntwo"),
    ("A=\n", ""),
    ("A=", ""),
    ("A=first\nA=last", "last"),
    ("# A=no\n; A=no\nnothing\nexport A=no\nA=yes\n", "yes"),
]


@pytest.mark.parametrize(("text", "value"), ENVIRONMENT)
def test_command_of_the_service__environment_file__reads_it_as_systemd_does(wrapper, text, value):
    assert wrapper.read_variables(f"FIRST=1\n{text}") == {"FIRST": "1", "A": value}
    assert wrapper.read_variables(f"{text.rstrip()}\nLAST=1\n") == {"A": value, "LAST": "1"}


def test_command_of_the_service__all_that_env_example_shows__reads_the_defaults(wrapper):
    """So does a shell."""
    shown = (ROOT / ".env.example").read_text(encoding="utf-8")
    text = re.sub(r"^# (BILUM_\w+=)", r"\1", shown, flags=re.MULTILINE)
    assert wrapper.read_variables(text) == {one.name: one.default for one in VARIABLES}
    sourced = subprocess.run(
        ["/bin/sh", "-euc", f"{text}\nset"], env={}, capture_output=True, text=True, check=True
    )
    assert sourced.stderr == ""
    assert "BILUM_ROUTES='+ console'" in sourced.stdout.splitlines()


def test_command_of_the_service__settings_with_spaces__runs_with_them_as_its_user(tmp_path):
    """With stand-ins for the user's change and for the command, and other folders."""
    (tmp_path / "bilum.env").write_text("BILUM_ROUTES=+ kannel\n# a note\nBILUM_PORT=81\n")
    (tmp_path / "signer.env").write_text("BILUM_SIGNER_PASSWORD='$(false) \"'\n")
    for name, text in {
        "runuser": 'test "$1 $2 $3" = "-u bilum --" && shift 3 && exec "$@"',
        "bilum": 'echo "$BILUM_DATA_DIR|$BILUM_ROUTES|$BILUM_PORT|$BILUM_SIGNER_PASSWORD|$*"; '
        "umask",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    script = (ROOT / "deploy" / "bilum").read_text()
    script = script.replace("/etc/bilum", str(tmp_path))
    script = script.replace("/opt/bilum/.venv/bin", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-I", "-c", script, "village", "status"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "BILUM_PORT": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines() == [
        '/var/lib/bilum|+ kannel|81|$(false) "|village status',
        "0077",
    ]


def test_systemd_units__that_upgrade_the_database_first__give_it_all_the_time_it_needs():
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*.service")}
    upgrading = {name for name, unit in units.items() if "bilum db upgrade" in unit}
    assert upgrading == {"bilum.service", "bilum-worker.service"}
    for name in upgrading:
        assert "\nTimeoutStartSec=infinity\n" in units[name]
