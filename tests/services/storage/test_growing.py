"""Tables whose rows are deleted by age: whatever refers to them is found by an index."""

from __future__ import annotations

import pytest

from services.storage.models import Base

DELETED = ("access", "attempt", "device_turn", "envelope", "long_text", "message", "ussd_session")


def first_columns(table):
    """Return the columns by which rows of a table are found."""
    found = [next(iter(one.columns)) for one in table.indexes if not one.dialect_kwargs]
    found += [one for one in table.columns if one.unique]
    return {*found, next(iter(table.primary_key.columns))}


@pytest.mark.parametrize("name", DELETED)
def test_rows__that_go__are_looked_for_by_an_index_alone(name):
    assert name in Base.metadata.tables
    referring = [
        key.parent
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == name
    ]
    assert [str(one) for one in referring if one not in first_columns(one.table)] == []
