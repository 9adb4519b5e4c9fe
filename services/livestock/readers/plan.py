"""Plans of a movement and an inspection, and what all plans are made of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select

from services.core.geography import zone_of
from services.livestock.control.decisions import Question, decide, places_of
from services.livestock.domain.actors import Strength
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Report,
    Scheme,
    SecretSubject,
    event_id,
    read_key,
)
from services.livestock.domain.movement_questions import Decision
from services.livestock.domain.movements import LONGEST_JOURNEY, places_on
from services.livestock.queries.premises import read_places
from services.livestock.readers.confirmation_input import CHANNEL, ConfirmationInput, named_tag
from services.livestock.readers.request_schemas import DEPART
from services.livestock.recording.permit_subjects import permits_named
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.reporting.permission import animals_of_others
from services.livestock.reporting.road_checks import ROADBLOCK
from services.livestock.sms_commands.wording import Reader
from services.storage.models import Identifier, Movement
from services.texts.catalogue import LANGUAGES, day_and_month, say_in_all

MOST_ANIMALS = 1_000
"""Of one event, as in the API."""


class Reason(NamedTuple):
    """A reason why an animal is not recorded, or a warning when it is."""

    code: str
    texts: dict[str, str]


Reasons = defaultdict[Key, list[Reason]]


class Draft(NamedTuple):
    """A planned event: type, animals, details."""

    type: EventType
    animals: Sequence[Key]
    details: Mapping[str, Any]
    subjects: tuple[SecretSubject, ...] = ()


@dataclass(slots=True)
class Plan:
    """The planned events of a session.

    Attributes:
        drafts: events, in order.
        refused: reasons by animal that is not recorded, or not as requested.
        warned: warnings by recorded animal.
        not_seen: numbers of animals that should have been scanned.
        not_expected: animals that were scanned and should not be there.
        sheet: of a slaughter.
    """

    drafts: list[Draft] = field(default_factory=list)
    refused: Reasons = field(default_factory=lambda: defaultdict(list))
    warned: Reasons = field(default_factory=lambda: defaultdict(list))
    not_seen: list[str] = field(default_factory=list)
    not_expected: list[Key] = field(default_factory=list)
    sheet: dict[str, Any] | None = None


def reports_of(asked: ConfirmationInput, plan: Plan) -> list[Report]:
    """Return the events of a plan, each of so many animals as one event may have."""
    parts = [
        draft._replace(animals=draft.animals[at : at + MOST_ANIMALS])
        for draft in plan.drafts
        for at in range(0, len(draft.animals), MOST_ANIMALS)
    ]
    return [_report(asked, ordinal, part) for ordinal, part in enumerate(parts)]


def _report(asked: ConfirmationInput, ordinal: int, draft: Draft) -> Report:
    """Make an event of the day and place."""
    call, at = asked.call, asked.premises
    zone = zone_of(at.province if at else call.owner.province)
    key = f"{call.device.public_id}:{asked.kept.row.public_id}"
    return Report(
        event_id(CHANNEL, key, ordinal),
        draft.type,
        tuple(draft.animals),
        asked.at,
        asked.far,
        Occurred.on(asked.day, zone),
        draft.details,
        draft.subjects,
    )


def allowed_animals(asked: ConfirmationInput, plan: Plan, draft: Draft) -> list[Key]:
    """Return the animals of a slaughter that are the owner's; the others are withheld.

    The sheet stands before the act: nobody is to kill a pig of which the report would be evidence.

    Raises:
        Forbidden: the owner may not report this, or not there.
    """
    others = _of_others(asked, draft)
    for key in others:
        plan.refused[key].append(Reason("not_yours", say_in_all("reader.not_yours", pig=key)))
    return [key for key in draft.animals if key not in others]


def admitted(asked: ConfirmationInput, plan: Plan, draft: Draft) -> Draft:
    """Return an event, and warn of its animals of which it is evidence.

    Raises:
        Forbidden: the owner may not report this, or not there.
    """
    for key in _of_others(asked, draft):
        told = say_in_all("reader.evidence", pig=key)
        plan.warned[key].append(Reason("not_the_keeper", told))
    return draft


def _of_others(asked: ConfirmationInput, draft: Draft) -> list[Key]:
    who = asked.viewer.acting(Strength.SIGNED)
    others = animals_of_others(asked.session, who, _report(asked, 0, draft))
    return [key for key in draft.animals if key in others]


def bars(asked: ConfirmationInput, question: Question) -> Reasons:
    """Return the reasons against a question by animal, the weightiest first."""
    answers = decide(asked.session, question, asked.policy)
    places = read_places(asked.session, places_of(answers))
    who = asked.viewer
    readers = [
        Reader(asked.session, who.party_id, who.role, language, places) for language in LANGUAGES
    ]
    found: Reasons = defaultdict(list)
    for answer in answers:
        for bar in answer.decision.reasons:
            single = answer._replace(decision=Decision((bar,)))
            told = {reader.language: reader.decision(question, single) for reader in readers}
            found[answer.item.number].append(Reason(bar.reason.value, told))
    return found


def doubts(asked: ConfirmationInput) -> Reasons:
    """Return contradictions to the book by animal: it is dead, or elsewhere."""
    found: Reasons = defaultdict(list)
    for key in asked.keys:
        ref = asked.known.get(key)
        state = asked.states[ref.id] if ref else None
        if state is None or state.found:
            found[key].append(Reason("unknown", say_in_all("no.unknown", pig=key)))
            continue
        if state.ended_on is not None and state.ended_on <= asked.day:
            day = {one: day_and_month(state.ended_on, one) for one in LANGUAGES}
            found[key].append(Reason("dead", say_in_all("no.dead", pig=key, day=day)))
        here = places_on(asked.day, state.home, state.moves)
        if asked.premises and here and asked.premises.id not in here:
            found[key].append(Reason("elsewhere", say_in_all("reader.elsewhere", pig=key)))
    return found


def unborn(asked: ConfirmationInput) -> Reasons:
    """Return the animals that were born after the day."""
    found: Reasons = defaultdict(list)
    for key, ref in asked.known.items():
        born = asked.states[ref.id].born_on
        if born is not None and born > asked.day:
            found[key].append(Reason("not_born_yet", say_in_all("reader.not_born_yet", pig=key)))
    return found


def warn(plan: Plan, *found: Reasons) -> None:
    """Add warnings, each code of an animal once."""
    for reasons in found:
        for key, each in reasons.items():
            codes = {one.code for one in plan.warned[key]}
            plan.warned[key] += [one for one in each if one.code not in codes]


def listed_numbers(asked: ConfirmationInput, animals: Iterable[int]) -> list[str]:
    """Return the tags of animals, else another number of theirs, sorted."""
    found = numbers_of(asked.session, Identifier.animal_id, animals)
    return sorted(
        next((one for one in numbers if read_key(one).scheme == Scheme.OFFICIAL), numbers[0])
        for numbers in found.values()
    )


def plan_inspection(asked: ConfirmationInput) -> Plan:
    """Plan a check for each outcome."""
    plan, told = Plan(), asked.body
    single = {
        named_tag(asked.kept, text, "outcomes"): outcome
        for text, outcome in told["outcomes"].items()
    }
    outcomes = [(key, single.get(key, told["outcome"])) for key in asked.keys]
    barred = _barred(asked) if told["purpose"] == ROADBLOCK else None
    for draft in check_drafts(asked, told["purpose"], outcomes, barred):
        plan.drafts.append(admitted(asked, plan, draft))
    warn(plan, doubts(asked) if barred is None else barred, unborn(asked))
    return plan


def _barred(asked: ConfirmationInput) -> Reasons:
    post = asked.premises.id if asked.premises else None
    return bars(asked, Question(asked.keys, asked.day, post=post))


def check_drafts(
    asked: ConfirmationInput,
    purpose: str,
    outcomes: Iterable[tuple[Key, str]],
    barred: Reasons | None = None,
) -> list[Draft]:
    """Return one check for each outcome that there is, and for each verdict of the book.

    Args:
        barred: what the book says against the movement; None: there is none.
    """
    groups = defaultdict[tuple[str, tuple[str, ...]], list[Key]](list)
    for key, outcome in outcomes:
        said = barred.get(key, []) if barred else []
        groups[outcome, tuple(one.code for one in said)].append(key)
    permit = {"permit": asked.body["permit"]} if asked.body["permit"] else {}
    subjects = permits_named(asked.session, permit)

    def told(outcome: str, reasons: Iterable[str]) -> dict[str, Any]:
        said = {} if barred is None else {"reasons": list(reasons)}
        return {"purpose": purpose, "outcome": outcome} | said | permit

    return [Draft(EventType.CHECK, keys, told(*group), subjects) for group, keys in groups.items()]


def plan_movement(asked: ConfirmationInput) -> Plan:
    """Plan a departure or an arrival; reasons against it are warnings, and no refusal."""
    plan = Plan()
    details = {"permit": asked.body["permit"]} if asked.body["permit"] else {}
    departs = asked.body["direction"] == DEPART
    kind = EventType.DEPART if departs else EventType.ARRIVE
    draft = Draft(kind, asked.keys, details, permits_named(asked.session, details))
    plan.drafts = [admitted(asked, plan, draft)]
    to = asked.far if departs else asked.at
    warn(plan, bars(asked, Question(asked.keys, asked.day, to)), unborn(asked))
    if departs:
        _leaves(asked, plan)
    else:
        _comes(asked, plan)
    return plan


def _leaves(asked: ConfirmationInput, plan: Plan) -> None:
    """Warn of animals that the book has at another place."""
    for key, reasons in doubts(asked).items():
        elsewhere = [one for one in reasons if one.code == "elsewhere"]
        plan.warned[key] += elsewhere
        plan.not_expected += [key] if elsewhere else []


def _comes(asked: ConfirmationInput, plan: Plan) -> None:
    """Compare an arrival with the departure that was reported."""
    announced = _announced(asked)
    came = {ref.id for ref in asked.known.values()}
    plan.not_seen = listed_numbers(asked, announced - came)
    if not announced:
        return
    for key in asked.keys:
        ref = asked.known.get(key)
        if ref is None or ref.id not in announced:
            told = say_in_all("reader.not_announced", pig=key)
            plan.warned[key].append(Reason("not_announced", told))
            plan.not_expected.append(key)


def _announced(asked: ConfirmationInput) -> set[int]:
    """Return the animals that left for the place of late and have not come anywhere."""
    here = asked.premises.id if asked.premises else None
    wanted = select(Movement.animal_id).where(
        Movement.destination_id == here,
        Movement.arrived_on.is_(None),
        Movement.departed_on <= asked.day,
        Movement.departed_on >= asked.day - LONGEST_JOURNEY,
    )
    if asked.other:
        wanted = wanted.where(Movement.origin_id == asked.other.id)
    return set(asked.session.scalars(wanted))
