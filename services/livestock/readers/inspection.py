"""A session as an inspection: findings on all animals and on single ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.livestock.control.decisions import Question
from services.livestock.domain.model import EventType, Key
from services.livestock.readers.confirmation_input import ConfirmationInput
from services.livestock.readers.plan import Draft, Plan, allowed_animals, bars, doubts, unborn, warn
from services.livestock.recording.permit_subjects import permits_named

_ROADBLOCK = "roadblock"


def plan_inspection(asked: ConfirmationInput) -> Plan:
    """Plan a check for each outcome."""
    plan, told = Plan(), asked.body
    single = {
        asked.named_tag(text, "outcomes"): outcome for text, outcome in told["outcomes"].items()
    }
    outcomes = {key: single.get(key, told["outcome"]) for key in asked.keys}
    for draft in check_drafts(asked, told["purpose"], outcomes.items()):
        plan.drafts.append(draft._replace(animals=allowed_animals(asked, plan, draft)))
    on_the_road = told["purpose"] == _ROADBLOCK
    found = bars(asked, Question(asked.keys, asked.day)) if on_the_road else doubts(asked)
    warn(plan, found, unborn(asked))
    return plan


def check_drafts(
    asked: ConfirmationInput, purpose: str, outcomes: Iterable[tuple[Key, str]]
) -> list[Draft]:
    """Return one check for each outcome that there is."""
    groups = defaultdict[str, list["Key"]](list)
    for key, outcome in outcomes:
        groups[outcome].append(key)
    permit = {"permit": asked.body["permit"]} if asked.body["permit"] else {}
    return [
        Draft(
            EventType.CHECK,
            keys,
            {"purpose": purpose, "outcome": outcome} | permit,
            permits_named(asked.session, permit),
        )
        for outcome, keys in groups.items()
    ]
