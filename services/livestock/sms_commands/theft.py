"""STOLEN and FOUND: a pig is held wherever it is seen, until its keeper says that it is back.

A thief can send FOUND in the keeper's name, or with a relative's phone, so it takes effect by the
code of the keeper, or of an officer of the province, and whoever heard of the theft is told.
"""

from collections.abc import Mapping
from typing import Any

from services.livestock.confirmations.create import (
    ConfirmationKind,
    event_id_of,
    open_confirmation,
    read_animals,
    record_once,
    write_animals,
)
from services.livestock.confirmations.owners import other_owner, require_owner
from services.livestock.control.theft_ends import tell_recovered
from services.livestock.control.thefts import tell_theft
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.model import EventType, Occurred, Report, read_key, write_key
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import DAY, TAGS
from services.livestock.sms_commands.common import (
    EventReport,
    animals_of,
    caller_by_text,
    confirm,
    confirmed_origin,
    premises_at,
    record_event,
    today_at,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say


def stolen(context: CommandContext) -> Reply:
    """STOLEN: pigs were stolen; of another's pigs it is evidence, and their keeper is asked."""
    tags = animals_of(context, "tags")
    done = record_event(
        context, EventType.STOLEN, EventReport(place_of_animals(context, tags), tags)
    )
    if not done.report.evidence:
        tell_theft(context.unit.session, done, caller_by_text(context), context.now)
    return confirm(context, "stolen", done, pigs=list_numbers(tags))


def found(context: CommandContext) -> Reply:
    """FOUND: stolen pigs are back; their keeper's code confirms it."""
    tags = animals_of(context, "tags")
    home = place_of_animals(context, tags)
    session = context.unit.session
    if other_owner(session, tags, context.party, CommandAct.RECOVER) is not None:
        done = record_event(context, EventType.RECOVERED, EventReport(home, tags))
        return confirm(context, "recovered", done, pigs=list_numbers(tags))
    asked = {"animals": write_animals(tags), "at": write_key(home.key)}
    opened = open_confirmation(context, RECOVER, context.party, asked)
    whose = "pin" if context.by_pin else "code"
    return say(f"recover.{whose}", context.language, pigs=list_numbers(tags), digits=opened.code)


def _recovered(
    context: CommandContext, claim: PendingConfirmation, asked: Mapping[str, Any], _choice: int
) -> Reply:
    session, animals = context.unit.session, read_animals(asked)
    require_owner(session, animals, context.party, CommandAct.RECOVER)
    home = premises_at(context, read_key(asked["at"]))
    report = Report(
        event_id_of(claim),
        EventType.RECOVERED,
        animals,
        home.key,
        None,
        Occurred.on(today_at(context, home), home.zone),
    )
    origin = confirmed_origin(context)
    done = record_once(session, report, origin)
    tell_recovered(session, done, origin)
    return confirm(context, "recovered", done, pigs=list_numbers(animals))


RECOVER = ConfirmationKind("recover", _recovered)
CLAIMS = (RECOVER,)
HANDLERS = (
    command(
        "stolen",
        stolen,
        {
            "en": ("STOLEN", "STOLE", "THIEF TOOK", "SOMEBODY STOLE"),
            "tpi": ("STILIM", "OL I STILIM", "STIL"),
        },
        (TAGS, DAY),
        EXAMPLE_PIG,
        fillers=("pinis", "is", "was", "i", "bin"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "recovered",
        found,
        {
            "en": ("FOUND", "FOUND AGAIN", "CAME BACK", "IS BACK"),
            "tpi": ("PAINIM PINIS", "KISIM BEK", "KAM BEK"),
        },
        (TAGS,),
        EXAMPLE_PIG,
        fillers=("pinis", "is", "was", "i", "bin"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
