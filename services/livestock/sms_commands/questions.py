"""TRACE, RECEIPT, ROOT and HELP: questions to the register, and the list of commands."""

from functools import partial

from chain.canonical import read_receipt, receipt_code
from gateway.argument_parsers import receipt as receipt_kind
from gateway.grammar import Argument
from services.core.roles import OFFICERS
from services.ledger.receipts import look_up_receipt, newest_checkpoint
from services.livestock.queries.animals import animal_history
from services.livestock.queries.premises import PremisesSummary
from services.livestock.queries.sickness import sick_lately
from services.livestock.recording.pork import named_sources
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import TAG, bare_receipt
from services.livestock.sms_commands.common import animals_of
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.wording import marks_of, stays_text
from services.messaging.command_router import CommandContext
from services.storage.models import Party
from services.texts.catalogue import Listing, say, say_count
from sms.encoding import SEGMENT, units
from sms.local_time import local_day

# What people ask who have not seen a command yet.
_HELP = {
    "en": ("INFO", "MENU", "HOW DOES THIS WORK", "HOW DO I USE THIS", "WHAT CAN I SEND"),
    "tpi": ("MI KEN SALIM WANEM", "OLSEM WANEM LONG YUSIM DISPELA", "OLSEM WANEM MI YUSIM DISPELA"),
}
_RECEIPT = "7KQ2-M9XA-P4TD-WZ3C"


def trace(context: CommandContext) -> str:
    """TRACE: the statuses of an animal, and where it has been.

    Premises show to their own keeper and to officers alone. Keeping the animal is not enough:
    anybody can report its arrival.
    """
    key = animals_of(context, "tag")[0]
    history = animal_history(context.unit.session, key)
    recorded = sum(entry.on_chain for entry in history.entries)
    values: dict[str, object] = {
        "pig": history.short_number or key,
        "reports": _reports(len(history.entries), recorded, context.language),
    }
    code, pigs = "trace", named_sources(context.unit.session, key)
    if pigs:
        code, values["which"] = "trace.pork", Listing(tuple(map(str, pigs)), tight=" ")
    today = local_day(context.now)
    sick = sick_lately(context.unit.session, {history.subject: history.id}, today)
    found = marks_of(history.state, today, context.language, sick.get(history.id))
    marks = "".join(f"{mark}. " for mark in found)
    room = SEGMENT - units(say(code, context.language, stays=marks, **values))
    stays = stays_text(
        history.stays, context.language, sees=partial(_sees, context.party), room=room
    )
    return say(code, context.language, stays=marks + stays, **values)


def _reports(count: int, recorded: int, language: str) -> str:
    """Count the reports, and tell how many of them are in the ledger."""
    if not recorded:
        return say_count("trace.none", language, count)
    if recorded == count:
        return say_count("trace.all", language, count)
    return say_count("trace.some", language, count, recorded=recorded)


def receipt(context: CommandContext) -> str:
    """RECEIPT: look a report up on the ledger."""
    prefix = read_receipt(str(context.arguments["receipt"]))
    found = look_up_receipt(context.unit.session, prefix)
    return say(
        f"receipt.{found.state.value}",
        context.language,
        receipt=receipt_code(prefix),
        index=found.place or 0,
        size=found.size,
    )


def root(context: CommandContext) -> str:
    """ROOT: the ledger's root, which an auditor without internet compares with the contract's."""
    found = newest_checkpoint(context.unit.session)
    if found is None:
        return say("root.none", context.language)
    return say("root", context.language, size=found.size, root=found.root.hex())


def help_text(page: str, context: CommandContext) -> str:
    """HELP, HELP 2 and HELP 3: the commands, the most needed first."""
    return say(page, context.language, pig=EXAMPLE_PIG)


def _sees(party: Party, place: PremisesSummary) -> bool:
    return place.keeper_id == party.id or party.role in OFFICERS


HANDLERS = (
    command(
        "trace",
        trace,
        {
            "en": ("TRACE", "WHERE IS", "SHOW", "SHOW ME", "TELL ME ABOUT"),
            "tpi": ("STORI", "STAP WE", "I STAP WE", "SOIM", "SOIM MI"),
        },
        (TAG,),
        EXAMPLE_PIG,
        subject=1,
        exclusive=False,
    ),
    command(
        "receipt",
        receipt,
        {"en": ("RECEIPT",), "tpi": ("RISIT",)},
        (Argument("receipt", receipt_kind),),
        _RECEIPT,
        exclusive=False,
    ),
    # A receipt that is all of a message.
    command(
        "receipt_alone",
        receipt,
        {},
        (Argument("receipt", bare_receipt),),
        dict.fromkeys(("en", "tpi"), _RECEIPT),
        bare=True,
        alone=True,
        exclusive=False,
    ),
    command("root", root, {"en": ("ROOT",), "tpi": ("RUT",)}, exclusive=False),
    *(
        command(
            f"help{number.strip()}",
            partial(help_text, f"help.{number.strip()}" if number else "help"),
            {
                "en": (f"HELP{number}", *(() if number else _HELP["en"])),
                "tpi": (f"HELPIM{number}", *(() if number else _HELP["tpi"])),
            },
            loose=True,
            exclusive=False,
        )
        for number in ("", " 2", " 3")
    ),
)
