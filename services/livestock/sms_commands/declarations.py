"""Sellers' declarations: given with the code of a sale, recorded, told to both sides."""

from dataclasses import replace
from typing import cast
from uuid import UUID

from gateway.grammar import Argument
from services.livestock.confirmations.create import record_once
from services.livestock.control.odd_reports import Reporter, look_at
from services.livestock.domain.consequences import DECLARED
from services.livestock.domain.model import EventType, Occurred, Recorded, Report, event_id
from services.livestock.sms_commands.argument_kinds import one_of
from services.livestock.sms_commands.common import confirmed_origin, premises_at
from services.livestock.sms_commands.sales import Sale
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText
from services.texts.catalogue import say
from sms.local_time import local_day

SELLERS_WORD = Argument(
    "declared",
    one_of(
        {
            **dict.fromkeys(("good", "healthy", "clean", "gut", "gutpela"), True),
            **dict.fromkeys(("bad", "nogut"), False),
        }
    ),
    required=False,
)
"""The seller's word that a pig is healthy, untreated and got no kitchen waste."""


def with_declaration(context: CommandContext, sale: Sale) -> Sale:
    """Return a sale with the declaration that followed its code, if one did."""
    told = cast("bool | None", context.arguments.get("declared"))
    return sale if told is None else replace(sale, clean=told)


def declare(context: CommandContext, sale: Sale, departure: UUID) -> Recorded | None:
    """Record what the seller declares, proven by their code or PIN; None: they said nothing."""
    if sale.clean is None:
        return None
    zone = premises_at(context, sale.at).zone
    report = Report(
        event_id("declaration", str(departure), 0),
        EventType.DECLARATION,
        sale.animals,
        sale.at,
        None,
        Occurred.on(local_day(context.said_at, zone), zone),
        {"clean": sale.clean, "buyer": str(sale.taker)},
    )
    return record_once(context.unit.session, report, confirmed_origin(context))


def denied_reply(context: CommandContext, sale: Sale, said: Recorded) -> ReplyText:
    """Tell the seller that the receiver and the officers know what the book says."""
    reporter = Reporter(context.party.id, context.number, context.language)
    look = look_at(context.unit.session, [said], reporter, context.now)
    told = sale.words(context.language) | {"against": denied_text(sale, context.language)}
    return ReplyText(
        say("offered.denied", context.language, look=look, receipt=said.receipt, **told)
    )


def declaration_text(sale: Sale, language: str) -> str:
    """Write for the receiver what the seller declares, or what the book says against it."""
    if sale.clean is None:
        return say("declared.nothing", language)
    if sale.denied:
        return say("declared.denied", language, against=denied_text(sale, language))
    return say("declared.clean" if sale.clean else "declared.not_clean", language)


def denied_by(said: Recorded) -> tuple[str, ...]:
    """Return the flags that a declaration got, by what the book says against it."""
    codes = (flag.value for _, flag in said.flags if flag in DECLARED.values())
    return tuple(dict.fromkeys(codes))


def denied_text(sale: Sale, language: str) -> str:
    """List what the book tells against a declaration, in a word each."""
    return ", ".join(say(f"word.{flag}", language) for flag in sale.denied)
