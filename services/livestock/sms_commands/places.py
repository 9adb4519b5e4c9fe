"""Places that livestock messages name, and the pigs that they are about."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple, cast

from sqlalchemy import select

from gateway.tags import Identifier
from services.livestock.domain.errors import SamePlace, WrongKind
from services.livestock.domain.model import Key, PremisesRef
from services.livestock.domain.movements import places_on
from services.livestock.queries.premises import premises_among
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.lookup import require_animal
from services.livestock.recording.ownership import facts_of
from services.livestock.recording.projection import read_states
from services.livestock.sms_commands.common import (
    FOR_OTHERS,
    Home,
    actor_of,
    animals_of,
    ensured_at,
    home_at,
    home_of,
    key_of,
    place_of,
)
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext
from services.storage.models import Animal, Premises
from services.storage.parties import party_of
from services.texts.catalogue import Listing, say, say_count
from sms.local_time import local_day


class Destination(NamedTuple):
    """Destination in a message; `known` is its reference, where there are premises of it."""

    key: Key
    known: tuple[PremisesRef, ...]


def destination_of(context: CommandContext, home: Home) -> Destination:
    """Return the destination in a message.

    Raises:
        SamePlace: it is the sender's own.
        UnknownNumber, OnlyAnExample: it is no number of a place.
    """
    told = context.arguments["place"]
    if isinstance(told, str):
        theirs = home_of(context, party_of(context.unit, told))
        found = Destination(theirs.key, (theirs.ref,))
    else:
        key = key_of(cast("Identifier", told), "premises")
        found = Destination(key, premises_known(context, key))
    if any(ref.id == home.row.id for ref in found.known):
        raise SamePlace(number=found.key)
    return found


def premises_known(context: CommandContext, key: Key) -> tuple[PremisesRef, ...]:
    """Return the premises of a number, if it is of any.

    Checks of the animals, which come first in the message, refuse a number of something else.
    """
    with suppress(WrongKind):
        return tuple(find_premises(context.unit.session, [key]).values())
    return ()


def named_numbers(context: CommandContext, argument: str) -> tuple[tuple[Key, ...], Key | None]:
    """Return the animals among the numbers of a message, and the place that it names.

    Args:
        context: the message.
        argument: of the place, where it is not among the numbers.

    Raises:
        OnlyAnExample, TooMany: as `animals_of` does.
    """
    numbers = animals_of(context, "tags") if context.arguments.get("tags") else ()
    told = context.arguments.get(argument)
    if told:
        place: Key | None = place_of(context, told)
    else:
        found = premises_among(context.unit.session, numbers)
        place = next((key for key in numbers if key in found), None)
    # A second place stays among the animals, where it is refused: no number is ignored.
    return tuple(key for key in numbers if key != place), place


def seen_at(context: CommandContext, animals: tuple[Key, ...], place: Key | None) -> Home:
    """Return the place of harm: the named one, else that of the animals, else the sender's.

    Anybody may report sick or dead pigs at anybody's place: who sees another's pig is not asked
    where, and officers must drive to where it stands.

    Raises:
        UnknownNumber, WrongKind: it is no number of a place.
    """
    if place is not None:
        return ensured_at(context, place)
    home = place_of_animals(context, animals)
    found = [] if _has_tie(context, animals) else _places_of(context, animals[0])
    return home_at(context, found[0]) if found else home


def _has_tie(context: CommandContext, animals: tuple[Key, ...]) -> bool:
    """Tell whether a sender says of the first of some animals what their own place may tell."""
    session = context.unit.session
    ids = [one.id for one in find_animals(session, animals[:1]).values()]
    facts = facts_of(session, actor_of(context), ids) if ids else {}
    return all(one.ties for one in facts.values())


def place_of_animals(context: CommandContext, animals: tuple[Key, ...]) -> Home:
    """Return the premises of a report: the sender's own.

    Of a sender who reports for others, those of the animal, as far as they are known.
    """
    # Made in any case: the order of the reports must not decide which places exist.
    home = home_of(context)
    found = _places_of(context, animals[0]) if animals and _reports_for_others(context) else []
    if not found or home.row.id in {row.id for row in found}:
        return home
    return home_at(context, found[0])


def _reports_for_others(context: CommandContext) -> bool:
    return context.party.role in FOR_OTHERS or context.helps


def _places_of(context: CommandContext, animal: Key) -> Sequence[Premises]:
    """Return the premises where an animal was last known to be."""
    session = context.unit.session
    known = find_animals(session, [animal]).get(animal)
    if known is None:
        return []
    state = read_states(session, [known.id])[known.id]
    places = places_on(local_day(context.now), state.home, state.moves)
    wanted = select(Premises).where(Premises.id.in_(places)).order_by(Premises.id)
    return session.scalars(wanted).all()


def herd_text(context: CommandContext, animals: tuple[Key, ...]) -> Listing | str:
    """Write which pigs a message is about: `3 of 1456`, `pig 1262, 1359`, `pigs`."""
    heads = cast("int | None", context.arguments.get("heads"))
    if animals:
        code = "herd.of" if heads else "herd.named"
        return replace(
            list_numbers(animals), frame=say(code, context.language, heads=heads, pigs="{}")
        )
    if heads:
        return say_count("herd.count", context.language, heads)
    return say("herd.some", context.language)


def heads_of(context: CommandContext, mob: Key) -> int | None:
    """Return how many pigs a mob has, None where nobody knows."""
    known = require_animal(context.unit.session, mob)
    return context.unit.session.get_one(Animal, known.id).head_count
