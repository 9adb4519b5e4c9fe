"""Events of a person's life that members tell of in any text: they come before all else.

A member's own phone alone tells of them. The reply is that of the course; danger that it does not
cover is answered first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from gateway.grammar import NotUnderstood, Understood
from services.health.care.event_words import words_of_events
from services.health.conversation.answer_handler import carry_out, replies_to
from services.health.conversation.member import ActiveProgramme, Member, any_member_of
from services.health.courses.life_events import take_in
from services.health.courses.subscriptions import open_subscriptions
from services.health.danger.danger_words import read_danger
from services.health.format.entries import Action, Do
from services.health.format.life_events import LifeEvent, Then
from services.messaging.command_router import CommandContext, InterceptResult, MessageInterceptor
from services.messaging.outbox import ReplyText

EVENT = "programme.event"
"""Outcome of a text that tells of an event, which names neither the event nor the programme."""

_STOPS = frozenset({"stop", "stop_all"})
_LATELY = 16


def life_event_interceptor(
    programmes: Mapping[str, ActiveProgramme], danger: MessageInterceptor
) -> MessageInterceptor:
    """Return the interceptor of events, which hands all other texts to that of danger."""
    every = (one for active in programmes.values() for one in active.programmes.values())
    words = words_of_events(every)

    @lru_cache(_LATELY)
    def told(text: str) -> str | None:
        return words.find(text)

    def listen(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        stops = isinstance(found, Understood) and found.phrase.code in _STOPS
        code = None if stops else told(text)
        known = _courses(code, programmes, context) if code else []
        if not known:
            return danger.intercept(context, text, found)
        at_once = _danger(text, known[0].event)
        warned = danger.intercept(context, text, found) if at_once else None
        replies = [*(warned.reply if warned else ()), *_happened(known, context)]
        return InterceptResult(EVENT, replies, private=True)

    def is_exclusive(context: CommandContext, text: str, found: Understood | NotUnderstood) -> bool:
        # Two texts of one phone must change a course once.
        return told(text) is not None or danger.exclusive(context, text, found)

    return MessageInterceptor(listen, is_exclusive, danger.anybody, danger.unmatched)


class CourseEvent(NamedTuple):
    """An event of a member's life, as one of their courses answers it.

    `newer`: the answer is that of a later version than the member's own, which has none.
    """

    member: Member
    event: LifeEvent
    newer: bool


def _courses(
    code: str, programmes: Mapping[str, ActiveProgramme], context: CommandContext
) -> list[CourseEvent]:
    """Return the sender's courses that answer an event, the last joined first."""
    session, found = context.unit.session, []
    for row in open_subscriptions(session, context.party):
        member = any_member_of(session, row, context.now, context.party)
        own, one = member.programme.event(code), programmes.get(row.programme)
        event = own or (one.programme(row.language).event(code) if one else None)
        # A version that says why it has no answer is not overruled by a later one.
        if event and (own or not member.programme.events):
            found.append(CourseEvent(member, event, newer=own is None))
    return found


def _danger(text: str, event: LifeEvent) -> bool:
    """Tell whether a text tells of danger that the reply to an event does not answer."""
    told = read_danger(text)
    if told is None or told.code is None or told.asks:
        return False
    return told.code not in event.covers


def _happened(known: Sequence[CourseEvent], context: CommandContext) -> list[ReplyText]:
    """Change all courses, and return the reply of one: nobody is condoled with twice."""
    replies = _by_newer(known[0]) if known[0].newer else _by_own(known[0])
    for member, event, _ in known[1:]:
        then = Then.PAUSE if event.then is Then.CARE else event.then
        take_in(
            member.session, member.row, member.programme, replace(event, then=then), context.now
        )
    return replies


def _by_own(one: CourseEvent) -> list[ReplyText]:
    result = carry_out(one.member, (Action(Do.EVENT, one.event.code),))
    return replies_to(one.member, result)


def _by_newer(one: CourseEvent) -> list[ReplyText]:
    """Answer for a version that knows no events: it has no messages of care, so it ends."""
    member, event = one.member, one.event
    then = Then.STOP if event.then is Then.CARE else event.then
    alert = () if then is Then.GO_ON else (Action(Do.ALERT, event.code),)
    result = carry_out(member, alert)
    take_in(member.session, member.row, member.programme, replace(event, then=then), member.now)
    return replies_to(member, result._replace(event=event))
