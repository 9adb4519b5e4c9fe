"""File of the data key: made once, read, and replaced whole."""

import os
import secrets
from pathlib import Path

from services.core.errors import WrongDataKey
from services.core.keyring import KeyRing, read_ring
from services.storage.vault import new_key


def load_or_make_key(path: Path) -> KeyRing:
    """Read the data key at `path`; where there is none make one that its owner alone can read.

    Raises:
        WrongDataKey: the file holds something else.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        _write(fresh, KeyRing((new_key(),), links=(new_key(),)))
        try:
            # Two processes may start at once: a link fails, a rename would replace the first key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return read_key(path)


def read_key(path: Path) -> KeyRing:
    """Read the data key at `path`.

    Raises:
        WrongDataKey: there is none, or the file holds something else.
    """
    try:
        return read_ring(path.read_text(encoding="ascii"))
    except OSError as error:
        raise WrongDataKey(f"The data key {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WrongDataKey(
            f"{path.name} must hold the data key: 64 hexadecimal digits, or a ring of keys"
        ) from error


def replace_key(path: Path, ring: KeyRing) -> None:
    """Put a ring in the place of the one at `path`, whole or not at all; its owner stays.

    Raises:
        WrongDataKey: the file cannot be replaced.
    """
    try:
        fresh, old = path.with_suffix(".new"), path.stat()
        # Delete the file that a killed rotation left: it holds keys.
        fresh.unlink(missing_ok=True)
        _write(fresh, ring)
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(fresh, old.st_uid, old.st_gid)
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise WrongDataKey(f"The data key {path} cannot be replaced: {error.strerror}") from error


def _write(path: Path, ring: KeyRing) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(ring.text())
        file.flush()
        os.fsync(file.fileno())
