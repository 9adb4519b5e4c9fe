"""SELL and GIVE: animals get another owner, once the receiver has answered that he takes them.

SALIM is both to send and to sell, so it always asks which is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.grammar import Phrase
from services.livestock.confirmations.create import open_claim, tell
from services.livestock.confirmations.kinds import ClaimKind
from services.livestock.confirmations.owners import other_owner, require_owner
from services.livestock.confirmations.record import event_of, record_once
from services.livestock.domain.model import Recorded, Report, event_id
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_readers import DAY, PLACE, TAGS
from services.livestock.sms_commands.common import origin_of, premises_at, today_at
from services.livestock.sms_commands.replies import list_numbers
from services.livestock.sms_commands.sales import GIVEN, SOLD, Sale, read_sale
from services.messaging.command_router import CommandContext, CommandHandler
from services.messaging.confirmations import QUESTION, ClaimState
from services.storage.models import Party, PendingConfirmation
from services.texts.catalogue import language_of, say

_MOVED = 3
_TERMS = {1: SOLD, 2: GIVEN}
_REFUSED = 2


def sell(call: CommandContext) -> str:
    """SELL: ask what is meant: sold, given, or only moved."""
    return _begin(call, read_sale(call, None))


def give(call: CommandContext) -> str:
    """GIVE: the animals leave, and the receiver is asked."""
    return _begin(call, read_sale(call, GIVEN))


def _begin(call: CommandContext, sale: Sale) -> str:
    """Go on at once with the sender's own animals; ask the owner of others first."""
    owner = other_owner(call.unit.session, sale.animals, call.party)
    departure = event_id(call.channel, call.key, 0)
    if owner is None:
        return _go_on(call, sale, departure)
    if owner.public_id == sale.taker:
        # It goes back to its owner: that moves it, and changes nothing else.
        return _move(call, sale, departure)
    opened = open_claim(call, CONSENT, owner, sale.command())
    pigs = list_numbers(sale.animals)
    text = say(
        "sell.consent",
        language_of(owner.language),
        pigs=pigs,
        place=sale.at,
        other=sale.to,
        digits=opened.code,
    )
    tell(call, owner, text, (opened.claim, "code"))
    return say("sell.asked_owner", call.language, pigs=pigs)


def _consent(
    call: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> str:
    sale = Sale.read(command)
    require_owner(call.unit.session, sale.animals, call.party)
    # What the claimant wrote may be a phone number, and the owner is somebody else.
    return _go_on(call, replace(sale, shown=str(sale.to)), event_of(claim))


def _go_on(call: CommandContext, sale: Sale, departure: UUID) -> str:
    return _offer(call, sale, departure) if sale.terms else _ask_terms(call, sale)


def _ask_terms(call: CommandContext, sale: Sale) -> str:
    opened = open_claim(call, TERMS, call.party, sale.command())
    opened.claim.question = say(
        "sell.ask_again" if opened.replaced else "sell.ask",
        call.language,
        pigs=list_numbers(sale.animals),
        other=sale.shown,
    )
    return opened.claim.question


def _choose(
    call: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> str:
    sale = Sale.read(command)
    require_owner(call.unit.session, sale.animals, call.party)
    if choice != _MOVED:
        return _offer(call, replace(sale, terms=_TERMS[choice]), event_of(claim))
    return _move(call, sale, event_of(claim))


def _move(call: CommandContext, sale: Sale, departure: UUID) -> str:
    done = _record(call, sale.departure(call, departure, sale.animals))
    return say("move", call.language, receipt=done.receipt, **sale.words(call.language))


def _offer(call: CommandContext, sale: Sale, departure: UUID) -> str:
    """Write down that the animals left, as far as they are still here, and ask the receiver."""
    leaving = sale.still_here(call.unit.session)
    left = _record(call, sale.departure(call, departure, leaving)) if leaving else None
    receiver = sale.receiver(call.unit.session)
    claim = open_claim(call, TAKE, receiver, sale.command()).claim
    claim.question = say(
        f"take.{sale.terms}",
        language_of(receiver.language),
        pigs=list_numbers(sale.animals),
        place=sale.at,
    )
    tell(call, receiver, claim.question, (claim, QUESTION))
    words = sale.words(call.language)
    if left is None:
        return say("offered.there", call.language, **words)
    return say("offered", call.language, receipt=left.receipt, **words)


def _take(
    call: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> str:
    sale = Sale.read(command)
    seller = call.unit.session.get_one(Party, claim.claimant_id)
    sellers = language_of(seller.language)
    if choice == _REFUSED:
        claim.state = ClaimState.REFUSED.value
        text = say("sold.refused", sellers, **sale.words(sellers))
        tell(call, seller, text, (claim, "answer"))
        return say("refused", call.language, pigs=list_numbers(sale.animals))
    require_owner(call.unit.session, sale.animals, seller)
    today = today_at(call, premises_at(call, sale.to))
    done = _record(call, sale.transfer(call, event_of(claim), seller, today))
    words = {**sale.words(sellers), "receipt": done.receipt}
    tell(call, seller, say("sold.taken", sellers, **words), (claim, "answer"))
    return say("taken", call.language, **{**words, "pigs": list_numbers(sale.animals)})


def _record(call: CommandContext, report: Report) -> Recorded:
    return record_once(call.unit.session, report, origin_of(call))


CONSENT = ClaimKind("consent", _consent)
TERMS = ClaimKind("terms", _choose, options=3, life=timedelta(days=1), ends=frozenset({"take"}))
TAKE = ClaimKind("take", _take, options=2, life=timedelta(days=7), ends=frozenset({"terms"}))
CLAIMS = (CONSENT, TERMS, TAKE)

SPOKEN = (
    CommandHandler(
        Phrase(
            "sell",
            {"en": ("SELL", "SOLD"), "tpi": ("SALIM",)},
            (TAGS, PLACE, DAY),
            {
                "en": f"SELL {EXAMPLE_PIG} {EXAMPLE_PLACE}",
                "tpi": f"SALIM {EXAMPLE_PIG} {EXAMPLE_PLACE}",
            },
            fillers=("pinis",),
            subject=1,
        ),
        sell,
    ),
    CommandHandler(
        Phrase(
            "give",
            {"en": ("GIVE", "GAVE"), "tpi": ("GIVIM", "GIPIM")},
            (TAGS, PLACE, DAY),
            {
                "en": f"GIVE {EXAMPLE_PIG} {EXAMPLE_PLACE}",
                "tpi": f"GIVIM {EXAMPLE_PIG} {EXAMPLE_PLACE}",
            },
            fillers=("pinis",),
            subject=1,
        ),
        give,
    ),
)
