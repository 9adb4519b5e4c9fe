"""Effects of a key: run a command, confirm by PIN or code, copy a reply by SMS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from gateway.envelope import Envelope
from gateway.grammar import Understood
from gateway.menu_lines import chosen
from gateway.menus import Signs
from gateway.ussd import Machine
from gateway.ussd_state import Answered, Copy, Effect, Say, SetPin, ShownText, State
from services.messaging.command_router import (
    Answers,
    CommandContext,
    CommandRouter,
    InterceptResult,
    RedFlagDetector,
    safely,
    texts_of,
)
from services.messaging.confirmations import is_open
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages, queue_answer
from services.messaging.ussd.pins import (
    CODE_LIFE,
    Hasher,
    Verdict,
    check_code,
    check_pin,
    draw_code,
    has_pin,
    propose,
    settle_pin,
)
from services.storage.locks import one_writer
from services.texts.catalogue import say, templates
from sms.message import Kind

_CHOICE, _CODE, _PIN = "choice", "code", "pin"
_PIN_CODE, _PIN_NEW, _PIN_AGAIN = "pin_code", "pin_new", "pin_again"
_CONFIRMED = 1
_MOST_CHOICES = 9


class Screens(NamedTuple):
    """Menus and commands that the screens offer just now.

    Attributes:
        conversation: what the phrases of forms do.
        machine: the menus.
        answers: how what waits is answered.
        alarm: hears danger.
    """

    conversation: CommandRouter
    machine: Machine
    answers: Answers
    alarm: RedFlagDetector


@dataclass(frozen=True, slots=True)
class Moment:
    """A key, and where it was pressed.

    Attributes:
        call: as a handler sees it, without arguments.
        envelope: of the request.
        screens: what there is.
        state: after the key.
        hasher: compares PINs.
    """

    call: CommandContext
    envelope: Envelope
    screens: Screens
    state: State
    hasher: Hasher = field(repr=False)

    def told(self, *texts: str, prompt: str = "", about: str = "", offered: bool = False) -> State:
        """Return the state in which texts are shown; what is asked with them may be a secret."""
        secret = prompt not in {"", _CHOICE}
        return replace(self.state, page=0, told=ShownText(texts, prompt, about, secret, offered))

    def say(self, code: str, **values: object) -> str:
        """Say a sentence of the screens."""
        return say(f"ussd.{code}", self.call.language, **values)


class Shown(NamedTuple):
    """Result of a key: outcome in a word, next state, and a notice above the screen."""

    outcome: str
    state: State
    notice: str = ""


@lru_cache
def screen_signs() -> Signs:
    """Return the words that are the same on all screens."""
    return Signs(**{each.name: templates(f"ussd.{each.name}") for each in fields(Signs)})


def act_on(moment: Moment, effect: Effect) -> Shown:
    """Do what a key sets off."""
    if _is_exclusive(moment, effect):
        one_writer(moment.call.unit.session)
    if isinstance(effect, Say):
        return _say(moment, effect)
    if isinstance(effect, Copy):
        _by_sms(moment, effect.texts)
        return Shown("copied", moment.state, moment.say("sent"))
    if isinstance(effect, SetPin):
        return _begin_pin(moment)
    return _ANSWERED.get(effect.prompt, _unknown)(moment, effect)


def _is_exclusive(moment: Moment, effect: Effect) -> bool:
    if isinstance(effect, Say):
        return moment.screens.conversation.is_exclusive(moment.call, _understood(moment, effect))
    return not isinstance(effect, Copy)


def _understood(moment: Moment, effect: Say) -> Understood:
    return Understood(effect.phrase, moment.call.language, effect.arguments)


def _say(moment: Moment, effect: Say) -> Shown:
    call = moment.call
    call = replace(call, by_pin=has_pin(call.unit.session, call.party))
    heard = moment.screens.conversation.hear(call, effect.text, _understood(moment, effect))
    return _after(replace(moment, call=call), heard)


def _after(moment: Moment, heard: InterceptResult) -> Shown:
    """Show a reply; where it left something open for the person himself, ask that at once."""
    call = moment.call
    texts = tuple(said.text for said in heard.reply) or (moment.say("done"),)
    # What was refused in the end has left nothing open.
    left = [one for one in call.waiting if is_open(call.unit.session, one.claim)]
    if not left:
        return Shown(heard.outcome, moment.told(*texts, offered=True))
    about = str(left[-1].claim)
    if not left[-1].secret:
        return Shown(heard.outcome, moment.told(*texts, prompt=_CHOICE, about=about))
    if call.by_pin:
        asked = moment.told(*texts, moment.say("pin"), prompt=_PIN, about=about)
        return Shown(heard.outcome, asked)
    # The reply holds the code, which is for the phone of the number and not for this screen.
    _by_sms(moment, texts)
    return Shown(heard.outcome, moment.told(moment.say("code_sent"), prompt=_CODE, about=about))


def _by_sms(moment: Moment, texts: tuple[str, ...]) -> None:
    for place, text in enumerate(texts):
        queue_answer(moment.call.unit, moment.envelope, text, place=place)


def _choose(moment: Moment, effect: Answered) -> Shown:
    choice = chosen(effect.keys, _MOST_CHOICES) + 1
    heard = _settle(moment, effect, choice)
    if is_open(moment.call.unit.session, UUID(effect.about)):
        return Shown("wrong_key", moment.state, moment.say("wrong"))
    return _after(moment, heard)


def _confirm_by_pin(moment: Moment, effect: Answered) -> Shown:
    call = moment.call
    verdict, left = check_pin(call.unit, call.party, effect.keys, moment.hasher)
    if verdict is Verdict.WRONG:
        return Shown("pin_wrong", moment.state, moment.say("pin_wrong", count=left))
    if verdict is Verdict.ENDED:
        return Shown("pin_locked", moment.told(moment.say("pin_locked")))
    return _after(moment, _settle(moment, effect, _CONFIRMED))


def _settle(moment: Moment, effect: Answered, choice: int) -> InterceptResult:
    call, settle = moment.call, moment.screens.answers.settle
    return safely(
        call, lambda: InterceptResult("settled", texts_of(settle(call, UUID(effect.about), choice)))
    )


def _confirm_by_code(moment: Moment, effect: Answered) -> Shown:
    call, take, about = moment.call, moment.screens.answers.code, UUID(effect.about)
    heard = safely(
        call, lambda: InterceptResult("settled", texts_of(take(call, about, effect.keys)))
    )
    if is_open(call.unit.session, about):
        return Shown("code_wrong", moment.state, "\n".join(said.text for said in heard.reply))
    return _after(moment, heard)


def _begin_pin(moment: Moment) -> Shown:
    call = moment.call
    code = draw_code(call.unit, call.party, call.now)
    if code is None:
        return Shown("pin_codes_spent", moment.told(moment.say("pin_codes_spent")))
    dedupe = f"pin\0{call.channel}\0{call.key}"
    text = moment.say("pin_code", digits=code)
    letter = OutboundMessage(call.number, call.unit.vault.index(call.number), text, dedupe)
    mailing = SendOptions("pin", call.now, call.now + CODE_LIFE, Kind.URGENT)
    enqueue_messages(call.unit.session, [letter], mailing)
    return Shown("pin_code_sent", moment.told(moment.say("pin_code_sent"), prompt=_PIN_CODE))


def _take_pin_code(moment: Moment, effect: Answered) -> Shown:
    call = moment.call
    verdict, left = check_code(call.unit, call.party, effect.keys, call.now)
    if verdict is Verdict.WRONG:
        return Shown("pin_code_wrong", moment.state, moment.say("pin_code_wrong", count=left))
    if verdict is Verdict.ENDED:
        return Shown("pin_code_ended", moment.told(moment.say("pin_code_ended")))
    return Shown("pin_code", moment.told(moment.say("pin_new"), prompt=_PIN_NEW))


def _take_new_pin(moment: Moment, effect: Answered) -> Shown:
    call = moment.call
    fault = propose(call.unit, call.party, call.number, effect.keys, moment.hasher)
    if fault is not None:
        return Shown(fault.value, moment.state, moment.say(fault.value))
    return Shown("pin_new", moment.told(moment.say("pin_again"), prompt=_PIN_AGAIN))


def _take_pin_again(moment: Moment, effect: Answered) -> Shown:
    call = moment.call
    if settle_pin(call.unit, call.party, effect.keys, moment.hasher):
        return Shown("pin_set", moment.told(moment.say("pin_set")))
    again = moment.told(moment.say("pin_new"), prompt=_PIN_NEW)
    return Shown("pin_differs", again, moment.say("pin_differs"))


def _unknown(_moment: Moment, _effect: Answered) -> Shown:
    # Another version of the program asked it.
    return Shown("screen", State())


_ANSWERED: Mapping[str, Callable[[Moment, Answered], Shown]] = {
    _CHOICE: _choose,
    _CODE: _confirm_by_code,
    _PIN: _confirm_by_pin,
    _PIN_CODE: _take_pin_code,
    _PIN_NEW: _take_new_pin,
    _PIN_AGAIN: _take_pin_again,
}
