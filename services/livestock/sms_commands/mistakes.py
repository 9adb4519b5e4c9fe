"""WRONG: a report was wrong; what holds pigs or says whose they are is taken back by a code alone.

Of an animal of somebody else its keeper gets the code: who takes a registration back hands the
animal to whoever registers it next.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chain.canonical import read_receipt, receipt_code
from gateway.argument_parsers import receipt
from gateway.grammar import Argument
from services.core.roles import OFFICERS
from services.livestock.confirmations.create import (
    CODE,
    ConfirmationKind,
    open_confirmation,
    read_animals,
    text_party,
    write_animals,
)
from services.livestock.confirmations.owners import require_owner, who_must_agree
from services.livestock.control.evidence_questions import said_by
from services.livestock.control.retractions import declare_wrong
from services.livestock.domain.actors import Strength
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.model import Origin
from services.livestock.recording.corrections import event_of_receipt, of_one_message
from services.livestock.recording.void_proofs import Undone, proof_of
from services.livestock.sms_commands.common import confirmed_origin, origin_of
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, Reply
from services.storage.models import Party, PendingConfirmation
from services.texts.catalogue import language_of, say

# A keeper without signal agrees late; it is tries, not time, that guessing needs.
_LIFE = timedelta(days=3)
# Its letters are no words: `WZ3A` asks nothing.
_RECEIPT = re.compile(
    r"(?<![^\W_])(?=\D*\d)(?:[0-9A-TV-Z]{4}[\W_]?){3}[0-9A-TV-Z]{4}(?![^\W_])", re.IGNORECASE
)


def wrong(context: CommandContext) -> Reply:
    """WRONG: everything that the message did which got this receipt is declared wrong."""
    session, prefix = context.unit.session, read_receipt(str(context.arguments["receipt"]))
    events = of_one_message(session, event_of_receipt(session, prefix))
    proof = proof_of(session, events, context.party, context.now)
    told = {"events": [str(one) for one in events], "receipt": prefix.hex()}
    if context.party.role not in OFFICERS:
        others = who_must_agree(session, events, context.party)
        if others is not None:
            return _ask(context, *others, told)
    # A PIN proves nothing before it is typed.
    if proof <= Strength.NUMBER:
        return _void(context, told, origin_of(context))
    opened = open_confirmation(context, TAKING_BACK, context.party, told)
    whose, report = "pin" if context.by_pin else "code", receipt_code(prefix)
    return say(f"wrong.{whose}", context.language, wrong=report, digits=opened.code)


def _ask(context: CommandContext, undone: Undone, keeper: Party, told: Mapping[str, Any]) -> str:
    command = {**told, "animals": write_animals(undone.animals), "act": undone.act.value}
    opened = open_confirmation(context, UNDOING, keeper, command)
    language, pigs = language_of(keeper.language), list_numbers(undone.animals)
    who = said_by(context.number, language)
    text = say(f"wrong.owner.{undone.act}", language, who=who, digits=opened.code, pigs=pigs)
    text_party(context, keeper, text, (opened.confirmation, CODE))
    return say("wrong.asked", context.language, wrong=_receipt_in(told), pigs=pigs)


def _taken_back(
    context: CommandContext, _claim: PendingConfirmation, told: Mapping[str, Any], _choice: int
) -> Reply:
    return _void(context, told, confirmed_origin(context))


def _undone(
    context: CommandContext, claim: PendingConfirmation, told: Mapping[str, Any], _choice: int
) -> Reply:
    session, wrong = context.unit.session, _receipt_in(told)
    require_owner(session, read_animals(told), context.party, CommandAct(told["act"]))
    reporter = session.get_one(Party, claim.claimant_id)
    receipt = _declare(session, told, confirmed_origin(context), reporter)
    text = say("wrong", language_of(reporter.language), wrong=wrong, receipt=receipt)
    text_party(context, reporter, text, (claim, "done"))
    return say("wrong.agreed", context.language, wrong=wrong, receipt=receipt)


def _void(context: CommandContext, told: Mapping[str, Any], origin: Origin) -> str:
    receipt = _declare(context.unit.session, told, origin, context.party)
    return say("wrong", context.language, wrong=_receipt_in(told), receipt=receipt)


def _declare(session: Session, told: Mapping[str, Any], origin: Origin, party: Party) -> str:
    """Declare the events of a message wrong, and return the receipt of the first correction."""
    events = map(UUID, told["events"])
    done = [declare_wrong(session, one, "incorrect_data", origin, party) for one in events]
    return done[0].receipt


def _receipt_in(told: Mapping[str, Any]) -> str:
    return receipt_code(bytes.fromhex(told["receipt"]))


TAKING_BACK = ConfirmationKind("taking_back", _taken_back)
UNDOING = ConfirmationKind("undoing", _undone, life=_LIFE)
CLAIMS = (TAKING_BACK, UNDOING)
HANDLERS = (
    command(
        "wrong",
        wrong,
        {
            "en": ("WRONG", "I MADE A MISTAKE", "MISTAKE", "MY LAST REPORT WAS WRONG"),
            "tpi": ("RONG", "MI MEKIM RONG", "MI SALIM RONG NAMBA", "LAS RIPOT I RONG"),
        },
        (Argument("receipt", receipt),),
        "7KQ2-M9XA-P4TD-WZ3C",
        fillers=("receipt", "risit", "my", "report", "ripot", "was", "is", "i", "em"),
        subject=1,
        own=_RECEIPT,
    ),
)
