"""A lab's network: a switch of its own with this machine on it, so that labs run side by side."""

from __future__ import annotations

import re
import secrets
import tempfile
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

from deploy.lab.shell import run
from services.ledger.recorder_lease import is_dead, this_process

# RFC 2544 keeps these addresses for trials of networks.
_TRIALS = list(ip_network("198.18.0.0/15").subnets(new_prefix=24))
_ALIAS = "bilum lab of "
_NAME = re.compile("[a-z][a-z0-9]{0,11}")


class Network(NamedTuple):
    """A switch, and the hosts on it.

    Attributes:
        name: of the switch; namespaces and cables are named after it.
        prefix: three numbers of each address: `198.19.250`.
    """

    name: str
    prefix: str

    @property
    def outside(self) -> str:
        """Address of this machine: here are clients, carriers and the node."""
        return self.address(1)

    @property
    def folder(self) -> Path:
        """Folder of the lab: disks, logs and settings."""
        return Path(tempfile.gettempdir()) / f"bilum-lab-{self.name}"

    def address(self, number: int) -> str:
        """Return the address of that number."""
        return f"{self.prefix}.{number}"

    def place(self, host: str) -> str:
        """Return what a host's namespace is called, and the switch's end of its cable."""
        return f"{self.name}-{host}"

    def prepare(self, folder: Path) -> None:
        """Make the switch, and let `folder` hold disks.

        What is unmounted there goes from every host at once: one that still saw another's disk
        would keep it from ever being mounted anew.
        """
        run("ip", "link", "add", self.name, "type", "bridge")
        run("ip", "link", "set", self.name, "alias", f"{_ALIAS}{this_process()}")
        run("ip", "addr", "add", f"{self.outside}/24", "dev", self.name)
        run("ip", "link", "set", self.name, "up")
        run("mount", "--bind", str(folder), str(folder))
        run("mount", "--make-shared", str(folder))

    def connect(self, host: str, number: int) -> None:
        """Make a host's namespace, and lay its cable."""
        place = self.place(host)
        run("ip", "netns", "add", place)
        run("ip", "link", "add", place, "type", "veth", "peer", "name", "eth0", "netns", place)
        run("ip", "link", "set", place, "master", self.name)
        run("ip", "link", "set", place, "up")
        run("ip", "-n", place, "addr", "add", f"{self.address(number)}/24", "dev", "eth0")
        run("ip", "-n", place, "link", "set", "eth0", "up")
        run("ip", "-n", place, "link", "set", "lo", "up")

    def remove(self) -> None:
        """Remove what there is of it, and end what still runs on its hosts."""
        self.end()
        for host in "abc":
            run("ip", "netns", "del", self.place(host), check=False)
            run("ip", "link", "del", self.place(host), check=False)
        run("ip", "link", "del", self.name, check=False)

    def end(self) -> None:
        """End what still runs on its hosts."""
        for host in "abc":
            for process in run("ip", "netns", "pids", self.place(host), check=False).split():
                run("kill", "-KILL", process, check=False)

    def remove_folder(self) -> None:
        """Unmount what is mounted in the lab's folder, and remove it."""
        run("umount", "--recursive", "--lazy", str(self.folder), check=False)
        run("rm", "-rf", "--one-file-system", str(self.folder))


def draw_network(name: str | None = None, prefix: str | None = None) -> Network:
    """Return a network that nobody has; what is not given is drawn.

    Raises:
        ValueError: no name of a switch, or its addresses are in use.
    """
    name = name or f"bilum{secrets.token_hex(3)}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name} must be at most 12 small letters and digits: links end in -a")
    taken = run("ip", "-4", "-o", "addr")
    free = [str(one[0]).rpartition(".")[0] for one in _TRIALS]
    wanted = [prefix] if prefix else [one for one in free if f" {one}." not in taken]
    if prefix and (prefix not in free or f" {prefix}." in taken):
        raise ValueError(f"{prefix} must be like 198.19.250, and nobody else's")
    return Network(name, secrets.choice(wanted))


def remove_dead() -> None:
    """Remove networks and folders of labs whose process was killed; nobody else's."""
    for line in run("ip", "-o", "link", "show", "type", "bridge").splitlines():
        told = re.search(rf"^\d+: ([^:@]+).*alias {_ALIAS}(.+?)\s*$", line)
        if told and is_dead(told[2]):
            dead = Network(told[1], "")
            # The folder first: whoever finds no network looks for none.
            dead.end()
            dead.remove_folder()
            dead.remove()
