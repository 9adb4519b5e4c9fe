"""Files that are there whole or not at all, and stay there when the power goes."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 20


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_on_disk(file: Path) -> str:
    """Return the SHA-256 of a file as its disk holds it, not as memory remembers it."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return digest_of(file)


def copy(source: Path, staged: Path) -> None:
    """Copy a file, for its owner alone, to a name that nobody takes for whole."""
    staged.unlink(missing_ok=True)
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target, source.open("rb") as stream:
        shutil.copyfileobj(stream, target, _CHUNK)


def put(source: Path, target: Path) -> None:
    """Copy a file, for its owner alone; `target` is replaced whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _staged(target) as staged:
        copy(source, staged)


def write(target: Path, text: str) -> None:
    """Write a small file, for its owner alone; `target` is replaced whole or not at all."""
    with _staged(target) as staged:
        staged.unlink(missing_ok=True)
        staged.touch(mode=0o600)
        staged.write_text(text, encoding="utf-8")


def staged_name(target: Path) -> Path:
    """Return the name of a file that is not whole yet."""
    return target.with_name(f".{target.name}.new")


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    staged = staged_name(target)
    try:
        yield staged
        move(staged, target)
    except OSError:
        # Of a full disk it would take what is left.
        staged.unlink(missing_ok=True)
        raise


def move(staged: Path, target: Path) -> None:
    """Put a file of the same file system in its place, flushed to the disk before and after."""
    flush(staged)
    staged.replace(target)
    flush(target.parent)


def flush(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
