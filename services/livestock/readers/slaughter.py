"""A session as a slaughter: the kill sheet of a line, and the animals withheld from it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from services.livestock.control.decisions import Question
from services.livestock.domain.condemnations import post_mortem
from services.livestock.domain.model import EventType, Key, Scheme, read_key
from services.livestock.queries.premises import place_shown, read_places
from services.livestock.readers.confirmation_input import ConfirmationInput, named_tag
from services.livestock.readers.errors import WrongFields
from services.livestock.readers.plan import (
    Draft,
    Plan,
    Reason,
    allowed_animals,
    bars,
    check_drafts,
    unborn,
    warn,
)
from services.livestock.readers.request_schemas import ABATTOIR, HOME
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Identifier, Movement
from services.storage.rowsets import keys
from services.texts.catalogue import say_in_all

ANTE_MORTEM, POST_MORTEM = "ante_mortem", "post_mortem"
_PASSED = "passed"


def plan_slaughter(asked: ConfirmationInput) -> Plan:
    """Plan checks and slaughters, one for each animal, in the order of the line."""
    plan, lines = Plan(), _lines(asked)
    place = {"place": _place(asked)}
    allowed_animals(asked, plan, Draft(EventType.SLAUGHTER, asked.keys, place))
    question = Question(asked.keys, asked.day, asked.at, slaughter=True)
    for key, reasons in bars(asked, question).items():
        plan.refused[key] += reasons
    alive = [key for key in asked.keys if "not_yours" not in _codes(plan, key)]
    before = {key: one for key in alive if (one := _outcome(asked, lines, key, ANTE_MORTEM))}
    for key, outcome in before.items():
        if outcome != _PASSED:
            told = say_in_all("reader.ante_mortem", pig=key)
            plan.refused[key].append(Reason(ANTE_MORTEM, told))
    line = [key for key in asked.keys if not plan.refused[key]]
    after = {key: one for key in line if (one := _outcome(asked, lines, key, POST_MORTEM))}
    condemned = {key: found for key in line if (found := lines.get(key, {}).get("condemned"))}
    for key, of in condemned.items():
        after[key] = lines[key][POST_MORTEM] or post_mortem(of)["outcome"]
    # An animal that is withheld for another reason keeps the inspector's finding.
    seen = {key: one for key, one in before.items() if key in line or one != _PASSED}
    slaughters = _slaughters(asked, lines, line, place)
    plan.drafts = [
        *_checks(asked, plan, ANTE_MORTEM, seen),
        *slaughters,
        *_checks(asked, plan, POST_MORTEM, _without(after, condemned)),
        *_condemnations(asked, plan, after, condemned),
    ]
    warn(plan, unborn(asked))
    plan.sheet = _sheet(asked, plan, slaughters, (before, after))
    for told in plan.sheet["lines"]:
        if of := condemned.get(Key(Scheme.OFFICIAL, told["tag"])):
            told["condemned"] = of
    return plan


def _lines(asked: ConfirmationInput) -> Mapping[Key, Mapping[str, Any]]:
    """Return the lines of the body by animal.

    Raises:
        WrongFields: of one twice, or of none of the session.
    """
    lines: dict[Key, Mapping[str, Any]] = {}
    for told in asked.body["lines"]:
        key = named_tag(asked.kept, told["tag"], "lines")
        if key in lines:
            raise WrongFields({"lines": "A tag stands in it twice."})
        lines[key] = told
    return lines


def _place(asked: ConfirmationInput) -> str:
    at_abattoir = asked.premises is not None and asked.premises.kind == ABATTOIR
    return asked.body["place"] or (ABATTOIR if at_abattoir else HOME)


def _outcome(
    asked: ConfirmationInput, lines: Mapping[Key, Mapping[str, Any]], key: Key, purpose: str
) -> str | None:
    outcome: str | None = lines.get(key, {}).get(purpose) or asked.body[purpose]
    return outcome


def _checks(
    asked: ConfirmationInput, plan: Plan, purpose: str, outcomes: Mapping[Key, str]
) -> list[Draft]:
    drafts = check_drafts(asked, purpose, outcomes.items())
    for draft in drafts:
        allowed_animals(asked, plan, draft)
    return drafts


def _without(outcomes: Mapping[Key, str], condemned: Mapping[Key, object]) -> dict[Key, str]:
    return {key: one for key, one in outcomes.items() if key not in condemned}


def _condemnations(
    asked: ConfirmationInput,
    plan: Plan,
    outcomes: Mapping[Key, str],
    condemned: Mapping[Key, list[str]],
) -> list[Draft]:
    """Return an inspection for each animal of which something was condemned."""
    drafts = [
        Draft(EventType.CHECK, [key], post_mortem(of) | {"outcome": outcomes[key]})
        for key, of in condemned.items()
    ]
    for draft in drafts:
        allowed_animals(asked, plan, draft)
    return drafts


def _slaughters(
    asked: ConfirmationInput,
    lines: Mapping[Key, Mapping[str, Any]],
    line: list[Key],
    place: Mapping[str, str],
) -> list[Draft]:
    """Return a slaughter for each animal.

    Raises:
        WrongFields: two carcasses have one number.
    """
    first, drafts = asked.body["first_carcass"], []
    for order, key in enumerate(line):
        told = lines.get(key, {})
        carcass = told.get("carcass") or (str(first + order) if first else None)
        more = {"carcass": carcass, "kilograms": told.get("kilograms")}
        details = {name: value for name, value in more.items() if value is not None}
        drafts.append(Draft(EventType.SLAUGHTER, [key], {**place, **details}))
    carcasses = Counter(one.details["carcass"] for one in drafts if "carcass" in one.details)
    if any(count > 1 for count in carcasses.values()):
        raise WrongFields({"lines": "Two carcasses have one number."})
    return drafts


def _sheet(
    asked: ConfirmationInput,
    plan: Plan,
    slaughters: list[Draft],
    outcomes: tuple[Mapping[Key, str], Mapping[Key, str]],
) -> dict[str, Any]:
    order = {key: place for place, key in enumerate(asked.keys, start=1)}
    numbers, origins = _short_numbers(asked), _origins(asked)
    before, after = outcomes
    done: list[dict[str, Any]] = [
        {
            "order": order[key],
            "tag": key.value,
            "number": numbers.get(key),
            "from": origins.get(key),
            "carcass": draft.details.get("carcass"),
            "kilograms": draft.details.get("kilograms"),
            "ante_mortem": before.get(key),
            "post_mortem": after.get(key),
            "receipt": None,
        }
        for draft in slaughters
        for key in draft.animals
    ]
    withheld = [
        {
            "order": order[key],
            "tag": key.value,
            "number": numbers.get(key),
            "reasons": [one._asdict() for one in plan.refused[key]],
        }
        for key in asked.keys
        if plan.refused[key]
    ]
    places = read_places(asked.session, [asked.premises.id] if asked.premises else [])
    return {
        "premises": place_shown(asked.viewer, next(iter(places.values()), None)),
        "day": asked.day.isoformat(),
        "place": _place(asked),
        "lines": done,
        "withheld": withheld,
        "totals": {
            "slaughtered": len(done),
            "withheld": len(withheld),
            "kilograms": round(sum(one["kilograms"] or 0 for one in done), 3),
        },
    }


def _origins(asked: ConfirmationInput) -> dict[Key, dict[str, object] | None]:
    """Return the premises from which each animal came last, as far as the owner may see them."""
    ids = [ref.id for ref in asked.known.values()]
    rows = asked.session.execute(
        select(Movement.animal_id, Movement.origin_id)
        .where(
            Movement.animal_id.in_(keys(asked.session, ids)),
            Movement.destination_id == (asked.premises.id if asked.premises else None),
            Movement.origin_id.is_not(None),
        )
        .order_by(Movement.id)
    )
    last = {animal: origin for animal, origin in rows if origin is not None}
    places = read_places(asked.session, set(last.values()))
    return {
        key: place_shown(asked.viewer, places[last[ref.id]]) if ref.id in last else None
        for key, ref in asked.known.items()
    }


def _short_numbers(asked: ConfirmationInput) -> dict[Key, str | None]:
    by_id = numbers_of(
        asked.session, Identifier.animal_id, [ref.id for ref in asked.known.values()]
    )
    return {
        key: next((one for one in by_id[ref.id] if read_key(one).scheme == Scheme.SHORT), None)
        for key, ref in asked.known.items()
    }


def _codes(plan: Plan, key: Key) -> set[str]:
    return {one.code for one in plan.refused[key]}
