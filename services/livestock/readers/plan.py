"""Plan of the events of a confirmation; a review shows the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.livestock.control.decisions import Question, decide, places_of
from services.livestock.domain.model import EventType, Key, Report, Scheme, SecretSubject, read_key
from services.livestock.domain.movement_questions import Decision
from services.livestock.domain.movements import places_on
from services.livestock.queries.premises import read_places
from services.livestock.readers.confirmation_input import ConfirmationInput
from services.livestock.readers.wording import Texts, texts
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.reporting.permission import animals_of_others
from services.livestock.sms_commands.wording import Reader
from services.storage.models import Identifier
from services.texts.catalogue import LANGUAGES, day_and_month

MOST_ANIMALS = 1_000
"""Of one event, as in the API."""


class Reason(NamedTuple):
    """A reason why an animal is not recorded, or a warning when it is."""

    code: str
    texts: Texts


Reasons = defaultdict["Key", list[Reason]]


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
    return [asked.report(ordinal, *part) for ordinal, part in enumerate(parts)]


def allowed_animals(asked: ConfirmationInput, plan: Plan, draft: Draft) -> list[Key]:
    """Return the animals of an event that the owner may report; the others are refused.

    Raises:
        Forbidden: the owner may not report this, or not there.
    """
    report = asked.report(0, *draft)
    others = animals_of_others(asked.session, asked.viewer, report)
    for key in draft.animals:
        if key in others:
            plan.refused[key].append(Reason("not_yours", texts("reader.not_yours", pig=key)))
    return [key for key in draft.animals if key not in others]


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
            found[key].append(Reason("unknown", texts("no.unknown", pig=key)))
            continue
        if state.ended_on is not None and state.ended_on <= asked.day:
            day = {one: day_and_month(state.ended_on, one) for one in LANGUAGES}
            found[key].append(Reason("dead", texts("no.dead", pig=key, day=day)))
        here = places_on(asked.day, state.home, state.moves)
        if asked.premises and here and asked.premises.id not in here:
            found[key].append(Reason("elsewhere", texts("reader.elsewhere", pig=key)))
    return found


def unborn(asked: ConfirmationInput) -> Reasons:
    """Return the animals that were born after the day."""
    found: Reasons = defaultdict(list)
    for key, ref in asked.known.items():
        born = asked.states[ref.id].born_on
        if born is not None and born > asked.day:
            found[key].append(Reason("not_born_yet", texts("reader.not_born_yet", pig=key)))
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
    return sorted(_tag_first(numbers) for numbers in found.values())


def _tag_first(numbers: Sequence[str]) -> str:
    tags = [one for one in numbers if read_key(one).scheme == Scheme.OFFICIAL]
    return (tags or numbers)[0]
