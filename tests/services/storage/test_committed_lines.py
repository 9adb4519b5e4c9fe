from __future__ import annotations

import logging
from contextlib import contextmanager, suppress

import pytest

from services.core.correlation import follow
from services.storage.committed_lines import tell_once_committed


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "bilum.way")
    follow(7)
    yield lambda: [record.getMessage() for record in caplog.records]
    follow(None)


class _UndoneError(Exception):
    pass


@contextmanager
def undone(opened):
    """Leave a transaction by an exception."""
    with suppress(_UndoneError), opened as session:
        yield session
        raise _UndoneError


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lines__of_savepoints_that_are_undone__are_never_written(database, told):
    with database.write() as session:
        tell_once_committed(session, "first")
        with undone(session.begin_nested()):
            tell_once_committed(session, "undone")
            with session.begin_nested():
                tell_once_committed(session, "within what is undone")
        with session.begin_nested():
            tell_once_committed(session, "kept")
        assert told() == []
    assert told() == ["first", "kept"]
    with undone(database.write()) as session:
        tell_once_committed(session, "rolled back")
    with database.write() as session:
        follow(None)
        tell_once_committed(session, "about no message")
    assert told() == ["first", "kept"]
