"""FORGET: name and number are erased once the phone itself sends the code that it was told.

A code waits in a claim, as those of livestock do, so that nobody hits one by trying: only FORGET
makes one, the newest alone counts, for half an hour and five tries. On a screen a PIN confirms too.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from gateway.argument_parsers import DIGIT, WORD_END, Read
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
# Each is a text that somebody else may have asked for, and five tries more.
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
    """FORGET: send a code, or erase. Who has an office stays: an administrator ends it."""
    # Tries and codes are counted one after the other.
    require_one_writer(context.unit.session)
    told = context.arguments["digits"]
    return _ask(context) if told is None else _take_code(context, str(told))


def with_forget(others: Answers) -> Answers:
    """Return how screens answer FORGET, and what `others` answers."""
    return Answers(partial(_settle, others), partial(_take_typed, others))


def _ask(context: CommandContext) -> str:
    if context.party.role not in _MAY_LEAVE:
        return say("forget.officer", context.language)
    claim = new_confirmation(FORGET, (context.party.id, context.party.id), context.now, CODE_LIFE)
    if context.by_pin:
        _open(context, claim)
        return say("forget.pin", context.language)
    if _codes_today(context) >= MOST_CODES:
        return say("forget.codes_spent", context.language)
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(*_mine(context), BY_CODE, PendingConfirmation.state == ConfirmationState.OPEN)
        .values(state=ConfirmationState.REPLACED.value)
    )
    digits = give_code(context.unit.session, context.unit.vault, claim, _draw_code)
    _open(context, claim)
    return say("forget.ask", context.language, digits=digits)


def _open(context: CommandContext, claim: PendingConfirmation) -> None:
    context.unit.session.add(claim)
    context.waiting.append(OpenQuestion(claim.public_id, secret=True))


def _draw_code() -> str:
    return f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"


def _codes_today(context: CommandContext) -> int:
    today = (*_mine(context), BY_CODE, PendingConfirmation.made_at > context.now - _A_DAY)
    return (
        context.unit.session.scalar(select(func.count(PendingConfirmation.id)).where(*today)) or 0
    )


def _take_code(context: CommandContext, told: str) -> str:
    claim = _newest(context, BY_CODE)
    if claim is None:
        return _no_code(context)
    if confirms(context.unit.vault, claim, told):
        return _leave(context, claim)
    # What was done a moment ago is open to the same text alone.
    return (
        _count_wrong(context, claim) if claim.state == ConfirmationState.OPEN else _no_code(context)
    )


def _count_wrong(context: CommandContext, claim: PendingConfirmation) -> str:
    left = count_wrong(claim)
    if left:
        return say("forget.wrong_code", context.language, count=left)
    return say("answer.spent", context.language)


def _settle(others: Answers, context: CommandContext, claim_id: UUID, choice: int) -> str:
    """Act on what a PIN confirms."""
    if is_of_livestock(context.unit.session, claim_id):
        return others.settle(context, claim_id, choice)
    require_one_writer(context.unit.session)
    claim = _newest(context, PendingConfirmation.public_id == claim_id)
    return _no_code(context) if claim is None else _leave(context, claim)


def _take_typed(others: Answers, context: CommandContext, claim_id: UUID, typed: str) -> str:
    """Act on a code that was typed on a screen."""
    if is_of_livestock(context.unit.session, claim_id):
        return others.code(context, claim_id, typed)
    require_one_writer(context.unit.session)
    read = code(clean(typed))
    return _take_code(context, "" if read is None else str(read.value))


def _leave(context: CommandContext, claim: PendingConfirmation) -> str:
    if context.party.role not in _MAY_LEAVE:
        return say("forget.officer", context.language)
    claim.state = ConfirmationState.DONE.value
    forget(context.unit, context.party, context.number, context.now)
    return say("forget.done", context.language)


def _newest(context: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    """Return what still counts: the same text may come twice at once, and both are to go.

    Of what a box kept, when it was written counts.
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
