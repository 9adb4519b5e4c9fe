"""Room on the disk that is kept for the sync, so that a full box can still get rid of things.

While it is let go the door is shut: what is freed must not be filled again before the reserve is
back.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

SIZE = 1 << 20
"""Bytes."""
_NAME = "reserve"


class Reserve:
    """A file of `SIZE` bytes in the box's folder; whether it is there is its whole state."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / _NAME

    @property
    def is_kept(self) -> bool:
        """True while the file is there."""
        return self._file.exists()

    @property
    def free_bytes(self) -> int:
        """Free bytes on the disk besides."""
        return shutil.disk_usage(self._folder).free

    def let_go(self) -> bool:
        """Give its room to the sync; False: it was gone already."""
        kept = self.is_kept
        self._file.unlink(missing_ok=True)
        return kept

    def restore(self) -> bool:
        """Take the room again where there is twice as much; return whether it is kept."""
        if self.is_kept:
            return True
        if self.free_bytes < 2 * SIZE:
            return False
        fresh = self._file.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                # Not zeros: a disk that compresses would keep no room.
                file.write(secrets.token_bytes(SIZE))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)
            return False
        return True
