from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.api.tokens import create_token, find_holder, list_tokens, revoke_token
from services.core.errors import NotFound
from services.core.roles import Role
from services.storage.models import Token


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
        found = find_holder(session, secret, world.runtime.clock())
        assert found is not None
        assert found.role is Role.INSPECTOR
        assert find_holder(session, secret + "x", world.runtime.clock()) is None


def test_find_holder__revoked__is_none(world):
    secret = make(world)
    with world.runtime.database.write() as session:
        revoke_token(session, session.scalars(select(Token.id)).one(), world.runtime.clock())
    with world.runtime.database.read() as session:
        assert find_holder(session, secret, world.runtime.clock()) is None


def test_revoke_token__again_or_unknown__keeps_the_first_time_or_says_so(world):
    make(world)
    kept = make(world)
    now = world.runtime.clock()
    with world.runtime.database.write() as session:
        first, second = list_tokens(session)
        revoke_token(session, first.id, now)
        revoke_token(session, first.id, now + timedelta(days=1))
        assert (first.revoked_at, second.revoked_at) == (now, None)
        assert find_holder(session, kept, now) is not None
        with pytest.raises(NotFound, match="no token 99"):
            revoke_token(session, 99, now)
