"""RETAG and LOST TAG: the number that a pig carries changes; the old one stays with it."""

from sqlalchemy import select

from gateway.argument_parsers import choice
from gateway.grammar import Argument
from services.livestock.domain.model import EventType, Key, Recorded, Scheme, write_key
from services.livestock.recording.lookup import require_animal
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_TAG, name_animal
from services.livestock.sms_commands.argument_kinds import DAY, NEW_TAG, TAG
from services.livestock.sms_commands.common import EventReport, animals_of, confirm, record_event
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.storage.models import Identifier


def retag(context: CommandContext) -> Reply:
    """RETAG: a pig gets a new tag. An old tag that is named by its own number is off."""
    (old,), (new,) = animals_of(context, "tag"), animals_of(context, "new")
    details = {"new": write_key(new)}
    details |= {} if old.scheme == Scheme.SHORT or old == new else {"lost": write_key(old)}
    told = EventReport(place_of_animals(context, (old,)), (old,), details=details)
    done = record_event(context, EventType.RETAG, told)
    return confirm(context, "retag", done, pig=_short(context, done), number=new)


def lost(context: CommandContext) -> Reply:
    """LOST TAG: a tag fell off; a short number means the tag that the pig wore."""
    (key,) = animals_of(context, "tag")
    tag = _worn(context, key) if key.scheme == Scheme.SHORT else key
    told = EventReport(place_of_animals(context, (key,)), (key,), details={"lost": write_key(tag)})
    done = record_event(context, EventType.TAG_LOST, told)
    return confirm(context, "tag_lost", done, pig=_short(context, done), number=tag)


def _worn(context: CommandContext, key: Key) -> Key:
    session = context.unit.session
    known = require_animal(session, key)
    worn = session.scalars(
        select(Identifier.value).where(
            Identifier.animal_id == known.id,
            Identifier.scheme == Scheme.OFFICIAL,
            Identifier.retired_on.is_(None),
        )
    ).all()
    return Key(Scheme.OFFICIAL, worn[0]) if len(worn) == 1 else known.key


def _short(context: CommandContext, done: Recorded) -> Key:
    return name_animal(context.unit.session, done.animals[0].id)


_NEW_NUMBER = ("NIUPELA NAMBA", "NUPELA NAMBA", "SENISIM NAMBA", "SENIS NAMBA", "NIUPELA TAG")

HANDLERS = (
    command(
        "retag",
        retag,
        {"en": ("RETAG", "NEW TAG"), "tpi": _NEW_NUMBER},
        (TAG, NEW_TAG, DAY),
        {
            "en": f"RETAG {EXAMPLE_PIG} {EXAMPLE_TAG}",
            "tpi": f"NIUPELA NAMBA {EXAMPLE_PIG} {EXAMPLE_TAG}",
        },
        fillers=("em", "is", "tag", "with", "has", "a", "to"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "tag_lost",
        lost,
        {
            "en": ("LOST TAG", "TAG LOST", "LOST", "TAG FELL OFF", "LOST ITS TAG"),
            "tpi": ("NAMBA I LUS", "NAMBA LUS"),
        },
        (TAG, DAY),
        EXAMPLE_PIG,
        fillers=("tag", "of", "namba", "off"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "tag_of_lost",
        lost,
        {"en": ("TAG OF", "NUMBER OF"), "tpi": ("NAMBA BILONG", "TAG BILONG", "YAU NAMBA BILONG")},
        (TAG, Argument("gone", choice(dict.fromkeys(("lost", "lus", "pundaun"), True))), DAY),
        {
            "en": f"TAG OF {EXAMPLE_PIG} LOST",
            "tpi": f"NAMBA BILONG {EXAMPLE_PIG} I LUS",
        },
        fillers=("i", "is", "bin", "pinis"),
        anybody=FromAnybody.EVIDENCE,
    ),
)
