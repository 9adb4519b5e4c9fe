"""The intake: screening, consent and further questions, asked one by one."""

from __future__ import annotations

from services.health.conversation.member import Member
from services.health.courses.open_questions import record_question
from services.health.courses.plan_changes import start_course
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.entries import Entry
from services.messaging.command_router import ReplyText

WELCOME = "welcome"
YES = "yes"


def ask(member: Member, entry: Entry) -> ReplyText:
    """Ask a question in the reply; an answer counts from now."""
    if entry.ask is not None:
        record_question(member.session, member.row, entry.id, entry.ask, member.now)
    return member.question(entry)


def begin(member: Member) -> list[ReplyText]:
    """Ask the first question of the intake."""
    return [ask(member, member.programme.intake[0])]


def is_intake(member: Member, entry: Entry) -> bool:
    """Return whether a question belongs to the intake."""
    return any(one.id == entry.id for one in member.programme.intake)


def proceed(member: Member, entry: Entry) -> list[ReplyText]:
    """Continue after a question of the intake: with the next one, or with the course."""
    intake = member.programme.intake
    place = next(place for place, one in enumerate(intake) if one.id == entry.id)
    if place + 1 < len(intake):
        following = intake[place + 1]
        if following.ask is not None and following.ask.consent:
            member.row.state = SubscriptionState.SCREENED.value
            member.row.screened_at = member.now
        return [ask(member, following)]
    start_course(member.session, member.row, member.programme, member.now)
    return [member.reply(member.programme.welcome, WELCOME)]
