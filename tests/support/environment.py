"""What the tests read from the environment, and what they can find on the machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.paths import ROOT, SHARED_DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

_environ = os.environ  # noqa: TID251 — the tests' only reader of the environment

# The benchmarks' country is a fortieth where tests make it.
_environ.setdefault("BILUM_BENCH_PART", "40")
IN_CI = bool(_environ.get("CI"))
IS_WORKER = "PYTEST_XDIST_WORKER" in _environ
# Which of the processes that share the tests this is; 0 where it is alone.
WORKER = int(_environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REQUIRE_ALL = _environ.get("BILUM_TEST_REQUIRE_ALL") == "1"
POSTGRES_URL = _environ.get("BILUM_TEST_POSTGRES_URL")
# `make test-all` sets it: each repetition in full, where `make test` is content with a few.
FULL = _environ.get("BILUM_TEST_FULL") == "1"


# Each count of repetitions below, by its name.
COUNTS: dict[str, int] = {}


def _count(name: str, few: int, full: int) -> int:
    COUNTS[name] = int(_environ.get(f"BILUM_TEST_{name}", full if FULL else few))
    return COUNTS[name]


# How many examples Hypothesis draws where a test does not say.
EXAMPLES = _count("EXAMPLES", 25, 40)
# How many inputs each target of `make fuzz` gets, the same each time.
FUZZED = _count("FUZZED", 60, 120)
# How many requests the fuzzing of the API makes of each kind for each operation.
API_EXAMPLES = _count("API_EXAMPLES", 1, 2)
# How many files of each kind are mutated for both verifiers of proofs.
VERIFIER_EXAMPLES = _count("VERIFIER_EXAMPLES", 20, 40)
# How many movements of the national file are imported, about, and how many go on the ledger.
IMPORTED = _count("IMPORTED", 20_000, 20_000)
MOVEMENTS = _count("MOVEMENTS", 4_000, 4_000)
# How many random histories of pigs the program and the rules are asked about, each three times.
HISTORIES = _count("HISTORIES", 60, 100)
# How many schedules of several people's commands are played, beside those that are told.
INTERLEAVINGS = _count("INTERLEAVINGS", 40, 50)
# How many texts a village without signal writes.
OFFLINE = _count("OFFLINE", 70, 200)
# How many items a village box hands over at once.
SYNCED = _count("SYNCED", 2_000, 3_000)
# How many requests an attacker without permission sends.
ATTACKS = _count("ATTACKS", 200, 300)
# How often dispatchers are killed on each database.
KILLS = _count("KILLS", 10, 30)
# Where a test kills a process at each point in turn: how far the next point is.
KILL_STEP = _count("KILL_STEP", 5, 1)
# How many single edits of a database the auditor must find.
MUTATIONS = _count("MUTATIONS", 60, 100)
# How many steps of a random walk are each followed by an audit.
AUDITS = _count("AUDITS", 8, 12)
# How many random schedules of faults the ledger goes through, and the seed of the first.
SCHEDULES = _count("SCHEDULES", 6, 8)
FIRST_SEED = _count("FIRST_SEED", 0, 0)

BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")

# The command in the path changes to a user of its own; this is the program.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

_SERVERS = Path("/usr/lib/postgresql")
# CAP_NET_ADMIN and CAP_SYS_ADMIN, which root in a container may lack.
_MAKES_NAMESPACES = 1 << 12 | 1 << 21

_NODE_MODULES = ROOT / "contracts" / "node_modules"
_ANVIL = _NODE_MODULES / ".bin" / "anvil"


def missing(item: pytest.Item) -> str | None:
    """Say what a test's markers need and the machine lacks; None: nothing."""
    for marker in item.iter_markers():
        found, sentence = NEEDS.get(marker.name, _NOTHING)
        if not found(*marker.args):
            return sentence.format(*marker.args)
    return None


def program(name: str) -> str:
    """Return the path of a program, which a test marked `program` or more closely needs."""
    path = shutil.which(name)
    assert path is not None, f"mark the test: it needs the program {name}"
    return path


def postgres_bin() -> Path | None:
    """Folder of the newest PostgreSQL server's programs, None where there is none."""
    found = (path for path in _SERVERS.glob("*/bin") if (path / "initdb").exists())
    return max(found, key=lambda path: float(path.parent.name), default=None)


def _makes_namespaces() -> bool:
    status = Path("/proc/self/status")
    if not status.exists() or shutil.which("ip") is None or postgres_bin() is None:
        return False
    rights = next(
        int(line.split()[1], 16)
        for line in status.read_text(encoding="ascii").splitlines()
        if line.startswith("CapEff:")
    )
    return os.geteuid() == 0 and rights & _MAKES_NAMESPACES == _MAKES_NAMESPACES


def _makes_lab() -> bool:
    programs = ("patroni", "etcd", "haproxy", "mkfs.ext4")
    # Debian has Patroni for its newest server alone.
    return (
        _makes_namespaces()
        and (_SERVERS / "17").is_dir()
        and all(shutil.which(name) for name in programs)
    )


def _archives() -> bool:
    return (
        os.geteuid() == 0 and (_SERVERS / "17").is_dir() and shutil.which("pgbackrest") is not None
    )


_NOTHING = (lambda *_: True), ""

# By marker: whether what it stands for is there, and the reason of a skip.
NEEDS: dict[str, tuple[Callable[..., bool], str]] = {
    "program": (lambda name: shutil.which(name) is not None, "the program {} is not installed"),
    "postgres": (lambda: bool(POSTGRES_URL), "BILUM_TEST_POSTGRES_URL names no PostgreSQL server"),
    "anvil": (_ANVIL.exists, "anvil is not installed: npm ci in contracts/"),
    "rabbitmq": (RABBITMQ.exists, "RabbitMQ is not installed (Debian's package rabbitmq-server)"),
    "node": (
        lambda: shutil.which("node") is not None and _NODE_MODULES.is_dir(),
        "Node.js or its packages are not installed: npm ci in contracts/",
    ),
    "kannel": (
        lambda: all(path.exists() for path in (BEARERBOX, SMSBOX, FAKESMSC)),
        "Kannel is not installed: apt-get install kannel kannel-extras",
    ),
    "browser": (
        lambda: shutil.which("chromium") is not None,
        "Chromium is not installed: apt-get install chromium",
    ),
    "console": (
        (ROOT / "console" / "node_modules").is_dir,
        "the packages of console/ are not installed: npm ci in console/",
    ),
    "namespaces": (
        _makes_namespaces,
        "network namespaces need root, ip (Debian's package iproute2) and a PostgreSQL server",
    ),
    "lab": (
        _makes_lab,
        "three hosts need root and Debian's postgresql-17, patroni, python3-etcd, etcd, haproxy",
    ),
    "pgbackrest": (
        _archives,
        "an archive of PostgreSQL needs root and Debian's postgresql-17 and pgbackrest",
    ),
    "shared_data": (SHARED_DATA.is_dir, "the data folder ../shared/data is not there"),
}
