"""WRONG: a report was wrong; what holds pigs is taken back by its reporter's code alone."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chain.canonical import read_receipt, receipt_code
from gateway.argument_parsers import receipt
from gateway.grammar import Argument
from services.livestock.confirmations.create import ConfirmationKind, open_confirmation
from services.livestock.control.retractions import declare_wrong
from services.livestock.domain.model import Origin
from services.livestock.recording.corrections import event_of_receipt, of_one_message, proof_of
from services.livestock.sms_commands.common import actor_of, confirmed_origin, origin_of
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext, Reply
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

# Its letters are no words: `WZ3A` asks nothing.
_RECEIPT = re.compile(
    r"(?<![^\W_])(?=\D*\d)(?:[0-9A-TV-Z]{4}[\W_]?){3}[0-9A-TV-Z]{4}(?![^\W_])", re.IGNORECASE
)


def wrong(context: CommandContext) -> Reply:
    """WRONG: everything that the message did which got this receipt is declared wrong."""
    session, prefix = context.unit.session, read_receipt(str(context.arguments["receipt"]))
    events = of_one_message(session, event_of_receipt(session, prefix))
    if actor_of(context).strength >= proof_of(session, events, context.party):
        return _void(context, events, prefix, origin_of(context))
    told = {"events": [str(one) for one in events], "receipt": prefix.hex()}
    opened = open_confirmation(context, TAKING_BACK, context.party, told)
    return say("wrong.code", context.language, wrong=receipt_code(prefix), digits=opened.code)


def _taken_back(
    context: CommandContext, _claim: PendingConfirmation, told: Mapping[str, Any], _choice: int
) -> Reply:
    events = [UUID(one) for one in told["events"]]
    return _void(context, events, bytes.fromhex(told["receipt"]), confirmed_origin(context))


def _void(context: CommandContext, events: Sequence[UUID], prefix: bytes, origin: Origin) -> str:
    session, (first, *rest) = context.unit.session, events
    done = declare_wrong(session, first, "incorrect_data", origin, context.party)
    for event in rest:
        declare_wrong(session, event, "incorrect_data", origin, context.party)
    return say("wrong", context.language, wrong=receipt_code(prefix), receipt=done.receipt)


TAKING_BACK = ConfirmationKind("taking_back", _taken_back)
CLAIMS = (TAKING_BACK,)
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
