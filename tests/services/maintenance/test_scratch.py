"""Scratch folders and databases: those of killed programs go with the next one, no others."""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy import create_engine, text

from services.maintenance.scratch import scratch_database, scratch_folder
from tests.support.environment import POSTGRES_URL
from tests.support.processes import in_child


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def test_folder__of_a_killed_program__goes_with_the_next_one_and_no_other_does(tmp_path):
    def work():
        with scratch_folder(tmp_path) as folder:
            (folder / "bilum.db").write_text("in clear")
            kill_self()

    (tmp_path / ".bilum-scratch-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").touch()
    with scratch_folder(tmp_path) as mine:
        assert mine.stat().st_mode & 0o777 == 0o700
        assert in_child(work) == signal.SIGKILL
        assert len(list(tmp_path.glob(".bilum-scratch-*"))) == 3
        with scratch_folder(tmp_path) as next_one:
            assert {mine, next_one} < set(tmp_path.iterdir())
            assert len(list(tmp_path.glob(".bilum-scratch-*"))) == 3
    assert [path.name for path in tmp_path.glob(".bilum-scratch-*")] == [".bilum-scratch-link"]
    assert (tmp_path / "elsewhere" / "kept").exists()


@pytest.mark.postgres
def test_database__of_a_killed_program__goes_with_the_next_one_and_no_other_does():
    def work():
        with scratch_database(POSTGRES_URL):
            kill_self()

    with scratch_database(POSTGRES_URL) as mine:
        before = scratches()
        assert mine.rpartition("/")[2] in before
        assert in_child(work) == signal.SIGKILL
        assert len(scratches()) == len(before) + 1
        with scratch_database(POSTGRES_URL) as next_one:
            assert scratches() == before | {next_one.rpartition("/")[2]}
    assert scratches() == before - {mine.rpartition("/")[2]}


def scratches():
    engine = create_engine(POSTGRES_URL)
    with engine.connect() as connection:
        query = text("SELECT datname FROM pg_database WHERE datname LIKE 'bilum_scratch%'")
        found = set(connection.scalars(query))
    engine.dispose()
    return found
