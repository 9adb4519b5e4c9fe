from __future__ import annotations

import gc
from threading import Barrier

from services.core.collecting import seldom
from tests.factories import in_threads


def test_seldom__several_at_once__the_usual_comes_back_with_the_end_of_the_last():
    before, ended = gc.get_threshold(), Barrier(2)
    gc.set_threshold(700, 10, 10)

    def short() -> None:
        with seldom():
            pass
        ended.wait(60)

    def long() -> int:
        with seldom():
            ended.wait(60)
            return gc.get_threshold()[0]

    try:
        assert in_threads(short, long)[1] > 700
        assert gc.get_threshold() == (700, 10, 10)
    finally:
        gc.set_threshold(*before)
