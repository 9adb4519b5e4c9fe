"""A person in a programme, and the intake: screening, consent and questions, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from services.health.courses.course_messages import dates, own_dates
from services.health.courses.plan_changes import start_course
from services.health.courses.schedule import local_date
from services.health.courses.subscriptions import SubscriptionState, record_question
from services.health.errors import ProgrammeSuspended
from services.health.format.entries import Entry, Text
from services.health.format.model import Personal, Programme, render
from services.health.versions.store import approved_languages, programme_by_id
from services.messaging.outbox import ReplyText, Trace
from services.storage.models import Party, Subscription
from services.texts.catalogue import say

WELCOME = "welcome"
YES = "yes"


@dataclass(frozen=True, slots=True)
class Member:
    """A subscription with its programme and person."""

    session: Session
    row: Subscription
    programme: Programme
    party: Party
    now: datetime

    @property
    def today(self) -> date:
        """The person's local day."""
        return local_date(self.now, self.row.zone)

    @property
    def title(self) -> str:
        """The course's title in replies; on a shared phone, a neutral one."""
        row = self.row
        if row.discreet:
            return say("programme.course", row.language)
        return self.programme.title[row.language]

    def reply(self, text: Text, item: str) -> ReplyText:
        """Return a text of the programme for this person; `item` is recorded in its trace."""
        row = self.row
        anchors = own_dates(dates(row.anchors))
        personal = Personal(self.party.name, row.place, anchors, row.discreet)
        trace = Trace(row.id, row.campaign_id, row.version_id, item, row.language)
        return ReplyText(render(self.programme, text, row.language, personal), trace)

    def question(self, entry: Entry) -> ReplyText:
        """Return the text of a question."""
        return self.reply(entry.text, entry.id)


def member_of(session: Session, row: Subscription, now: datetime) -> Member:
    """Return the member of a subscription; ProgrammeSuspended where its approval was withdrawn."""
    if not is_approved(session, row):
        raise ProgrammeSuspended("The approval of this programme was withdrawn")
    return any_member_of(session, row, now)


def is_approved(session: Session, row: Subscription) -> bool:
    """Return whether a subscription's version has an approval in force in its language."""
    return (row.version_id, row.language) in approved_languages(session)


def any_member_of(session: Session, row: Subscription, now: datetime) -> Member:
    """Return the member of a subscription, even where its approval was withdrawn."""
    _, programme = programme_by_id(session, row.version_id)
    return Member(session, row, programme, session.get_one(Party, row.party_id), now)


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
