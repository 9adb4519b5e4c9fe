"""What answers and words do to a subscription."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.health.care.concerns import ConcernKind, Worry, raise_concern
from services.health.conversation.answer_parser import Given
from services.health.conversation.member import Member
from services.health.courses.plan_changes import change_plan, end
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.entries import Action, Do, Entry

_RUNNING = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED})


class Acted(NamedTuple):
    """What actions came to: questions that are asked now, and whether the course has ended."""

    follow: tuple[Entry, ...] = ()
    ended: bool = False


class _Wanted(NamedTuple):
    """What changes of a plan: see `services.health.courses.plan_changes.change_plan`."""

    anchors: dict[str, date | None]
    cohort: str | None = None
    discreet: bool | None = None


_NOTHING = _Wanted({})


def act(
    member: Member,
    actions: Iterable[Action],
    given: Given | None = None,
    anchors: Mapping[str, date | None] | None = None,
) -> Acted:
    """Carry out actions, in their order; what changes the plan changes it once.

    Args:
        member: whose.
        actions: what is to be done.
        given: the answer that they follow, if they follow one.
        anchors: dates that the answer itself sets.
    """
    wanted = tuple(actions)
    _change(member, _wanted(member, wanted, given, anchors or {}))
    for action in _of(Do.ALERT, wanted):
        _alert(member, action.target)
    ending = _of(Do.END, wanted)
    if ending:
        why = None if ending[-1].value is None else str(ending[-1].value)
        state = SubscriptionState(ending[-1].target)
        end(member.session, member.row, state, why, member.now)
    follow = tuple(member.programme.entry(action.target) for action in _of(Do.ASK, wanted))
    return Acted(follow, bool(ending))


def _of(do: Do, actions: Iterable[Action]) -> list[Action]:
    return [action for action in actions if action.do is do]


def _wanted(
    member: Member,
    actions: Sequence[Action],
    given: Given | None,
    anchors: Mapping[str, date | None],
) -> _Wanted:
    set_or_cleared = {
        action.target: _day(member, action, given) if action.do is Do.SET else None
        for action in actions
        if action.do in {Do.SET, Do.CLEAR}
    }
    cohorts = [action.target for action in _of(Do.COHORT, actions)]
    manners = [action.target == "on" for action in _of(Do.DISCREET, actions)]
    return _Wanted(
        {**anchors, **set_or_cleared},
        cohorts[-1] if cohorts else None,
        manners[-1] if manners else None,
    )


def _day(member: Member, action: Action, given: Given | None) -> date | None:
    if action.value == "answer":
        return given.day if given else None
    ahead = action.value if isinstance(action.value, int) else 0
    return member.today + timedelta(days=ahead)


def _change(member: Member, wanted: _Wanted) -> None:
    row = member.row
    if wanted == _NOTHING:
        return
    if row.state in _RUNNING:
        change_plan(member.session, row, member.programme, member.now, **wanted._asdict())
        return
    kept = {code: day for code, day in row.anchors.items() if code not in wanted.anchors}
    told = {code: day.isoformat() for code, day in wanted.anchors.items() if day}
    row.anchors = kept | told
    row.cohort = wanted.cohort or row.cohort
    row.discreet = row.discreet if wanted.discreet is None else wanted.discreet
    member.session.flush()


def _alert(member: Member, code: str) -> None:
    row = member.row
    worry = Worry(
        ConcernKind.ANSWER,
        code,
        row.party_id,
        row.number or "",
        row.programme,
        member.programme.title[row.language],
        row.id,
    )
    raise_concern(member.session, worry, member.now)
