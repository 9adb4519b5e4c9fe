from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.errors import WrongDataKey
from services.ledger.recorder_lease import only_recorder
from services.livestock.control.evening_messages import Evening
from services.runtime.workers import keep_time, make_dispatcher, record_everything
from services.storage.models import AnswerCount
from tests.flow.deployments import embedded

if TYPE_CHECKING:
    from services.runtime.container import Runtime


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
