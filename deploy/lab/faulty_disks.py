"""A disk whose device, below its file system, can fail and be slow."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.lab.disks import Disk
from deploy.lab.shell import await_end, begin, run
from deploy.lab.waiting import wait_for

_AT_FULL_SPEED = "1T"
_SERVED_SECONDS = 20


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
        # It prints a line for each read and write that fails.
        self._server = begin(Path(os.devnull), "nbdfuse", str(self._served), "[", *kit, "]")
        device = self._served / "nbd"
        wait_for(device.exists, f"the device {device}", _SERVED_SECONDS)
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
        await_end(self._server)
