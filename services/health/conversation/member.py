"""Active programmes, in their current versions, and a person in one: replies and intake."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.conversation.answer_parser import words_of
from services.health.courses.course_messages import dates, own_dates
from services.health.courses.plan_changes import end, start_course
from services.health.courses.subscriptions import SubscriptionState, record_question
from services.health.errors import ProgrammeSuspended
from services.health.format.entries import Entry, Text
from services.health.format.model import Personal, Programme, render
from services.health.format.text_ids import WELCOME
from services.health.trials.allocating import allocate
from services.health.versions.store import (
    CurrentVersion,
    approved_languages,
    programme_by_id,
    readable,
)
from services.messaging.outbox import ReplyText, Trace
from services.storage.models import (
    AskedQuestion,
    Party,
    Person,
    ProgrammeVersion,
    Subscription,
)
from services.storage.persons import party_of_person
from services.texts.catalogue import say, wants_help
from sms.local_time import local_day

YES = "yes"
_NAME = "{name}"


@dataclass(frozen=True, slots=True)
class Member:
    """A subscription with its programme.

    `known`: the party of its person, where the caller has it.
    """

    session: Session
    row: Subscription
    programme: Programme
    now: datetime
    known: Party | None = field(default=None, repr=False)

    @property
    def party(self) -> Party | None:
        """The party of the person; None: they were forgotten."""
        return self.known or party_of_person(self.session, self.row.person_id)

    @property
    def province(self) -> str | None:
        """The province of the person; None: not known."""
        return self.session.scalar(select(Person.province).where(Person.id == self.row.person_id))

    @property
    def today(self) -> date:
        """The person's local day."""
        return local_day(self.now, self.row.zone)

    @property
    def title(self) -> str:
        """The course's title in replies; on a shared phone, a neutral one."""
        row = self.row
        if row.discreet:
            return self.say("programme.course")
        return self.programme.title[row.language]

    def reply(self, text: Text, item: str) -> ReplyText:
        """Return a text of the programme for this person; `item` is recorded in its trace."""
        return self._traced(text, item=item)

    def said_back(self, text: Text, reply: str) -> ReplyText:
        """Return a text that answers what the person wrote; its trace tells which under seal."""
        return self._traced(text, reply=reply)

    def _traced(self, text: Text, **which: str) -> ReplyText:
        row = self.row
        (text_id,) = which.values()
        version = self.programme.source(text_id, row.language, row.version_id)
        anchors = own_dates(dates(row.anchors))
        template = text.in_language(row.language, discreet=row.discreet)
        # Reading the name takes two statements where the caller has no party, the province one.
        party = self.party if _NAME in template else None
        name = party.name if party else None
        province = self.province if wants_help(template) else None
        personal = Personal(name, row.place, anchors, row.discreet, province, said_by(row))
        trace = Trace(row.id, row.campaign_id, version, language=row.language, **which)
        return ReplyText(render(self.programme, text, row.language, personal), trace)

    def say(self, code: str, **values: object) -> str:
        """Return a sentence of ours in the language of the course, as all that it replies."""
        return say(code, self.row.language, **values)

    def question(self, entry: Entry) -> ReplyText:
        """Return the text of a question."""
        return self.reply(entry.text, entry.id)


def said_by(row: Subscription) -> Mapping[str, str]:
    """Return the words that a person may read back, by code; none where others read the phone."""
    return {} if row.discreet else row.kept or {}


def member_of(
    session: Session, row: Subscription, now: datetime, party: Party | None = None
) -> Member:
    """Return the member of a subscription, with its party where the caller has it.

    Raises:
        ProgrammeSuspended: its approval was withdrawn.
    """
    if not is_approved(session, row):
        raise ProgrammeSuspended("The approval of this programme was withdrawn")
    return any_member_of(session, row, now, party)


def is_approved(session: Session, row: Subscription) -> bool:
    """Return whether a subscription's version has an approval in force in its language."""
    return (row.version_id, row.language) in approved_languages(session)


def any_member_of(
    session: Session, row: Subscription, now: datetime, party: Party | None = None
) -> Member:
    """Return the member of a subscription, even where its approval was withdrawn."""
    _, programme = programme_by_id(session, row.version_id)
    return Member(session, row, programme, now, party)


def ask(member: Member, entry: Entry) -> ReplyText:
    """Ask a question in the reply; an answer counts from now."""
    if entry.ask is not None:
        record_question(member.session, member.row, entry.id, entry.ask, member.now)
    return member.question(entry)


def begin(member: Member) -> list[ReplyText]:
    """Ask the first question of the intake."""
    return [ask(member, member.programme.intake[0])]


def is_leaving(member: Member, item: str) -> bool:
    """Return whether a question is the one that STOP asks."""
    return member.programme.stop is not None and item == member.programme.stop.id


def is_intake(member: Member, entry: Entry) -> bool:
    """Return whether a question belongs to the intake."""
    return any(one.id == entry.id for one in member.programme.intake)


def proceed(member: Member, entry: Entry) -> list[ReplyText]:
    """Continue after a question of the intake: with the next one, or with the course."""
    intake = member.programme.intake
    place = next(place for place, one in enumerate(intake) if one.id == entry.id)
    following = next((one for one in intake[place + 1 :] if _applies(member, one)), None)
    if following is not None:
        if following.ask is not None and following.ask.consent:
            member.row.state = SubscriptionState.SCREENED.value
            member.row.screened_at = member.now
        return [ask(member, following)]
    refused = allocate(member.session, member.row, member.programme, member.now)
    if refused is not None:
        end(member.session, member.row, SubscriptionState.INELIGIBLE, refused, member.now)
        return [ReplyText(member.say("programme.study_closed"))]
    start_course(member.session, member.row, member.programme, member.now)
    return [member.reply(member.programme.welcome, WELCOME)]


def _applies(member: Member, entry: Entry) -> bool:
    """Tell whether a question of the intake is asked of this person."""
    when = entry.when
    if when is None:
        return True
    given = member.session.scalars(
        select(AskedQuestion)
        .where(AskedQuestion.subscription_id == member.row.id, AskedQuestion.item == when.question)
        .order_by(AskedQuestion.id.desc())
        .limit(1)
    ).first()
    return given is not None and when.fits(given.answer, given.value)


class ActiveProgramme(NamedTuple):
    """A programme that people may join; each language may have another current version.

    `versions` are database keys; of a version under `programmes` only its language is used.
    """

    code: str
    versions: Mapping[str, int]
    programmes: Mapping[str, Programme]

    def language(self, wanted: str) -> str:
        """Return the wanted language, or else the first approved one."""
        return wanted if wanted in self.versions else next(iter(self.versions))

    def languages(self, wanted: str) -> Sequence[str]:
        """Return all languages, the wanted one first."""
        return sorted(self.versions, key=lambda language: language != self.language(wanted))

    def programme(self, wanted: str) -> Programme:
        """Return the current version of a language, or else of the first approved one."""
        return self.programmes[self.language(wanted)]

    def version(self, session: Session, language: str) -> ProgrammeVersion:
        """Return the row of a language's current version."""
        return session.get_one(ProgrammeVersion, self.versions[language])

    def title(self, language: str) -> str:
        """Return the programme's title."""
        return self.programme(language).title[self.language(language)]

    def joins(self) -> dict[str, Sequence[str]]:
        """Return the keywords that enrol, by language."""
        return {
            language: programme.join.get(language, ())
            for language, programme in self.programmes.items()
        }


def read_active(session: Session, now: Iterable[CurrentVersion]) -> dict[str, ActiveProgramme]:
    """Return the active programmes by code."""
    versions: defaultdict[str, dict[str, int]] = defaultdict(dict)
    programmes: defaultdict[str, dict[str, Programme]] = defaultdict(dict)
    for version_id, language, *_ in sorted(now):
        programme = readable(session, version_id)
        if programme is None:
            continue
        versions[programme.code][language] = version_id
        programmes[programme.code][language] = programme
    return {
        code: ActiveProgramme(code, versions[code], programmes[code]) for code in sorted(versions)
    }


def find_named(words: str, programmes: Sequence[ActiveProgramme]) -> ActiveProgramme | None:
    """Return the programme named by its code, title or enrolment keyword in a message."""
    message = f" {words_of(words)} "
    for one in programmes:
        names = [one.code, *map(one.title, one.versions)]
        names += [word for joins in one.joins().values() for word in joins]
        if any(f" {words_of(name)} " in message for name in names):
            return one
    return None
