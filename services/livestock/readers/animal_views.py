"""Views of a session's animals, limited to the access of the device's owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain import access
from services.livestock.domain.access import Sight, Viewer
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalRef, Key, Scheme, read_key
from services.livestock.domain.movements import places_on
from services.livestock.queries.animals import province_of, status_of
from services.livestock.queries.premises import PremisesSummary, place_shown, read_places
from services.livestock.recording.decision_context import orders_since, whereabouts
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import ties_of
from services.livestock.recording.projection import read_states
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Flag, Identifier
from services.storage.rowsets import keys

_NOTHING: dict[str, object] = {
    "known": False,
    "number": None,
    "kind": None,
    "status": None,
    "province": None,
    "place": None,
    "withdrawal_until": None,
    "orders": (),
    "flags": (),
}


def seen_animals(
    session: Session, viewer: Viewer, wanted: Sequence[Key], today: date
) -> dict[Key, dict[str, object]]:
    """Return the view of each number's animal for `viewer`.

    Args:
        viewer: owner of the device.
        wanted: official numbers, any number of them.
        today: local day of the orders in force.
    """
    found = find_animals(session, wanted)
    ids = [ref.id for ref in found.values()]
    states, ties = read_states(session, ids), ties_of(session, viewer, ids)
    sights = {one: access.sight_of(viewer, ties[one]) for one in ids}
    here = {one: places_on(date.max, state.home, state.moves) for one, state in states.items()}
    places = read_places(session, set().union(*here.values()) if here else ())
    orders = _orders(session, places, today)
    numbers = numbers_of(session, Identifier.animal_id, ids)
    flags = _flags(session, [one for one in ids if sights[one] >= Sight.NUMBERS])
    told = {}
    for key in wanted:
        ref = found.get(key)
        if ref is None:
            told[key] = dict(_NOTHING)
            continue
        at = [places[one] for one in sorted(here[ref.id])]
        shown = _status(ref, states[ref.id], at, today)
        if sights[ref.id] >= Sight.NUMBERS:
            shown |= _in_full(viewer, states[ref.id], at) | {
                "number": _short(numbers[ref.id]),
                "orders": [one for place in sorted(here[ref.id]) for one in orders[place]],
                "flags": flags[ref.id],
            }
        told[key] = shown
    return told


def _status(
    ref: AnimalRef, state: AnimalState, at: Iterable[PremisesSummary], today: date
) -> dict[str, object]:
    return _NOTHING | {
        "known": not state.found,
        "kind": ref.kind,
        "status": status_of(state, today).value,
        "province": province_of(at),
    }


def _in_full(
    viewer: Viewer, state: AnimalState, at: Sequence[PremisesSummary]
) -> dict[str, object]:
    return {
        "place": place_shown(viewer, at[0]) if len(at) == 1 else None,
        "withdrawal_until": state.withdrawal_until,
    }


def _short(numbers: Iterable[str]) -> str | None:
    return next((one for one in numbers if read_key(one).scheme == Scheme.SHORT), None)


def _orders(
    session: Session, places: Mapping[int, PremisesSummary], today: date
) -> dict[int, list[dict[str, object]]]:
    """Return the orders in force at each of some premises."""
    in_force = [one for one in orders_since(session, today) if one.in_force(today)]
    where = whereabouts(session, places) if in_force else {}
    return {
        place: [
            {"number": one.number, "kind": one.kind.value, "disease": one.disease}
            for one in in_force
            if one.area.binds(where[place])
        ]
        for place in places
    }


def _flags(session: Session, animals: Sequence[int]) -> dict[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    rows = session.execute(
        select(Flag.animal_id, Flag.code)
        .where(Flag.animal_id.in_(keys(session, animals)))
        .group_by(Flag.animal_id, Flag.code)
        .order_by(Flag.animal_id, Flag.code)
    )
    for row in rows:
        found[row.animal_id].append(row.code)
    return found
