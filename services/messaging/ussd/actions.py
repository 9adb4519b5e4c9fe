"""Effects of a key: run a command, confirm by PIN or code, copy a reply by SMS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from gateway.envelope import Envelope
from gateway.grammar import Understood
from gateway.menu_lines import chosen
from gateway.menus import SharedWords
from gateway.ussd import MenuMachine
from gateway.ussd_state import AnswerPrompt, CopyBySms, Effect, RunPhrase, SetPin, ShownText, State
from services.messaging.codes import CODE_LIFE
from services.messaging.command_router import (
    CommandContext,
    CommandRouter,
    InterceptResult,
    safely,
    texts_of,
)
from services.messaging.confirmation_answers import Answers
from services.messaging.confirmations import is_open
from services.messaging.errors import TooManyCodes
from services.messaging.offices import is_office
from services.messaging.outbox import (
    OutboundMessage,
    ReplyText,
    SendOptions,
    enqueue_messages,
)
from services.messaging.ussd.pins import (
    Hasher,
    Verdict,
    check_code,
    check_pin,
    has_pin,
    open_set_up,
    propose,
    settle_pin,
)
from services.storage.locks import one_writer
from services.storage.read_log import owner_of
from services.texts.catalogue import say, templates
from sms.message import Kind

_CHOICE, _CODE, _PIN = "choice", "code", "pin"
DANGER = "danger"
"""The prompt that asks whether somebody is in danger."""
_PIN_CODE, _PIN_NEW, _PIN_AGAIN = "pin_code", "pin_new", "pin_again"
_CONFIRMED = 1
_MOST_CHOICES = 9


class ScreenDanger(NamedTuple):
    """Danger in a text typed on a screen: what is said, and whether it asks for a 1 or a 2."""

    reply: Sequence[ReplyText]
    asks: bool = False


class DangerOnScreens(NamedTuple):
    """Danger in what a person types on screens.

    Attributes:
        find: takes the context and a text, and returns what is said; None: no danger.
        answer: takes the context and an answer to what was asked, and returns what is said.
    """

    find: Callable[[CommandContext, str], ScreenDanger | None]
    answer: Callable[[CommandContext, str], Sequence[ReplyText]]


class Screens(NamedTuple):
    """Menus and commands that the screens offer, and what finds danger in typed texts."""

    router: CommandRouter
    machine: MenuMachine
    answers: Answers
    danger: DangerOnScreens


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key, with the state that it leads to and all that its effect needs."""

    context: CommandContext
    envelope: Envelope
    screens: Screens
    state: State
    hasher: Hasher = field(repr=False)

    def told(self, *texts: str, prompt: str = "", about: str = "", offered: bool = False) -> State:
        """Return the state that shows texts, and asks for an answer if there is a `prompt`."""
        secret = prompt not in {"", _CHOICE}
        return replace(self.state, page=0, told=ShownText(texts, prompt, about, secret, offered))

    def say(self, code: str, **values: object) -> str:
        """Return a sentence of the screens."""
        return say(f"ussd.{code}", self.context.language, **values)


class KeyResult(NamedTuple):
    """Result of a key: outcome in a word, next state, and a notice above the screen."""

    outcome: str
    state: State
    notice: str = ""


@lru_cache
def screen_signs() -> SharedWords:
    """Return the words that are the same on all screens."""
    return SharedWords(
        **{each.name: templates(f"ussd.{each.name}") for each in fields(SharedWords)}
    )


def act_on(press: KeyPress, effect: Effect) -> KeyResult:
    """Carry out the effect of a key."""
    if _is_exclusive(press, effect):
        one_writer(press.context.unit.session)
        # Whoever held the lock may have erased them.
        if not _is_theirs(press.context):
            return KeyResult("forgotten", State())
    if isinstance(effect, RunPhrase):
        return _say(press, effect)
    if isinstance(effect, CopyBySms):
        if not _by_sms(press, effect.texts):
            return KeyResult("not_copied", press.state, press.say("too_many"))
        return KeyResult("copied", press.state, press.say("sent"))
    if isinstance(effect, SetPin):
        return _begin_pin(press)
    return _ANSWERED.get(effect.prompt, _unknown)(press, effect)


def _is_theirs(context: CommandContext) -> bool:
    return owner_of(context.unit.session, context.index) == context.party.id


def _is_exclusive(press: KeyPress, effect: Effect) -> bool:
    if isinstance(effect, RunPhrase):
        return press.screens.router.is_exclusive(press.context, "", _understood(press, effect))
    return not isinstance(effect, CopyBySms)


def _understood(press: KeyPress, effect: RunPhrase) -> Understood:
    return Understood(effect.phrase, press.context.language, effect.arguments)


def _say(press: KeyPress, effect: RunPhrase) -> KeyResult:
    press = _with_pin(press)
    result = press.screens.router.handle(press.context, effect.text, _understood(press, effect))
    return _after(press, result)


def _with_pin(press: KeyPress) -> KeyPress:
    """Return the key with whether its person can confirm by PIN what it may leave open."""
    context = press.context
    by_pin = has_pin(context.unit.session, context.party)
    return replace(press, context=replace(context, by_pin=by_pin))


def _after(press: KeyPress, result: InterceptResult) -> KeyResult:
    """Show a reply, and ask at once what it left open for the same person."""
    context = press.context
    texts = tuple(said.text for said in result.reply) or (press.say("done"),)
    # A refusal rolls its pending confirmations back.
    left = [one for one in context.waiting if is_open(context.unit.session, one.confirmation)]
    if not left:
        return KeyResult(result.outcome, press.told(*texts, offered=True))
    about = str(left[-1].confirmation)
    if not left[-1].secret:
        return KeyResult(result.outcome, press.told(*texts, prompt=_CHOICE, about=about))
    if context.by_pin:
        asked = press.told(*texts, press.say("pin"), prompt=_PIN, about=about)
        return KeyResult(result.outcome, asked)
    # The reply holds the code: send it to the number's own phone, not to this screen.
    if not _by_sms(press, texts, direct=True):
        return KeyResult(result.outcome, press.told(press.say("too_many")))
    return KeyResult(result.outcome, press.told(press.say("code_sent"), prompt=_CODE, about=about))


def _by_sms(press: KeyPress, texts: tuple[str, ...], *, direct: bool = False) -> bool:
    """Send texts to the number's own phone; False: it had too many."""
    replies = [ReplyText(text, direct=direct) for text in texts]
    return press.screens.router.queue(press.context, press.envelope, replies)


def _choose(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    choice, press = chosen(effect.keys, _MOST_CHOICES) + 1, _with_pin(press)
    result = _settle(press, effect, choice)
    if is_open(press.context.unit.session, UUID(effect.about)):
        return KeyResult("wrong_key", press.state, press.say("wrong"))
    return _after(press, result)


def _tell_danger(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    replies = press.screens.danger.answer(press.context, effect.keys)
    if not replies:
        return KeyResult("wrong_key", press.state, press.say("wrong"))
    return KeyResult("danger", press.told(*(said.text for said in replies), offered=True))


def _confirm_by_pin(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    context = press.context
    unit, party = context.unit, context.party
    verdict, left = check_pin(unit, party, effect.keys, context.now, press.hasher)
    if verdict is Verdict.WRONG:
        return KeyResult("pin_wrong", press.state, press.say("pin_wrong", count=left))
    if verdict is Verdict.ENDED:
        return KeyResult("pin_locked", press.told(press.say("pin_locked")))
    return _after(press, _settle(press, effect, _CONFIRMED))


def _settle(press: KeyPress, effect: AnswerPrompt, choice: int) -> InterceptResult:
    context = press.screens.router.prepared(press.context)
    settle = press.screens.answers.settle
    return safely(
        context,
        lambda: InterceptResult("settled", texts_of(settle(context, UUID(effect.about), choice))),
    )


def _confirm_by_code(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    context, take, about = press.context, press.screens.answers.code, UUID(effect.about)
    result = safely(
        context, lambda: InterceptResult("settled", texts_of(take(context, about, effect.keys)))
    )
    if is_open(context.unit.session, about):
        return KeyResult("code_wrong", press.state, "\n".join(said.text for said in result.reply))
    return _after(press, result)


def _begin_pin(press: KeyPress) -> KeyResult:
    context = press.context
    try:
        code = open_set_up(context.unit, context.party, context.now)
    except TooManyCodes:
        return KeyResult("pin_codes_spent", press.told(press.say("pin_codes_spent")))
    dedupe = f"pin\0{context.channel}\0{context.key}"
    text = press.say("pin_code", digits=code)
    message = OutboundMessage(context.number, context.index, text, dedupe)
    until, office = context.now + CODE_LIFE, is_office(context.party.role)
    options = SendOptions("pin", context.now, until, Kind.URGENT, office=office, direct=True)
    enqueue_messages(context.unit.session, [message], options)
    return KeyResult("pin_code_sent", press.told(press.say("pin_code_sent"), prompt=_PIN_CODE))


def _take_pin_code(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    context = press.context
    verdict, left = check_code(context.unit, context.party, effect.keys, context.now)
    if verdict is Verdict.WRONG:
        return KeyResult("pin_code_wrong", press.state, press.say("pin_code_wrong", count=left))
    if verdict is Verdict.ENDED:
        return KeyResult("pin_code_ended", press.told(press.say("pin_code_ended")))
    return KeyResult("pin_code", press.told(press.say("pin_new"), prompt=_PIN_NEW))


def _take_new_pin(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    context = press.context
    fault = propose(context.unit, context.party, context.number, effect.keys, press.hasher)
    if fault is not None:
        return KeyResult(fault.value, press.state, press.say(fault.value))
    return KeyResult("pin_new", press.told(press.say("pin_again"), prompt=_PIN_AGAIN))


def _take_pin_again(press: KeyPress, effect: AnswerPrompt) -> KeyResult:
    context = press.context
    if settle_pin(context.unit, context.party, effect.keys, press.hasher):
        return KeyResult("pin_set", press.told(press.say("pin_set")))
    again = press.told(press.say("pin_new"), prompt=_PIN_NEW)
    return KeyResult("pin_differs", again, press.say("pin_differs"))


def _unknown(_press: KeyPress, _effect: AnswerPrompt) -> KeyResult:
    # The prompt is of another version of the program.
    return KeyResult("screen", State())


_ANSWERED: Mapping[str, Callable[[KeyPress, AnswerPrompt], KeyResult]] = {
    _CHOICE: _choose,
    DANGER: _tell_danger,
    _CODE: _confirm_by_code,
    _PIN: _confirm_by_pin,
    _PIN_CODE: _take_pin_code,
    _PIN_NEW: _take_new_pin,
    _PIN_AGAIN: _take_pin_again,
}
