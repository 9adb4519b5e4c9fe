"""A programme with a random history as a report; a DHIS2, and what it would get."""

from __future__ import annotations

import pytest

from services.health.indicators.dhis2 import make_export
from services.health.indicators.dhis2_client import Dhis2Client
from services.health.indicators.dhis2_mapping import read_mapping
from services.health.indicators.tables import make_report
from tests.fakes.dhis2_server import TOKEN, dhis2_server
from tests.services.health.indicators.exporting import MAPPING
from tests.services.health.indicators.histories import CODE, NOW, OCTOBER


@pytest.fixture
def report_of():
    """Counts a database's programme."""

    def make(database, period=OCTOBER, now=NOW):
        with database.read() as session:
            return make_report(session, CODE, period, now)

    return make


@pytest.fixture
def server():
    with dhis2_server() as server:
        yield server


@pytest.fixture
def client(server):
    client = Dhis2Client(server.url, TOKEN, connect=5, read=5)
    yield client
    client.close()


@pytest.fixture
def export_of(set_up, report_of):
    def make(text=MAPPING):
        return make_export(report_of(set_up), read_mapping(text))

    return make
