"""Locks on files: one process at a time; the system lets go when the holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from services.core.errors import ServiceError


@contextmanager
def file_lock(path: Path, busy: ServiceError) -> Iterator[None]:
    """Hold a lock on a file, which is made where there is none; never wait for it.

    Raises:
        busy: another process holds it.
        OSError: the file cannot be opened.
    """
    path.parent.stat()  # the library would make a folder that is not there
    # A soft lock, for file systems without flock, would outlive a holder that is killed.
    lock = FileLock(path, mode=0o600, thread_local=False, blocking=False, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout as error:
        raise busy from error
    with held:
        yield
