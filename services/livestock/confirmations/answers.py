"""Answers to claims: four digits are a code, one digit or a word is a choice.

Each claim is acted on at most once: whoever answers waits until no other transaction does, an
answer sent again finds no open claim, and what it would record has its id from the claim.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from services.livestock.confirmations.codes import CODE_DIGITS
from services.livestock.confirmations.kinds import ClaimKind
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import (
    BY_CODE,
    OF_LIVESTOCK,
    ClaimState,
    asked,
    confirms,
    count_wrong,
    recent_codes,
)
from services.storage.locks import one_writer
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

YES, NO = "yes", "no"
_CONFIRMED = 1
_BY_CHOICE = ~BY_CODE


def answer(call: CommandContext, kinds: Mapping[str, ClaimKind], said: str) -> str:
    """Act on an answer and return the reply.

    Args:
        call: the message.
        kinds: every kind of claim, by name.
        said: a code of four digits, a digit, `yes` or `no`.
    """
    _end_expired(call)
    if said.isdigit() and len(said) == CODE_DIGITS:
        return _take_code(call, kinds, said)
    return _take_choice(call, kinds, said)


def settle(
    call: CommandContext, kinds: Mapping[str, ClaimKind], claim_id: UUID, choice: int
) -> str:
    """Act on one claim whose answerer has been told by other means than a code; return the reply.

    Args:
        call: of the answer.
        kinds: every kind of claim, by name.
        claim_id: its public id.
        choice: the number of what is chosen; 1 where it is only confirmed.
    """
    _end_expired(call)
    claim = _newest(call, PendingConfirmation.public_id == claim_id)
    if claim is None:
        return say("answer.none", call.language)
    if claim.state != ClaimState.OPEN:
        return _ended(call, claim)
    options = kinds[claim.kind].options
    if not options:
        return _execute(call, kinds, claim, _CONFIRMED)
    return _choose(call, kinds, claim, choice if 1 <= choice <= options else None)


def _end_expired(call: CommandContext) -> None:
    """End what waited for too long, with nobody else acting on claims from now on."""
    one_writer(call.unit.session)
    call.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == call.party.id,
            PendingConfirmation.state == ClaimState.OPEN,
            # Of what a box kept, when it was written counts.
            PendingConfirmation.expires_at <= call.said_at,
        )
        .values(state=ClaimState.EXPIRED.value)
    )


def _take_code(call: CommandContext, kinds: Mapping[str, ClaimKind], code: str) -> str:
    recent = recent_codes(call.party.id, call.said_at).where(OF_LIVESTOCK)
    if call.read_by:
        recent = recent.where(PendingConfirmation.made_at <= call.read_by)
    claims = call.unit.session.scalars(recent).all()
    fits = [claim for claim in claims if confirms(call.unit.vault, claim, code)]
    meant = min(fits, key=lambda claim: claim.state != ClaimState.OPEN, default=None)
    if meant is None:
        return _count_wrong(call, claims)
    if meant.state != ClaimState.OPEN:
        return _ended(call, meant)
    return _execute(call, kinds, meant, _CONFIRMED)


def _count_wrong(call: CommandContext, claims: Sequence[PendingConfirmation]) -> str:
    """Count a wrong code against every claim that it may have been meant for."""
    tried = [claim for claim in claims if claim.state == ClaimState.OPEN]
    if not tried:
        return _unasked_code(call, claims)
    left = max(map(count_wrong, tried))
    if not left:
        return say("answer.spent", call.language)
    return say("answer.wrong_code", call.language, count=left)


def _unasked_code(call: CommandContext, claims: Sequence[PendingConfirmation]) -> str:
    """Say what a code stands for that none waits for: one that has ended, or another question."""
    if claims and claims[0].state != ClaimState.DONE:
        return _ended(call, claims[0])
    asked = _newest(call, _BY_CHOICE, PendingConfirmation.state == ClaimState.OPEN)
    return say("answer.none", call.language) if asked is None else asked.question or ""


def _take_choice(call: CommandContext, kinds: Mapping[str, ClaimKind], said: str) -> str:
    waiting = asked(call.unit.session, call.party.id, call.said_at, call.read_by)
    newest = next((one for one in waiting if one.code_digest is None), None)
    if newest is None:
        return _nothing_asked(call)
    choice = _meant(said, kinds[newest.kind].options)
    if newest.ask_again:
        newest.ask_again = False
        return newest.question or ""
    return _choose(call, kinds, newest, choice)


def _choose(
    call: CommandContext,
    kinds: Mapping[str, ClaimKind],
    claim: PendingConfirmation,
    choice: int | None,
) -> str:
    """Act on what was chosen, and ask it again where that is none of the options."""
    if choice is None:
        return claim.question or ""
    call.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == call.party.id,
            PendingConfirmation.state == ClaimState.OPEN,
            PendingConfirmation.id != claim.id,
            _BY_CHOICE,
        )
        .values(ask_again=True)
    )
    return _execute(call, kinds, claim, choice)


def _meant(said: str, options: int) -> int | None:
    """Return the choice that is meant, None where it is none of the options.

    Yes and no are the first and the last of two; of three they tell nothing.
    """
    if said in {YES, NO}:
        return {YES: 1, NO: 2}[said] if options == 2 else None  # noqa: PLR2004 — as told above
    choice = int(said)
    return choice if 1 <= choice <= options else None


def _nothing_asked(call: CommandContext) -> str:
    if _newest(call, BY_CODE, PendingConfirmation.state == ClaimState.OPEN):
        return say("answer.code_wanted", call.language)
    last = _newest(call, _BY_CHOICE)
    if last is None:
        return say("answer.none", call.language)
    # One that is open was asked after he wrote, and comes by itself.
    return "" if last.state == ClaimState.OPEN else _ended(call, last)


def _execute(
    call: CommandContext, kinds: Mapping[str, ClaimKind], claim: PendingConfirmation, choice: int
) -> str:
    claim.state = ClaimState.DONE.value
    return kinds[claim.kind].execute(call, claim, json.loads(claim.command), choice)


def _ended(call: CommandContext, claim: PendingConfirmation) -> str:
    return say(f"answer.{claim.state}", call.language)


def _newest(call: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    return call.unit.session.scalars(_claims(call).where(*which).limit(1)).first()


def _claims(call: CommandContext) -> Select[PendingConfirmation]:
    """Select the claims that the sender may answer, newest first."""
    mine = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == call.party.id, OF_LIVESTOCK
    )
    return mine.order_by(PendingConfirmation.id.desc())
