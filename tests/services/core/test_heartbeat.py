from __future__ import annotations

from threading import Event
from threading import enumerate as enumerate_threads

from services.core.errors import Conflict
from services.core.heartbeat import beating


def test_beating__a_beat_fails__goes_on_until_the_work_is_done():
    beats, second = [], Event()

    def beat():
        beats.append(1)
        if len(beats) == 1:
            raise Conflict("the database is busy")
        second.set()

    with beating("test", 0.01, beat):
        assert second.wait(20)
    assert not [one for one in enumerate_threads() if one.name == "test"]
