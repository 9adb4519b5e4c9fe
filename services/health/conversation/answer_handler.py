"""Answers to questions of a programme."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from services.core.geography import zone_of
from services.health.conversation.actions import act
from services.health.conversation.answer_parser import Given, branch_of
from services.health.conversation.intake import YES, ask, is_intake, proceed
from services.health.conversation.member import Member
from services.health.courses.open_questions import AskingState
from services.health.courses.plan_changes import end
from services.health.courses.plan_rows import lock
from services.health.courses.subscriptions import SubscriptionState, consent_to
from services.health.format.entries import Entry, Expect, Question
from services.messaging.command_router import ReplyText
from services.messaging.consent import refuse
from services.storage.models import Asking, Person
from services.texts.catalogue import say

NO_CONSENT = "no_consent"
_BY_SMS = "sms"


def still_open(member: Member, asking: Asking) -> bool:
    """Lock a person's course, then the question; tell whether it is open now.

    Whoever ends or changes a course locks it first, too.
    """
    lock(member.session, member.row)
    member.session.refresh(asking, with_for_update=True)
    return asking.state == AskingState.OPEN


def answer(member: Member, asking: Asking, given: Given) -> list[ReplyText]:
    """Keep an answer, do what follows it, and return what the person is told.

    Args:
        member: who answers.
        asking: what was asked; see `still_open`.
        given: the answer, which fits.
    """
    entry = member.programme.entry(asking.item)
    question = entry.ask
    if question is None:
        return []
    asking.state = AskingState.ANSWERED.value
    asking.answer, asking.value = given.code, given.value
    asking.answered_at, asking.remind_at = member.now, None
    member.session.flush()
    return _follow(member, entry, question, given)


def _follow(member: Member, entry: Entry, question: Question, given: Given) -> list[ReplyText]:
    if member.programme.stop is not None and entry.id == member.programme.stop.id:
        member.row.reason = given.code
    anchors = _keep(member, question, given)
    agreed = _consent(member, question, given)
    branch = branch_of(question, given)
    acted = act(member, branch.actions if branch else (), given, anchors)
    told = [member.said(branch.reply, f"{entry.id}/answer")] if branch and branch.reply else []
    if is_intake(member, entry) and agreed and not acted.ended:
        told += proceed(member, entry)
    told += [ask(member, following) for following in acted.follow]
    return told or [_thanks(member)]


def close_unanswered(member: Member, asking: Asking) -> list[ReplyText]:
    """Close a question that nobody answered, and do what the programme says then."""
    asking.state, asking.remind_at = AskingState.CLOSED.value, None
    entry = member.programme.entry(asking.item)
    acted = act(member, entry.ask.otherwise if entry.ask else ())
    told: list[ReplyText] = []
    if is_intake(member, entry) and not acted.ended:
        told += _past_the_intake(member, entry)
    return told + [ask(member, following) for following in acted.follow]


def _past_the_intake(member: Member, entry: Entry) -> list[ReplyText]:
    """Without consent nothing goes on; what is asked after it may stay without an answer."""
    if member.row.state == SubscriptionState.CONSENTED:
        return proceed(member, entry)
    end(member.session, member.row, SubscriptionState.LOST, "no_answer", member.now)
    return []


def _keep(member: Member, question: Question, given: Given) -> dict[str, date | None]:
    """Keep what an answer sets; return the anchor, if it is one."""
    if question.expect is Expect.NAME and given.words:
        member.party.name = given.words
    elif question.expect is Expect.PROVINCE and given.words:
        _live_in(member, given.words)
    elif question.sets and given.day:
        return {question.sets: given.day}
    return {}


def _live_in(member: Member, province: str) -> None:
    person = member.session.scalars(
        select(Person).where(Person.party_id == member.party.id)
    ).first()
    if person is None:
        person = Person(party_id=member.party.id)
        member.session.add(person)
    person.province = province
    member.row.zone = zone_of(province)


def _consent(member: Member, question: Question, given: Given) -> bool:
    """Take YES or NO to the programme; True: the intake goes on."""
    if not question.consent:
        return True
    if given.code == YES:
        consent_to(member.session, member.row, member.programme, _BY_SMS, member.now)
        return True
    row = member.row
    refuse(member.session, row.number_index, row.programme, _BY_SMS, member.now)
    end(member.session, row, SubscriptionState.OPTED_OUT, NO_CONSENT, member.now)
    return False


def _thanks(member: Member) -> ReplyText:
    return ReplyText(say("programme.thanks", member.row.language))
