from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.errors import WrongDataKey
from services.ledger.recorder_lease import only_recorder
from services.livestock.control.evening_messages import Evening
from services.messaging import retention
from services.runtime import workers
from services.runtime.workers import keep_time, make_dispatcher, record_everything, repeat
from services.storage.bulk import advance_counter
from services.storage.models import AnswerCount, Arrival, Counter
from tests.factories import NOW
from tests.flow.deployments import embedded
from tests.services.world import Clock

if TYPE_CHECKING:
    from services.runtime.container import Runtime


@pytest.mark.slow
def test_record_everything__holder_of_the_right_goes_away__takes_over(tmp_path):
    with embedded(tmp_path) as stage:
        stage.send("+67570000001", "REG 598000000000017")
        holder = only_recorder(stage.runtime.database)
        holder.__enter__()
        waits = []

        def wait():
            waits.append(1)
            if len(waits) == 3:
                holder.__exit__(None, None, None)

        record_everything(stage.runtime, wait, lambda _size: None)
        assert len(waits) == 3
        assert stage.audit().clean
        assert stage.runtime.recorder_store.pending() == 0


def test_dispatcher__two_processes__have_names_of_their_own(tmp_path):
    with embedded(tmp_path) as stage:
        runtime: Runtime = stage.runtime
        names = {make_dispatcher(runtime, {}).worker for _ in range(2)}
    assert len(names) == 2


class BrokenEvening(Evening):
    """An evening that meets a value that does not open."""

    def send(self, _database, _now):
        raise WrongDataKey("a number does not open")


def test_clock__one_step_fails__the_others_are_done_and_the_fault_is_told(tmp_path):
    with embedded(tmp_path) as stage:
        stage.send("+67570000001", "HELP")
        with stage.runtime.database.write() as session:
            count = session.scalars(select(AnswerCount)).one()
            count.day -= timedelta(days=3)
        with pytest.raises(WrongDataKey, match="does not open"):
            keep_time(stage.runtime, BrokenEvening())
        with stage.runtime.database.read() as session:
            assert session.scalars(select(AnswerCount)).all() == []


def add_next(most, session):
    """Count one more, up to so many; 0: they are all there."""
    here = session.scalar(select(Counter.value).where(Counter.name == "test")) or 0
    if here == most:
        return 0
    return advance_counter(session, "test")


def count(database):
    with database.read() as session:
        return session.scalar(select(Counter.value).where(Counter.name == "test"))


@pytest.fixture
def unhurried(monkeypatch):
    monkeypatch.setattr(workers, "_REPEATED_SECONDS", 600)
    monkeypatch.setattr(workers, "_PAUSE_SECONDS", 0)


def test_repeat__step_finds_more__goes_on_to_the_last(database, unhurried):
    repeat(database, partial(add_next, 7))
    assert count(database) == 7


def test_repeat__time_is_up__leaves_the_rest(database, monkeypatch):
    monkeypatch.setattr(workers, "_REPEATED_SECONDS", 0)
    repeat(database, partial(add_next, 7))
    assert count(database) == 1


def test_repeat__fault_in_the_middle__keeps_what_was_done(database, unhurried):
    def step(session):
        if add_next(7, session) == 3:
            raise WrongDataKey("a number does not open")
        return 1

    with pytest.raises(WrongDataKey):
        repeat(database, step)
    assert count(database) == 2


def test_clock__more_than_a_chunk_is_old__all_of_it_goes(tmp_path, monkeypatch, unhurried):
    monkeypatch.setattr(retention, "_CHUNK", 2)
    clock = Clock(NOW)
    with embedded(tmp_path, clock) as stage:
        for number in range(5):
            stage.send(f"+6757000000{number}", "HELP")
        clock.pass_by(91 * 24 * 3600)
        keep_time(stage.runtime)
        with stage.runtime.database.read() as session:
            assert set(session.scalars(select(Arrival.payload))) == {None}
