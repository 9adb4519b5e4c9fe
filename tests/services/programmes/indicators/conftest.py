"""A programme with a random history, as a report."""

from __future__ import annotations

import pytest

from services.programmes.indicators.tables import make_report
from tests.services.programmes.indicators.histories import CODE, NOW, OCTOBER


@pytest.fixture
def report_of():
    """Counts a database's programme."""

    def make(database, period=OCTOBER, now=NOW):
        with database.read() as session:
            return make_report(session, CODE, period, now)

    return make
