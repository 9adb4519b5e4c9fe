"""Questions about evidence: the keeper, or an officer, is told who said what and asked if it is so.

Who sent the evidence may forge its keeper's number, too: what harms or gives away is agreed to by
the code that went to the keeper's phone. One question is open for the same animals and act, and few
for one person: strangers who repeat themselves cause no more texts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.livestock.control.evidence_deciders import Decision, decider_on
from services.livestock.control.task_sources import EvidenceTask, open_evidence_task
from services.livestock.domain.actors import Strength
from services.livestock.domain.authority import Decider, proof_to_agree
from services.livestock.domain.model import AnimalKind, Key, Recorded, Report, read_key, write_key
from services.livestock.recording.authority import sources_of
from services.messaging.codes import give_code
from services.messaging.confirmations import (
    BY_CODE,
    QUESTION,
    ConfirmationState,
    message_name,
    new_confirmation,
)
from services.messaging.errors import TooManyCodes
from services.messaging.offices import is_office
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import (
    Contact,
    Party,
    PendingConfirmation,
)
from services.storage.unit_of_work import Unit
from services.texts.catalogue import Listing, language_of, say
from sms.message import Kind

KIND, CODED = "evidence", "evidence_code"
"""Kinds of the questions: those that 1 answers with yes, and those that a code does."""

LIFE = timedelta(days=3)
"""Time in which an answer counts; a code's odds are those of its tries, however long it waits."""

MOST_OPEN = 3
KINDS = frozenset({KIND, CODED})
_TAIL = 3


class Teller(NamedTuple):
    """Sender of evidence: party, phone number (E.164, or empty), and the key of the message."""

    party: Party
    number: str
    message: str


class Question(NamedTuple):
    """A question to one person about evidence.

    Attributes:
        of: a word for why they are asked: keeper, officer (there is no keeper to ask), or silent
            (the keeper gave no answer).
        claimant_id: database key of who sent the evidence.
    """

    kind: str
    of: str
    claimant_id: int
    answerer: Party
    command: Mapping[str, Any]


def ask_about(unit: Unit, evidence: Recorded, teller: Teller, now: datetime) -> str | None:
    """Ask whoever decides on evidence, once.

    Returns:
        Who is asked, as a value of `Decider`; None: nobody can be.
    """
    session = unit.session
    joined = _joins_message(session, evidence, teller, now)
    if joined is not None:
        return joined
    found = decider_on(session, evidence, teller.party)
    answerer = found.answerer
    asked = answerer is not None and ask(unit, _question(evidence, teller, answerer, found), now)
    # An officer knows at once of what nobody is asked: its keeper may have too many questions.
    if found.decider is Decider.OFFICER or not asked:
        about = EvidenceTask((evidence.report.event_id,), teller.party.id, found.province)
        open_evidence_task(session, about, now, told=asked)
    return found.decider.value if asked else None


def ask_each(unit: Unit, done: Recorded, teller: Teller, now: datetime) -> Recorded:
    """Ask whoever decides on what a report says of the animals of others.

    The result tells the weakest: who of them is asked.
    """
    asked = [ask_about(unit, one, teller, now) for one in done.evidence]
    weakest = next((who for who in (None, Decider.OFFICER, Decider.KEEPER) if who in asked), None)
    return replace(done, asked=weakest)


def ask(unit: Unit, question: Question, now: datetime) -> bool:
    """Ask a person, or add to the question that asks them the same; False: they have too many."""
    waiting = _waiting(unit.session, question.answerer, now)
    same = next((one for one in waiting if _is_same(one, question)), None)
    if same is not None:
        _add(same, question.command)
        return True
    if sum(one.kind in KINDS for one in waiting) >= MOST_OPEN:
        return False
    try:
        # An answer that was meant for another open question must not decide this one.
        _ask(unit, question, now, again=bool(waiting))
    except TooManyCodes:
        return False
    return True


def _joins_message(
    session: Session, evidence: Recorded, teller: Teller, now: datetime
) -> str | None:
    """Add evidence of nobody's animal to the question that its message caused, if there is one.

    Of a part of a mob only the mob has a keeper. Returns who is asked; None: there is none.
    """
    if any(one.kind == AnimalKind.ANIMAL for one in evidence.animals) or _sources(evidence):
        return None
    mine = session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.claimant_id == teller.party.id,
            PendingConfirmation.kind.in_(KINDS),
            PendingConfirmation.state == ConfirmationState.OPEN.value,
            PendingConfirmation.expires_at > now,
        )
    )
    for row in mine:
        if _suits(row, evidence) and json.loads(row.command)["message"] == teller.message:
            event = str(evidence.report.event_id)
            _add(row, {"message": teller.message, "events": [event], "also": []})
            return str(json.loads(row.command)["decider"])
    return None


def phone_tail(number: str) -> str:
    """Return what may be shown of a phone number; empty: there is none."""
    return number[-_TAIL:]


def _question(evidence: Recorded, teller: Teller, answerer: Party, found: Decision) -> Question:
    command = {
        "animals": [write_key(key) for key in _named(evidence)],
        "act": evidence.report.type.value,
        "message": teller.message,
        "phone": phone_tail(teller.number),
        "province": found.province,
        "decider": found.decider.value,
        "events": [str(evidence.report.event_id)],
        "also": [],
    }
    kind, of = _kind_of(evidence.report), found.decider.value
    return Question(kind, of, teller.party.id, answerer, command)


def _ask(unit: Unit, question: Question, now: datetime, *, again: bool) -> None:
    parties = question.claimant_id, question.answerer.id
    row = new_confirmation(question.kind, parties, now, LIFE, json.dumps(question.command))
    row.ask_again = again
    text = _words(unit, row, question)
    unit.session.add(row)
    unit.session.flush()
    _text(unit.session, row, question.answerer, text)


def _words(unit: Unit, row: PendingConfirmation, question: Question) -> str:
    """Write the text of a question, and what is asked again of it, which holds no code."""
    language, told = language_of(question.answerer.language), question.command
    values = {
        "who": said_by(told["phone"], language),
        "state": say(f"said.{told['act']}", language),
        "pigs": _numbers(list(map(read_key, told["animals"]))),
    }
    if row.kind == KIND:
        row.question = say(f"evidence.ask_{question.of}", language, **values)
        return row.question
    row.question = say("evidence.again", language, **values)
    code = give_code(unit.session, unit.vault, row)
    return say(f"evidence.code_{question.of}", language, digits=code, **values)


def said_by(number: str | None, language: str) -> str:
    """Write who said something, as far as others may know; without a number: a program."""
    by = "phone" if number else "program"
    return say(f"evidence.by_{by}", language, digits=phone_tail(number or ""))


def _text(session: Session, row: PendingConfirmation, answerer: Party, text: str) -> None:
    contacts = session.scalars(select(Contact).where(Contact.party_id == answerer.id))
    messages = [
        OutboundMessage(one.number, one.number_index, text, message_name(row, QUESTION, one.id))
        for one in contacts
    ]
    now, office, direct = row.made_at, is_office(answerer.role), row.kind == CODED
    options = SendOptions("claim", now, now + LIFE, Kind.URGENT, office=office, direct=direct)
    enqueue_messages(session, messages, options)


def numbers_text(evidence: Iterable[Recorded]) -> Listing:
    """List the animals of events: in one text, as many as it has room for."""
    return _numbers(list(dict.fromkeys(key for one in evidence for key in _named(one))))


def _numbers(keys: Sequence[Key]) -> Listing:
    return Listing(tuple(map(str, keys)), tight=" ")


def _named(evidence: Recorded) -> tuple[Key, ...]:
    """Return the animals that a person knows: of what was born or divided, where it came from."""
    return _sources(evidence) or evidence.report.animals


def _sources(evidence: Recorded) -> tuple[Key, ...]:
    return sources_of(evidence.report)


def _kind_of(report: Report) -> str:
    return CODED if proof_to_agree(report.type, report.details) > Strength.NUMBER else KIND


def _suits(row: PendingConfirmation, evidence: Recorded) -> bool:
    """Tell whether the answer to a question proves enough for evidence."""
    return row.kind == CODED or _kind_of(evidence.report) == KIND


def _waiting(session: Session, party: Party, now: datetime) -> Sequence[PendingConfirmation]:
    """Return the open questions of a person that a word answers, if only with no."""
    return session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.answerer_id == party.id,
            PendingConfirmation.state == ConfirmationState.OPEN.value,
            PendingConfirmation.expires_at > now,
            or_(~BY_CODE, PendingConfirmation.question.is_not(None)),
        )
    ).all()


def _is_same(row: PendingConfirmation, question: Question) -> bool:
    if row.kind not in {CODED, question.kind} or row.kind not in KINDS:
        return False
    command: Mapping[str, Any] = json.loads(row.command)
    told = question.command
    if command["message"] == told["message"]:
        return True
    return command["act"] == told["act"] and set(told["animals"]) <= set(command["animals"])


def _add(row: PendingConfirmation, told: Mapping[str, Any]) -> None:
    """Keep evidence with the question that is open: of its own message, or as a repetition."""
    command = json.loads(row.command)
    place = "events" if command["message"] == told["message"] else "also"
    command[place] += told["events"]
    command["also"] += told["also"]
    row.command = json.dumps(command)
