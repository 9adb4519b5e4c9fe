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


def answer(context: CommandContext, kinds: Mapping[str, ClaimKind], said: str) -> str:
    """Act on an answer and return the reply.

    Args:
        context: the message.
        kinds: every kind of claim, by name.
        said: a code of four digits, a digit, `yes` or `no`.
    """
    _end_expired(context)
    if said.isdigit() and len(said) == CODE_DIGITS:
        return _take_code(context, kinds, said)
    return _take_choice(context, kinds, said)


def settle(
    context: CommandContext, kinds: Mapping[str, ClaimKind], claim_id: UUID, choice: int
) -> str:
    """Act on one claim whose answerer has been told by other means than a code; return the reply.

    Args:
        context: of the answer.
        kinds: every kind of claim, by name.
        claim_id: its public id.
        choice: the number of what is chosen; 1 where it is only confirmed.
    """
    _end_expired(context)
    claim = _newest(context, PendingConfirmation.public_id == claim_id)
    if claim is None:
        return say("answer.none", context.language)
    if claim.state != ClaimState.OPEN:
        return _ended(context, claim)
    options = kinds[claim.kind].options
    if not options:
        return _execute(context, kinds, claim, _CONFIRMED)
    return _choose(context, kinds, claim, choice if 1 <= choice <= options else None)


def _end_expired(context: CommandContext) -> None:
    """End what waited for too long, with nobody else acting on claims from now on."""
    one_writer(context.unit.session)
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == context.party.id,
            PendingConfirmation.state == ClaimState.OPEN,
            # Of what a box kept, when it was written counts.
            PendingConfirmation.expires_at <= context.said_at,
        )
        .values(state=ClaimState.EXPIRED.value)
    )


def _take_code(context: CommandContext, kinds: Mapping[str, ClaimKind], code: str) -> str:
    recent = recent_codes(context.party.id, context.said_at).where(OF_LIVESTOCK)
    if context.read_by:
        recent = recent.where(PendingConfirmation.made_at <= context.read_by)
    claims = context.unit.session.scalars(recent).all()
    fits = [claim for claim in claims if confirms(context.unit.vault, claim, code)]
    meant = min(fits, key=lambda claim: claim.state != ClaimState.OPEN, default=None)
    if meant is None:
        return _count_wrong(context, claims)
    if meant.state != ClaimState.OPEN:
        return _ended(context, meant)
    return _execute(context, kinds, meant, _CONFIRMED)


def _count_wrong(context: CommandContext, claims: Sequence[PendingConfirmation]) -> str:
    """Count a wrong code against every claim that it may have been meant for."""
    tried = [claim for claim in claims if claim.state == ClaimState.OPEN]
    if not tried:
        return _unasked_code(context, claims)
    left = max(map(count_wrong, tried))
    if not left:
        return say("answer.spent", context.language)
    return say("answer.wrong_code", context.language, count=left)


def _unasked_code(context: CommandContext, claims: Sequence[PendingConfirmation]) -> str:
    """Say what a code stands for that none waits for: one that has ended, or another question."""
    if claims and claims[0].state != ClaimState.DONE:
        return _ended(context, claims[0])
    asked = _newest(context, _BY_CHOICE, PendingConfirmation.state == ClaimState.OPEN)
    return say("answer.none", context.language) if asked is None else asked.question or ""


def _take_choice(context: CommandContext, kinds: Mapping[str, ClaimKind], said: str) -> str:
    waiting = asked(context.unit.session, context.party.id, context.said_at, context.read_by)
    newest = next((one for one in waiting if one.code_digest is None), None)
    if newest is None:
        return _nothing_asked(context)
    choice = _meant(said, kinds[newest.kind].options)
    if newest.ask_again:
        newest.ask_again = False
        return newest.question or ""
    return _choose(context, kinds, newest, choice)


def _choose(
    context: CommandContext,
    kinds: Mapping[str, ClaimKind],
    claim: PendingConfirmation,
    choice: int | None,
) -> str:
    """Act on what was chosen, and ask it again where that is none of the options."""
    if choice is None:
        return claim.question or ""
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == context.party.id,
            PendingConfirmation.state == ClaimState.OPEN,
            PendingConfirmation.id != claim.id,
            _BY_CHOICE,
        )
        .values(ask_again=True)
    )
    return _execute(context, kinds, claim, choice)


def _meant(said: str, options: int) -> int | None:
    """Return the choice that is meant, None where it is none of the options.

    Yes and no are the first and the last of two; of three they tell nothing.
    """
    if said in {YES, NO}:
        return {YES: 1, NO: 2}[said] if options == 2 else None  # noqa: PLR2004 — as told above
    choice = int(said)
    return choice if 1 <= choice <= options else None


def _nothing_asked(context: CommandContext) -> str:
    if _newest(context, BY_CODE, PendingConfirmation.state == ClaimState.OPEN):
        return say("answer.code_wanted", context.language)
    last = _newest(context, _BY_CHOICE)
    if last is None:
        return say("answer.none", context.language)
    # One that is open was asked after he wrote, and comes by itself.
    return "" if last.state == ClaimState.OPEN else _ended(context, last)


def _execute(
    context: CommandContext, kinds: Mapping[str, ClaimKind], claim: PendingConfirmation, choice: int
) -> str:
    claim.state = ClaimState.DONE.value
    return kinds[claim.kind].execute(context, claim, json.loads(claim.command), choice)


def _ended(context: CommandContext, claim: PendingConfirmation) -> str:
    return say(f"answer.{claim.state}", context.language)


def _newest(context: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    return context.unit.session.scalars(_claims(context).where(*which).limit(1)).first()


def _claims(context: CommandContext) -> Select[PendingConfirmation]:
    """Select the claims that the sender may answer, newest first."""
    mine = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == context.party.id, OF_LIVESTOCK
    )
    return mine.order_by(PendingConfirmation.id.desc())
