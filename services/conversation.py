"""Text messages from people: understood, handed to the service that declared the phrase, answered.

A service offers phrases, each with the function that acts on it; this module knows none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.envelope import Answer
from gateway.grammar import FaultCode, Understood
from gateway.phrases import PhraseBook
from services.errors import ServiceError
from services.storage.consent import note_alive
from services.storage.forgetting import UNANSWERED
from services.storage.locks import one_writer
from services.storage.messages import queue_answer
from services.storage.people import party_of
from services.texts.catalogue import SENTENCES, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from gateway.envelope import Envelope
    from gateway.grammar import Fault, NotUnderstood, Phrase
    from services.storage.models import Party
    from services.storage.unit import Unit

NOT_UNDERSTOOD = "not_understood"
"""The outcome of messages that a person should read, beyond the reply that they got."""


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
    """A phrase and the function that acts on it and returns the reply, one segment long.

    An empty reply is none: nothing is sent.
    """

    phrase: Phrase
    handle: Callable[[Call], str]


class Conversation:
    """Answers messages. Handles each envelope of the one door: see `answer`.

    Args:
        spoken: every phrase of every service.
        fillers: words that mean nothing.
    """

    def __init__(self, spoken: Iterable[Spoken], fillers: Iterable[str]) -> None:
        self._handlers = {one.phrase.code: one for one in spoken}
        self._book = PhraseBook((one.phrase for one in self._handlers.values()), fillers)

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and put the reply into the outbox, in the same transaction."""
        note_alive(unit.session, unit.vault.index(envelope.sender), envelope.received_at)
        party = party_of(unit, envelope.sender)
        found = self._book.parse(envelope.text, party.language)
        if isinstance(found, Understood):
            if party.language != found.language:
                # Before its row is locked, or two messages of one phone wait for each other.
                one_writer(unit.session)
                party.language = found.language
            outcome, text = self._act(found, party, (unit, envelope))
        else:
            outcome, text = NOT_UNDERSTOOD, self._explain(found)
        if not text:
            return Answer(UNANSWERED)
        queue_answer(unit, envelope, text)
        return Answer(outcome, text)

    def _act(
        self, found: Understood, party: Party, arrived: tuple[Unit, Envelope]
    ) -> tuple[str, str]:
        unit, envelope = arrived
        call = Call(
            unit=unit,
            party=party,
            number=envelope.sender,
            language=found.language,
            arguments=found.arguments,
            channel=envelope.channel,
            key=envelope.key,
            now=envelope.received_at,
        )
        try:
            # What a refused command has already written goes; envelope and reply stay.
            with unit.session.begin_nested():
                return found.phrase.code, self._handlers[found.phrase.code].handle(call)
        except ServiceError as error:
            sentence = f"error.{getattr(error, 'sentence', error.code)}"
            if sentence not in SENTENCES:
                raise
            text = say(sentence, found.language, **getattr(error, "values", {}))
            return f"error.{error.code}", text

    def _explain(self, found: NotUnderstood) -> str:
        # An example of one word alone, such as HELP, tells no more than the sentence itself.
        if found.nearest is None or not found.nearest.arguments:
            return say("not_understood", found.language)
        example = found.nearest.examples[found.language]
        sentence = _sentence(found.fault, found.nearest.code)
        return say(sentence, found.language, example=example, **_values(found.fault))


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
