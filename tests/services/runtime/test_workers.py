from __future__ import annotations

from typing import TYPE_CHECKING

from services.ledger.recorder_lease import only_recorder
from services.runtime.workers import make_dispatcher, record_everything
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
