"""Settings of plans hold for the rest of a transaction, and no longer."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.storage.planning import plan_by_values, plan_for_all

SETTINGS = [
    (plan_by_values, text("SHOW plan_cache_mode"), "force_custom_plan", "auto"),
    (plan_for_all, text("SHOW cursor_tuple_fraction"), "1", "0.1"),
]


@pytest.mark.parametrize(("ask", "setting", "then", "usual"), SETTINGS)
def test_plans__asked_for__end_with_the_transaction(database, ask, setting, then, usual):
    with database.read() as session:
        ask(session)
        if database.is_sqlite:  # Which plans each statement anew, and has no such setting.
            return
        assert session.scalar(setting) == then
    with database.read() as session:
        assert session.scalar(setting) == usual
