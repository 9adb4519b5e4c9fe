"""Savepoints hold what they should, though PostgreSQL's are released only where another begins."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from sqlalchemy import select

from services.storage.bulk import add_new
from services.storage.models import Counter
from tests.support.round_trips import counted


class Undone(Exception):
    """Ends a savepoint without what was done in it."""


def undo():
    raise Undone


def act(session, chance, depth=0):
    """Write rows in savepoints that end at random; return the names of those that stay."""
    kept = []
    for _ in range(chance.randint(1, 4)):
        name = f"{chance.getrandbits(60)}"
        add_new(session, Counter, {"name": name, "value": 1})
        kept.append(name)
        if depth == 3 or chance.random() < 0.2:
            continue
        with suppress(Undone), session.begin_nested():
            inner = act(session, chance, depth + 1)
            if chance.random() < 0.4:
                undo()
            kept += inner
    return kept


@pytest.mark.parametrize("seed", range(12))
def test_savepoints__that_end_in_any_way__leave_what_was_not_undone(database, seed):
    chance, kept = Random(seed), []  # noqa: S311 — not a secret
    # On one connection, as a web server's transactions are.
    for _ in range(3):
        with database.write() as session:
            kept += act(session, chance)
    with suppress(Undone), database.write() as session:
        act(session, chance)
        undo()
    with database.read() as session:
        assert sorted(session.scalars(select(Counter.name))) == sorted(kept)


def test_savepoint__the_last_of_a_transaction__is_released_by_its_commit(database):
    with counted() as sent, database.write() as session:
        for name in "abc":
            with session.begin_nested():
                add_new(session, Counter, {"name": name, "value": 1})
    released = sum(statement.startswith("RELEASE") for statement in sent)
    assert released == (3 if database.is_sqlite else 2)
    with database.read() as session:
        assert len(session.scalars(select(Counter)).all()) == 3
