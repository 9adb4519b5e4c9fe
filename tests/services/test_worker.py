from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from services.storage.database import Database
from services.storage.errors import RecorderBusy
from services.storage.exclusive import only_recorder
from services.storage.vault import Vault
from services.worker import make_dispatcher, record_everything
from tests.flow.deployments import embedded

if TYPE_CHECKING:
    from services.runtime import Runtime


@pytest.mark.postgres
def test_right_to_record__lost_with_its_connection__is_noticed(postgres_url, tmp_path):

    database = Database(postgres_url, Vault(bytes(32)))
    with only_recorder(database, tmp_path) as confirm:
        confirm()
        with pytest.raises(RecorderBusy), only_recorder(database, tmp_path):
            pass
        with database.write() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    "AND pid <> pg_backend_pid() AND database = "
                    "(SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        with pytest.raises(RecorderBusy, match="lost"):
            confirm()
    database.close()


def test_record_everything__holder_of_the_right_goes_away__takes_over(tmp_path):
    with embedded(tmp_path) as stage:
        stage.send("+67570000001", "REG 598000000000017")
        holder = only_recorder(stage.runtime.database, tmp_path)
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
