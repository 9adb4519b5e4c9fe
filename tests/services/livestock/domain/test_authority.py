"""Who may say what, with which proof: the table of acts, by example and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.roles import OFFICERS, Role
from services.livestock.domain.actors import Actor, Strength, Tie
from services.livestock.domain.acts import ACTS, CommandAct
from services.livestock.domain.authority import (
    Allowed,
    Decider,
    Evidence,
    NeedsConsent,
    Reason,
    Refused,
    Subject,
    may_act,
    may_check,
    may_report_at,
    reports_of,
)
from services.livestock.domain.model import EventType

ME, ANOTHER = 1, 2
KEEPER = Actor(Role.KEEPER, ME)
_ORDER = (Refused, Evidence, NeedsConsent, Allowed)


def test_acts__each_event_type_and_command__has_its_row():
    assert set(ACTS) == {*EventType, *CommandAct}


@pytest.mark.parametrize("act", [*EventType, *CommandAct])
def test_may_act__stranger__never_changes_anything_but_by_seeing_or_asking(act):
    free = {EventType.SICKNESS, EventType.DECISION, EventType.PERMIT}
    assert isinstance(may_act(KEEPER, act, Subject()), Allowed) is (act in free)


@given(
    st.sampled_from(Role),
    st.sampled_from([*EventType, *CommandAct]),
    st.sets(st.sampled_from(Tie)),
    st.lists(st.sampled_from(Strength), min_size=2, max_size=2),
)
def test_may_act__weaker_road__never_gives_what_a_stronger_one_would_refuse(role, act, ties, roads):
    weak, strong = sorted(roads)
    subject = Subject(ties)
    given_, wanted = (
        may_act(Actor(role, ME, "Enga", strength), act, subject) for strength in (weak, strong)
    )
    assert _ORDER.index(type(given_)) <= _ORDER.index(type(wanted)) or not isinstance(
        given_, Allowed
    )


@given(
    st.sampled_from(Role),
    st.sampled_from([*EventType, *CommandAct]),
    st.sets(st.sampled_from(Tie)),
    st.sampled_from(Tie),
)
def test_may_act__one_tie_more__never_gives_less(role, act, ties, more):
    actor = Actor(role, ME)
    less, most = (may_act(actor, act, Subject(some)) for some in (ties, ties | {more}))
    assert not isinstance(less, Allowed) or isinstance(most, Allowed)


def test_may_act__animal_of_a_keeper_without_a_phone__is_for_an_officer_and_never_the_sender():
    unreachable = Subject(frozenset(), reachable=False)
    dead = may_act(KEEPER, EventType.DEATH, unreachable)
    assert dead == Evidence(Reason.NOT_THE_KEEPER, Decider.OFFICER)
    killed = may_act(KEEPER, CommandAct.KILL, unreachable)
    assert killed == NeedsConsent(Decider.OFFICER, Strength.CODE)


def test_may_act__what_harms_or_gives_away__needs_a_code_from_the_owner_too():
    own = Subject(frozenset({Tie.OWNER}))
    for act in (CommandAct.KILL, CommandAct.SELL, CommandAct.GIVE, EventType.SLAUGHTER):
        assert may_act(KEEPER, act, own) == NeedsConsent(Decider.SENDER, Strength.CODE)
        proven = KEEPER._replace(strength=Strength.CODE)
        assert may_act(proven, act, own) == Allowed()


def test_may_act__arrival__is_the_receivers_and_by_more_than_a_number_an_abattoirs():
    sent = Subject(frozenset({Tie.ANNOUNCED}))
    assert may_act(KEEPER, EventType.ARRIVE, sent) == Allowed()
    assert isinstance(may_act(KEEPER, EventType.ARRIVE, Subject()), Evidence)
    abattoir = Actor(Role.ABATTOIR, ME)
    assert isinstance(may_act(abattoir, EventType.ARRIVE, Subject()), Evidence)
    proven = abattoir._replace(strength=Strength.CODE)
    assert may_act(proven, EventType.ARRIVE, Subject()) == Allowed()


def test_may_act__officer__of_the_province_and_not_of_another():
    officer = Actor(Role.INSPECTOR, ME, "Enga")
    assert may_act(officer, EventType.DEATH, Subject(frozenset({Tie.DUTY}))) == Allowed()
    assert isinstance(may_act(officer, EventType.DEATH, Subject()), Evidence)
    assert may_act(officer, EventType.CHECK, Subject()) == Allowed()


def test_may_act__unproven_number__is_evidence_of_ones_own_pig():
    unbound = KEEPER._replace(strength=Strength.ANYBODY)
    own = Subject(frozenset({Tie.OWNER}))
    assert may_act(unbound, EventType.DEATH, own) == Evidence(Reason.NOT_PROVEN, Decider.KEEPER)
    assert may_act(unbound, EventType.SICKNESS, own) == Allowed()


@pytest.mark.parametrize("role", Role)
def test_reports_of__acts_of_officers__are_nobodys_by_events(role):
    for kind in (EventType.ORDER, EventType.PERMIT, EventType.TRANSFER, EventType.VOID):
        assert kind not in reports_of(role)
    assert (EventType.SLAUGHTER in reports_of(role)) is (role is not Role.AUDITOR)
    assert (EventType.RESULT in reports_of(role)) is (role in OFFICERS)


@pytest.mark.parametrize(
    ("viewer", "keeper", "province", "may"),
    [
        (Actor(Role.KEEPER, ME), ME, "Enga", True),
        (Actor(Role.KEEPER, ME), ANOTHER, "Enga", False),
        (Actor(Role.KEEPER), None, "Enga", False),
        (Actor(Role.RECORDER, ME, "Enga"), ANOTHER, "Enga", True),
        (Actor(Role.RECORDER, ME, "Enga"), ANOTHER, "Hela", False),
        (Actor(Role.RECORDER, ME, "Enga"), ANOTHER, None, False),
        (Actor(Role.RECORDER, ME, "Enga"), ME, "Hela", True),
        (Actor(Role.RECORDER, ME), ANOTHER, "Hela", True),
        (Actor(Role.ABATTOIR, ME), ME, "Enga", True),
        (Actor(Role.ABATTOIR, ME), ANOTHER, "Enga", False),
        (Actor(Role.AUDITOR, ME), ME, "Enga", False),
        (Actor(Role.INSPECTOR), ANOTHER, "Enga", True),
    ],
)
def test_may_report_at__place__is_ones_own_or_where_one_works(viewer, keeper, province, may):
    assert may_report_at(viewer, keeper, province) is may


def test_may_check__abattoir__before_and_after_slaughter_alone():
    abattoir = Actor(Role.ABATTOIR, ME)
    assert may_check(abattoir, "ante_mortem")
    assert not may_check(abattoir, "roadblock")
    assert may_check(Actor(Role.INSPECTOR), "roadblock")
    assert not may_check(Actor(Role.KEEPER, ME), "ante_mortem")
