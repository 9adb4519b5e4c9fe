"""Items of a box: each takes effect once, as if sent directly; a fault affects no other."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from gateway.channels.village import believed, item_key, read_sms
from gateway.envelope import Answer, Envelope, Relayed, StaffQueue
from gateway.errors import KeyConflict
from gateway.intake import take
from services.api.problems import FAULT, FAULT_DETAIL
from services.core.error_logging import isolated, log_exception
from services.core.errors import ServiceError, Unavailable, WrongDataKey
from services.devices.calls import REFUSED, write_answer
from services.health.conversation.health_words import tells_of_health
from services.messaging.answering import UNANSWERED, Answerer, answer_key, queue_answer
from services.messaging.command_router import NOT_UNDERSTOOD
from services.messaging.inbox_rules import Service
from services.messaging.outbox import ReplyText, close_waiting
from services.messaging.village_routing import note_route
from services.storage.key_check import require_own_key
from services.storage.models import Message
from services.storage.unit_of_work import Unit
from services.texts.catalogue import language_of, say
from services.village.errors import BoxNumbers, BoxRepeats, BoxTexts
from services.village.lists import good_numbers
from services.village.protocol import SMS, Answered
from services.village.senders import Senders
from services.village.signed import RelayedRequests
from sms.answering import USUAL
from sms.message import MessageState
from sms.reasons import Reason

Handle = Callable[[Unit, Envelope], Answer]
Item = Mapping[str, Any]

_LOG = logging.getLogger("bilum.village")
_ITEM = "an item of a village's box"
_REFUSED = f"{UNANSWERED}.refused"
"""Outcome of a text that is kept without effect for a person, with the code of the error."""
_CONFLICT = "Another content came under this seq before: both are kept for a person"

_HELPS = frozenset({"not_understood", "programme.help", "help", "help2", "help3", "languages"})
_FLAG = "programme.flag"
_WORDS = frozenset({"programme.word", "programme.heard"})


class ItemRefusal(NamedTuple):
    """Reason for refusing an item; the item is kept for a person."""

    code: str
    detail: str


class ReceivedItems:
    """Takes what one sync of a box brings, within its transaction."""

    def __init__(
        self, unit: Unit, senders: Senders, now: datetime, answer: Handle, signed: RelayedRequests
    ) -> None:
        self._unit, self._senders, self._now = unit, senders, now
        self._box = senders.device
        self._answer, self._signed = answer, signed

    def take(self, item: Item) -> ItemRefusal | None:
        """Take one item; its own fault is logged, and it is kept for a person.

        Raises:
            Unavailable: the fault is none of the item's: the box brings all of it again.
        """
        is_sms = item["kind"] == SMS
        envelope, handle = self._text(item) if is_sms else self._request(item)
        taken: list[Answer | None] = []

        def work() -> None:
            taken.append(take(envelope, self._unit, handle))

        if not self._is_done(work):
            with self._unit.session.begin_nested():
                taken.append(take(envelope, self._unit, _keep_text if is_sms else _keep_request))
        return _refusal(taken[0], _REFUSED if is_sms else REFUSED)

    def _is_done(self, work: Callable[[], None]) -> bool:
        session = self._unit.session
        try:
            return isolated(session, _LOG, _ITEM, work, passes=(Unavailable,))
        except WrongDataKey as error:
            # Of one damaged value, it is the fault of its item alone, and keeps no other waiting.
            require_own_key(session)
            log_exception(_LOG, _ITEM, error)
            return False

    def _text(self, item: Item) -> tuple[Envelope, Handle]:
        said_at, asks = believed(item["at"], self._now), self._senders.caps.asked
        bound = self._senders.is_bound(item["sender"], said_at)

        def handle(unit: Unit, envelope: Envelope) -> Answer:
            try:
                kept = self._senders.admit(envelope)
            except (BoxTexts, BoxNumbers, BoxRepeats) as error:
                return self._refuse_text(error)
            if kept is not None:
                return kept
            answer = self._answer(unit, envelope)
            if is_answered(item.get("answered"), answer.outcome):
                _withhold(unit, envelope, answer)
            if not bound:
                self._senders.ask_owner(envelope, answer.outcome)
            return answer

        promised = item.get("numbers") or () if bound else ()
        numbers = good_numbers(self._unit.session, self._box.id, promised)
        relayed = Relayed(self._box.id, said_at, numbers, bound, asks)
        key = item_key(self._box.public_id, item["seq"])
        return read_sms({**item, "from": item["sender"]}, key, relayed, self._now), handle

    def _refuse_text(self, error: ServiceError) -> Answer:
        self._senders.refused(error.code)
        told = ItemRefusal(error.code, error.detail)
        return Answer(f"{_REFUSED}.{error.code}", json.dumps(told._asdict()))

    def _request(self, item: Item) -> tuple[Envelope, Handle]:
        key = item_key(self._box.public_id, item["seq"])
        return self._signed.envelope(item, key, self._now), self._signed.handle


def _withhold(unit: Unit, envelope: Envelope, answer: Answer) -> None:
    """Close the reply to what a box has answered; FORGET finds the envelope by it."""
    keys = [answer_key(envelope, place) for place in range(answer.text.count("\n") + 1)]
    which = Message.dedupe_key.in_(keys)
    close_waiting(unit.session, which, MessageState.CANCELLED, Reason.ANSWERED)


def _keep_text(unit: Unit, envelope: Envelope) -> Answer:
    """Keep a text that met a fault where a person reads it; its sender hears that it waits."""
    if envelope.relayed is None or not envelope.relayed.bound:
        return Answer(f"{UNANSWERED}.{NOT_UNDERSTOOD}")
    index = unit.vault.index(envelope.sender)
    note_route(unit.session, envelope, index)
    text = say(NOT_UNDERSTOOD, language_of(None))
    to = Answerer(index, language_of(None), USUAL.workers)
    queue_answer(unit, envelope, to, [ReplyText(text)])
    of_health = tells_of_health(envelope.text)
    service = Service.HEALTH if of_health else Service.UNKNOWN
    return Answer(NOT_UNDERSTOOD, text, staff=StaffQueue(service.value, None))


def _keep_request(_unit: Unit, _envelope: Envelope) -> Answer:
    told = {"code": FAULT, "detail": FAULT_DETAIL}
    return Answer(f"{REFUSED}.{FAULT}", write_answer(told))


def _refusal(answer: Answer | None, refused: str) -> ItemRefusal | None:
    if answer is None:
        return ItemRefusal(KeyConflict.code, _CONFLICT)
    if not answer.outcome.startswith(refused):
        return None
    told = json.loads(answer.text)
    return ItemRefusal(told["code"], told["detail"])


def is_answered(answered: str | None, outcome: str) -> bool:
    """Tell whether a box has said already what the server would say.

    It has not, where the server understands more than the box did: a question of a course that is
    open is answered by a name, which a box can only meet with its help.
    """
    if answered == Answered.HELP:
        return outcome in _HELPS
    if answered == Answered.DANGER:
        return outcome == _FLAG
    return answered == Answered.WORD and outcome in _WORDS
