"""WRONG: a sender declares their own report wrong."""

from __future__ import annotations

from chain.canonical import read_receipt, receipt_code
from gateway.argument_parsers import receipt
from gateway.grammar import Argument
from services.livestock.recording.corrections import event_of_receipt, of_one_message, void_event
from services.livestock.sms_commands.common import origin_of
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext
from services.texts.catalogue import say


def wrong(context: CommandContext) -> str:
    """WRONG: everything that the message did which got this receipt is declared wrong."""
    session, prefix = context.unit.session, read_receipt(str(context.arguments["receipt"]))
    first, *rest = of_one_message(session, event_of_receipt(session, prefix))
    done = void_event(session, first, "incorrect_data", origin_of(context), context.party)
    for event in rest:
        void_event(session, event, "incorrect_data", origin_of(context), context.party)
    return say("wrong", context.language, wrong=receipt_code(prefix), receipt=done.receipt)


HANDLERS = (
    command(
        "wrong",
        wrong,
        {"en": ("WRONG",), "tpi": ("RONG",)},
        (Argument("receipt", receipt),),
        "7KQ2-M9XA-P4TD-WZ3C",
        fillers=("receipt", "risit"),
    ),
)
