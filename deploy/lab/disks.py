"""A host's disk: ext4 in an image, which can lose its power and fill up."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from deploy.lab.shell import run

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, <linux/ext4.h>
_NO_LOG_FLUSH = (2).to_bytes(4, "little")


class Disk:
    """One image, mounted at `path`."""

    def __init__(self, image: Path, path: Path, megabytes: int) -> None:
        self.path = path
        path.mkdir(parents=True)
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        self._device = self._attach(image)
        self.format()

    def _attach(self, image: Path) -> Path:
        """Return the file that its file system reads and writes."""
        return image

    def format(self) -> None:
        """Make an empty file system, and mount it; whatever there was is gone."""
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1", str(self._device))
        self.mount()
        (self.path / "lost+found").rmdir()

    def mount(self) -> None:
        """Mount it; the journal of the file system is replayed."""
        # As Debian's installer has it: after an error in its own records it takes no more.
        run("mount", "-o", "loop,errors=remount-ro", str(self._device), str(self.path))

    def cut_power(self) -> None:
        """Lose every page that was not flushed; whatever is open answers EIO from now on."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Unmount it; nothing may run on it any more."""
        run("umount", "--lazy", str(self.path), check=False)

    def remove(self) -> None:
        """Leave nothing of it on this machine but its image."""
        self.unmount()

    @property
    def ballast(self) -> Path:
        """File that fills it."""
        return self.path / "ballast"

    def fill(self) -> None:
        """Leave no byte."""
        with self.ballast.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                return

    def make_room(self) -> None:
        """Take the ballast away, for good: no loss of power brings it back."""
        self.ballast.unlink(missing_ok=True)
        run("sync", "--file-system", str(self.path))
