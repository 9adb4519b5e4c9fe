"""Text messages from people: understood, handed to the service that declared the phrase, answered.

A service offers phrases, each with the function that acts on it; this module knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from gateway.envelope import Answer
from gateway.grammar import FaultCode, Understood
from gateway.phrases import PhraseBook
from services.errors import ServiceError
from services.storage.consent import note_alive
from services.storage.forgetting import UNANSWERED
from services.storage.locks import one_writer
from services.storage.mailings import NOWHERE, Trace
from services.storage.messages import queue_answer
from services.storage.people import party_of
from services.texts.catalogue import SENTENCES, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.envelope import Envelope
    from gateway.grammar import Fault, NotUnderstood, Phrase
    from services.storage.models import Party
    from services.storage.unit import Unit

NOT_UNDERSTOOD = "not_understood"
"""The outcome of messages that a person should read, beyond the reply that they got."""


class Said(NamedTuple):
    """One text of a reply, one segment long, and where it came from."""

    text: str
    trace: Trace = NOWHERE


Reply = str | Sequence[Said]
"""What a handler answers: one text, or several, each an SMS of its own. Empty: nothing is sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One understood message, as a handler sees it.

    Attributes:
        unit: the open unit of work; the handler never commits.
        party: who sent it.
        number: E.164, from which it came; hidden from repr.
        language: in which to answer.
        arguments: of the phrase, by name.
        channel: it came by.
        key: idempotency key within the channel.
        now: UTC.
    """

    unit: Unit
    party: Party
    number: str = field(repr=False)
    language: str
    arguments: Mapping[str, object] = field(repr=False)
    channel: str
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Spoken:
    """A phrase and the function that acts on it and returns the reply: see `Reply`."""

    phrase: Phrase
    handle: Callable[[Call], Reply]


class Heard(NamedTuple):
    """What a listener makes of a message.

    Attributes:
        outcome: in a word.
        reply: empty: nothing is said.
        alone: whether that is all; else the message is answered as if nobody had listened, and
            this is said first.
    """

    outcome: str
    reply: Sequence[Said]
    alone: bool = True


Result = TypeVar("Result")

Listener = Callable[[Call, str, "Understood | NotUnderstood"], Heard | None]
"""Hears every message before it is answered: the call without arguments, the text, and what the
phrases make of it. A service listens for what no phrase can know, such as answers to what it asked.
"""


class Conversation:
    """Answers messages. Handles each envelope of the one door: see `answer`.

    Args:
        spoken: every phrase of every service; of two with one code the first counts.
        fillers: words that mean nothing.
        listeners: the first that hears something counts.
    """

    def __init__(
        self,
        spoken: Iterable[Spoken],
        fillers: Iterable[str],
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._handlers = {one.phrase.code: one for one in spoken}
        self._book = PhraseBook((one.phrase for one in self._handlers.values()), fillers)
        self._listeners = listeners

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and put the reply into the outbox, in the same transaction."""
        note_alive(unit.session, unit.vault.index(envelope.sender), envelope.received_at)
        party = party_of(unit, envelope.sender)
        found = self._book.parse(envelope.text, party.language)
        call = _call(unit, envelope, party, found.language)
        heard = _safely(call, lambda: self._listen(call, envelope.text, found))
        outcome, reply = (heard.outcome, heard.reply) if heard else ("", ())
        if heard is None or not heard.alone:
            then = self._respond(call, found)
            outcome, reply = outcome or then.outcome, (*reply, *then.reply)
        return _queued(unit, envelope, outcome, reply)

    def _listen(self, call: Call, text: str, found: Understood | NotUnderstood) -> Heard | None:
        everything = (listener(call, text, found) for listener in self._listeners)
        return next((heard for heard in everything if heard is not None), None)

    def _respond(self, call: Call, found: Understood | NotUnderstood) -> Heard:
        if not isinstance(found, Understood):
            return Heard(NOT_UNDERSTOOD, _texts(self._explain(found)))
        if call.party.language != found.language:
            # Before its row is locked, or two messages of one phone wait for each other.
            one_writer(call.unit.session)
            call.party.language = found.language
        told = replace(call, arguments=found.arguments)
        code = found.phrase.code
        return _safely(call, lambda: Heard(code, _texts(self._handlers[code].handle(told))))

    def _explain(self, found: NotUnderstood) -> str:
        # An example of one word alone, such as HELP, tells no more than the sentence itself.
        if found.nearest is None or not found.nearest.arguments:
            return say("not_understood", found.language)
        example = found.nearest.examples[found.language]
        sentence = _sentence(found.fault, found.nearest.code)
        return say(sentence, found.language, example=example, **_values(found.fault))


def _call(unit: Unit, envelope: Envelope, party: Party, language: str) -> Call:
    return Call(
        unit=unit,
        party=party,
        number=envelope.sender,
        language=language,
        arguments={},
        channel=envelope.channel,
        key=envelope.key,
        now=envelope.received_at,
    )


def _safely(call: Call, work: Callable[[], Result]) -> Result | Heard:
    """Do some work; where it is refused, what it has written goes, envelope and reply stay."""
    try:
        with call.unit.session.begin_nested():
            return work()
    except ServiceError as error:
        sentence = f"error.{getattr(error, 'sentence', error.code)}"
        if sentence not in SENTENCES:
            raise
        text = say(sentence, call.language, **getattr(error, "values", {}))
        return Heard(f"error.{error.code}", (Said(text),))


def _texts(reply: Reply) -> Sequence[Said]:
    if isinstance(reply, str):
        return (Said(reply),) if reply else ()
    return reply


def _queued(unit: Unit, envelope: Envelope, outcome: str, reply: Sequence[Said]) -> Answer:
    if not reply:
        return Answer(UNANSWERED)
    for place, said in enumerate(reply):
        queue_answer(unit, envelope, said.text, said.trace, place)
    return Answer(outcome, "\n".join(said.text for said in reply))


def _sentence(fault: Fault, phrase: str) -> str:
    """Choose the sentence that tells most about a fault in a phrase."""
    codes: tuple[str, ...]
    if fault.cause is not None:
        mistake = fault.cause.mistake.value
        codes = (f"mistake.{fault.argument}_{mistake}", f"mistake.{mistake}", "mistake.other")
    elif fault.code is FaultCode.MISSING:
        argument = f"missing.{fault.argument}"
        codes = (f"{argument}.{phrase}", argument, "missing")
    else:
        codes = ("leftover" if fault.code is FaultCode.LEFTOVER else "nearest",)
    return next(code for code in codes if code in SENTENCES)


def _values(fault: Fault) -> dict[str, object]:
    if fault.cause is None:
        return {}
    return {"count": fault.cause.count, "place": fault.cause.place}
