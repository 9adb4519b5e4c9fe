"""FORGET: a code or PIN confirms it, and three days later name and number are erased.

The owner of a number that somebody else used reads the notice in these three days, and CANCEL keeps
everything. STOP counts at once. A code has ten minutes and five tries, and the newest alone counts.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update

from gateway.phrases import clean
from services.core.error_logging import isolated
from services.core.roles import Role
from services.messaging.codes import (
    CODE_LIFE,
    close_to_codes,
    confirms,
    count_wrong,
    give_code,
    read_code,
)
from services.messaging.command_router import CommandContext, Reply
from services.messaging.confirmation_answers import Answers
from services.messaging.confirmations import (
    BY_CODE,
    FORGET,
    ConfirmationState,
    OpenQuestion,
    is_of_livestock,
    message_name,
    new_confirmation,
    replace_older,
)
from services.messaging.outbox import REPLY_LIFE, OutboundMessage, SendOptions, enqueue_messages
from services.messaging.person_erasure import forget
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Party, PendingConfirmation, PendingErasure
from services.storage.unit_of_work import Unit
from services.texts.catalogue import day_and_month, language_of, say
from sms.local_time import DEFAULT_ZONE
from sms.message import Kind

DELAY = timedelta(hours=72)
"""From the confirmation until the erasure."""

_PURPOSE = "forget"
_LOG = logging.getLogger("bilum.worker")
_MAY_LEAVE = frozenset({Role.KEEPER, Role.RECORDER})


def forget_me(context: CommandContext) -> str:
    """Send a code for FORGET, or take it; officers stay until an administrator acts."""
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
    waiting = _waiting(context)
    if waiting is not None:
        return _notice(waiting, context.language)
    confirmation = new_confirmation(
        FORGET, (context.party.id, context.party.id), context.now, CODE_LIFE
    )
    if context.by_pin:
        close_to_codes(confirmation)
        _open(context, confirmation)
        return say("forget.pin", context.language)
    replace_older(context.unit.session, confirmation)
    digits = give_code(context.unit.session, context.unit.vault, confirmation)
    _open(context, confirmation)
    return say("forget.ask", context.language, digits=digits)


def _open(context: CommandContext, confirmation: PendingConfirmation) -> None:
    context.unit.session.add(confirmation)
    context.waiting.append(OpenQuestion(confirmation.public_id, secret=True))


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
    left = count_wrong(context.unit.session, [confirmation], context.now)
    if left:
        return say("forget.wrong_code", context.language, count=left)
    return say("answer.spent", context.language)


def _settle(others: Answers, context: CommandContext, public_id: UUID, choice: int) -> Reply:
    """Act on what a PIN confirms."""
    if is_of_livestock(context.unit.session, public_id):
        return others.settle(context, public_id, choice)
    require_one_writer(context.unit.session)
    confirmation = _newest(context, PendingConfirmation.public_id == public_id)
    return _no_code(context) if confirmation is None else _leave(context, confirmation)


def _take_typed(others: Answers, context: CommandContext, public_id: UUID, typed: str) -> Reply:
    """Act on a code that was typed on a screen."""
    if is_of_livestock(context.unit.session, public_id):
        return others.code(context, public_id, typed)
    require_one_writer(context.unit.session)
    reading = read_code(clean(typed))
    return _take_code(context, "" if reading is None else str(reading.value))


def _leave(context: CommandContext, confirmation: PendingConfirmation) -> str:
    """Plan the erasure, and tell every phone of the person."""
    if context.party.role not in _MAY_LEAVE:
        return say("forget.officer", context.language)
    confirmation.state = ConfirmationState.DONE.value
    waiting = _waiting(context)
    if waiting is None:
        waiting = PendingErasure(
            party_id=context.party.id, number=context.number, due_at=context.now + DELAY
        )
        context.unit.session.add(waiting)
        _tell_others(context, waiting, confirmation)
    return _notice(waiting, context.language)


def _tell_others(
    context: CommandContext, waiting: PendingErasure, confirmation: PendingConfirmation
) -> None:
    others = select(Contact).where(
        Contact.party_id == context.party.id, Contact.number_index != context.index
    )
    text = _notice(waiting, language_of(context.party.language))
    messages = [
        OutboundMessage(
            one.number, one.number_index, text, message_name(confirmation, "notice", one.id)
        )
        for one in context.unit.session.scalars(others)
    ]
    options = SendOptions(_PURPOSE, context.now, waiting.due_at, Kind.ANSWER)
    enqueue_messages(context.unit.session, messages, options)


def keep(context: CommandContext) -> str | None:
    """CANCEL: give up an erasure that waits; None: there is none."""
    require_one_writer(context.unit.session)
    waiting = _waiting(context)
    if waiting is None:
        return None
    context.unit.session.delete(waiting)
    # The code that began it must not begin it again.
    context.unit.session.execute(
        update(PendingConfirmation)
        .where(*_mine(context))
        .values(state=ConfirmationState.REFUSED.value)
    )
    return say("forget.kept", context.language)


def erase_due(database: Database, now: datetime) -> int:
    """Erase the people whose three days are over, each in a transaction; return how many.

    A fault of one is logged, keeps nobody else waiting, and is met again at the next time.
    """
    with database.read() as session:
        due = session.scalars(
            select(PendingErasure.party_id).where(PendingErasure.due_at <= now)
        ).all()
    erased: list[bool] = []
    for party_id in due:
        with database.write() as session:
            unit = Unit(session, database.vault)
            work = partial(_erase, unit, party_id, now, erased)
            isolated(session, _LOG, "an erasure that is due", work)
    return sum(erased)


def _erase(unit: Unit, party_id: int, now: datetime, erased: list[bool]) -> None:
    session, waiting = unit.session, unit.session.get(PendingErasure, party_id)
    if waiting is None:
        return
    party, number = session.get_one(Party, party_id), waiting.number
    session.delete(waiting)
    language = language_of(party.language)
    stays = party.role not in _MAY_LEAVE
    if not stays:
        forget(unit, party, number, now)
    text = say("forget.officer" if stays else "forget.done", language)
    name = f"forget\0{party.public_id}\0{now.isoformat()}"
    last = OutboundMessage(number, unit.vault.index(number), text, name)
    options = SendOptions(_PURPOSE, now, now + REPLY_LIFE, Kind.ANSWER)
    enqueue_messages(session, [last], options)
    erased.append(not stays)


def _waiting(context: CommandContext) -> PendingErasure | None:
    return context.unit.session.get(PendingErasure, context.party.id, populate_existing=True)


def _notice(waiting: PendingErasure, language: str) -> str:
    local = waiting.due_at.astimezone(ZoneInfo(DEFAULT_ZONE))
    return say(
        "forget.notice",
        language,
        day=day_and_month(local.date(), language),
        clock=f"{local:%H:%M}",
    )


def _newest(context: CommandContext, *which: ColumnElement[bool]) -> PendingConfirmation | None:
    """Return the newest confirmation that still counts, open or done.

    The same text may come twice at once, and both are answered alike.
    """
    counts = PendingConfirmation.state.in_((ConfirmationState.OPEN, ConfirmationState.DONE))
    found = select(PendingConfirmation).where(
        *_mine(context), *which, counts, PendingConfirmation.expires_at > context.now
    )
    return context.unit.session.scalars(
        found.order_by(PendingConfirmation.id.desc()).limit(1)
    ).first()


def _mine(context: CommandContext) -> tuple[ColumnElement[bool], ...]:
    return PendingConfirmation.answerer_id == context.party.id, PendingConfirmation.kind == FORGET


def _no_code(context: CommandContext) -> str:
    return say("forget.no_code", context.language)
