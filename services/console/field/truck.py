"""A truck at a roadblock: its numbers, the answers of the book, and the events of its checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from services.console.field.verdicts import Verdict, verdict_on
from services.console.words import t
from services.livestock.api.decisions import policy
from services.livestock.api.roadblocks import today_at
from services.livestock.control.decision_events import (
    AnsweredQuestion,
    record_checks,
    record_decisions,
)
from services.livestock.control.decisions import Answer, Question, decide
from services.livestock.control.roadblocks import last_asked, remember_asked
from services.livestock.domain.model import Key, Origin, Recorded, write_key
from services.livestock.reporting.event_reader import Faults
from services.livestock.reporting.questions import (
    MOST_NUMBERS,
    read_numbers,
    split_destination,
    take_destination,
)
from services.storage.models import Party, Premises


@dataclass(frozen=True, slots=True)
class Truck:
    """A question about all that stands on a truck, and its answers now."""

    session: Session
    question: Question
    answers: Sequence[Answer]

    @property
    def numbers(self) -> list[str]:
        """The numbers as a form keeps them, their destination among them."""
        to = [self.question.to] if self.question.to else []
        return [write_key(one) for one in (*self.question.numbers, *to)]

    def ask(self, key: str, origin: Origin, party: Party) -> None:
        """Record the answers, and remember the question for PASS, BACK, SEIZE and the next page."""
        record_decisions(self._answered(key, origin), self.answers)
        to = [self.question.to] if self.question.to else []
        said = (*self.question.numbers, *to)
        remember_asked(self.session, party, said, origin.recorded_at)

    def check(self, which: Sequence[Answer], outcome: str, key: str, origin: Origin) -> Recorded:
        """Record what became of some of it; return the first event, whose receipt is for all."""
        return record_checks(self._answered(key, origin), which, outcome)[0]

    def _answered(self, key: str, origin: Origin) -> AnsweredQuestion:
        return AnsweredQuestion(self.session, self.question, key, origin)


def read_truck(
    session: Session, row: Premises, texts: Sequence[str], faults: Faults
) -> Truck | None:
    """Return the truck whose numbers were typed or scanned, as the book is now.

    Args:
        faults: gets those of the numbers; where there are any, there is no truck.
    """
    if not texts or len(texts) > MOST_NUMBERS:
        faults["all"] = t("field_too_many", count=MOST_NUMBERS) if texts else t("field_no_numbers")
        return None
    rest, to = take_destination(session, texts)
    numbers = read_numbers(session, rest, faults)
    if not numbers and not faults:
        faults["all"] = t("field_no_numbers")
    return None if faults else _truck(session, row, numbers, to)


def last_truck(session: Session, row: Premises, party: Party, now: datetime) -> Truck | None:
    """Return the truck that somebody asked about last at their roadblock; None: long ago."""
    asked = last_asked(session, party, now)
    return _truck(session, row, *split_destination(session, asked)) if asked else None


def truck_of_form(session: Session, row: Premises) -> Truck | None:
    """Return the truck that a form was drawn for; None: its numbers are none."""
    return read_truck(session, row, request.form.getlist("numbers"), Faults())


def judge(session: Session, truck: Truck) -> Verdict:
    """Return the verdict on a truck."""
    return verdict_on(session, truck.question, truck.answers)


def record_outcomes(truck: Truck, chosen: Mapping[str, str], key: str, origin: Origin) -> str:
    """Record one outcome for those that may move, and one for the others; return a receipt."""
    groups = {
        "may": [one for one in truck.answers if one.decision.allowed],
        "barred": [one for one in truck.answers if not one.decision.allowed],
    }
    done = [
        truck.check(group, chosen[name], f"{key}\0{name}", origin)
        for name, group in groups.items()
        if group
    ]
    return done[0].receipt


def _truck(session: Session, row: Premises, numbers: Sequence[Key], to: Key | None) -> Truck:
    question = Question(tuple(numbers), today_at(row), to, post=row.id)
    return Truck(session, question, decide(session, question, policy()))
