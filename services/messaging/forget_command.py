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
    ClaimState,
    confirms,
    count_wrong,
    give_code,
    is_of_livestock,
    new_claim,
)
from services.messaging.person_erasure import forget
from services.storage.locks import one_writer
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


def forget_me(call: CommandContext) -> str:
    """FORGET: send a code, or erase. Who has an office stays: an administrator ends it."""
    # Tries and codes are counted one after the other.
    one_writer(call.unit.session)
    told = call.arguments["digits"]
    return _ask(call) if told is None else _take_code(call, str(told))


def with_forget(others: Answers) -> Answers:
    """Return how screens answer FORGET, and what `others` answers."""
    return Answers(partial(_settle, others), partial(_take_typed, others))


def _ask(call: CommandContext) -> str:
    if call.party.role not in _MAY_LEAVE:
        return say("forget.officer", call.language)
    claim = new_claim(FORGET, (call.party.id, call.party.id), call.now, CODE_LIFE)
    if call.by_pin:
        _open(call, claim)
        return say("forget.pin", call.language)
    if _codes_today(call) >= MOST_CODES:
        return say("forget.codes_spent", call.language)
    call.unit.session.execute(
        update(PendingConfirmation)
        .where(*_mine(call), BY_CODE, PendingConfirmation.state == ClaimState.OPEN)
        .values(state=ClaimState.REPLACED.value)
    )
    digits = give_code(call.unit.session, call.unit.vault, claim, _draw_code)
    _open(call, claim)
    return say("forget.ask", call.language, digits=digits)


def _open(call: CommandContext, claim: PendingConfirmation) -> None:
    call.unit.session.add(claim)
    call.waiting.append(OpenQuestion(claim.public_id, secret=True))


def _draw_code() -> str:
    return f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"


def _codes_today(call: CommandContext) -> int:
    today = (*_mine(call), BY_CODE, PendingConfirmation.made_at > call.now - _A_DAY)
    return call.unit.session.scalar(select(func.count(PendingConfirmation.id)).where(*today)) or 0


def _take_code(call: CommandContext, told: str) -> str:
    claim = _newest(call, BY_CODE)
    if claim is None:
        return _no_code(call)
    if confirms(call.unit.vault, claim, told):
        return _leave(call, claim)
    # What was done a moment ago is open to the same text alone.
    return _count_wrong(call, claim) if claim.state == ClaimState.OPEN else _no_code(call)


def _count_wrong(call: CommandContext, claim: PendingConfirmation) -> str:
    left = count_wrong(claim)
    if left:
        return say("forget.wrong_code", call.language, count=left)
    return say("answer.spent", call.language)


def _settle(others: Answers, call: CommandContext, claim_id: UUID, choice: int) -> str:
    """Act on what a PIN confirms."""
    if is_of_livestock(call.unit.session, claim_id):
        return others.settle(call, claim_id, choice)
    one_writer(call.unit.session)
    claim = _newest(call, PendingConfirmation.public_id == claim_id)
    return _no_code(call) if claim is None else _leave(call, claim)


def _take_typed(others: Answers, call: CommandContext, claim_id: UUID, typed: str) -> str:
    """Act on a code that was typed on a screen."""
    if is_of_livestock(call.unit.session, claim_id):
        return others.code(call, claim_id, typed)
    one_writer(call.unit.session)
    read = code(clean(typed))
    return _take_code(call, "" if read is None else str(read.value))


def _leave(call: CommandContext, claim: PendingConfirmation) -> str:
    if call.party.role not in _MAY_LEAVE:
        return say("forget.officer", call.language)
    claim.state = ClaimState.DONE.value
    forget(call.unit, call.party, call.number, call.now)
    return say("forget.done", call.language)


def _newest(call: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    """Return what still counts: the same text may come twice at once, and both are to go.

    Of what a box kept, when it was written counts.
    """
    counts = PendingConfirmation.state.in_((ClaimState.OPEN, ClaimState.DONE))
    found = select(PendingConfirmation).where(
        *_mine(call), *which, counts, PendingConfirmation.expires_at > call.said_at
    )
    return call.unit.session.scalars(found.order_by(PendingConfirmation.id.desc()).limit(1)).first()


def _mine(call: CommandContext) -> tuple[ColumnElement[bool], ...]:
    return PendingConfirmation.answerer_id == call.party.id, PendingConfirmation.kind == FORGET


def _no_code(call: CommandContext) -> str:
    return say("forget.no_code", call.language)
