"""Warnings to whoever shall receive an animal, in the question that they answer, before they do.

What the book knows when the receiver answers counts: of what became known since the question, they
are asked again, and nothing is recorded but that they asked. A theft since then ends the offer.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.livestock.control.decision_events import AnsweredQuestion, record_decisions
from services.livestock.control.decisions import Question, decide
from services.livestock.control.warnings import in_words
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.consequences import Condition
from services.livestock.domain.model import Key, write_key
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind, holding
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.policy import policy_of
from services.livestock.recording.projection import read_states
from services.livestock.recording.statuses import place_statuses
from services.livestock.sms_commands.common import origin_of, premises_at, today_at
from services.livestock.sms_commands.declarations import declaration_text
from services.livestock.sms_commands.sales import Sale
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import ConfirmationState, OpenQuestion
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

_TOLD = frozenset({StatusKind.STOLEN, *OF_DISEASE})
WARNED = "warned"
"""Member of an offer's command: what its receiver was warned of."""


class ReceiverWarning(NamedTuple):
    """A condition of an animal that its receiver must know of, and the values of its sentence."""

    condition: Condition
    animal: Key
    values: Mapping[str, Any]

    @property
    def written(self) -> str:
        """The warning as an offer's command keeps it."""
        return f"{self.condition} {write_key(self.animal)}"


def warnings_for(context: CommandContext, sale: Sale) -> list[ReceiverWarning]:
    """Return what the receiver of a sale must know today, gravest first."""
    session, today = context.unit.session, today_at(context, premises_at(context, sale.to))
    found = find_animals(session, sale.animals)
    states = read_states(session, {ref.id for ref in found.values()})
    of_place = _statuses_of(session, sale.at)
    warned = [
        ReceiverWarning(condition, key, values)
        for key in sale.animals
        if key in found
        for condition, values in conditions_of(states[found[key].id], of_place, today)
    ]
    order = list(Condition)
    return sorted(warned, key=lambda one: order.index(one.condition))


def conditions_of(
    state: AnimalState, of_place: Iterable[Status], today: date
) -> Iterator[tuple[Condition, Mapping[str, Any]]]:
    """Yield what a receiver must know of an animal, and of the place that it comes from; pure."""
    for one in holding((*state.statuses, *of_place), today):
        if one.kind in _TOLD:
            yield Condition(one.kind), {"disease": one.disease}
    if state.ended_on is not None:
        yield Condition.ENDED, {"day": state.ended_on}
    if state.withdrawal_until is not None and today <= state.withdrawal_until:
        yield Condition.RESIDUE, {"until": state.withdrawal_until}


def question_of(sale: Sale, warned: Sequence[ReceiverWarning], language: str) -> str:
    """Write the question to the receiver: with its gravest warning, or the plain one."""
    if not warned:
        pigs = list_numbers(sale.animals)
        declared = declaration_text(sale, language)
        return say(f"take.{sale.terms}", language, pigs=pigs, place=sale.at, declared=declared)
    first = warned[0]
    same = [one.animal for one in warned if one.condition is first.condition]
    values = {**in_words(first.values, language), "place": sale.at}
    pigs = list_numbers(dict.fromkeys(same))
    return say(f"take.warned.{first.condition}", language, pigs=pigs, **values)


def answer_instead(
    context: CommandContext, claim: PendingConfirmation, sale: Sale, command: Mapping[str, Any]
) -> str | None:
    """Answer a receiver who takes what they were not warned of; None: they know all there is.

    Their offer stays open for another answer. A theft since then ends it: a thief may take what was
    offered before, and would be its owner.
    """
    warned = warnings_for(context, sale)
    if not _is_news(warned, command):
        return None
    _note_asking(context, sale, f"{claim.public_id}\0{len(warned)}")
    if _is_news((one for one in warned if one.condition is Condition.STOLEN), command):
        claim.state = ConfirmationState.REFUSED.value
        return say("take.stolen", context.language, pigs=list_numbers(sale.animals))
    claim.state = ConfirmationState.OPEN.value
    claim.command = json.dumps(sale.command() | {WARNED: [one.written for one in warned]})
    claim.question = question_of(sale, warned, context.language)
    context.waiting.append(OpenQuestion(claim.public_id, secret=False))
    return claim.question


def _is_news(warned: Iterable[ReceiverWarning], command: Mapping[str, Any]) -> bool:
    """Tell whether the receiver of an offer was not warned of all this."""
    return not {one.written for one in warned} <= set(command.get(WARNED, ()))


def _note_asking(context: CommandContext, sale: Sale, key: str) -> None:
    """Record that the receiver asked for the animals: who must know of stolen ones is told."""
    session, to = context.unit.session, premises_at(context, sale.to)
    question = Question(sale.animals, today_at(context, to), sale.to)
    answers = decide(session, question, policy_of(session))
    record_decisions(AnsweredQuestion(session, question, key, origin_of(context)), answers)


def _statuses_of(session: Session, premises: Key) -> list[Status]:
    place = find_premises(session, [premises])[premises].id
    return place_statuses(session, [place]).get(place, [])
