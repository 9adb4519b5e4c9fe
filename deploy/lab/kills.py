"""Kills: one process of a program that is drawn, of any host."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.lab.rounds import Round, Scene, finish
from deploy.lab.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.lab.hosts import Host

_TWICE = 10
_COPYING = ("pg_rewind", "pg_basebackup")
VICTIMS = (
    *("serve", "worker", "haproxy", "etcd", "patroni", "guard"),
    *("postmaster", "backend", "copying"),
)
"""Programs of the hosts: `backend` is any process of a database beside its first; `copying` is
what makes a standby anew, which is rarely there."""
_OF_DATABASE = {"etcd", "patroni", "postmaster", "backend", "copying"}


def kill(scene: Scene) -> Round:
    """Kill one process, wait until phones are answered, and for databases where one was struck.

    Every tenth time or so two are killed within a second: the second blow falls on what has not
    recovered from the first.
    """
    began = time.monotonic()
    victims = [_strike(scene)]
    if scene.chance.randrange(_TWICE) == 0:
        time.sleep(scene.chance.random())
        victims.append(_strike(scene))
    standing = not _OF_DATABASE.isdisjoint(victims)
    return finish(scene, "+".join(victims), began, standing=standing)


def programs_of(host: Host) -> Iterator[tuple[str, int]]:
    """Yield program and number of each process of a host that can be a victim."""
    for process in host.processes():
        try:
            name = _name(Path(f"/proc/{process}"))
        except OSError:  # it has just ended
            continue
        if name:
            yield name, process


def _strike(scene: Scene) -> str:
    def struck() -> str | None:
        victim = scene.chance.choice(VICTIMS)
        found = [
            process
            for host in scene.country.hosts
            for name, process in programs_of(host)
            if name == victim
        ]
        return victim if found and _kill(scene.chance.choice(found)) else None

    return wait_for(struck, "a process to kill")


def _kill(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _name(process: Path) -> str | None:
    """Return the program of a process, by its folder in /proc."""
    name, arguments = _comm(process), (process / "cmdline").read_text("utf-8", "replace")
    if name in {"etcd", "haproxy", "patroni"}:
        return name
    if name in _COPYING:
        return "copying"
    if name == "postgres":
        parent = (process / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
        return "backend" if _comm(process.parent / parent) == "postgres" else "postmaster"
    if "bilum-standby-guard" in arguments:
        return "guard"
    if "['bilum', 'serve']" in arguments:
        return "serve"
    return "worker" if "['bilum', 'worker']" in arguments else None


def _comm(process: Path) -> str:
    return (process / "comm").read_text("utf-8").strip()
