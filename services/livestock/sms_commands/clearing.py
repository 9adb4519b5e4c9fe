"""CLEAR: an officer has looked at suspect pigs, and they may move again, by the officer's code."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from services.livestock.confirmations.create import (
    ConfirmationKind,
    event_id_of,
    open_confirmation,
    read_animals,
    record_once,
    text_party,
    write_animals,
)
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.details import read_details
from services.livestock.domain.errors import NothingSuspect
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Recorded,
    Report,
    read_key,
    write_key,
)
from services.livestock.domain.movements import places_on
from services.livestock.domain.statuses import Status, StatusKind, holding
from services.livestock.queries.positions import lives_on
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import require_animal
from services.livestock.recording.projection import read_states
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.recording.statuses import place_statuses
from services.livestock.sms_commands.argument_kinds import TAGS
from services.livestock.sms_commands.common import (
    confirm,
    confirmed_origin,
    home_of,
    premises_at,
    require_officer,
    today_at,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import named_numbers
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, Reply
from services.messaging.offices import can_text
from services.storage.models import Party, PendingConfirmation, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import Listing, language_of, say
from sms.local_time import local_day


def clear(context: CommandContext) -> str:
    """CLEAR: named pigs are healthy; of a place, all that stand there."""
    require_officer(context)
    animals, place = named_numbers(context, "site")
    told = {
        "animals": write_animals(_suspect(context, animals, place)),
        "at": write_key(place) if place else None,
    }
    if not told["animals"] and not (place and _is_suspect_place(context, place)):
        raise NothingSuspect
    opened = open_confirmation(context, CLEAR, context.party, told)
    what = _what(told, context.language)
    return say("clear.code", context.language, what=what, digits=opened.code)


def _suspect(context: CommandContext, named: Iterable[Key], place: Key | None) -> list[Key]:
    """Return the animals that are suspect today, of those that are named or stand at a place."""
    session, today = context.unit.session, local_day(context.now)
    found = {require_animal(session, key).id: key for key in named}
    if place is not None:
        here = find_premises(session, [place])[place]
        found = {life.id: life.animal for life in lives_on(session, here.id, today)} | found
    states = read_states(session, found)
    return [key for one, key in found.items() if _is_suspect(context, states[one].statuses)]


def _is_suspect_place(context: CommandContext, place: Key) -> bool:
    session = context.unit.session
    here = find_premises(session, [place])[place]
    return _is_suspect(context, place_statuses(session, [here.id]).get(here.id, ()))


def _is_suspect(context: CommandContext, statuses: Iterable[Status]) -> bool:
    found = holding(statuses, local_day(context.now))
    return any(one.kind is StatusKind.SUSPECT for one in found)


def _cleared(
    context: CommandContext, claim: PendingConfirmation, told: Mapping[str, Any], _choice: int
) -> Reply:
    require_officer(context)
    home = premises_at(context, read_key(told["at"])) if told["at"] else home_of(context)
    report = Report(
        event_id_of(claim),
        EventType.STATUS,
        read_animals(told),
        home.key if told["at"] else None,
        None,
        Occurred.on(today_at(context, home), home.zone),
        read_details(EventType.STATUS, {"action": "ended", "status": StatusKind.SUSPECT.value}),
    )
    done = record_once(context.unit.session, report, confirmed_origin(context))
    _tell_keepers(context, claim, told, done)
    return confirm(context, "clear", done, what=_what(told, context.language))


def _tell_keepers(
    context: CommandContext, claim: PendingConfirmation, told: Mapping[str, Any], done: Recorded
) -> None:
    """Text whoever keeps the place, or where the animals stand."""
    session, places = context.unit.session, {ref.id for ref in done.known.premises.values()}
    states = read_states(session, {ref.id for ref in done.known.animals.values()})
    for state in states.values():
        places |= _standing(context, state)
    wanted = select(Premises.keeper_id).where(Premises.id.in_(keys(session, places)))
    parties = select(Party).where(Party.id.in_(wanted)).order_by(Party.id)
    for keeper in session.scalars(parties):
        if keeper.id != context.party.id and can_text(session, keeper):
            language = language_of(keeper.language)
            what = _what(told, language)
            text = say("clear.to_keeper", language, what=what, receipt=done.receipt)
            text_party(context, keeper, text, (claim, "done"))


def _standing(context: CommandContext, state: AnimalState) -> set[int]:
    return set(places_on(local_day(context.now), state.home, state.moves))


def _what(told: Mapping[str, Any], language: str) -> Listing | str:
    if told["at"]:
        return say("clear.place", language, place=read_key(told["at"]))
    frame = say("herd.named", language, pigs="{}")
    return replace(list_numbers(read_animals(told)), frame=frame)


CLEAR = ConfirmationKind("clear", _cleared)
CLAIMS = (CLEAR,)
HANDLERS = (
    command("clear", clear, {"en": ("CLEAR", "CLEARED"), "tpi": ("KLIA",)}, (TAGS,), EXAMPLE_PIG),
)
