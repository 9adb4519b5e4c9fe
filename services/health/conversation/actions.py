"""Actions of a programme, which follow answers and keywords."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.conversation.answer_parser import ParsedAnswer
from services.health.conversation.member import Member
from services.health.courses.plan_changes import PlanChange, change_plan, end
from services.health.courses.subscriptions import RUNNING, SubscriptionState
from services.health.format.entries import Action, Do, Entry


class ActionResult(NamedTuple):
    """Result of actions: questions to ask now, and whether the course has ended."""

    follow: tuple[Entry, ...] = ()
    ended: bool = False


_NOTHING = PlanChange()


def carry_out(
    member: Member,
    actions: Iterable[Action],
    answer: ParsedAnswer | None = None,
    anchors: Mapping[str, date | None] | None = None,
) -> ActionResult:
    """Carry out actions in order; those that change the plan change it in one step.

    `answer` is the answer that they follow, if any, and `anchors` the dates that it sets itself.
    """
    wanted = tuple(actions)
    _change(member, _wanted(member, wanted, answer, anchors or {}))
    for action in _of(Do.ALERT, wanted):
        _alert(member, action.target)
    ending = _of(Do.END, wanted)
    if ending:
        why = None if ending[-1].value is None else str(ending[-1].value)
        state = SubscriptionState(ending[-1].target)
        end(member.session, member.row, state, why, member.now)
    follow = tuple(member.programme.entry(action.target) for action in _of(Do.ASK, wanted))
    return ActionResult(follow, bool(ending))


def _of(do: Do, actions: Iterable[Action]) -> list[Action]:
    return [action for action in actions if action.do is do]


def _wanted(
    member: Member,
    actions: Sequence[Action],
    answer: ParsedAnswer | None,
    anchors: Mapping[str, date | None],
) -> PlanChange:
    set_or_cleared = {
        action.target: _day(member, action, answer) if action.do is Do.SET else None
        for action in actions
        if action.do in {Do.SET, Do.CLEAR}
    }
    cohorts = [action.target for action in _of(Do.COHORT, actions)]
    manners = [action.target == "on" for action in _of(Do.DISCREET, actions)]
    return PlanChange(
        {**anchors, **set_or_cleared},
        cohorts[-1] if cohorts else None,
        manners[-1] if manners else None,
    )


def _day(member: Member, action: Action, answer: ParsedAnswer | None) -> date | None:
    if action.value == "answer":
        return answer.day if answer else None
    ahead = action.value if isinstance(action.value, int) else 0
    return member.today + timedelta(days=ahead)


def _change(member: Member, wanted: PlanChange) -> None:
    if wanted == _NOTHING:
        return
    if member.row.state in RUNNING:
        change_plan(member.session, member.row, member.programme, member.now, wanted)
        return
    wanted.apply(member.row)
    member.session.flush()


def _alert(member: Member, code: str) -> None:
    row = member.row
    concern = NewConcern(
        ConcernKind.ANSWER,
        code,
        row.party_id,
        row.number or "",
        row.programme,
        member.programme.title[row.language],
        row.id,
    )
    raise_concern(member.session, concern, member.now)
