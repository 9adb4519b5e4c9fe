"""A host: a network namespace on a switch, its disk, its name, and the programs that it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.lab.disks import Disk
from deploy.lab.shell import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from deploy.lab.network import Network

_MEGABYTES = 1_200
_RESTART_SECONDS, _KILLED_SECONDS = 1.0, 60
_FOLDERS = ("run", "state")
_SERVERS = ("etcd", "postgres")
# What each process of a host sees of it: its name, whom it asks for names, folders of its own.
_ENTER = (
    "hostname {name} && mount --bind {disk}/hosts /etc/hosts && mount --bind {shared} /dev/shm && "
    "mount --bind {disk}/resolv.conf /etc/resolv.conf && "
    'mount --bind {disk}/run /run/postgresql && cd {disk} && exec "$@"'
)


@dataclass(frozen=True)
class Program:
    """A program that a host runs, and starts again a second after it ended, as systemd would.

    Attributes:
        user: as whom; None: root.
        environ: in place of the lab's own environment.
    """

    name: str
    command: tuple[str, ...]
    user: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)


def _as(user: str) -> list[str]:
    # `runuser` stays as its parent: whoever kills that one leaves the program without a keeper.
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]


class Host:
    """One of the three.

    Attributes:
        name: one letter.
        address: IPv4 address.
        disk: where all lies that it keeps.
        logs: what its programs print, where no loss of power reaches it.
    """

    def __init__(
        self, number: int, network: Network, folder: Path, disk: type[Disk] = Disk
    ) -> None:
        self.name = "abc"[number]
        self.address = network.address(number + 2)
        self.disk = disk(folder / f"{self.name}.img", folder / self.name, _MEGABYTES)
        self.logs = folder / "logs" / self.name
        self.logs.mkdir(parents=True)
        # Its own /dev/shm: databases that are killed leave memory there, which nobody else removes.
        self._shared = folder / "shm" / self.name
        self._shared.mkdir(parents=True)
        self._shared.chmod(0o1777)
        self.programs: list[Program] = []
        self._network, self._place = network, network.place(self.name)
        self._keepers: list[threading.Thread] = []
        self._off = threading.Event()
        network.connect(self.name, number + 2)
        self._furnish()

    def _furnish(self) -> None:
        address = self._network.address
        names = "".join(f"{address(number + 2)} {name}\n" for number, name in enumerate("abc"))
        (self.disk.path / "hosts").write_text(f"127.0.0.1 localhost\n{names}", encoding="ascii")
        resolver = f"nameserver {self._network.outside}\n"
        (self.disk.path / "resolv.conf").write_text(resolver, encoding="ascii")
        for name in _FOLDERS:
            (self.disk.path / name).mkdir()
        run("chmod", "1777", *(str(self.disk.path / name) for name in _FOLDERS))

    def command(self, program: Program) -> list[str]:
        """Return what runs a program on this host, started from here."""
        inside = _ENTER.format(name=self.name, disk=self.disk.path, shared=self._shared)
        user = _as(program.user) if program.user else []
        environ = [f"{name}={value}" for name, value in program.environ.items()]
        return [
            *("ip", "netns", "exec", self._place),
            *("unshare", "--mount", "--uts", "--propagation", "unchanged"),
            *("sh", "-c", inside, "sh"),
            *user,
            *("env", "-i", f"PATH={os.defpath}:/usr/sbin", *environ),
            *program.command,
        ]

    def ask(self, *command: str, user: str | None = None, seconds: float = 30) -> str:
        """Run a command on this host to its end; return what it printed."""
        return run(*self.command(Program("ask", command, user)), seconds=seconds)

    def power_on(self) -> None:
        """Start every program, and keep it running."""
        # Written long ago on a real host: no loss of power takes its settings.
        run("sync", "--file-system", str(self.disk.path))
        # Of its own for each time: a keeper that outlived the last one must not come to life again.
        self._off = threading.Event()
        programs, self.programs = self.programs, []
        self.start(programs)

    def start(self, programs: Iterable[Program]) -> None:
        """Run more programs, now and whenever it has power."""
        for program in programs:
            self.programs.append(program)
            keeper = threading.Thread(target=self._keep, args=(program, self._off), daemon=True)
            keeper.start()
            self._keepers.append(keeper)

    def _keep(self, program: Program, off: threading.Event) -> None:
        while not off.is_set():
            with (self.logs / program.name).open("ab") as log:
                process = subprocess.Popen(  # noqa: S603 — our own
                    self.command(program), stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            process.wait()
            off.wait(_RESTART_SECONDS)

    @property
    def is_on(self) -> bool:
        """True if it has power."""
        return not self._off.is_set()

    def processes(self) -> list[int]:
        """Return the processes that run on it."""
        return [int(number) for number in run("ip", "netns", "pids", self._place).split()]

    def kill_all(self) -> None:
        """Kill every process of it at once, and start none again.

        Raises:
            RuntimeError: some do not end.
        """
        self._off.set()
        end = time.monotonic() + _KILLED_SECONDS
        while found := self.processes():
            if time.monotonic() > end:
                raise RuntimeError(f"processes of {self.name} do not end: {found}")
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.05)
        for keeper in self._keepers:
            keeper.join(10)
        self._keepers.clear()

    def lose_power(self) -> None:
        """Lose what was not flushed, and everything that runs."""
        self._off.set()
        with suppress(OSError):  # it has none already
            self.disk.cut_power()
        self.kill_all()
        self.disk.unmount()
        for memory in self._shared.iterdir():
            memory.unlink()

    def get_power_back(self) -> None:
        """Find the disk as it was left, and start."""
        self.disk.mount()
        self.power_on()

    def replace_disk(self) -> None:
        """Mount another disk: installed as the old one was, without the data of servers."""
        archive = str(self._shared.with_name(f"{self.name}.tar"))
        here = ("--directory", str(self.disk.path))
        without = [f"--exclude=./state/{name}" for name in _SERVERS]
        self.disk.mount()
        run("tar", "--create", "--file", archive, *here, *without, ".")
        self.disk.unmount()
        self.disk.format()
        run("tar", "--extract", "--same-owner", "--file", archive, *here)

    def slow_down(self, rate: str) -> None:
        """Let its cable carry no more than a rate such as `256kbit`, each way."""
        slow = ("root", "tbf", "rate", rate, "burst", "4kb", "latency", "400ms")
        run("tc", "qdisc", "replace", "dev", self._place, *slow)
        run("tc", "-n", self._place, "qdisc", "replace", "dev", "eth0", *slow)

    def speed_up(self, *, check: bool = True) -> None:
        """Let its cable carry what it can; `check`: it was slow."""
        run("tc", "qdisc", "del", "dev", self._place, "root", check=check)
        run("tc", "-n", self._place, "qdisc", "del", "dev", "eth0", "root", check=check)

    def cut_off(self) -> None:
        """Pull the cable at the switch; nobody is told."""
        run("ip", "link", "set", self._place, "down")

    def reconnect(self) -> None:
        """Put the cable back."""
        run("ip", "link", "set", self._place, "up")

    def remove(self) -> None:
        """Leave nothing of it on this machine."""
        try:
            self.kill_all()
        finally:
            self.disk.remove()
            run("ip", "netns", "del", self._place, check=False)
            run("ip", "link", "del", self._place, check=False)
