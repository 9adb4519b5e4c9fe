"""Labs side by side: each has a network of its own, and removes what is its own or nobody's."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.lab.network import draw_network, remove_dead
from deploy.lab.shell import run
from services.ledger.recorder_lease import this_process

pytestmark = pytest.mark.namespaces

LONGEST = 15
"""Letters of the longest name that Linux gives a link."""


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    run("umount", "--lazy", str(tmp_path), check=False)


def links() -> str:
    return run("ip", "-o", "link")


def test_networks__drawn_beside_each_other__share_nothing_and_each_removes_its_own(folder):
    one = draw_network()
    one.prepare(folder)
    try:
        with pytest.raises(ValueError, match="nobody else's"):
            draw_network(prefix=one.prefix)
        other = draw_network()
        assert (other.name, other.prefix) != (one.name, one.prefix)
        assert other.prefix != one.prefix
        one.connect("a", 2)
        assert one.address(2) in run("ip", "-n", one.place("a"), "addr")
        assert all(len(one.place(host)) <= LONGEST for host in "abc")
        other.remove()
        remove_dead()
        assert f" {one.name}:" in links()
    finally:
        one.remove()
    assert one.name not in links() + run("ip", "netns")


def test_remove_dead__lab_that_was_killed__is_removed_with_its_disks_and_what_runs_there():
    network = draw_network()
    disk = network.folder / "a"
    disk.mkdir(parents=True)
    network.prepare(network.folder)
    run("mount", "-t", "tmpfs", "none", str(disk))
    (disk / "kept").touch()
    network.connect("b", 3)
    inside = ["ip", "netns", "exec", network.place("b"), sys.executable, "-c"]
    running = subprocess.Popen([*inside, "import time; time.sleep(600)"])
    child = subprocess.Popen([sys.executable, "-c", ""])
    try:
        machine = this_process().rsplit(" ", 2)[0]
        remove_dead()
        assert running.poll() is None
        assert (disk / "kept").exists()
        child.wait()
        alias = f"bilum lab of {machine} {child.pid} 1"
        run("ip", "link", "set", network.name, "alias", alias)
        remove_dead()
        assert running.wait(10) != 0
        assert network.name not in links() + run("ip", "netns")
        assert not network.folder.exists()
        assert str(network.folder) not in Path("/proc/mounts").read_text("utf-8")
    finally:
        running.kill()
        network.remove()
        network.remove_folder()


@pytest.mark.parametrize("name", ["far-too-long-a-name", "Bilum", "a b", "-a", "", "ü"])
def test_name__that_no_link_may_have__is_refused(name):
    if not name:
        assert len(draw_network(name).name) <= LONGEST - 2
        return
    with pytest.raises(ValueError, match="small letters"):
        draw_network(name)


@pytest.mark.parametrize("prefix", ["10.0.0", "198.19.256", "198.19.250.0/24", "127.0.0"])
def test_network__not_of_trials__is_refused(prefix):
    with pytest.raises(ValueError, match="must be like"):
        draw_network(secrets.choice("abc"), prefix)


def test_lab__tells_its_options_without_starting():
    done = run(sys.executable, "-m", "deploy.lab", "--help")
    assert all(
        word in done for word in ("--name", "--network", "slow-network", "database-clock", "broker")
    )
