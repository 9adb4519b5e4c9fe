"""A small card that is full: nothing is lost, the sync goes on and makes room."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager

import pytest

from services.box.status import read_status
from services.box.store import RESERVE_BYTES
from tests.services.box.test_door import post
from tests.services.box.village import FARMER, NURSE, Time, open_village, settings_of

pytestmark = [pytest.mark.namespaces]

CARD = 6 << 20
LONG = 60_000


@contextmanager
def card(folder, size=CARD):
    """A disk of its own, of this many bytes."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "bilum", folder], check=True)  # noqa: S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)  # noqa: S607


@pytest.fixture
def small(tmp_path):
    with card(tmp_path / "card") as folder:
        village = open_village(settings_of(folder), Time())
        yield village
        village.box.close()


def fill_card(village, start=1):
    """Let a reader send until nothing is taken; return how much was, and the refusal."""
    for counter in range(start, start + 500):
        answer = post(village, f"{counter:08}".encode() * (LONG // 8), counter=counter)
        if answer.status_code != 202:
            return counter - start, answer
    raise AssertionError


def ballast(folder):
    """Somebody else's file that takes all that is left."""
    path = folder / "log"
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(os.urandom(4096))
            except OSError:
                return path


def test_card__full_of_what_came_in__refuses_more_and_is_empty_after_the_sync(small):
    taken, refusal = fill_card(small)
    assert taken > 30
    assert (refusal.status_code, refusal.json["code"]) == (503, "box_full")
    assert refusal.headers["Retry-After"]
    texts = [small.says(FARMER, "x" * 1500, number=n + 1).status_code for n in range(200)]
    assert texts[-1] == 503
    taken += texts.count(200)
    assert len(small.rows()) == taken

    small.sync_all()
    assert len(small.server.items) == taken
    assert small.server.conflicts == []
    assert read_status(small.box).is_open
    assert small.says(NURSE, "HELP", number=900).status_code == 200
    again, _ = fill_card(small, start=1000)
    assert again > 30
    small.sync_all()
    assert len(small.server.items) == taken + 1 + again


def test_card__full_of_something_else__syncs_by_the_reserve_and_recovers_by_itself(small):
    for counter in range(20):
        assert post(small, b"a" * LONG, counter=counter + 1).status_code == 202
    path = ballast(small.box.settings.data_dir)
    assert small.says(FARMER, "y" * 1500, number=500).status_code in {200, 503}
    kept = len(small.rows())
    name = small.server.text(NURSE, "Day 1.")
    rows = [
        {
            "numbers": [f"5980{number:011}"],
            "status": "alive",
            "province": "Jiwaka",
            "barred": False,
            "as_of": "2026-11-25T01:00:00Z",
        }
        for number in range(20_000)
    ]
    small.server.statuses = {"version": 1, "rows": rows}
    small.sync_all()
    assert len(small.server.items) == kept
    assert small.server.handed == [name]
    assert small.send_all()[-1] == (NURSE, "Day 1.")

    path.unlink()
    assert small.says(FARMER, "HELP", number=501).status_code == 200
    small.sync_all()
    state = read_status(small.box)
    assert (state.is_open, state.queued) == (True, 0)
    assert small.box.reserve._file.stat().st_size == RESERVE_BYTES


def test_card__full_when_the_power_comes_back__box_starts_and_syncs(small):
    taken, _ = fill_card(small)
    ballast(small.box.settings.data_dir)
    again = small.restarted()
    again.sync_all()
    assert len(again.server.items) == taken
    again.box.close()
