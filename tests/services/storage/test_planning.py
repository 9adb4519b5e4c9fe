"""Plans by values hold for the rest of a transaction, and no longer."""

from __future__ import annotations

from sqlalchemy import text

from services.storage.planning import plan_by_values

MODE = text("SHOW plan_cache_mode")


def test_plans_by_values__asked_for__end_with_the_transaction(database):
    with database.read() as session:
        plan_by_values(session)
        if database.is_sqlite:  # Which plans each statement anew, and has no such setting.
            return
        assert session.scalar(MODE) == "force_custom_plan"
    with database.read() as session:
        assert session.scalar(MODE) == "auto"
