"""Answers to second contacts: 1 better, 2 not better, 3 call me."""

import re
from collections.abc import Sequence

from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.care.rota import call_promise
from services.health.care.second_contacts import HowNow, close_contacts, is_neutral, patient_of
from services.health.versions.store import readable
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText
from services.storage.models import Concern, Person, SecondContact, Subscription
from services.texts.catalogue import help_words, say
from sms.answering import Weight

WORSE = "not_better"
_KEYS = {"1": HowNow.BETTER, "2": HowNow.WORSE, "3": HowNow.CALL}
_DIGIT = re.compile(r"\W*([123])\W*")


def answer_contact(context: CommandContext, row: SecondContact, text: str) -> Sequence[ReplyText]:
    """Take a bare digit as the answer to a second contact."""
    digit = _DIGIT.fullmatch(text)
    return _answered(context, row, _KEYS[digit[1]]) if digit else ()


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
