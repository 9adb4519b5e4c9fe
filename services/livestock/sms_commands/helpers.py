"""ADD PHONE, ACCEPT and REMOVE: who may report for a keeper.

Anybody can write in a keeper's name, so a code to the keeper's own phone comes first. A phone of
the family must agree by its own road; a village recorder holds an office, and is told.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select

from gateway.grammar import Argument
from gateway.tags import Identifier
from services.core.roles import Role
from services.ledger.party_log import PartyAct
from services.livestock.confirmations.create import (
    ConfirmationKind,
    open_confirmation,
    text_party,
)
from services.livestock.control.added_phones import BY_PERSON, LIFE, agree
from services.livestock.control.affected import phones_of
from services.livestock.domain.errors import NotARecorder, OwnPhone
from services.livestock.recording.identity import find_premises
from services.livestock.sms_commands.argument_kinds import PLACE
from services.livestock.sms_commands.buyers import phone
from services.livestock.sms_commands.common import key_of
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import QUESTION, ConfirmationState
from services.messaging.helpers import HelperKind, accept_helper, end_helping
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Contact, Party, PendingConfirmation, Premises
from services.storage.parties import party_of
from services.texts.catalogue import language_of, say
from sms.numbers import local

_EXAMPLE = "70000002"
_AGREED = 1
_BESIDE = ("recorder", "rekoda", "phone", "fon", "number", "namba", "village")
_PURPOSE = "helper"
_LIFE = timedelta(days=3)


def add_phone(context: CommandContext) -> str:
    """ADD PHONE: send a code to the sender's own phone; the other one is asked after it."""
    number = str(context.arguments["phone"])
    if number == context.number:
        raise OwnPhone
    return _ask_code(context, ADDING, number)


def accept(context: CommandContext) -> str:
    """ACCEPT: send a code before a village recorder may report for the sender."""
    recorder, number = _recorder(context)
    if recorder.id == context.party.id:
        raise OwnPhone
    return _ask_code(context, ACCEPTING, number)


def remove(context: CommandContext) -> str:
    """REMOVE: the other phone, or the recorder, acts for the sender no more, nor they for it."""
    number = str(context.arguments["phone"])
    other = _known(context, number)
    if other is None or not end_helping(
        context.unit.session, context.party, other, _act(context, "helper-ended")
    ):
        return say("helper.none", context.language, other=_local(number))
    _tell_ended(context, other)
    return say("helper.removed", context.language, other=_local(number))


def _ask_code(context: CommandContext, kind: ConfirmationKind, number: str) -> str:
    command = {"animals": [], "number": number}
    opened = open_confirmation(context, kind, context.party, command)
    values = {"other": _local(number), "digits": opened.code}
    code = f"helper.pin.{kind.name}" if context.by_pin else f"helper.{kind.name}"
    return say(code, context.language, **values)


def _ask_phone(
    context: CommandContext, _claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> str:
    """Ask the other phone, once the keeper's code has come back."""
    number = command["number"]
    other = party_of(context.unit, number)
    told = {"animals": [], "keeper": str(context.party.public_id), "number": context.number}
    opened = open_confirmation(context, AGREEING, other, told)
    opened.confirmation.question = say(
        "helper.ask", language_of(other.language), other=_local(context.number)
    )
    text_party(context, other, opened.confirmation.question, (opened.confirmation, QUESTION))
    return say("helper.asked", context.language, other=_local(number))


def _agree(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> str:
    """Take the answer of the other phone, and tell the keeper."""
    session, keeper = context.unit.session, _party(context, command["keeper"])
    agreed = choice == _AGREED
    if agreed:
        act = _act(context, "helper-accepted")
        accept_helper(session, keeper, context.party, HelperKind.FAMILY, act)
    else:
        claim.state = ConfirmationState.REFUSED.value
    language, number = language_of(keeper.language), _local(context.number)
    text = say("helper.added" if agreed else "helper.refused", language, other=number)
    text_party(context, keeper, text, (claim, "answer"))
    code = "helper.agreed" if agreed else "helper.declined"
    return say(code, context.language, other=_local(command["number"]))


def _take_recorder(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> str:
    """Accept a village recorder, once the keeper's code has come back, and tell them."""
    recorder = _known(context, command["number"])
    if recorder is None or recorder.role != Role.RECORDER:
        raise NotARecorder(number=_local(command["number"]))
    act = _act(context, "helper-accepted")
    accept_helper(context.unit.session, context.party, recorder, HelperKind.RECORDER, act)
    language = language_of(recorder.language)
    text = say("helper.chosen", language, other=_local(context.number))
    text_party(context, recorder, text, (claim, "answer"))
    return say("helper.recorder", context.language, other=_local(command["number"]))


def _recorder(context: CommandContext) -> tuple[Party, str]:
    """Return the village recorder that a message names by phone or place, and a phone of theirs.

    Raises:
        NotARecorder: the number is nobody's who is one.
    """
    told = context.arguments["place"]
    if isinstance(told, str):
        shown = _local(told)
        named = Contact.number_index == context.unit.vault.index(told)
    else:
        key = key_of(cast("Identifier", told), "premises")
        shown, place = str(key), find_premises(context.unit.session, [key]).get(key)
        keeper = select(Premises.keeper_id).where(Premises.id == (place.id if place else None))
        named = Contact.party_id.in_(keeper)
    row = context.unit.session.execute(
        select(Party, Contact.number)
        .join(Contact, Contact.party_id == Party.id)
        .where(named, Party.role == Role.RECORDER.value)
        .order_by(Contact.id)
    ).first()
    if row is None:
        raise NotARecorder(number=shown)
    return row[0], row[1]


def _tell_ended(context: CommandContext, other: Party) -> None:
    phone = phones_of(context.unit.session, [other.id]).get(other.id)
    if phone is None:
        return
    text = say("helper.removed", language_of(other.language), other=_local(context.number))
    message = OutboundMessage(*phone, text, f"{_PURPOSE}\0{context.channel}\0{context.key}")
    options = SendOptions(_PURPOSE, context.now, context.now + _LIFE)
    enqueue_messages(context.unit.session, [message], options)


def _known(context: CommandContext, number: str) -> Party | None:
    """Return the party of a number, if there is one."""
    index = context.unit.vault.index(number)
    return context.unit.session.scalars(
        select(Party)
        .join(Contact, Contact.party_id == Party.id)
        .where(Contact.number_index == index)
        .order_by(Contact.id)
    ).first()


def _party(context: CommandContext, public_id: str) -> Party:
    wanted = select(Party).where(Party.public_id == UUID(public_id))
    return context.unit.session.scalars(wanted).one()


def _act(context: CommandContext, change: str) -> PartyAct:
    return PartyAct(change, context.party.public_id, context.channel, context.now)


def _local(number: str) -> str:
    """Write a number as people in the country do."""
    return local(number)


def _take_phone(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> str:
    """Add the phone that an officer asked about, once the person agrees."""
    number = command["number"]
    if choice != _AGREED:
        claim.state = ConfirmationState.REFUSED.value
        return say("phone_added.refused", context.language, other=_local(number))
    act = _act(context, "phone-added")
    agree(context.unit.session, context.unit.vault, context.party, number, act)
    return say("phone_added", context.language, other=_local(number))


ADDING = ConfirmationKind("add_phone", _ask_phone)
ACCEPTING = ConfirmationKind("accept", _take_recorder)
AGREEING = ConfirmationKind("act_for", _agree, options=2, life=timedelta(days=3))
OWN_PHONE = ConfirmationKind(BY_PERSON, _take_phone, options=2, life=LIFE)
CLAIMS = (ADDING, ACCEPTING, AGREEING, OWN_PHONE)

_PHONE = Argument("phone", phone)
# Whose phone it is changes nothing: its owner is asked.
_WHOSE = (
    *("my", "wife", "wifes", "husband", "husbands", "son", "sons", "daughter", "daughters", "of"),
    *("phone", "number", "is", "it", "add", "to", "pigs", "also", "other", "new", "please", "em"),
    *("bilong", "bilong mi", "meri", "man", "pikinini", "putim", "fon", "namba", "mi", "plis"),
)
HANDLERS = (
    command(
        "add_phone",
        add_phone,
        {
            "en": (
                "ADD PHONE",
                "ADD",
                "MY OTHER NUMBER",
                "MY OTHER PHONE",
                "I ALSO USE",
                "NEW NUMBER",
            ),
            "tpi": (
                *(
                    "PUTIM FON",
                    "PUTIM NAMBA BILONG FON",
                    "MI LAIK PUTIM NAMBA",
                    "MI LAIK PUTIM FON",
                ),
                *("NARAPELA FON", "NARAPELA NAMBA", "NUPELA NAMBA", "FON BILONG MERI", "PUTIM"),
            ),
        },
        (_PHONE,),
        _EXAMPLE,
        fillers=(*_BESIDE, *_WHOSE),
    ),
    command(
        "accept",
        accept,
        {"en": ("ACCEPT", "ACCEPT RECORDER"), "tpi": ("MAKIM", "MAKIM REKODA")},
        (PLACE,),
        _EXAMPLE,
        fillers=_BESIDE,
    ),
    command(
        "remove",
        remove,
        {
            "en": ("REMOVE", "REMOVE PHONE", "REMOVE RECORDER"),
            "tpi": ("TEKEWE", "TEKEWE FON", "TEKEWE REKODA", "RAUSIM FON"),
        },
        (_PHONE,),
        _EXAMPLE,
        fillers=_BESIDE,
    ),
)
