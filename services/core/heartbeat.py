"""A thread that tells again and again, while something takes long, that it still goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from services.core.errors import ServiceError


@contextmanager
def beating(name: str, seconds: float, beat: Callable[[], object]) -> Iterator[None]:
    """Call `beat` meanwhile, each time after so many seconds; `name` is the thread's."""
    ended = Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            # A database that is busy or away is no reason to stop: a lease lasts for some beats.
            with suppress(ServiceError):
                beat()

    thread = Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
