"""SELL and GIVE: animals get another owner once their owner's code and the receiver agree.

Anybody can write in the name of any phone, and a thief could give a pig to himself: nothing leaves
before the code comes back that went to the owner's phone. SALIM is both to send and to sell, so it
always asks which is meant; a pig that is only moved needs no code.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.livestock.confirmations.create import (
    CODE,
    ConfirmationKind,
    event_id_of,
    open_confirmation,
    record_once,
    text_party,
)
from services.livestock.confirmations.owners import other_owner, require_owner
from services.livestock.domain.model import EventType, Recorded, Report, event_id
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_kinds import DAY, PRICE, RECEIVER, TAGS
from services.livestock.sms_commands.common import (
    EventReport,
    confirm,
    confirmed_origin,
    premises_at,
    record_event,
    today_at,
)
from services.livestock.sms_commands.declarations import (
    SELLERS_WORD,
    declare,
    denied_by,
    denied_reply,
    with_declaration,
)
from services.livestock.sms_commands.evidence_replies import ask_of, evidence_text
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.receiver_warnings import (
    WARNED,
    answer_instead,
    question_of,
    warnings_for,
)
from services.livestock.sms_commands.sales import (
    GIVEN,
    OFFER,
    SOLD,
    Sale,
    read_sale,
    require_may_offer,
)
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import (
    CommandContext,
    FromAnybody,
    Reply,
    texts_of,
)
from services.messaging.confirmations import QUESTION, ConfirmationState
from services.storage.models import Party, PendingConfirmation
from services.texts.catalogue import language_of, say

_MOVED = 3
_TERMS = {1: SOLD, 2: GIVEN}
_REFUSED = 2


def sell(context: CommandContext) -> Reply:
    """SELL: ask for the meaning: sold, given, or only moved; who tells the price has sold it."""
    return _begin(context, read_sale(context, SOLD if context.arguments.get("price") else None))


def give(context: CommandContext) -> Reply:
    """GIVE: once the giver's code comes back, the animals leave, and the receiver is asked."""
    return _begin(context, read_sale(context, GIVEN))


def _begin(context: CommandContext, sale: Sale) -> Reply:
    """Go on at once with the sender's own animals; ask the owner of others first.

    Of what anybody may have said it is evidence that they left.
    """
    if context.is_anybodys:
        left = EventReport(place_of_animals(context, sale.animals), sale.animals, sale.to)
        return evidence_text(context, [record_event(context, EventType.DEPART, left)])
    owner = other_owner(context.unit.session, sale.animals, context.party, sale.act)
    departure = event_id(context.channel, context.key, 0)
    if owner is None:
        return _go_on(context, sale, departure)
    if owner.public_id == sale.taker:
        # It goes back to its owner: that moves it, and changes nothing else.
        return _move(context, sale, departure)
    # What somebody else says of a price answers nothing for the owner.
    return ask_owner(context, replace(sale, terms=None) if sale.terms == SOLD else sale, owner)


def ask_owner(context: CommandContext, sale: Sale, owner: Party) -> str:
    """Ask the owner of others' animals by a code; return the reply to the sender."""
    opened = open_confirmation(context, CONSENT, owner, sale.command())
    pigs, language = list_numbers(sale.animals), language_of(owner.language)
    values = {"pigs": pigs, "other": sale.at, "to": sale.to, "digits": opened.code}
    text = say("sell.consent", language, **values)
    text_party(context, owner, text, (opened.confirmation, CODE))
    return say("sell.asked_owner", context.language, pigs=pigs)


def _consent(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> Reply:
    sale = Sale.read(command)
    require_owner(context.unit.session, sale.animals, context.party, sale.act)
    # The claimant may have written a phone number, which the owner must not see.
    told = replace(sale, shown=str(sale.to), proven=True, clean=None)
    return _go_on(context, with_declaration(context, told), event_id_of(claim))


def _go_on(context: CommandContext, sale: Sale, departure: UUID) -> Reply:
    if sale.terms is None:
        return _ask_terms(context, sale)
    return make_offer(context, sale, departure) if sale.proven else _ask_code(context, sale)


def _ask_code(context: CommandContext, sale: Sale) -> str:
    require_may_offer(context, sale, sale.receiver(context.unit.session))
    opened = open_confirmation(context, HANDOVER, context.party, sale.command())
    whose, words = "pin" if context.by_pin else "code", sale.words(context.language)
    whose = "declared" if whose == "code" and sale.clean is not None else whose
    code = f"sell.{whose}" if sale.terms == SOLD else f"give.{whose}"
    return say(code, context.language, digits=opened.code, **words)


def _hand_over(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> Reply:
    sale = with_declaration(context, Sale.read(command))
    require_owner(context.unit.session, sale.animals, context.party, sale.act)
    return make_offer(context, sale, event_id_of(claim))


def _ask_terms(context: CommandContext, sale: Sale) -> str:
    opened = open_confirmation(context, TERMS, context.party, sale.command())
    words = sale.words(context.language)
    opened.confirmation.question = say("sell.ask", context.language, **words)
    if opened.replaced:
        return say("sell.ask_again", context.language, **words)
    return opened.confirmation.question


def _choose(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> Reply:
    sale = Sale.read(command)
    require_owner(context.unit.session, sale.animals, context.party, sale.act)
    if choice != _MOVED:
        return _go_on(context, replace(sale, terms=_TERMS[choice]), event_id_of(claim))
    return _move(context, sale, event_id_of(claim))


def _move(context: CommandContext, sale: Sale, departure: UUID) -> Reply:
    done = _record(context, sale.departure(context, departure, sale.animals))
    return confirm(context, "move", done, **sale.words(context.language))


def make_offer(context: CommandContext, sale: Sale, departure: UUID) -> Reply:
    """Write down that the animals left, as far as they are still here, and ask the receiver."""
    receiver = sale.receiver(context.unit.session)
    require_may_offer(context, sale, receiver)
    leaving = sale.still_here(context.unit.session)
    said = declare(context, sale, departure)
    sale = sale if said is None else replace(sale, denied=denied_by(said))
    left = _record(context, sale.departure(context, departure, leaving)) if leaving else None
    warned = warnings_for(context, sale)
    command = sale.command() | {WARNED: [one.written for one in warned]}
    claim = open_confirmation(context, TAKE, receiver, command).confirmation
    claim.question = question_of(sale, warned, language_of(receiver.language))
    text_party(context, receiver, claim.question, (claim, QUESTION))
    words = sale.words(context.language)
    usual: Reply = say("offered.there", context.language, **words)
    if left is not None:
        usual = confirm(context, "offered", left, **words)
    if said is None or not said.warnings:
        return usual
    denied = denied_reply(context, sale, said)
    # What bars the journey comes first.
    return [*texts_of(usual), denied] if left is not None and left.warnings else [denied]


def _take(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> Reply:
    sale = Sale.read(command)
    seller = context.unit.session.get_one(Party, claim.claimant_id)
    sellers = language_of(seller.language)
    if choice == _REFUSED:
        claim.state = ConfirmationState.REFUSED.value
        text = say("sold.refused", sellers, **sale.words(sellers))
        text_party(context, seller, text, (claim, "answer"))
        return say("refused", context.language, pigs=list_numbers(sale.animals))
    require_owner(context.unit.session, sale.animals, seller, sale.act)
    if (instead := answer_instead(context, claim, sale, command)) is not None:
        return instead
    today = today_at(context, premises_at(context, sale.to))
    done = _record(context, sale.transfer(context, event_id_of(claim), seller, today), by=seller)
    words = {**sale.words(sellers), "receipt": done.receipt}
    text_party(context, seller, say("sold.taken", sellers, **words), (claim, "answer"))
    return confirm(context, "taken", done, pigs=list_numbers(sale.animals))


def _record(context: CommandContext, report: Report, by: Party | None = None) -> Recorded:
    """Record what the sender, or `by`, whose answer was checked, has agreed to."""
    origin = confirmed_origin(context, by)
    return ask_of(context, record_once(context.unit.session, report, origin))


CONSENT = ConfirmationKind("consent", _consent, declares=True)
TERMS = ConfirmationKind(
    "terms", _choose, options=3, life=timedelta(days=1), ends=frozenset({OFFER, "handover"})
)
HANDOVER = ConfirmationKind("handover", _hand_over, ends=frozenset({OFFER, "terms"}), declares=True)
TAKE = ConfirmationKind(
    OFFER, _take, options=2, life=timedelta(days=7), ends=frozenset({"terms", "handover"})
)
CLAIMS = (CONSENT, TERMS, HANDOVER, TAKE)

HANDLERS = (
    command(
        "sell",
        sell,
        {"en": ("SELL", "SOLD"), "tpi": ("SALIM",)},
        (TAGS, RECEIVER, PRICE, SELLERS_WORD, DAY),
        f"{EXAMPLE_PIG} {EXAMPLE_PLACE}",
        fillers=("pinis",),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "give",
        give,
        {"en": ("GIVE", "GAVE"), "tpi": ("GIVIM", "GIPIM")},
        (TAGS, RECEIVER, SELLERS_WORD, DAY),
        f"{EXAMPLE_PIG} {EXAMPLE_PLACE}",
        fillers=("pinis", "nating", "free"),
        own=re.compile(r"\bnating\b", re.IGNORECASE),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
