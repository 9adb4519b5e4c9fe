"""Causes of a database that is not reached, as an operator is told."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from services.core.errors import DatabaseUnreachable
from services.storage.database import holds_anything, reachable
from tests.support.resolvers import know_no_name


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "connection failed: SSL error: certificate verify failed",
            "certificate is refused",
        ),
        ("connection refused", "does not answer"),
    ],
)
def test_reachable__connection_that_was_not_made__is_told_by_its_cause(said, told):
    with pytest.raises(DatabaseUnreachable, match=told), reachable():
        raise OperationalError("select 1", {}, psycopg.OperationalError(said))


def test_holds_anything__name_that_nobody_knows__says_so(monkeypatch):
    know_no_name(monkeypatch)
    with pytest.raises(DatabaseUnreachable, match="name is not found"):
        holds_anything("postgresql+psycopg://bilum:x@database.invalid/bilum")
