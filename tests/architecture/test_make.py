"""`make help` lists every target, and the borders between packages hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import program
from tests.support.paths import ROOT

TARGETS = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
HELP_LINE = re.compile(r"^([a-z][a-z_-]*) {2,}\S", re.MULTILINE)


@pytest.fixture(scope="module")
def helped():
    run = subprocess.run(
        [program("make"), "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(HELP_LINE.findall(run.stdout))


def test_help__makefile__lists_every_target(helped):
    targets = set(TARGETS.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    benches = {f"bench-{path.stem}" for path in ROOT.glob("bench/[a-z]*.py")}
    assert helped == targets | benches


def test_help__names_promised_to_newcomers__are_there(helped):
    assert helped >= {"setup", "check", "test", "test-all", "demo", "serve", "contracts"}


@pytest.mark.slow
def test_imports__all_packages__keep_the_borders():
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
