"""Attempts to guess, which every web process counts together."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from services.api.context import EXTENSION
from services.api.limits import RateLimits
from services.console.attempts import MOST, WINDOW, admit_attempt
from services.core.errors import RateExceeded
from services.runtime.app import create_app
from services.storage.models import SignInAttempts


@pytest.fixture(params=["world", pytest.param("server_scene", marks=pytest.mark.postgres)])
def processes(request):
    """Two web processes on one database, and a clock that both read."""
    found = request.getfixturevalue(request.param)
    world = getattr(found, "world", found)
    other = create_app(world.runtime)
    return [app.extensions[EXTENSION] for app in (world.app, other)], world


def count_of(world):
    with world.runtime.database.read() as session:
        return session.scalar(select(func.sum(SignInAttempts.count))) or 0


def test_attempts__in_two_processes__are_counted_together_and_written_no_more_beyond(processes):
    (one, other), world = processes
    for place in range(MOST):
        admit_attempt((one, other)[place % 2], "name of an officer")
    for _ in range(3):
        for here in (one, other):
            with pytest.raises(RateExceeded) as refused:
                admit_attempt(here, "name of an officer")
            assert 0 < refused.value.seconds <= WINDOW.total_seconds()
    assert count_of(world) == MOST
    # The browser in which the person signed in before is counted apart.
    admit_attempt(one, "known an officer")
    world.runtime.clock.pass_by(WINDOW.total_seconds())
    fresh = RateLimits(600)
    object.__setattr__(other, "limits", fresh)
    admit_attempt(other, "name of an officer")
    assert count_of(world) == 2
