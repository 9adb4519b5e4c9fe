"""The rule's word on permits, and the orders that bind their places."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.console.field.common import bar_in_words
from services.livestock.api.decisions import policy
from services.livestock.control.decisions import Question, decide
from services.livestock.domain.details import PERMIT_REASONS
from services.livestock.domain.model import Key, Scheme
from services.livestock.domain.movement_questions import Reason
from services.livestock.domain.orders import Order, ZoneStatus
from services.livestock.domain.permits import PermitState
from services.livestock.recording.decision_context import orders_since, whereabouts
from services.storage.models import Permit

# An officer reads of a permit because it has no answer yet.
_BESIDE = frozenset({Reason.PERMIT_WAITING})
OPEN = frozenset({PermitState.ASKED, PermitState.ISSUED})


class PermitRuling(NamedTuple):
    """The rule's word on a permit.

    Attributes:
        against: reasons in words, each with the numbers that it bars; none: it may be issued.
        codes: those of the reasons that an officer may give for a refusal.
    """

    against: Sequence[tuple[str, Sequence[str]]]
    codes: frozenset[str]


def rulings(
    session: Session, permits: Iterable[tuple[str, Permit]], today: date
) -> dict[str, PermitRuling]:
    """Return what the rule says of permits that are asked or issued, by number.

    Args:
        permits: with their numbers.
    """
    by_day: defaultdict[date, list[str]] = defaultdict(list)
    for number, row in permits:
        if row.state in OPEN:
            by_day[max(row.first_day, today)].append(number)
    found: dict[str, PermitRuling] = {}
    for day, numbers in by_day.items():
        found |= _on_day(session, numbers, day)
    return found


def _on_day(session: Session, numbers: Sequence[str], day: date) -> dict[str, PermitRuling]:
    keys = tuple(Key(Scheme.SHORT, number) for number in numbers)
    barred: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for answer in decide(session, Question(keys, day), policy()):
        permit = answer.item.permit or ""
        for bar in answer.decision.reasons:
            if bar.reason not in _BESIDE:
                pigs = barred[permit].setdefault(bar_in_words(bar), [])
                pigs += [str(answer.item.animal)] if answer.item.animal else []
                codes[permit].add(bar.reason.value)
    may_be_told = frozenset(PERMIT_REASONS)
    return {
        number: PermitRuling(tuple(barred[number].items()), may_be_told & codes[number])
        for number in numbers
    }


def orders_at(
    session: Session, premises: Iterable[int], today: date
) -> Mapping[int, Sequence[Order]]:
    """Return the quarantines and zones that bind places today, free zones left out."""
    orders = [
        one
        for one in orders_since(session, today)
        if one.in_force(today) and one.status is not ZoneStatus.FREE
    ]
    places = whereabouts(session, premises)
    return {key: [one for one in orders if one.area.binds(where)] for key, where in places.items()}
