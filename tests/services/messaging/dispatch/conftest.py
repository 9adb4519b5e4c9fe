from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.services.conftest import KINDS
from tests.services.messaging.dispatch.post import Post


@pytest.fixture
def hurried(open_database):
    """Opens an empty database of a kind that never waits for the disk.

    What is tested is not what a power cut leaves.
    """

    def make(kind):
        database = open_database(kind)
        if database.is_sqlite:
            event.listen(database.engine, "connect", _hurry)
        return database

    return make


@pytest.fixture(params=KINDS)
def post(request, hurried):
    """An empty post of each kind of database."""
    return Post(hurried(request.param))


def _hurry(connection, _record):
    connection.execute("PRAGMA synchronous=OFF")
