"""MOVE and ARRIVE: the two sides of a movement."""

from dataclasses import replace

from services.livestock.domain.errors import FutureDay
from services.livestock.domain.model import EventType
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_kinds import DAY, PLACE, RECEIVER, TAGS
from services.livestock.sms_commands.common import (
    EventReport,
    animals_of,
    confirm,
    home_of,
    record_event,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import (
    destination_of,
    named_numbers,
    place_of_animals,
    premises_known,
)
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply

_PERMIT = {"en": "PERMIT", "tpi": "PEMIT"}
_MOST_SHOWN = 2


def move(context: CommandContext) -> Reply:
    """MOVE: animals leave where they are, mostly the sender's premises, for another place."""
    tags = animals_of(context, "tags")
    home = place_of_animals(context, tags)
    other, known = destination_of(context, home)
    told = EventReport(home, tags, other, known=known)
    try:
        done = record_event(context, EventType.DEPART, told)
    except FutureDay as refused:
        raise _rather_a_permit(context, told, refused) from refused
    at = home.shown_to(context.party)
    return confirm(context, "move", done, pigs=list_numbers(tags), place=at, other=other)


def _rather_a_permit(context: CommandContext, told: EventReport, refused: FutureDay) -> FutureDay:
    """Show how to ask for a permit for a coming day, where the numbers fit the reply."""
    day = refused.values["day"]
    if len(told.animals) > _MOST_SHOWN:
        return FutureDay(day=day)
    numbers = " ".join(str(key) for key in (*told.animals, told.other))
    return FutureDay(day=day, example=f"{_PERMIT[context.language]} {numbers} {day}")


def arrive(context: CommandContext) -> Reply:
    """ARRIVE: animals came to the sender's premises; a place among the numbers is the origin."""
    home = home_of(context)
    tags, origin = named_numbers(context, "place")
    # A place alone is no arrival: it is refused as an animal.
    tags = tags or animals_of(context, "tags")
    # `i kamap long ples` names the place that it came to: nothing comes from where it is.
    known = premises_known(context, origin) if origin else ()
    if any(ref.id == home.row.id for ref in known):
        origin = None
    done = record_event(context, EventType.ARRIVE, EventReport(home, tags, origin, known=known))
    return confirm(context, "arrive", done, pigs=list_numbers(tags), place=home.label)


HANDLERS = (
    command(
        "move",
        move,
        {"en": ("MOVE", "MOVED", "WENT TO", "LEFT FOR"), "tpi": ("MUVIM", "I GO PINIS LONG")},
        (TAGS, RECEIVER, DAY),
        f"{EXAMPLE_PIG} {EXAMPLE_PLACE}",
        fillers=("pinis",),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "arrive",
        arrive,
        {
            "en": ("ARRIVE", "ARRIVED", "CAME", "RECEIVED", "I GOT", "WE GOT"),
            "tpi": ("KAMAP", "KISIM"),
        },
        (TAGS, replace(PLACE, required=False), DAY),
        EXAMPLE_PIG,
        fillers=("pinis", "i", "i bin", "has"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
