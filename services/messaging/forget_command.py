"""Handler of FORGET: erases name and number once the phone sends back the code that it got.

The code belongs to a pending confirmation. Only FORGET makes one, the newest alone counts, for half
an hour and five tries, so that nobody hits a code by trying. On a screen a PIN confirms too.
"""

import re
import secrets
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from gateway.grammar import DIGIT, WORD_END, Read
from gateway.phrases import clean
from gateway.tags import to_digits
from services.core.roles import Role
from services.messaging.command_router import Answers, CommandContext, OpenQuestion
from services.messaging.confirmations import (
    BY_CODE,
    FORGET,
    ConfirmationState,
    confirms,
    count_wrong,
    give_code,
    is_of_livestock,
    new_confirmation,
)
from services.messaging.person_erasure import forget
from services.storage.locks import require_one_writer
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

CODE_LIFE = timedelta(minutes=30)
# Daily limit: each code costs one SMS, which a third party could trigger, and allows five guesses.
MOST_CODES = 5
_A_DAY = timedelta(days=1)
_CODE_DIGITS = 4
_CODE = re.compile(rf"{DIGIT}{{{_CODE_DIGITS}}}{WORD_END}")
_MAY_LEAVE = frozenset({Role.KEEPER, Role.RECORDER})


def code(text: str) -> Read | None:
    """Read a code of four digits."""
    found = _CODE.match(text)
    return Read(to_digits(found[0]), found.end()) if found else None


def forget_me(context: CommandContext) -> str:
    """Send a code for FORGET, or erase the sender; officers stay until an administrator acts."""
    # Else two texts at once could each count the same try.
    require_one_writer(context.unit.session)
    told = context.arguments["digits"]
    return _ask(context) if told is None else _take_code(context, str(told))


def with_forget(others: Answers) -> Answers:
    """Return the handlers of answers to FORGET on screens, in front of `others`."""
    return Answers(partial(_settle, others), partial(_take_typed, others))


def _ask(context: CommandContext) -> str:
    if context.party.role not in _MAY_LEAVE:
        return say("forget.officer", context.language)
    confirmation = new_confirmation(
        FORGET, (context.party.id, context.party.id), context.now, CODE_LIFE
    )
    if context.by_pin:
        _open(context, confirmation)
        return say("forget.pin", context.language)
    if _codes_today(context) >= MOST_CODES:
        return say("forget.codes_spent", context.language)
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(*_mine(context), BY_CODE, PendingConfirmation.state == ConfirmationState.OPEN)
        .values(state=ConfirmationState.REPLACED.value)
    )
    digits = give_code(context.unit.session, context.unit.vault, confirmation, _draw_code)
    _open(context, confirmation)
    return say("forget.ask", context.language, digits=digits)


def _open(context: CommandContext, confirmation: PendingConfirmation) -> None:
    context.unit.session.add(confirmation)
    context.waiting.append(OpenQuestion(confirmation.public_id, secret=True))


def _draw_code() -> str:
    return f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"


def _codes_today(context: CommandContext) -> int:
    today = (*_mine(context), BY_CODE, PendingConfirmation.made_at > context.now - _A_DAY)
    return (
        context.unit.session.scalar(select(func.count(PendingConfirmation.id)).where(*today)) or 0
    )


def _take_code(context: CommandContext, told: str) -> str:
    if context.relayed is not None:
        return say("box.no_code", context.language)
    confirmation = _newest(context, BY_CODE)
    if confirmation is None:
        return _no_code(context)
    if confirms(context.unit.vault, confirmation, told):
        return _leave(context, confirmation)
    # A completed confirmation accepts only a repeat of the correct code.
    return (
        _count_wrong(context, confirmation)
        if confirmation.state == ConfirmationState.OPEN
        else _no_code(context)
    )


def _count_wrong(context: CommandContext, confirmation: PendingConfirmation) -> str:
    left = count_wrong(confirmation)
    if left:
        return say("forget.wrong_code", context.language, count=left)
    return say("answer.spent", context.language)


def _settle(others: Answers, context: CommandContext, public_id: UUID, choice: int) -> str:
    """Act on what a PIN confirms."""
    if is_of_livestock(context.unit.session, public_id):
        return others.settle(context, public_id, choice)
    require_one_writer(context.unit.session)
    confirmation = _newest(context, PendingConfirmation.public_id == public_id)
    return _no_code(context) if confirmation is None else _leave(context, confirmation)


def _take_typed(others: Answers, context: CommandContext, public_id: UUID, typed: str) -> str:
    """Act on a code that was typed on a screen."""
    if is_of_livestock(context.unit.session, public_id):
        return others.code(context, public_id, typed)
    require_one_writer(context.unit.session)
    read = code(clean(typed))
    return _take_code(context, "" if read is None else str(read.value))


def _leave(context: CommandContext, confirmation: PendingConfirmation) -> str:
    if context.party.role not in _MAY_LEAVE:
        return say("forget.officer", context.language)
    confirmation.state = ConfirmationState.DONE.value
    forget(context.unit, context.party, context.number, context.now)
    return say("forget.done", context.language)


def _newest(context: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    """Return the newest confirmation that still counts, open or done.

    The same text may come twice at once, and both erase. For a text that a box kept, the time at
    which it was written decides.
    """
    counts = PendingConfirmation.state.in_((ConfirmationState.OPEN, ConfirmationState.DONE))
    found = select(PendingConfirmation).where(
        *_mine(context), *which, counts, PendingConfirmation.expires_at > context.said_at
    )
    return context.unit.session.scalars(
        found.order_by(PendingConfirmation.id.desc()).limit(1)
    ).first()


def _mine(context: CommandContext) -> tuple[ColumnElement[bool], ...]:
    return PendingConfirmation.answerer_id == context.party.id, PendingConfirmation.kind == FORGET


def _no_code(context: CommandContext) -> str:
    return say("forget.no_code", context.language)
