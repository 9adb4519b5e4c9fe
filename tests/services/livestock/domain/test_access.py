"""The table of who may see and report what, written a second time by example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.roles import HEALTH, OFFICERS, Role
from services.livestock.domain.access import (
    RULES,
    Sight,
    Tie,
    Viewer,
    may_check,
    may_report,
    may_report_at,
    may_report_of,
    sight_in_history,
    sight_of,
    sight_of_place,
)
from services.livestock.domain.model import EventType

ME, ANOTHER = 1, 2
S, N, F = Sight.STATUS, Sight.NUMBERS, Sight.FULL

# What each role sees of an animal: by no tie, then by each.
LOW = {Tie.HERE: S, Tie.CAME: S, Tie.ANNOUNCED: S, Tie.DUTY: S}
KEEPER = (S, LOW | {Tie.OWNER: F, Tie.AGREED: F})
SEES = {
    Role.KEEPER: KEEPER,
    # Whoever works in health stands towards pigs as anybody does.
    **dict.fromkeys(HEALTH, KEEPER),
    Role.RECORDER: (S, LOW | {Tie.OWNER: F, Tie.AGREED: F, Tie.DUTY: N}),
    Role.ABATTOIR: (S, dict.fromkeys(Tie, F) | {Tie.DUTY: S}),
    Role.AUDITOR: (N, dict.fromkeys(Tie, N)),
    Role.INSPECTOR: (F, dict.fromkeys(Tie, F)),
    Role.VETERINARY_OFFICER: (F, dict.fromkeys(Tie, F)),
    Role.ADMINISTRATOR: (F, dict.fromkeys(Tie, F)),
}


@pytest.mark.parametrize("role", Role)
def test_sight_of__each_tie__is_that_of_the_table(role):
    nothing, by_tie = SEES[role]
    assert sight_of(Viewer(role), ()) is nothing
    assert {tie: sight_of(Viewer(role), [tie]) for tie in Tie} == by_tie


@given(st.sampled_from(Role), st.sets(st.sampled_from(Tie)), st.sampled_from(Tie))
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


@pytest.mark.parametrize(
    ("viewer", "keeper", "province", "may"),
    [
        (Viewer(Role.KEEPER, ME), ME, "Enga", True),
        (Viewer(Role.KEEPER, ME), ANOTHER, "Enga", False),
        (Viewer(Role.KEEPER), None, "Enga", False),
        (Viewer(Role.RECORDER, ME, "Enga"), ANOTHER, "Enga", True),
        (Viewer(Role.RECORDER, ME, "Enga"), ANOTHER, "Hela", False),
        (Viewer(Role.RECORDER, ME, "Enga"), ANOTHER, None, False),
        (Viewer(Role.RECORDER, ME, "Enga"), ME, "Hela", True),
        (Viewer(Role.RECORDER, ME), ANOTHER, "Hela", True),
        (Viewer(Role.ABATTOIR, ME), ME, "Enga", True),
        (Viewer(Role.ABATTOIR, ME), ANOTHER, "Enga", False),
        (Viewer(Role.AUDITOR, ME), ME, "Enga", False),
        (Viewer(Role.INSPECTOR), ANOTHER, "Enga", True),
    ],
)
def test_may_report_at__place__is_ones_own_or_where_one_works(viewer, keeper, province, may):
    assert may_report_at(viewer, keeper, province) is may


@pytest.mark.parametrize("role", Role)
def test_may_report__acts_of_officers__are_nobodys_by_events(role):
    for kind in (EventType.ORDER, EventType.PERMIT, EventType.TRANSFER, EventType.VOID):
        assert not may_report(Viewer(role), kind)
    assert may_report(Viewer(role), EventType.SLAUGHTER) is (role is not Role.AUDITOR)
    assert may_report(Viewer(role), EventType.RESULT) is (role in OFFICERS)


def test_may_report_of__keeper__needs_a_tie_that_an_officer_does_not():
    assert not may_report_of(Viewer(Role.KEEPER, ME), [Tie.DUTY])
    assert may_report_of(Viewer(Role.KEEPER, ME), [Tie.CAME])
    assert may_report_of(Viewer(Role.INSPECTOR), [])


def test_may_check__abattoir__before_and_after_slaughter_alone():
    abattoir = Viewer(Role.ABATTOIR, ME)
    assert may_check(abattoir, "ante_mortem")
    assert not may_check(abattoir, "roadblock")
    assert may_check(Viewer(Role.INSPECTOR), "roadblock")
    assert not may_check(Viewer(Role.KEEPER, ME), "ante_mortem")
