"""Router of text messages to the handlers of their phrases, which services declare."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from gateway.channels.senders import E164
from gateway.envelope import Answer, Envelope, StaffQueue
from gateway.grammar import NotUnderstood, Phrase, Understood
from gateway.phrases import PhraseBook
from services.core.errors import AskFirst, ServiceError
from services.messaging.answering import UNANSWERED, Answerer, limit_of, queue_answer
from services.messaging.codes import keep_off_boxes
from services.messaging.confirmations import OpenQuestion
from services.messaging.consent import consent_index, note_alive, note_carrier
from services.messaging.inbox_rules import POSSIBLE_DANGER, InboxDesk, Service, find_staff
from services.messaging.outbox import ReplyText
from services.messaging.village_routing import note_route
from services.messaging.written_times import WrittenMessage
from services.storage.locks import one_writer
from services.storage.models import Party
from services.storage.parties import Sender, find_sender, sender_of
from services.storage.unit_of_work import Unit
from services.texts.catalogue import explain, has_sentence, say
from sms.answering import USUAL, AnswerHistory, AnswerLimits

UNBOUND = f"{UNANSWERED}.unbound"
"""Outcome of what had no effect since no box is believed for the number, with the phrase's code."""
NOT_A_PHONE = f"{UNANSWERED}.not_a_phone"
"""Outcome of texts whose sender is a name or a short code: they are kept, and do nothing."""
NOT_UNDERSTOOD = "not_understood"
"""Outcome of messages that staff should read, beyond the automatic reply."""
DISEASE = "disease"
"""Outcome of messages that tell of disease of pigs in plain words."""
IN_INBOX = frozenset({NOT_UNDERSTOOD, DISEASE})
"""Outcomes of messages that stand in the inbox of a service."""
ASKED = "asked"
"""Outcome of messages whose sender must say yes first."""

Reply = str | Sequence[ReplyText]
"""A handler's answer: one text, or several, each an SMS of its own. Empty: nothing is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext(WrittenMessage):
    """One understood message, as a handler sees it.

    Attributes:
        unit: the open unit of work; the handler never commits.
        party: who sent it.
        number: E.164, from which it came; hidden from repr.
        index: its ordinary blind index.
        language: in which to answer.
        arguments: of the phrase, by name.
        channel: it came by.
        key: idempotency key within the channel.
        by_pin: whether the sender confirms by PIN at once, so that no reply holds a code.
        waiting: where a handler notes what it left open for the sender himself.
        text: of the message; hidden from repr.
        again: handles a text anew, once its sender said yes to a doubt: see `AskFirst`.
        confirmed: the doubts that the sender said yes to.
        answers: that the number got so far, as they were read with the sender.
        helps: whether the sender acts for any keeper.
        complete: whether all of the text came; else nothing is recorded of it.
    """

    unit: Unit
    party: Party
    number: str = field(repr=False)
    index: bytes
    language: str
    arguments: Mapping[str, object] = field(repr=False)
    channel: str
    key: str
    by_pin: bool = False
    waiting: list[OpenQuestion] = field(default_factory=list, repr=False)
    text: str = field(default="", repr=False)
    again: "Callable[[CommandContext], Reply] | None" = field(default=None, repr=False)
    confirmed: frozenset[str] = frozenset()
    answers: AnswerHistory | None = field(default=None, repr=False)
    helps: bool = False
    complete: bool = True

    def lock(self) -> None:
        """Take the writers' lock: of a handler that looks first, before it writes anything."""
        one_writer(self.unit.session)

    @property
    def health_index(self) -> bytes:
        """Blind index of the number in the health domain."""
        return self.unit.vault.health_index(self.number)

    def index_for(self, scope: str) -> bytes:
        """Return the blind index of the number under which its consent to a scope stands."""
        return consent_index(self.unit.vault, self.number, scope)

    @property
    def is_anybodys(self) -> bool:
        """True if anybody may have sent it: by a box that is not believed for the number."""
        return self.relayed is not None and not self.relayed.bound

    @property
    def source(self) -> str:
        """The channel as records name it: a day is counted from when it was said, where known."""
        dated = self.relayed is None or self.relayed.said_at is not None
        return self.channel if dated else f"{self.channel}-undated"


class FromAnybody(Enum):
    """Effect of a command on what anybody may have sent, by a village box.

    KEPT: nothing. EVIDENCE: it records evidence, and nobody gets a reply, which would cost the
    operator a text to each number that a box makes up. ALARM: it alarms, and replies.
    """

    KEPT = "kept"
    EVIDENCE = "evidence"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """A phrase and the function that acts on it and returns a `Reply`.

    Attributes:
        exclusive: whether it holds the writers' lock; False if it only reads, or locks late.
        late: whether it takes the lock by `CommandContext.lock` once it has looked.
        anybody: what it does with what anybody may have sent.
        told: outcome that is kept, in a word; empty: the phrase's code.
        private: whether its answers belong to a programme, or may: see `outbox.is_of_programme`.
    """

    phrase: Phrase
    handle: Callable[[CommandContext], Reply]
    exclusive: bool = True
    late: bool = False
    anybody: FromAnybody = FromAnybody.KEPT
    told: str = ""
    private: bool = False

    @property
    def outcome(self) -> str:
        """The outcome of a message that it handles."""
        return self.told or self.phrase.code

    def result(self, context: CommandContext) -> "InterceptResult":
        """Act, and return the reply with the outcome."""
        return InterceptResult(self.outcome, texts_of(self.handle(context)), private=self.private)


class InterceptResult(NamedTuple):
    """An interceptor's reading of a message.

    Attributes:
        outcome: in a word.
        reply: empty: nothing is said.
        alone: whether to skip the handler; else its reply follows this one.
        private: whether the reply belongs to a programme.
    """

    outcome: str
    reply: Sequence[ReplyText]
    alone: bool = True
    private: bool = False


Result = TypeVar("Result")
Intercept = Callable[[CommandContext, str, Understood | NotUnderstood], InterceptResult | None]


@dataclass(frozen=True, slots=True)
class MessageInterceptor:
    """Handler of messages that are no phrase, such as answers to a service's question.

    Attributes:
        intercept: takes the context without arguments, the text and its parse, before any handler.
        exclusive: tells from the same whether `intercept` needs the writers' lock.
        anybody: intercepts in the place of `intercept` what anybody may have sent, and what lacks
            a part; None: nothing.
        unmatched: whether it takes only what no handler acts on, and phrases that words follow.
        also: codes of the phrases that it takes besides.
    """

    intercept: Intercept
    exclusive: Callable[[CommandContext, str, Understood | NotUnderstood], bool] = lambda *_: False
    anybody: Intercept | None = None
    unmatched: bool = False
    also: frozenset[str] = frozenset()

    def takes(self, found: Understood | NotUnderstood) -> bool:
        """Tell whether it is asked about a message at all."""
        if not self.unmatched or isinstance(found, NotUnderstood):
            return True
        return found.more or found.mood is not None or found.phrase.code in self.also


class CommandRouter:
    """Router of messages to their handlers: see `answer`.

    Args:
        handlers: of every service; of two with one code the first counts.
        fillers: words that mean nothing.
        interceptors: the first that returns a result counts.
        limits: most answers to one number.
        desks: of the services, the first before the others: see `find_staff`.
    """

    def __init__(
        self,
        handlers: Iterable[CommandHandler],
        fillers: Iterable[str],
        interceptors: Sequence[MessageInterceptor] = (),
        limits: AnswerLimits = USUAL,
        desks: Sequence[InboxDesk[CommandContext]] = (),
    ) -> None:
        self._handlers = {one.phrase.code: one for one in handlers}
        self.fillers = tuple(fillers)
        self.phrases = tuple(one.phrase for one in self._handlers.values())
        self._book = PhraseBook(self.phrases, self.fillers)
        self._interceptors = interceptors
        self._limits = limits
        self._desks = desks

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and queue the reply in the same transaction.

        A text of a name or a short code is kept alone: anybody can send under a name. A report
        locks before its sender is looked up: whoever holds the lock may be erasing or making them.
        """
        if not E164.fullmatch(envelope.sender):
            return Answer(NOT_A_PHONE)
        found = self._book.parse(envelope.text, None)
        handler = self._handlers[found.phrase.code] if isinstance(found, Understood) else None
        # A box's sync holds the lock already.
        locked = envelope.relayed is not None or (handler is not None and handler.exclusive)
        indexes = unit.vault.indexes(envelope.sender)
        known = None if locked else find_sender(unit.session, indexes)
        late = handler is not None and handler.late
        if locked or (late and known is None):
            one_writer(unit.session)
        return self._answer(unit, envelope, known, locked=locked)

    def _answer(
        self, unit: Unit, envelope: Envelope, known: Sender | None, *, locked: bool
    ) -> Answer:
        session, text = unit.session, envelope.text
        indexes = unit.vault.indexes(envelope.sender)
        made = None if known or locked else session.begin_nested()
        sender = known or sender_of(session, indexes, envelope.sender)
        found = self._book.parse(text, sender.party.language)
        if isinstance(found, Understood) and not envelope.complete:
            found = replace(found, more=True)
        # A suggestion may be of any language: what is not understood tells none.
        own = sender.party.language if isinstance(found, NotUnderstood) else None
        context = context_of(unit, envelope, sender, own or found.language)
        if context.is_anybodys:
            return self._answer_anybody(context, envelope, found)
        on_road = envelope.relayed is not None or sender.seen_by_box
        # Before any row is locked, or a sync and a text of one person wait for each other.
        if not locked and (on_road or self.is_exclusive(context, text, found)):
            if made:
                # Whoever holds the lock may wait for this number, to sell to it.
                made.rollback()
            one_writer(session)
            session.expire_all()
            return self._answer(unit, envelope, None, locked=True)
        if made:
            made.commit()
        if on_road:
            note_route(session, envelope, sender.number_index)
        _note_number(session, envelope, sender)
        # Half a list of tags is not the list, so no handler sees it.
        act = self.handle if envelope.complete else self._hear_part
        return self._queued(context, envelope, act(context, text, found))

    def _queued(
        self, context: CommandContext, envelope: Envelope, result: InterceptResult
    ) -> Answer:
        if not (reply := result.reply):
            return Answer(UNANSWERED)
        if any(question.secret for question in context.waiting):
            session, language = context.unit.session, context.language
            reply = keep_off_boxes(session, envelope, context.index, reply, language)
        outcome, staff = self._pass_on(context, envelope.text, result.outcome)
        # That health's staff reads it may tell that the sender is in a course.
        if result.private or (staff and staff.service == Service.HEALTH):
            reply = [said._replace(private=True) for said in reply]
        self.queue(context, envelope, reply)
        return Answer(outcome, "\n".join(said.text for said in reply), staff=staff)

    def _pass_on(
        self, context: CommandContext, text: str, outcome: str
    ) -> tuple[str, StaffQueue | None]:
        """Return the outcome that is kept, and who must read the message."""
        if outcome not in IN_INBOX:
            return outcome, None
        staff = find_staff(self._desks, context, text, outcome)
        # The part that did not come may tell of danger.
        may_tell = staff.service == Service.HEALTH and not context.complete
        return POSSIBLE_DANGER if may_tell else outcome, staff

    def queue(
        self, context: CommandContext, envelope: Envelope, reply: Sequence[ReplyText]
    ) -> bool:
        """Queue a reply as an SMS; False: the sender had too many."""
        limit = limit_of(self._limits, context.party.role, envelope)
        to = Answerer(context.index, context.language, limit, context.answers)
        code = any(question.secret for question in context.waiting)
        return queue_answer(context.unit, envelope, to, reply, code=code)

    def _answer_anybody(
        self, context: CommandContext, envelope: Envelope, found: Understood | NotUnderstood
    ) -> Answer:
        """Act on what a village box brings of a number that is not bound to it.

        Danger and what is evidence are heard; nothing else has an effect or a reply. The box's sync
        holds the writers' lock.
        """
        result = self._hear_anybody(context, envelope.text, found)
        handler = self._handlers[found.phrase.code] if isinstance(found, Understood) else None
        if result is None and isinstance(found, Understood) and found.mood is None:
            result = self._report_of_anybody(context, found)
        if result is None:
            return Answer(f"{UNBOUND}.{handler.outcome if handler else NOT_UNDERSTOOD}")
        return self._queued(context, envelope, result)

    def _hear_anybody(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        heard = [one.anybody for one in self._interceptors if one.anybody and one.takes(found)]
        results = (listen(context, text, found) for listen in heard)
        return next((one for one in results if one is not None), None)

    def _hear_part(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult:
        """Hear danger and disease in a text that lacks a part; nothing else has an effect."""
        heard = safely(context, lambda: self._hear_anybody(context, text, found), private=True)
        if heard is None:
            return InterceptResult(NOT_UNDERSTOOD, texts_of(say("parts_missing", context.language)))
        rest = texts_of(say("parts_missing.heard", context.language))
        return heard._replace(reply=(*heard.reply, *rest))

    def _report_of_anybody(
        self, context: CommandContext, found: Understood
    ) -> InterceptResult | None:
        """Act on a report of anybody; a doubt about it is nobody's to settle, so it is kept."""
        handler = self._handlers[found.phrase.code]
        if handler.anybody is FromAnybody.KEPT:
            return None
        told = replace(context, arguments=found.arguments)
        try:
            result = safely(told, partial(handler.result, told))
        except AskFirst:
            return None
        return result if handler.anybody is FromAnybody.ALARM else None

    def is_exclusive(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> bool:
        """Tell whether the caller must take the writers' lock before `handle`."""
        if isinstance(found, Understood):
            handler = self._handlers[found.phrase.code]
            # A language that is told changes its party's row: none is changed before the lock.
            if handler.exclusive or (handler.late and _tells_language(context, found)):
                return True
        asked = (one for one in self._interceptors if one.takes(found))
        return any(one.exclusive(context, text, found) for one in asked)

    def handle(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult:
        """Run the interceptors, then the phrase's handler; `context` has no arguments yet."""
        context = replace(self.prepared(context), text=text)
        # A refusal by an interceptor tells of a course, such as one that was withdrawn.
        first = safely(context, lambda: self._intercept(context, text, found), private=True)
        if first is not None and first.alone:
            return first
        then = self._respond(context, found)
        if first is None:
            return then
        reply, private = (*first.reply, *then.reply), first.private or then.private
        return InterceptResult(first.outcome or then.outcome, reply, private=private)

    def _intercept(
        self, context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        asked = (one for one in self._interceptors if one.takes(found))
        results = (one.intercept(context, text, found) for one in asked)
        return next((result for result in results if result is not None), None)

    def prepared(self, context: CommandContext) -> CommandContext:
        """Return the context of somebody who may say yes to a text of theirs; see `AskFirst`."""
        return replace(context, again=self._again)

    def _again(self, context: CommandContext) -> Reply:
        """Handle a text that its sender has said yes to, whatever its mood."""
        found = self._book.parse(context.text, context.language)
        if not isinstance(found, Understood):
            return explain(found)
        told = replace(context, arguments=found.arguments)
        try:
            with context.unit.session.begin_nested():
                return self._handlers[found.phrase.code].handle(told)
        except AskFirst as doubt:
            ask = doubt.ask
        return ask(told)

    def _respond(
        self, context: CommandContext, found: Understood | NotUnderstood
    ) -> InterceptResult:
        if not isinstance(found, Understood):
            return InterceptResult(NOT_UNDERSTOOD, texts_of(explain(found)))
        if found.mood is not None:
            return InterceptResult(NOT_UNDERSTOOD, texts_of(say("not_understood", found.language)))
        if not context.is_anybodys and _tells_language(context, found):
            context.party.language = found.language
        told = replace(context, arguments=found.arguments)
        handler = self._handlers[found.phrase.code]
        try:
            return safely(told, partial(handler.result, told), private=handler.private)
        except AskFirst as doubt:
            ask = doubt.ask
        return safely(told, lambda: InterceptResult(ASKED, texts_of(ask(told))))


def _note_number(session: Session, envelope: Envelope, sender: Sender) -> None:
    """Note what a text tells of its number: that it lives, and what its carrier was asked."""
    at = envelope.received_at
    if sender.dead:
        note_alive(session, sender.number_index, at)
    if (opted_in := envelope.opted_in) is not None:
        note_carrier(session, sender.number_index, envelope.channel, at, opted_in=opted_in)


def _tells_language(context: CommandContext, found: Understood) -> bool:
    """Tell whether a message is the first that tells its sender's language.

    Afterwards the language changes only when the person asks for another.
    """
    return context.party.language is None and found.spoken


def context_of(unit: Unit, envelope: Envelope, sender: Sender, language: str) -> CommandContext:
    """Build the context of an envelope, without arguments."""
    return CommandContext(
        unit=unit,
        party=sender.party,
        number=envelope.sender,
        index=sender.number_index,
        language=language,
        arguments={},
        channel=envelope.channel,
        key=envelope.key,
        now=envelope.received_at,
        relayed=envelope.relayed,
        sent_at=envelope.sent_at,
        answers=sender.answers,
        helps=sender.helps,
        complete=envelope.complete,
    )


def safely(
    context: CommandContext, work: Callable[[], Result], *, private: bool = False
) -> Result | InterceptResult:
    """Run `work` in a savepoint; a refusal rolls it back and becomes the reply."""
    try:
        with context.unit.session.begin_nested():
            return work()
    except ServiceError as error:
        sentence = f"error.{getattr(error, 'sentence', error.code)}"
        if not has_sentence(sentence):
            raise
        text = say(sentence, context.language, **error.values)
        return InterceptResult(f"error.{error.code}", (ReplyText(text),), private=private)


def texts_of(reply: Reply) -> Sequence[ReplyText]:
    """Return a reply as its texts."""
    if isinstance(reply, str):
        return (ReplyText(reply),) if reply else ()
    return reply
