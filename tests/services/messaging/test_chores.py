"""Work that the clock finds: in slices, which a report does not wait for all of."""

from __future__ import annotations

import pytest

from services.messaging.tasks import chores
from services.messaging.tasks.chores import TaskChore, do_chores
from services.storage.locks import require_one_writer
from tests.factories import NOW


class Heap:
    """Things to do, and the slices in which they were done."""

    def __init__(self, number, at_once=30, *, done=None):
        self.left = list(range(number))
        self.at_once = at_once
        self.slices = done if done is not None else []

    @property
    def chore(self):
        return TaskChore(self._find, self._act)

    def _find(self, _session, _now):
        return self.left[: self.at_once]

    def _act(self, session, keys, _now):
        require_one_writer(session)
        self.slices.append(len(keys))
        self.left = [one for one in self.left if one not in set(keys)]


@pytest.fixture
def no_time(monkeypatch):
    monkeypatch.setattr(chores, "_SECONDS", 0)


def test_chores__more_than_a_slice__is_done_to_the_end_in_units_of_twenty(database):
    heap = Heap(45)
    do_chores(database, [heap.chore], NOW)
    assert (heap.left, heap.slices) == ([], [20, 10, 15])


def test_chores__time_is_over__do_one_slice_of_each_in_turn(database, no_time):
    done = []
    first, second = Heap(25, done=done), Heap(5, done=done)
    do_chores(database, [first.chore, second.chore], NOW)
    assert (len(first.left), second.left, done) == (5, [], [20, 5])
    do_chores(database, [first.chore, second.chore], NOW)
    assert (first.left, done) == ([], [20, 5, 5])


def test_chores__what_cannot_be_done__is_tried_once(database):
    tried = []
    stuck = TaskChore(lambda *_: [1, 2], lambda *told: tried.append(told[1]))
    do_chores(database, [stuck], NOW)
    assert tried == [[1, 2]]


def test_chores__one_fails__the_others_are_done_and_it_is_raised(database):
    def fail(*_):
        raise ValueError

    heap = Heap(5)
    with pytest.raises(ValueError):  # noqa: PT011 — it has no words
        do_chores(database, [TaskChore(lambda *_: [1], fail), heap.chore], NOW)
    assert heap.left == []
