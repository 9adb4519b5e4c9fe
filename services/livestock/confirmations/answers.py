"""Answers to pending confirmations: several digits are a code, one digit or a word is a choice.

Each confirmation is acted on at most once: answers are serialised, an answer sent again finds
nothing open, and the id of the event follows from the confirmation.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from services.livestock.confirmations.create import ConfirmationKind
from services.messaging.codes import confirms, count_wrong, note_wrong, recent_codes
from services.messaging.command_router import CommandContext, Reply
from services.messaging.confirmations import (
    BY_CODE,
    FORGET,
    OF_LIVESTOCK,
    OF_OTHERS,
    ConfirmationState,
    OpenQuestion,
    answerable,
    open_to,
)
from services.storage.locks import require_one_writer
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

YES, NO = "yes", "no"
_YES_OR_NO = 2
_CONFIRMED = 1
_BY_CHOICE = ~BY_CODE


def answer(context: CommandContext, kinds: Mapping[str, ConfirmationKind], said: str) -> Reply:
    """Act on an answer and return the reply.

    Args:
        said: the digits of a code, a digit, `yes` or `no`.
    """
    _end_expired(context)
    if said.isdigit() and len(said) > 1:
        return _take_code(context, kinds, said)
    return _take_choice(context, kinds, said)


def answer_one(
    context: CommandContext,
    kinds: Mapping[str, ConfirmationKind],
    confirmation_id: UUID,
    choice: int,
) -> Reply:
    """Act on one confirmation that its answerer has read on a screen; return the reply.

    Args:
        choice: number of the option; 1 for a plain confirmation.
    """
    _end_expired(context)
    pending = _newest(context, PendingConfirmation.public_id == confirmation_id)
    if pending is None:
        return say("answer.none", context.language)
    if pending.state != ConfirmationState.OPEN:
        return _ended(context, pending)
    options = kinds[pending.kind].options
    if not options:
        return _execute(context, kinds, pending, _CONFIRMED)
    return _choose(context, kinds, pending, choice if 1 <= choice <= options else None)


def waiting_for(context: CommandContext) -> PendingConfirmation | None:
    """Return the newest question of ours that the sender may answer, FORGET among them."""
    session, mine = context.unit.session, context.party.id
    waiting = open_to(session, mine, context.said_at, context.read_by)
    if not waiting:
        return None
    newest = next(answerable(session, mine, context.said_at, context.read_by), None)
    other = next((one for one in waiting if one.kind in OF_OTHERS), None)
    found = [one for one in (newest, other) if one is not None]
    return max(found, key=lambda one: one.made_at, default=None)


def close(
    context: CommandContext, kinds: Mapping[str, ConfirmationKind], pending: PendingConfirmation
) -> Reply:
    """Close a question with no; where no is one of its answers, give that one."""
    require_one_writer(context.unit.session)
    kind = kinds.get(pending.kind)
    if kind is not None and kind.no:
        return _execute(context, kinds, pending, kind.no)
    return _refuse(context, pending)


def end_all(context: CommandContext) -> None:
    """End the open questions of livestock to the sender as if nobody had answered in time."""
    _expire(context, OF_LIVESTOCK, expires_at=context.now)


def _refuse(context: CommandContext, pending: PendingConfirmation) -> str:
    pending.state = ConfirmationState.REFUSED.value
    return say("answer.closed", context.language)


def ask_again(context: CommandContext) -> str:
    """Return the newest question that the sender may answer, as it was asked."""
    waiting = answerable(context.unit.session, context.party.id, context.said_at, context.read_by)
    newest = next(waiting, None)
    if newest is None:
        return say("answer.none", context.language)
    return newest.question or say("answer.code_wanted", context.language)


def _end_expired(context: CommandContext) -> None:
    """End expired confirmations, and keep other answers waiting from now on."""
    # A box may bring an answer late: it counts from when it was written.
    _expire(context, PendingConfirmation.expires_at <= context.said_at)


def _expire(context: CommandContext, which: ColumnElement[bool], **also: datetime) -> None:
    """Let some open questions to the sender expire."""
    require_one_writer(context.unit.session)
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == context.party.id,
            PendingConfirmation.state == ConfirmationState.OPEN,
            which,
        )
        .values(state=ConfirmationState.EXPIRED.value, **also)
    )


def _take_code(context: CommandContext, kinds: Mapping[str, ConfirmationKind], code: str) -> Reply:
    if context.relayed is not None:
        # A code goes to a phone by the ordinary road, and comes back by it: a box proves nothing.
        return say("box.no_code", context.language)
    wanted = recent_codes(context.party.id, context.now).where(OF_LIVESTOCK)
    recent = context.unit.session.scalars(wanted).all()
    fits = [pending for pending in recent if confirms(context.unit.vault, pending, code)]
    meant = min(fits, key=lambda one: one.state != ConfirmationState.OPEN, default=None)
    if meant is None:
        return _count_wrong(context, recent)
    if meant.state != ConfirmationState.OPEN:
        return _ended(context, meant)
    if context.arguments.get("declared") is not None and not kinds[meant.kind].declares:
        # Part of the answer means nothing here, so none of it counts.
        return say("answer.code_alone", context.language)
    return _execute(context, kinds, meant, _CONFIRMED)


def _count_wrong(context: CommandContext, recent: Sequence[PendingConfirmation]) -> str:
    """Count a wrong code against every confirmation that it may have been meant for."""
    tried = [pending for pending in recent if pending.state == ConfirmationState.OPEN]
    if not tried:
        return _unasked_code(context, recent)
    left = count_wrong(context.unit.session, tried, context.now)
    if not left:
        return say("answer.spent", context.language)
    return say("answer.wrong_code", context.language, count=left)


def _unasked_code(context: CommandContext, recent: Sequence[PendingConfirmation]) -> str:
    """Explain an unexpected code: its confirmation has ended, or a choice is wanted."""
    note_wrong(context.unit.session, context.party.id, context.now)
    if recent and recent[0].state != ConfirmationState.DONE:
        return _ended(context, recent[0])
    waiting = waiting_for(context)
    if waiting is not None and waiting.kind == FORGET:
        return say("forget.word", context.language)
    asked = _newest(context, _BY_CHOICE, PendingConfirmation.state == ConfirmationState.OPEN)
    return say("answer.no_code", context.language) if asked is None else asked.question or ""


def _take_choice(
    context: CommandContext, kinds: Mapping[str, ConfirmationKind], said: str
) -> Reply:
    waiting = answerable(context.unit.session, context.party.id, context.said_at, context.read_by)
    # NO closes a question that has no such answer, and a code that waits.
    newest = next((one for one in waiting if said == NO or _may_choose(context, one)), None)
    forget = waiting_for(context) if newest is None and said == NO else None
    if forget is not None:
        return _refuse(context, forget)
    if newest is None:
        return _nothing_asked(context)
    kind = kinds[newest.kind]
    if said == NO and not kind.no:
        return _refuse(context, newest)
    if newest.ask_again:
        newest.ask_again = False
        return newest.question or ""
    if newest.code_digest is not None and said != NO:
        context.waiting.append(OpenQuestion(newest.public_id, secret=True))
        return newest.question or ""
    return _choose(context, kinds, newest, kind.no if said == NO else _meant(said, kind.options))


def _may_choose(context: CommandContext, pending: PendingConfirmation) -> bool:
    """Tell whether a choice answers: a PIN that follows it stands for the code of a question."""
    return pending.code_digest is None or (context.by_pin and pending.question is not None)


def _choose(
    context: CommandContext,
    kinds: Mapping[str, ConfirmationKind],
    pending: PendingConfirmation,
    choice: int | None,
) -> Reply:
    """Act on a choice; ask again if it is none of the options."""
    if choice is None:
        return pending.question or ""
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == context.party.id,
            PendingConfirmation.state == ConfirmationState.OPEN,
            PendingConfirmation.id != pending.id,
            PendingConfirmation.question.is_not(None),
        )
        .values(ask_again=True)
    )
    return _execute(context, kinds, pending, choice)


def _meant(said: str, options: int) -> int | None:
    """Return the number of a choice, None if it is none of the options.

    Yes is the first of two options; with three it means nothing.
    """
    if said == YES:
        return _CONFIRMED if options == _YES_OR_NO else None
    choice = int(said)
    return choice if 1 <= choice <= options else None


def _nothing_asked(context: CommandContext) -> str:
    if _newest(context, BY_CODE, PendingConfirmation.state == ConfirmationState.OPEN):
        return say("answer.code_wanted", context.language)
    last = _newest(context, _BY_CHOICE)
    if last is not None and last.state == ConfirmationState.OPEN:
        # It was asked after they wrote. A box's text of it is on its way; a carrier's has gone.
        return (last.question or "") if context.sent_at else ""
    if context.sent_at:
        # What they answered may be over, and what waits is not meant.
        return ""
    return say("answer.none", context.language) if last is None else _ended(context, last)


def _execute(
    context: CommandContext,
    kinds: Mapping[str, ConfirmationKind],
    pending: PendingConfirmation,
    choice: int,
) -> Reply:
    pending.state = ConfirmationState.DONE.value
    return kinds[pending.kind].execute(context, pending, json.loads(pending.command), choice)


def _ended(context: CommandContext, pending: PendingConfirmation) -> str:
    return say(f"answer.{pending.state}", context.language)


def _newest(context: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    """Return the newest confirmation that the sender may answer."""
    mine = (PendingConfirmation.answerer_id == context.party.id, OF_LIVESTOCK)
    found = select(PendingConfirmation).where(*mine, *which).order_by(PendingConfirmation.id.desc())
    return context.unit.session.scalars(found.limit(1)).first()
