"""The table of who may see what, written a second time by example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.roles import HEALTH, OFFICERS, Role
from services.livestock.domain.access import (
    RULES,
    Sight,
    Viewer,
    sight_in_history,
    sight_of,
    sight_of_place,
)
from services.livestock.domain.actors import Tie

ME, ANOTHER = 1, 2
TIES = (Tie.OWNER, Tie.HERE, Tie.AGREED, Tie.CAME, Tie.ANNOUNCED, Tie.DUTY)
S, N, F = Sight.STATUS, Sight.NUMBERS, Sight.FULL

# What each role sees of an animal: by no tie, then by each.
LOW = {Tie.HERE: S, Tie.CAME: S, Tie.ANNOUNCED: S, Tie.DUTY: S}
KEEPER = (S, LOW | {Tie.OWNER: F, Tie.AGREED: F})
SEES = {
    Role.KEEPER: KEEPER,
    # Whoever works in health, or for the police, stands towards pigs as anybody does.
    **dict.fromkeys((*HEALTH, Role.POLICE), KEEPER),
    Role.RECORDER: (S, LOW | {Tie.OWNER: F, Tie.AGREED: F, Tie.DUTY: N}),
    Role.ABATTOIR: (S, dict.fromkeys(TIES, F) | {Tie.DUTY: S}),
    Role.AUDITOR: (N, dict.fromkeys(TIES, N)),
    Role.INSPECTOR: (F, dict.fromkeys(TIES, F)),
    Role.VETERINARY_OFFICER: (F, dict.fromkeys(TIES, F)),
    Role.ADMINISTRATOR: (F, dict.fromkeys(TIES, F)),
}


@pytest.mark.parametrize("role", Role)
def test_sight_of__each_tie__is_that_of_the_table(role):
    nothing, by_tie = SEES[role]
    assert sight_of(Viewer(role), ()) is nothing
    assert {tie: sight_of(Viewer(role), [tie]) for tie in TIES} == by_tie


@given(st.sampled_from(Role), st.sets(st.sampled_from(TIES)), st.sampled_from(TIES))
def test_sight_of__one_tie_more__never_shows_less(role, ties, more):
    viewer = Viewer(role, ME)
    assert sight_of(viewer, ties | {more}) >= sight_of(viewer, ties) >= RULES[role].anything


@given(
    st.sampled_from(Role),
    st.sampled_from([None, ME, ANOTHER]),
    st.sampled_from([None, ME, ANOTHER]),
    st.sampled_from([None, "Enga", "Hela"]),
)
def test_names_and_phones__of_another__are_for_officers_alone(role, party, keeper, province):
    viewer = Viewer(role, party, "Enga")
    full = sight_of_place(viewer, keeper, province) is Sight.FULL
    full = full or sight_in_history(viewer, keeper, province) is Sight.FULL
    own = party is not None and party == keeper and role is not Role.AUDITOR
    assert full == (role in OFFICERS or own)
