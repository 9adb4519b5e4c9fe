"""The writers' lock is taken at the edges alone, and whatever needs it says so."""

from __future__ import annotations

import ast

import pytest

from services.storage.locks import one_writer, require_one_writer
from tests.support.paths import ROOT

LOCK = "one_writer"
EDGES = {
    "services/api/idempotency.py": 1,
    "services/devices/calls.py": 1,
    # Before the sender of a report is looked up, where a question of ours or a box asks for it, and
    # late.
    "services/messaging/command_router.py": 3,
    "services/messaging/ussd/actions.py": 1,
    "services/storage/database.py": 1,
}


def calls(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sum(LOCK in {getattr(name, "id", ""), getattr(name, "attr", "")} for name in names)


@pytest.mark.slow
def test_lock__in_the_whole_program__is_taken_at_the_edges_alone():
    found = {
        path.relative_to(ROOT).as_posix(): calls(path) for path in ROOT.glob("services/**/*.py")
    }
    assert {path: count for path, count in found.items() if count} == EDGES


def test_unit__that_is_not_exclusive__is_refused_what_needs_the_lock(database):
    with database.write(exclusive=False) as session, pytest.raises(RuntimeError, match="exclusive"):
        require_one_writer(session)
    with database.write() as session:
        require_one_writer(session)


def test_lock__of_a_transaction__ends_with_it(database):
    with database.write(exclusive=False) as session:
        one_writer(session)
        require_one_writer(session)
        session.commit()
        with pytest.raises(RuntimeError, match="exclusive"):
            require_one_writer(session)


def test_lock__taken_within_a_savepoint__goes_with_it(database):
    with database.write(exclusive=False) as session:
        with session.begin_nested():
            one_writer(session)
            with session.begin_nested():
                require_one_writer(session)
        undone = session.begin_nested()
        one_writer(session)
        undone.rollback()
        with pytest.raises(RuntimeError, match="exclusive"):
            require_one_writer(session)
        one_writer(session)
        require_one_writer(session)
