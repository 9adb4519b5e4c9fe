"""Joining: screening, consent and what the course needs, asked one after the other."""

from __future__ import annotations

from services.health.conversation.member import Member
from services.health.courses.open_questions import note_asked
from services.health.courses.plan_changes import start_course
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.entries import Entry
from services.messaging.command_router import ReplyText

WELCOME = "welcome"
YES = "yes"


def ask(member: Member, entry: Entry) -> ReplyText:
    """Ask a question now, in the reply; an answer to it counts from this moment."""
    if entry.ask is not None:
        note_asked(member.session, member.row, entry.id, entry.ask, member.now)
    return member.asked(entry)


def begin(member: Member) -> list[ReplyText]:
    """Ask the first question of the intake."""
    return [ask(member, member.programme.intake[0])]


def is_intake(member: Member, entry: Entry) -> bool:
    """Tell whether a question belongs to the intake."""
    return any(one.id == entry.id for one in member.programme.intake)


def proceed(member: Member, entry: Entry) -> list[ReplyText]:
    """Go on after a question of the intake: with the next one, or with the course."""
    intake = member.programme.intake
    place = next(place for place, one in enumerate(intake) if one.id == entry.id)
    if place + 1 < len(intake):
        following = intake[place + 1]
        if following.ask is not None and following.ask.consent:
            member.row.state = SubscriptionState.SCREENED.value
            member.row.screened_at = member.now
        return [ask(member, following)]
    start_course(member.session, member.row, member.programme, member.now)
    return [member.said(member.programme.welcome, WELCOME)]
