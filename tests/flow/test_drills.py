"""Three hosts of which one part after another breaks, by the command that an operator uses."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from deploy.lab.drills import DRILLS
from tests.support.paths import ROOT

COMPILER, DISKS = pytest.mark.program("cc"), pytest.mark.program("nbdfuse")
RESOLVER, AUTHORITY = pytest.mark.program("dnsmasq"), pytest.mark.program("openssl")
pytestmark = [pytest.mark.lab, pytest.mark.anvil, pytest.mark.sockets, pytest.mark.slow]
IN_ONE_LAB = [
    pytest.param(
        ("fail-over", "kill", "partition", "slow-network", "disk-full", "blackout"), id="machines"
    ),
    pytest.param(
        ("clock", "database-clock", "broker", "disk-error", "slow-disk"),
        marks=[pytest.mark.rabbitmq, COMPILER, DISKS],
        id="parts",
    ),
    pytest.param(("dns", "certificates"), marks=[RESOLVER, AUTHORITY], id="names"),
]


@pytest.mark.parametrize("failures", IN_ONE_LAB)
@pytest.mark.usefixtures("machine_alone")
def test_drills__one_failure_after_the_other__lose_and_double_nothing(failures):
    command = (sys.executable, "-m", "deploy.lab", "--together", "--seed", "7", *failures)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        int(re.search(r"(\d+) acknowledged, 0 lost, 0 doubled, 0 uncertain", done.stdout)[1]) > 20
    )


def test_drills__each_of_them__is_tried_here():
    tried = [name for lab in IN_ONE_LAB for name in lab.values[0]]
    assert sorted(tried) == sorted(DRILLS)
