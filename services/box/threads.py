"""A box at work: what takes in, what sends, and what syncs, each in its own thread."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

from flask import Flask

from services.box.app import create_box_app
from services.box.intake import Intake
from services.box.runtime import Box
from services.box.sender import Sender, send_until
from services.box.sync_loop import Pace, Sync, sync_until
from services.core.errors import BoxBusy
from services.storage.file_lock import file_lock

_LOG = logging.getLogger("bilum.village")
_LOCK = "village.lock"
_BUSY = "Another bilum village works with this folder: stop it first"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the right to run a box or to change its identity.

    Raises:
        BoxBusy: another process holds it.
    """
    with file_lock(folder / _LOCK, BoxBusy(_BUSY)):
        yield


@dataclass(frozen=True)
class Working:
    """A box that works."""

    app: Flask
    stop: Event
    threads: tuple[Thread, ...]


@contextmanager
def working(box: Box, screen: TextIO, pace: Pace | None = None) -> Iterator[Working]:
    """Let a box work; what it is at is finished in the end.

    Raises:
        Invalid: it is not enrolled.
        BoxBusy: another process lets it work.
    """
    with exclusive(box.folder):
        stop, to_send, to_sync = Event(), Event(), Event()
        sender = Sender(box.store, box.carrier(screen), box.clock, to_sync.set)
        sync = Sync(box.store, box.reserve, box.client(), box.clock, to_send.set)

        def kept() -> None:
            to_send.set()
            to_sync.set()

        limit = box.settings.sms.answers.keepers
        door = Intake(box.store, box.reserve, box.clock, kept, limit=limit)
        if lost := sender.recover():
            _LOG.warning("%s texts were being sent when the program ended: not sent again", lost)
        app = create_box_app(door, sender, box.settings.gateway)
        threads = (
            Thread(target=send_until, args=(stop, to_send, sender), name="sender"),
            Thread(target=sync_until, args=(stop, to_sync, sync, pace or Pace()), name="sync"),
        )
        for thread in threads:
            thread.start()
        try:
            yield Working(app, stop, threads)
        finally:
            stop.set()
            kept()
            for thread in threads:
                thread.join()
