from __future__ import annotations

import hashlib

from sqlalchemy import select

from services.storage.models import Token
from services.storage.people import Role
from services.web.tokens import create_token, find_holder


def make(world, role=Role.AUDITOR):
    with world.runtime.database.write() as session:
        return create_token(session, role, world.runtime.clock())


def test_create_token__twice__gives_two_long_secrets_and_keeps_digests_alone(world):
    first, second = make(world), make(world)
    assert first != second
    assert first.startswith("bilum_")
    assert len(first) == len("bilum_") + 43
    with world.runtime.database.read() as session:
        kept = set(session.scalars(select(Token.digest)))
    assert kept == {hashlib.sha256(one.encode()).digest() for one in (first, second)}


def test_find_holder__known_secret__tells_the_role(world):
    secret = make(world, Role.INSPECTOR)
    with world.runtime.database.read() as session:
        found = find_holder(session, secret)
        assert found is not None
        assert found.role is Role.INSPECTOR
        assert find_holder(session, secret + "x") is None


def test_find_holder__revoked__is_none(world):
    secret = make(world)
    with world.runtime.database.write() as session:
        session.scalars(select(Token)).one().revoked_at = world.runtime.clock()
    with world.runtime.database.read() as session:
        assert find_holder(session, secret) is None
