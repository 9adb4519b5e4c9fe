"""The lab's resolver: dnsmasq outside, by whom alone the hosts find the carrier and the node."""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from deploy.lab.shell import begin

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from deploy.lab.network import Network

DOMAIN = "bilum.test"
CARRIER_NAME, NODE_NAME = f"carrier.{DOMAIN}", f"node.{DOMAIN}"
_NOBODY = 250


class NameFault(StrEnum):
    """Ways in which names break: nobody listens, nobody answers, none is known, all mislead."""

    GONE = "gone"
    SILENT = "silent"
    UNKNOWN = "NXDOMAIN"
    WRONG = "wrong"


class Resolver:
    """A dnsmasq on the network's outer address; nothing that it says may be kept.

    Raises:
        RuntimeError: it is not installed.
    """

    def __init__(self, network: Network, log: Path) -> None:
        self._network, self._log = network, log
        self._process: subprocess.Popen[bytes] | None = None
        self.mend()

    def mend(self) -> None:
        """Answer with the address at which carrier and node are."""
        self._answer(self._network.outside)

    def break_down(self, fault: NameFault) -> None:
        """Break until it is mended."""
        if fault is NameFault.GONE:
            self.end()
        elif fault is NameFault.SILENT and self._process:
            os.kill(self._process.pid, signal.SIGSTOP)
        else:
            self._answer(self._network.address(_NOBODY) if fault is NameFault.WRONG else None)

    def end(self) -> None:
        """End it, frozen or not."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answer(self, address: str | None) -> None:
        self.end()
        names = [] if address is None else [f"--host-record={CARRIER_NAME},{NODE_NAME},{address}"]
        self._process = begin(
            self._log,
            *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="),
            *("--user=root", "--log-facility=-", "--no-resolv", "--no-hosts"),
            *("--bind-interfaces", f"--listen-address={self._network.outside}"),
            *(f"--local=/{DOMAIN}/", *names),
        )
