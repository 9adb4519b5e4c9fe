"""Machines as network namespaces: each with a cable to this one, which can be cut."""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import markers

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path("/run/netns")
_CLONE_NEWNET = 0x40000000  # <sched.h>
_NOBODY = "02:00:00:00:00:01"
# RFC 2544 keeps these addresses for trials of networks; a cable takes four of them.
_TRIALS = ip_network("198.18.0.0/15")
_AT_ONCE = 4
_EACH = 4 * _AT_ONCE


class Cut(Enum):
    """What a cut leaves: nothing; or the way there alone, so that answers vanish."""

    WHOLE = "whole"
    DEAF = "deaf"


@dataclass(frozen=True)
class Host:
    """One namespace.

    Attributes:
        name: of the namespace, and of this machine's end of the cable.
        here: IPv4 address of this machine's end.
        there: IPv4 address of the host's end.
    """

    name: str
    here: str
    there: str

    def enter(self) -> None:
        """Move this process, which has one thread, into the host for good."""
        descriptor = os.open(_FOLDER / self.name, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(descriptor)

    def cut(self, cut: Cut) -> None:
        """Let packets vanish from now on; neither end is told."""
        if cut is Cut.WHOLE:
            _ip("-n", self.name, "link", "set", "eth0", "down")
        else:
            neighbour = ("neigh", "replace", self.there, "lladdr", _NOBODY)
            _ip(*neighbour, "dev", self.name, "nud", "permanent")

    def heal(self) -> None:
        """Mend every cut."""
        _ip("neigh", "flush", "dev", self.name, "nud", "permanent")
        _ip("-n", self.name, "link", "set", "eth0", "up")


@contextmanager
def hosts(many: int) -> Iterator[list[Host]]:
    """Make hosts, and remove them at the end; as root."""
    markers.require("namespaces")
    assert many <= _AT_ONCE
    # By chance, since whoever tests beside this one lays cables too.
    first = secrets.randbelow(_TRIALS.num_addresses // _EACH) * _EACH
    mark = secrets.token_hex(3)
    with ExitStack() as stack:
        made = []
        for number in range(many):
            here, there = (str(_TRIALS[first + 4 * number + end]) for end in (1, 2))
            host = Host(f"bilum{mark}{number}", here, there)
            _ip("netns", "add", host.name)
            stack.callback(_ip, "netns", "del", host.name)
            _lay_cable(host)
            stack.callback(_ip, "link", "del", host.name)
            made.append(host)
        yield made


def _lay_cable(host: Host) -> None:
    inside = ("-n", host.name)
    _ip("link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _ip("addr", "add", f"{host.here}/30", "dev", host.name)
    _ip("link", "set", host.name, "up")
    _ip(*inside, "addr", "add", f"{host.there}/30", "dev", "eth0")
    _ip(*inside, "link", "set", "eth0", "up")
    _ip(*inside, "link", "set", "lo", "up")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr}")
