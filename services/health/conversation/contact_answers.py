"""Answers to second contacts: 1 better, 2 not better, 3 call me."""

import re
from collections.abc import Sequence

from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.care.rota import call_promise
from services.health.care.second_contacts import (
    HowNow,
    close_contacts,
    is_neutral,
    open_contact,
    patient_of,
)
from services.health.courses.subscriptions import newest_open_question
from services.health.versions.store import readable
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import answerable
from services.messaging.outbox import ReplyText
from services.storage.locks import require_one_writer
from services.storage.models import Concern, Person, SecondContact, Subscription
from services.storage.persons import find_person
from services.texts.catalogue import help_words, say
from sms.answering import Weight

WORSE = "not_better"
_KEYS = {"1": HowNow.BETTER, "2": HowNow.WORSE, "3": HowNow.CALL}
_DIGIT = re.compile(r"\W*([123])\W*")


def answer_contact(context: CommandContext, text: str) -> Sequence[ReplyText]:
    """Take a bare digit as the answer to the second contact that waits for it, if one does."""
    digit = _DIGIT.fullmatch(text)
    row = _asked(context) if digit else None
    if digit is None or row is None:
        return ()
    require_one_writer(context.unit.session)
    return _answered(context, row, _KEYS[digit[1]])


def answers_contact(context: CommandContext, text: str) -> bool:
    """Tell whether a text is a digit that a second contact waits for."""
    return bool(_DIGIT.fullmatch(text)) and _asked(context) is not None


def _asked(context: CommandContext) -> SecondContact | None:
    """Return the second contact that a digit answers: nothing was asked of the sender since."""
    session = context.unit.session
    person = find_person(session, context.party)
    row = open_contact(session, person.id, context.now) if person else None
    if row is None or row.sent_at is None:
        return None
    question = newest_open_question(session, context.health_index, context.now, context.read_by)
    if question and (question.reminded_at or question.asked_at) > row.sent_at:
        return None
    waiting = answerable(session, context.party.id, context.said_at, context.read_by)
    later = next((one for one in waiting if one.made_at > row.sent_at), None)
    return None if later else row


def _answered(context: CommandContext, row: SecondContact, how: HowNow) -> Sequence[ReplyText]:
    session = context.unit.session
    made = session.get_one(Concern, row.concern_id)
    neutral = _is_neutral(context, made)
    close_contacts(session, row.person_id, how, context.now)
    language = row.language
    if how is HowNow.BETTER:
        return [ReplyText(say("contact.good" if neutral else "contact.better", language))]
    asks = how is HowNow.CALL
    again = raise_concern(session, _anew(context, made, WORSE if not asks else ""), context.now)
    promise = ReplyText(call_promise(session, again, language, context.now), weight=Weight.DANGER)
    if asks or neutral:
        return [promise]
    words = help_words(language, session.get_one(Person, made.person_id).province)
    return [ReplyText(say("contact.worse", language, **words), weight=Weight.DANGER), promise]


def _is_neutral(context: CommandContext, made: Concern) -> bool:
    patient = patient_of(context.unit.session, made, context.language)
    return patient is None or is_neutral(made, patient)


def _anew(context: CommandContext, made: Concern, code: str) -> NewConcern:
    """Return the concern of who is not better, or wants a call."""
    session = context.unit.session
    row = session.get(Subscription, made.subscription_id) if made.subscription_id else None
    programme = readable(session, row.version_id) if row else None
    title = programme.title[row.language] if row and programme else ""
    kind = ConcernKind.ANSWER if code else ConcernKind.CALL
    of_course = (made.programme, title, made.subscription_id)
    return NewConcern(kind, code, made.person_id, context.number, *of_course)
