"""Numbers bound to village boxes: asking their owners, their answers, officers' lists, ends.

A box's key signs whatever the box says, so the number of a text is only the box's word. It is
believed for a number alone whose owner answered a text over the ordinary road, or that is on a list
which an officer approved.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, select, update
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import (
    QUESTION,
    ConfirmationState,
    message_name,
    new_confirmation,
)
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.messaging.village_routing import forget_route
from services.storage.locks import require_one_writer
from services.storage.models import (
    Contact,
    Device,
    Party,
    PendingConfirmation,
    VillageBinding,
    VillageBox,
)
from services.texts.catalogue import language_of, say
from sms.message import Kind

KIND = "box"
"""The kind of confirmation that asks a number's owner whether they write by a box."""
PURPOSE = "box"
"""Purpose of every text about a box, such as that it was not believed."""

ASKED_FOR = timedelta(days=3)
"""For how long an answer counts."""
ASK_AGAIN = timedelta(days=30)
"""After which a number that did not answer is asked again."""
HEARD = timedelta(days=60)
"""For how long a box that brought a number's texts is one that its owner may mean."""

DENIED = "denied"
"""Reason for the alarm: the owner of a number says that they do not write by the box."""

_YES = 1


class BindingState(StrEnum):
    """State of a number at a box; all but BOUND mean that the box is not believed for it."""

    SEEN = "seen"
    ASKED = "asked"
    BOUND = "bound"
    REFUSED = "refused"
    ENDED = "ended"


BY_ANSWER, BY_LIST = "answer", "list"
BOUND = VillageBinding.state == BindingState.BOUND.value


def bindings_of(
    session: Session, box: int, indexes: Collection[bytes]
) -> dict[bytes, VillageBinding]:
    """Return what a box, by its database key, is to some numbers, by blind index."""
    wanted = select(VillageBinding).where(
        VillageBinding.device_id == box, VillageBinding.number_index.in_(indexes)
    )
    rows = session.scalars(wanted).all() if indexes else ()
    return {row.number_index: row for row in rows}


def bound_numbers(session: Session, box: int) -> Sequence[str]:
    """Return the numbers that are bound to a box, in the order in which they came."""
    wanted = select(VillageBinding.number).where(VillageBinding.device_id == box, BOUND)
    return session.scalars(wanted.order_by(VillageBinding.id)).all()


def may_ask(binding: VillageBinding, now: datetime) -> bool:
    """Tell whether a number may be asked; who said no is never asked again."""
    if binding.state == BindingState.SEEN:
        return True
    asked_at = binding.asked_at
    if binding.state in {BindingState.ASKED, BindingState.ENDED}:
        return asked_at is None or asked_at <= now - ASK_AGAIN
    return False


def ask(session: Session, box: Device, binding: VillageBinding, party: Party) -> None:
    """Ask a number's owner over the ordinary road whether they write by the box that they used."""
    require_one_writer(session)
    now = binding.seen_at or binding.changed_at
    confirmation = new_confirmation(
        KIND,
        (box.owner_id, party.id),
        now,
        ASKED_FOR,
        json.dumps({"binding": binding.id}),
    )
    confirmation.question = say("box.ask", language_of(party.language), box=box.name)
    session.add(confirmation)
    session.flush()
    contact = session.scalar(
        select(Contact.id).where(Contact.number_index == binding.number_index).limit(1)
    )
    dedupe = message_name(confirmation, QUESTION, contact or 0)
    text_number(session, binding, confirmation.question, dedupe, now)
    binding.asked_at = now
    _change(session, binding, BindingState.ASKED, now)


def take_question(session: Session, box: int, most: int) -> bool:
    """Count a question that a box causes; False: it caused `most` today."""
    row = session.get_one(VillageBox, box)
    if row.window_asked >= most:
        return False
    row.window_asked += 1
    return True


def text_number(
    session: Session, binding: VillageBinding, text: str, dedupe: str, now: datetime
) -> None:
    """Queue a text about a box to a number; no box ever carries it."""
    message = OutboundMessage(binding.number, binding.number_index, text, dedupe)
    options = SendOptions(PURPOSE, now, now + ASKED_FOR, Kind.SERVICE, direct=True)
    enqueue_messages(session, [message], options)


def take_answer(
    context: CommandContext,
    pending: PendingConfirmation,
    command: Mapping[str, Any],
    choice: int,
) -> str:
    """Bind a number, or keep that its owner said no; an answer by a box is none."""
    if context.relayed is not None:
        pending.state = ConfirmationState.OPEN.value
        return say("box.other_road", context.language)
    session = context.unit.session
    binding = session.get(VillageBinding, command.get("binding", 0))
    box = session.get(Device, binding.device_id) if binding else None
    if binding is None or box is None or box.revoked_at is not None:
        return say("box.gone", context.language)
    if choice != _YES:
        end(session, binding, BindingState.REFUSED, context.now)
        _count_denied(session, box.id)
        return say("box.refused", context.language, box=box.name)
    bind(session, binding, BY_ANSWER, context.now)
    return say("box.bound", context.language, box=box.name)


def bind(session: Session, binding: VillageBinding, how: str, now: datetime) -> None:
    """Let a box be believed for a number from now on."""
    binding.how = how
    _change(session, binding, BindingState.BOUND, now)


def end(session: Session, binding: VillageBinding, state: BindingState, now: datetime) -> None:
    """End that a box is believed for a number, and let what waits for it go by the ordinary road.

    `state`: REFUSED by the number's owner, ENDED by anybody else.
    """
    binding.how = None
    _change(session, binding, state, now)
    forget_route(session, binding.device_id, binding.number)


def end_number(session: Session, box: Device, index: bytes, now: datetime) -> None:
    """End that a box is believed for a number, by its blind index, or that it is asked about it.

    Raises:
        NotFound: the box and its lists know nothing of the number.
    """
    require_one_writer(session)
    row = bindings_of(session, box.id, [index]).get(index)
    if row is None:
        raise NotFound("The box has brought no text of this number, and no list names it")
    if row.state != BindingState.REFUSED:
        end(session, row, BindingState.ENDED, now)


def end_box(session: Session, box: Device, now: datetime) -> int:
    """End every binding of a box; return how many there were."""
    rows = session.scalars(
        select(VillageBinding).where(
            VillageBinding.device_id == box.id,
            VillageBinding.state.in_((BindingState.BOUND, BindingState.ASKED)),
        )
    ).all()
    for row in rows:
        end(session, row, BindingState.ENDED, now)
    return len(rows)


def box_off(context: CommandContext) -> str:
    """BOX OFF: end every box that writes for the sender's number, or asked to."""
    session = context.unit.session
    require_one_writer(session)
    rows = _rows_of(session, context.index, VillageBinding.state != BindingState.REFUSED.value)
    for row in rows:
        end(session, row, BindingState.REFUSED, context.now)
    sentence = "box.off" if rows else "box.none"
    return say(sentence, context.language)


def box_on(context: CommandContext) -> str:
    """BOX ON: bind the sender's number to the one box that brought texts of it lately."""
    if context.relayed is not None:
        return say("box.other_road", context.language)
    session = context.unit.session
    require_one_writer(session)
    lately = VillageBinding.seen_at > context.now - HEARD
    rows = _rows_of(session, context.index, lately)
    if len(rows) != 1:
        return say("box.none" if not rows else "box.several", context.language)
    (row,) = rows
    bind(session, row, BY_ANSWER, context.now)
    return say("box.bound", context.language, box=session.get_one(Device, row.device_id).name)


def forget_bindings(session: Session, index: bytes) -> None:
    """Erase a number from every box."""
    boxes = session.scalars(
        delete(VillageBinding)
        .where(VillageBinding.number_index == index)
        .returning(VillageBinding.device_id)
    ).all()
    for box in boxes:
        _bump(session, box)


def _count_denied(session: Session, box: int) -> None:
    """Let the administrators be told that a number's owner knows nothing of a box."""
    session.execute(
        update(VillageBox)
        .where(VillageBox.device_id == box)
        .values(window_refused=VillageBox.window_refused + 1, window_reason=DENIED)
        .execution_options(synchronize_session="fetch")
    )


def _rows_of(
    session: Session, index: bytes, which: ColumnElement[bool]
) -> Sequence[VillageBinding]:
    believed = exists().where(Device.id == VillageBinding.device_id, Device.revoked_at.is_(None))
    wanted = and_(VillageBinding.number_index == index, which, believed)
    return session.scalars(select(VillageBinding).where(wanted)).all()


def _change(session: Session, binding: VillageBinding, state: BindingState, now: datetime) -> None:
    bound = BindingState.BOUND.value
    if bound in {binding.state, state.value} and binding.state != state.value:
        _bump(session, binding.device_id)
    binding.state, binding.changed_at = state.value, now
    session.flush()


def _bump(session: Session, box: int) -> None:
    """Let a box be told anew which numbers are bound to it."""
    session.execute(
        update(VillageBox)
        .where(VillageBox.device_id == box)
        .values(bound_version=VillageBox.bound_version + 1)
        .execution_options(synchronize_session="fetch")
    )
