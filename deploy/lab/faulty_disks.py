"""A disk whose device, below its file system, can fail and be slow."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.lab.disks import Disk
from deploy.lab.shell import run
from deploy.lab.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

_AT_FULL_SPEED = "1T"
_ENDED_SECONDS = 20


class FaultyDisk(Disk):
    """A disk on a device that nbdkit serves.

    Its filters look into two files for what they shall do:
    https://libguestfs.org/nbdkit-error-filter.1.html, https://libguestfs.org/nbdkit-rate-filter.1.html.
    """

    def _attach(self, image: Path) -> Path:
        self._trigger, self._rate = image.with_suffix(".fails"), image.with_suffix(".rate")
        self._served = image.with_suffix(".device")
        self._served.mkdir()
        self.speed_up()
        kit = (
            *("nbdkit", "--exit-with-parent", "--filter=error", "--filter=rate"),
            *("file", str(image), "error-rate=100%", f"error-file={self._trigger}"),
            *(f"rate={_AT_FULL_SPEED}", f"rate-file={self._rate}"),
        )
        command = ("setpriv", "--pdeathsig", "KILL", "--", "nbdfuse", str(self._served))
        self._server = subprocess.Popen(  # noqa: S603 — our own
            (*command, "[", *kit, "]"), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        device = self._served / "nbd"
        wait_for(device.exists, f"{device}: apt-get install fuse3 libnbd-bin nbdkit")
        return device

    def mount(self) -> None:
        """Mount it, repaired before as at the start of a machine."""
        run("e2fsck", "-y", str(self._device), check=False)
        super().mount()

    def fail(self) -> None:
        """Answer every read and write with EIO from now on."""
        self._trigger.touch()

    def work_again(self) -> None:
        """Fail no more; what the file system has given up stays so until it is mounted anew."""
        self._trigger.unlink(missing_ok=True)

    def slow_down(self, rate: str) -> None:
        """Read and write no more than a rate such as `512K`: bits a second, each way."""
        fresh = self._rate.with_suffix(".new")
        fresh.write_text(f"{rate}\n", encoding="ascii")
        fresh.replace(self._rate)

    def speed_up(self) -> None:
        """Read and write as fast as it can."""
        self.slow_down(_AT_FULL_SPEED)

    def remove(self) -> None:
        """Leave nothing of it on this machine but its image."""
        self.work_again()
        self.speed_up()
        super().remove()
        run("umount", "--lazy", str(self._served), check=False)
        with suppress(subprocess.TimeoutExpired):
            self._server.wait(_ENDED_SECONDS)
        self._server.kill()
        self._server.wait()
