"""Three hosts of which one part after another breaks, by the command that an operator uses."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

COMPILER = pytest.mark.program("cc")
RESOLVER, AUTHORITY = pytest.mark.program("dnsmasq"), pytest.mark.program("openssl")
pytestmark = [pytest.mark.lab, pytest.mark.anvil, pytest.mark.sockets, pytest.mark.slow]


@pytest.mark.parametrize(
    "failures",
    [
        pytest.param(
            ("fail-over", "kill", "slow-network", "disk-error", "slow-disk"),
            marks=pytest.mark.program("nbdfuse"),
        ),
        pytest.param(("clock", "broker"), marks=[pytest.mark.rabbitmq, COMPILER]),
        pytest.param(("dns", "certificates"), marks=[RESOLVER, AUTHORITY]),
    ],
)
@pytest.mark.usefixtures("machine_alone")
def test_drills__one_failure_after_the_other__lose_and_double_nothing(failures):
    command = (sys.executable, "-m", "deploy.lab", "--together", "--seed", "7", *failures)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        int(re.search(r"(\d+) acknowledged, 0 lost, 0 doubled, 0 uncertain", done.stdout)[1]) > 20
    )
