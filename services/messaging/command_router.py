"""Router of text messages to the handlers of their phrases, which services declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

from gateway.envelope import Answer, Envelope, Relayed
from gateway.grammar import NotUnderstood, Phrase, Understood
from gateway.phrases import PhraseBook
from services.core.errors import ServiceError
from services.messaging.consent import note_alive
from services.messaging.outbox import NOWHERE, UNANSWERED, Trace, queue_answer
from services.messaging.village_routing import is_on_road, note_road
from services.storage.locks import one_writer
from services.storage.models import Party
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from services.texts.catalogue import explain_fault, has_sentence, say

NOT_UNDERSTOOD = "not_understood"
"""The outcome of messages that a person should read, beyond the reply that they got."""


class ReplyText(NamedTuple):
    """One text of a reply, one segment long, and where it came from."""

    text: str
    trace: Trace = NOWHERE


Reply = str | Sequence[ReplyText]
"""What a handler answers: one text, or several, each an SMS of its own. Empty: nothing is sent."""


class OpenQuestion(NamedTuple):
    """A question that a handler left open until the sender answers.

    Attributes:
        claim: its public id.
        secret: whether a code confirms it; else the number of a choice answers it.
    """

    claim: UUID
    secret: bool


# A box tells whole seconds, and goes by those that the server told it.
_ROUNDED = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One understood message, as a handler sees it.

    Attributes:
        unit: the open unit of work; the handler never commits.
        party: who sent it.
        number: E.164, from which it came; hidden from repr.
        language: in which to answer.
        arguments: of the phrase, by name.
        channel: it came by.
        key: idempotency key within the channel.
        now: UTC; when the message came.
        by_pin: whether the sender confirms by his PIN at once: then no reply holds a code.
        waiting: where a handler notes what it left open for the sender himself.
        relayed: of what a village's box kept until now.
    """

    unit: Unit
    party: Party
    number: str = field(repr=False)
    language: str
    arguments: Mapping[str, object] = field(repr=False)
    channel: str
    key: str
    now: datetime
    by_pin: bool = False
    waiting: list[OpenQuestion] = field(default_factory=list, repr=False)
    relayed: Relayed | None = None

    @property
    def said_at(self) -> datetime:
        """Instant at which the sender wrote it (UTC), as far as is known."""
        return (self.relayed and self.relayed.said_at) or self.now

    @property
    def read_by(self) -> datetime | None:
        """By when the sender had read what he answers (UTC); None: by now, as far as is known."""
        said_at = self.relayed and self.relayed.said_at
        return said_at + _ROUNDED if said_at else None

    @property
    def source(self) -> str:
        """The channel as records name it: a day is counted from when it was said, where known."""
        dated = self.relayed is None or self.relayed.said_at is not None
        return self.channel if dated else f"{self.channel}-undated"


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """A phrase and the function that acts on it and returns the reply: see `Reply`.

    Attributes:
        exclusive: whether the writers' lock is taken before; False where it only reads.
    """

    phrase: Phrase
    handle: Callable[[CommandContext], Reply]
    exclusive: bool = True


class InterceptResult(NamedTuple):
    """An interceptor's reading of a message.

    Attributes:
        outcome: in a word.
        reply: empty: nothing is said.
        alone: whether that is all; else the message is answered as if nobody had listened, and
            this is said first.
    """

    outcome: str
    reply: Sequence[ReplyText]
    alone: bool = True


Result = TypeVar("Result")

RedFlagDetector = Callable[[CommandContext, str], Sequence[ReplyText] | None]
"""Hears danger in what a person types anywhere, and returns what to do at once; None: no danger."""


class Answers(NamedTuple):
    """Handlers of answers to pending confirmations: each acts and returns the reply.

    Attributes:
        settle: the call, the claim's public id, the number of the choice (1: it is confirmed).
        code: the call, the public id of the claim that was asked about, and what was typed.
    """

    settle: Callable[[CommandContext, UUID, int], str]
    code: Callable[[CommandContext, UUID, str], str]


@dataclass(frozen=True, slots=True)
class MessageInterceptor:
    """Takes messages that no phrase can know, such as answers to what a service asked.

    Attributes:
        intercept: hears every message before it is answered: the call without arguments, the text,
            and what the phrases make of it.
        exclusive: tells from the call and the meaning whether the writers' lock is taken before.
    """

    intercept: Callable[[CommandContext, str, Understood | NotUnderstood], InterceptResult | None]
    exclusive: Callable[[CommandContext, Understood | NotUnderstood], bool] = lambda *_: False


class CommandRouter:
    """Answers messages. Handles each envelope of the one door: see `answer`.

    Args:
        spoken: every phrase of every service; of two with one code the first counts.
        fillers: words that mean nothing.
        listeners: the first that hears something counts.
    """

    def __init__(
        self,
        spoken: Iterable[CommandHandler],
        fillers: Iterable[str],
        listeners: Sequence[MessageInterceptor] = (),
    ) -> None:
        self._handlers = {one.phrase.code: one for one in spoken}
        self.fillers = tuple(fillers)
        self.phrases = tuple(one.phrase for one in self._handlers.values())
        self._book = PhraseBook(self.phrases, self.fillers)
        self._listeners = listeners

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and put the reply into the outbox, in the same transaction."""
        party = party_of(unit, envelope.sender)
        found = self._book.parse(envelope.text, party.language)
        call = call_of(unit, envelope, party, found.language)
        on_road = is_on_road(unit, envelope)
        # Before any row is locked, or a sync and a text of one person wait for each other.
        if on_road or (envelope.complete and self.is_exclusive(call, found)):
            one_writer(unit.session)
        if on_road:
            note_road(unit, envelope)
        note_alive(unit.session, unit.vault.index(envelope.sender), envelope.received_at)
        if not envelope.complete:
            # Half a list of tags is not the list, so nothing of it is acted on.
            told = texts_of(say("parts_missing", found.language))
            return _queued(unit, envelope, NOT_UNDERSTOOD, told)
        heard = self.hear(call, envelope.text, found)
        return _queued(unit, envelope, heard.outcome, heard.reply)

    def is_exclusive(self, call: CommandContext, found: Understood | NotUnderstood) -> bool:
        """Tell whether the writers' lock is to be taken before `hear`."""
        if isinstance(found, Understood) and (
            call.party.language != found.language or self._handlers[found.phrase.code].exclusive
        ):
            return True
        return any(listener.exclusive(call, found) for listener in self._listeners)

    def hear(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult:
        """Let the listeners and the handler act on what a person says, in whatever way it was told.

        Args:
            context: of the message or the screen, without arguments.
            text: as a message says it.
            found: what it means.
        """
        heard = safely(context, lambda: self._listen(context, text, found))
        if heard is not None and heard.alone:
            return heard
        then = self._respond(context, found)
        if heard is None:
            return then
        return InterceptResult(heard.outcome or then.outcome, (*heard.reply, *then.reply))

    def _listen(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        everything = (listener.intercept(context, text, found) for listener in self._listeners)
        return next((heard for heard in everything if heard is not None), None)

    def _respond(
        self, context: CommandContext, found: Understood | NotUnderstood
    ) -> InterceptResult:
        if not isinstance(found, Understood):
            return InterceptResult(NOT_UNDERSTOOD, texts_of(explain(found)))
        context.party.language = found.language
        told = replace(context, arguments=found.arguments)
        code = found.phrase.code
        return safely(
            context, lambda: InterceptResult(code, texts_of(self._handlers[code].handle(told)))
        )


def explain(found: NotUnderstood) -> str:
    """Return the one sentence that helps who was not understood: what is wrong, and an example."""
    # An example of one word alone, such as HELP, tells no more than the sentence itself.
    if found.nearest is None or not found.nearest.arguments:
        return say("not_understood", found.language)
    example = found.nearest.examples[found.language]
    return explain_fault(found.nearest, found.fault, example, found.language)


def call_of(unit: Unit, envelope: Envelope, party: Party, language: str) -> CommandContext:
    """Make the call of an envelope, without arguments."""
    return CommandContext(
        unit=unit,
        party=party,
        number=envelope.sender,
        language=language,
        arguments={},
        channel=envelope.channel,
        key=envelope.key,
        now=envelope.received_at,
        relayed=envelope.relayed,
    )


def safely(context: CommandContext, work: Callable[[], Result]) -> Result | InterceptResult:
    """Do some work; where it is refused, what it has written goes, envelope and reply stay."""
    try:
        with context.unit.session.begin_nested():
            return work()
    except ServiceError as error:
        sentence = f"error.{getattr(error, 'sentence', error.code)}"
        if not has_sentence(sentence):
            raise
        text = say(sentence, context.language, **getattr(error, "values", {}))
        return InterceptResult(f"error.{error.code}", (ReplyText(text),))


def texts_of(reply: Reply) -> Sequence[ReplyText]:
    """Return a reply as its texts."""
    if isinstance(reply, str):
        return (ReplyText(reply),) if reply else ()
    return reply


def _queued(unit: Unit, envelope: Envelope, outcome: str, reply: Sequence[ReplyText]) -> Answer:
    if not reply:
        return Answer(UNANSWERED)
    for place, said in enumerate(reply):
        queue_answer(unit, envelope, said.text, said.trace, place)
    return Answer(outcome, "\n".join(said.text for said in reply))
