"""Roadblock checks that programs report: with the reasons of our book, never with the sender's.

Whether a pig passed against the book must not depend on what its inspector writes of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from uuid import UUID

from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.livestock.control.decisions import Answer, Question, decide
from services.livestock.domain.model import EventType, Key, Report, Scheme
from services.livestock.recording.authority import part_id
from services.livestock.recording.identity import find_premises
from services.livestock.recording.permit_subjects import find_permit
from services.livestock.recording.policy import policy_of

ROADBLOCK = "roadblock"
PASSED = "passed"
_REASONS = "reasons"
_MOST_NAMED = 5


def by_the_book(
    session: Session, reports: Sequence[Report], explained: Collection[UUID]
) -> list[Report]:
    """Return reports, each roadblock check divided by what the book says of its animals.

    Args:
        explained: ids of the checks whose sender says why pigs pass against the book.

    Raises:
        Invalid: one passes pigs against the book, and does not say why.
        UnknownNumber, WrongKind: see `decide`.
    """
    found: list[Report] = []
    faults: dict[int, object] = {}
    for place, report in enumerate(reports):
        answers = _answers(session, report)
        if _is_passed(report) and report.event_id not in explained and barred(answers):
            faults[place] = {"anyway": ask_why(answers)}
        found += _divided(report, answers)
    if faults:
        raise Invalid("Pigs pass against the book: see errors", {"events": faults})
    return found


def barred(answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers that say no."""
    return [one for one in answers if not one.decision.allowed]


def reasons_of(answer: Answer) -> tuple[str, ...]:
    """Return the codes of what bars a movement, weightiest first."""
    return tuple(bar.reason.value for bar in answer.decision.reasons)


def ask_why(answers: Iterable[Answer]) -> str:
    """Tell whoever passes pigs against the book what it says, and what to do."""
    told = barred(answers)
    named = [f"{one.item.number} {reasons_of(one)[0]}" for one in told]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    said = f"{', '.join(named[:_MOST_NAMED])}{more}"
    return f"The book says NO: {said}. Turn them back, or send in `anyway` why they pass."


def _is_passed(report: Report) -> bool:
    return report.details.get("outcome") == PASSED


def _answers(session: Session, report: Report) -> list[Answer]:
    if report.type is not EventType.CHECK or report.details["purpose"] != ROADBLOCK:
        return []
    numbers = report.animals or _permit(session, report)
    at = find_premises(session, [report.premises]) if report.premises else {}
    post = at[report.premises].id if report.premises in at else None
    question = Question(numbers, report.occurred.day, post=post)
    return decide(session, question, policy_of(session)) if numbers else []


def _permit(session: Session, report: Report) -> tuple[Key, ...]:
    """Return the permit of a check that names no animal, if it is one of ours."""
    number = str(report.details.get("permit", ""))
    found = find_permit(session, number) if number else None
    return (Key(Scheme.SHORT, number),) if found is not None else ()


def _divided(report: Report, answers: Sequence[Answer]) -> list[Report]:
    """Divide a check, so that a pig is flagged for what bars itself."""
    if report.type is not EventType.CHECK:
        return [report]
    told = {name: value for name, value in report.details.items() if name != _REASONS}
    if not answers:
        return [replace(report, details=told)]
    groups: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for one in answers:
        groups[reasons_of(one)].append(one.item.number)
    if not report.animals:
        every = dict.fromkeys(chain.from_iterable(groups))
        return [replace(report, details=told | {_REASONS: list(every)})]
    return [
        replace(
            report,
            event_id=part_id(report.event_id, place),
            animals=tuple(animals),
            details=told | {_REASONS: list(reasons)},
        )
        for place, (reasons, animals) in enumerate(groups.items())
    ]
