"""A session as a movement: one side of it, departure or arrival."""

from __future__ import annotations

from sqlalchemy import select

from services.livestock.control.decisions import Question
from services.livestock.domain.model import EventType
from services.livestock.queries.positions import LONGEST_JOURNEY
from services.livestock.readers.confirmation_input import ConfirmationInput
from services.livestock.readers.kinds import DEPART
from services.livestock.readers.plan import (
    Draft,
    Plan,
    Reason,
    allowed_animals,
    bars,
    doubts,
    listed_numbers,
    unborn,
    warn,
)
from services.livestock.readers.wording import texts
from services.livestock.recording.permit_subjects import permits_named
from services.storage.models import Movement


def plan_movement(asked: ConfirmationInput) -> Plan:
    """Plan a departure or an arrival; reasons against it are warnings, and no refusal."""
    plan = Plan()
    details = {"permit": asked.body["permit"]} if asked.body["permit"] else {}
    departs = asked.body["direction"] == DEPART
    draft = Draft(
        EventType.DEPART if departs else EventType.ARRIVE,
        asked.keys,
        details,
        permits_named(asked.session, details),
    )
    plan.drafts = [draft._replace(animals=allowed_animals(asked, plan, draft))]
    to = asked.far if departs else asked.at
    warn(plan, bars(asked, Question(asked.keys, asked.day, to)), unborn(asked))
    if departs:
        _leaves(asked, plan)
    else:
        _comes(asked, plan)
    return plan


def _leaves(asked: ConfirmationInput, plan: Plan) -> None:
    """Warn of animals that the book has at another place."""
    found = doubts(asked)
    elsewhere = {
        key: [one for one in reasons if one.code == "elsewhere"] for key, reasons in found.items()
    }
    for key, reasons in elsewhere.items():
        plan.warned[key] += reasons
        plan.not_expected += [key] if reasons else []


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
            told = texts("reader.not_announced", pig=key)
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
