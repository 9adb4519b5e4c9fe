"""Handlers of JOIN, enrolment keywords, DATE, PAUSE and CALL."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import select

from gateway.dates import ClaimedDay, Toward
from gateway.mood import mood_of
from services.core.geography import zone_of
from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.care.rota import call_promise
from services.health.conversation.answer_handler import accept_answer, carry_out, lock_open_question
from services.health.conversation.answer_parser import ANSWERED, ParsedAnswer, branch_of
from services.health.conversation.member import (
    ActiveProgramme,
    Member,
    any_member_of,
    ask,
    begin,
    find_named,
    is_approved,
    member_of,
)
from services.health.courses.course_messages import dates
from services.health.courses.holding import is_held
from services.health.courses.plan_changes import end, pause, resume
from services.health.courses.subscriptions import (
    BY_SMS,
    MEMBERS,
    RUNNING,
    Enrolment,
    SubscriptionState,
    invite,
    newest_open_question,
    open_subscription,
    open_subscriptions,
)
from services.health.format.entries import Action, Entry, Expect
from services.health.format.model import ENROLMENT, with_help
from services.health.trials.allocating import is_open
from services.messaging.command_router import CommandContext, Reply
from services.storage.locks import require_one_writer
from services.storage.models import AskedQuestion, Subscription
from services.storage.persons import person_of
from services.texts.catalogue import day_and_month, say

WITHDRAWN = "withdrawn"
PAUSE_WORD = {"en": "PAUSE", "tpi": "MALOLO"}
# Other things that people quit or leave.
_ELSEWHERE = re.compile(
    r"\W*(?:your |my |the |long )?(?:school|skul|job|work|wok|team|church)\b", re.IGNORECASE
)
# Beside PAUSE, these words say no more than the keyword does.
_FOR_A_WHILE = re.compile(
    r"(?:\W|\b(?:please|plis|pls|now|nau|liklik|today|tude|the|my|this|dispela|long|bilong|mi|for|a"
    r"|while|bit|taim|course|skul|programme|program|messages?|mesej|texts?)\b)*",
    re.IGNORECASE,
)
# Who is to call back has called before: no nurse, unless one is named.
_CALL_BACK = re.compile(r"(?is)(?!.*\b(?:nurse|nes|doctor|dokta)\b).*\b(?:back|bek)\b")


def join(one: ActiveProgramme, context: CommandContext) -> Reply:
    """Enrol the sender and ask the first question, or continue where they are.

    Who asks about the course, denies or only thinks of it is invited, and does not join.
    """
    session = context.unit.session
    more = str(context.arguments.get("more") or "")
    if context.text.rstrip().endswith("?") or mood_of(more) or _ELSEWHERE.match(more):
        return _invitation(one, context.language)
    # Two messages of one phone must not make two subscriptions.
    require_one_writer(session)
    row = open_subscription(session, context.party, one.code)
    anew = row is not None and (row.state not in MEMBERS or row.language in one.versions)
    if row is not None and anew and not is_approved(session, row):
        # The withdrawn version of this subscription is never sent again.
        end(session, row, SubscriptionState.LOST, WITHDRAWN, context.now)
        row = None
    if row is None:
        if not is_open(session, one.programme(context.language), context.now):
            return say("programme.study_closed", context.language)
        wanted = _enrolment(one, context)
        # An older STOP that comes later does not end it.
        asked_at = context.sent_at or context.now
        row = invite(session, wanted, one.version(session, wanted.language), asked_at)
        return begin(member_of(session, row, context.now, context.party))
    return _go_on(member_of(session, row, context.now, context.party), context)


def _invitation(one: ActiveProgramme, wanted: str) -> str:
    language, title = one.language(wanted), one.title(wanted)
    invitation = one.programme(wanted).invitation
    return (
        with_help(invitation.in_language(language), language)
        if invitation
        else say("programme.which", wanted, titles=title)
    )


def join_named(programmes: Mapping[str, ActiveProgramme], context: CommandContext) -> Reply:
    """Handle JOIN: join the named programme, or the only one; otherwise list them."""
    every = list(programmes.values())
    named = find_named(str(context.arguments["programme"] or ""), every)
    named = every[0] if named is None and len(every) == 1 else named
    if named is not None:
        return join(named, context)
    titles = ", ".join(one.title(context.language) for one in every)
    return say("programme.which", context.language, titles=titles)


def pause_named(programmes: Mapping[str, ActiveProgramme], context: CommandContext) -> Reply:
    """Pause the named course, or the newest; among words of another rest, MALOLO pauses none."""
    words = str(context.arguments["programme"] or "")
    if not _FOR_A_WHILE.fullmatch(words) and find_named(words, list(programmes.values())) is None:
        return say("programme.only", context.language, word=PAUSE_WORD[context.language])
    row = _running(programmes, context)
    if row is None:
        return say("programme.none_runs", context.language)
    member = member_of(context.unit.session, row, context.now, context.party)
    until = pause(member.session, row, member.programme, context.now)
    if is_held(row):
        return member.say("programme.held", title=member.title)
    day = day_and_month(until, row.language)
    return member.say("programme.paused", title=member.title, day=day)


def new_date(programmes: Mapping[str, ActiveProgramme], context: CommandContext) -> Reply:
    """Handle DATE: set the day that the course counts from, or answer a question for a day."""
    session = context.unit.session
    # Two messages of one phone must answer a question once.
    require_one_writer(session)
    open_row = newest_open_question(session, context.health_index, context.now)
    for row in _members(programmes, context):
        member = member_of(session, row, context.now, context.party)
        day = cast("ClaimedDay", context.arguments["day"]).on(member.today, Toward.FUTURE)
        entry = _asks_for_a_date(member, open_row)
        if entry is None or entry.ask is None:
            continue
        ahead = (day - member.today).days
        if not (entry.ask.least or 0) <= ahead <= (entry.ask.most or ahead):
            return _out_of_range(member, entry)
        if open_row and (open_row.item, open_row.subscription_id) == (entry.id, row.id):
            if lock_open_question(member, open_row):
                return accept_answer(member, open_row, ParsedAnswer(ANSWERED, day=day))
            return member.say("programme.thanks")
        target, parsed = entry.ask.sets or "", ParsedAnswer(ANSWERED, day=day)
        before = dates(row.anchors).get(target)
        carry_out(member, _answered_by(member, target, parsed), parsed, {target: day})
        return _moved(member, target, before)
    return say("programme.no_date", context.language)


def call_me(context: CommandContext) -> Reply:
    """Handle CALL: raise a concern, even where the programme's approval was withdrawn."""
    session = context.unit.session
    found = open_subscriptions(session, context.party)
    row = next((row for row in found if row.state in MEMBERS), None)
    title = ""
    if row is not None:
        title = any_member_of(session, row, context.now).programme.title[row.language]
    elif _CALL_BACK.match(context.text):
        return say("not_understood", context.language)
    concern = NewConcern(
        ConcernKind.CALL,
        "",
        person_of(session, context.party).id,
        context.number,
        row.programme if row else None,
        title,
        row.id if row else None,
    )
    made = raise_concern(session, concern, context.now)
    language = row.language if row else context.language
    return call_promise(session, made, language, context.now)


def _go_on(member: Member, context: CommandContext) -> Reply:
    """Answer a member who joins again: the open question, the end of a pause, or the state."""
    row = member.row
    if is_held(row):
        return member.say("programme.held", title=member.title)
    if row.state == SubscriptionState.PAUSED:
        resume(member.session, row, member.programme, context.now)
        return member.say("programme.resumed", title=member.title)
    if row.state == SubscriptionState.ACTIVE:
        return member.say("programme.already", title=member.title)
    last = member.session.scalars(
        select(AskedQuestion)
        .where(
            AskedQuestion.subscription_id == row.id,
            AskedQuestion.item.in_([entry.id for entry in member.programme.intake]),
        )
        .order_by(AskedQuestion.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return begin(member)
    return [ask(member, member.programme.entry(last.item))]


def _running(
    programmes: Mapping[str, ActiveProgramme], context: CommandContext
) -> Subscription | None:
    rows = [row for row in _members(programmes, context) if row.state in RUNNING]
    # Of two, the one that does not pause yet.
    rows.sort(key=lambda row: row.state != SubscriptionState.ACTIVE)
    words = context.arguments.get("programme")
    named = find_named(str(words), list(programmes.values())) if words else None
    if named is not None:
        rows = [row for row in rows if row.programme == named.code]
    return rows[0] if rows else None


def _members(
    programmes: Mapping[str, ActiveProgramme], context: CommandContext
) -> Sequence[Subscription]:
    found = open_subscriptions(context.unit.session, context.party)
    return [row for row in found if row.state in MEMBERS and row.programme in programmes]


def _asks_for_a_date(member: Member, open_row: AskedQuestion | None) -> Entry | None:
    """Return the open question for a day, or else the programme's first one."""
    entries = [
        entry
        for entry in member.programme.entries()
        if entry.ask and entry.ask.expect is Expect.DATE and entry.ask.sets
    ]
    if open_row is not None and open_row.subscription_id == member.row.id:
        entries.sort(key=lambda entry: entry.id != open_row.item)
    return entries[0] if entries else None


def _answered_by(member: Member, target: str, parsed: ParsedAnswer) -> tuple[Action, ...]:
    """Return the actions of the questions for this day that are still to come.

    Sending the new day before the question comes answers it: the relapse is over.
    """
    questions = [
        item.ask
        for phase in member.programme.phases
        if phase.anchor in member.row.anchors and phase.anchor not in {ENROLMENT, target}
        for item in phase.items
        if item.ask and item.ask.sets == target
    ]
    branches = [branch_of(question, parsed) for question in questions]
    return tuple(action for branch in branches if branch for action in branch.actions)


def _out_of_range(member: Member, entry: Entry) -> Reply:
    if entry.ask is not None and entry.ask.again is not None:
        return [member.reply(entry.ask.again, entry.id)]
    return member.say("programme.bad_date")


def _moved(member: Member, target: str, before: date | None) -> Reply:
    now = dates(member.row.anchors)[target]
    code = "programme.moved" if before and before != now else "programme.set"
    day = day_and_month(now, member.row.language)
    return member.say(code, title=member.title, day=day)


def _enrolment(one: ActiveProgramme, context: CommandContext) -> Enrolment:
    person = person_of(context.unit.session, context.party)
    return Enrolment(
        person=person.id,
        number=context.number,
        language=one.language(context.language),
        zone=zone_of(person.province),
        source=BY_SMS,
    )
