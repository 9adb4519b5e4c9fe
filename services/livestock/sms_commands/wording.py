"""Decisions and stays in words that fit a phone, with the places that the reader may see."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from services.core.roles import OFFICERS, Role
from services.livestock.control.decisions import Answer, Item, Question
from services.livestock.control.warnings import in_words
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalKind, Key
from services.livestock.domain.movement_questions import Reason
from services.livestock.domain.places import Whereabouts
from services.livestock.domain.statuses import holding
from services.livestock.queries.animals import StayAt
from services.livestock.queries.premises import PremisesSummary, read_places
from services.texts.catalogue import Listing, day_and_month, has_sentence, say
from sms.encoding import plain, units


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a sentence: their language, and the premises that they may see by name.

    Attributes:
        party_id: database key; None: nobody in particular.
        places: premises that were read already, by database key.
    """

    session: Session
    party_id: int | None
    role: str
    language: str
    places: dict[int, PremisesSummary] = field(default_factory=dict, repr=False)

    def sees(self, place: PremisesSummary) -> bool:
        """Check the reader's access to the name of premises."""
        own = place.keeper_id is not None and place.keeper_id == self.party_id
        return own or self.role in OFFICERS

    def where(self, at: Whereabouts | None) -> str | None:
        """Name a place: number and name of premises, or a district; None: not known."""
        if at is None:
            return None
        if at.premises is None:
            return at.district or at.province
        place = self._place(at.premises)
        shown = place.name if self.sees(place) else None
        return f"{place.number} {shown}" if shown else place.number

    def number(self, premises: int | None) -> str | None:
        """Return the number of premises; None: they are not known."""
        return None if premises is None else self._place(premises).number

    def _shown_end(self, question: Question, answer: Answer) -> int | None:
        """Return the premises at the end, for readers who named them or may see one of both."""
        shown = answer.end is not None and (question.to or self._tells(answer))
        return answer.end.premises if answer.end and shown else None

    def _end(self, question: Question, answer: Answer) -> str | None:
        """Name the destination; by province alone for readers who neither keep it nor named it."""
        if question.to or self._tells(answer):
            return self.where(answer.end)
        return answer.end.province if answer.end else None

    def _tells(self, answer: Answer) -> bool:
        """Check the reader's access to both ends of a movement: thieves ask, too."""
        ends = (answer.item.position.at, answer.end.premises if answer.end else None)
        return self.role == Role.ABATTOIR or any(
            self.sees(self._place(one)) for one in ends if one is not None
        )

    def _place(self, premises: int) -> PremisesSummary:
        if premises not in self.places:
            self.places.update(read_places(self.session, [premises]))
        return self.places[premises]

    def decisions(self, question: Question, answers: Sequence[Answer]) -> str:
        """Write decisions: reason and remedy of a single one, a summary of several."""
        if len(answers) == 1:
            return self.decision(question, answers[0])
        barred = [answer for answer in answers if not answer.decision.allowed]
        total, may = _heads(answers), _heads(answers) - _heads(barred)
        tell = partial(say, language=self.language, count=total)
        if not barred:
            ends = dict.fromkeys(self._end(question, answer) for answer in answers)
            return tell(
                "many.all",
                other=", ".join(end or say("word.other", self.language) for end in ends),
                day=day_and_month(question.on, self.language),
            )
        if may:
            return tell("many.some", may=may, list=self.barred(barred, len(answers)))
        return self._none(question, barred, total)

    def _none(self, question: Question, barred: Sequence[Answer], total: int) -> str:
        """Write that none may go, and why; what all lack is asked for in one message."""
        reasons = {answer.decision.reasons[0].reason for answer in barred}
        tell = partial(say, language=self.language, count=total)
        if reasons == {Reason.NO_PERMIT} and all(answer.item.animal for answer in barred):
            end = self.number(self._shown_end(question, barred[0]))
            return tell("many.none.no_permit", to=end or say("word.to", self.language))
        return tell("many.none", list=self.barred(barred, len(barred)))

    def barred(self, answers: Sequence[Answer], asked: int) -> Listing:
        """List animals that may not go by their reasons in few words: `1262 dead, no permit: 1359`.

        A reason of several animals stands before their numbers, and alone where it is that of all.

        Args:
            answers: against the movement.
            asked: how many answers there are in all.
        """
        of_reason: dict[str, list[str]] = {}
        for answer in answers:
            reason = say(f"short.{answer.decision.reasons[0].reason}", self.language)
            of_reason.setdefault(reason, []).append(str(answer.item.number))
        if len(of_reason) == 1 < len(answers) == asked:
            return Listing(tuple(of_reason))
        items = sorted(of_reason.items(), key=lambda item: len(item[1]) > 1)
        return Listing(tuple(text for item in items for text in _grouped(*item)))

    def decision(self, question: Question, answer: Answer) -> str:
        """Write one decision: its most important reason, or the permission."""
        decision, item, tells = answer.decision, answer.item, self._tells(answer)
        end = self._shown_end(question, answer)
        known: dict[str, Any] = {
            # A permit for counted pigs is requested again by their count.
            "pig": item.number if item.animal else item.position.facts.head_count,
            "count": item.position.facts.head_count,
            "place": self.number(item.position.at) if tells else None,
            "other": self._end(question, answer),
            "to": self.number(end),
            "day": question.on,
            "permit": decision.permit or item.permit,
        }
        if not decision.reasons:
            return say(_yes(question, answer), self.language, **self._values(known))
        bar = decision.reasons[0]
        told = {name: value for name, value in bar.values.items() if value is not None}
        code = "no.unknown_home" if self._is_home(bar.reason, item) else f"no.{bar.reason}"
        return say(code, self.language, **self._values(known | told))

    def _is_home(self, reason: Reason, item: Item) -> bool:
        """Tell whether it bars an animal that its keeper has not told where they live."""
        at = item.position.at
        if reason is not Reason.UNKNOWN_ORIGIN or at is None:
            return False
        place = self._place(at)
        own = place.keeper_id is not None and place.keeper_id == self.party_id
        return own and place.province is None

    def _values(self, known: dict[str, Any]) -> dict[str, object]:
        """Write days, codes and unknown values in words."""
        written = in_words(known, self.language)
        for name in ("place", "other", "to"):
            if written.get(name) is None:
                written[name] = say(f"word.{name}", self.language)
        return written


def _grouped(reason: str, numbers: Sequence[str]) -> list[str]:
    if len(numbers) == 1:
        return [f"{numbers[0]} {reason}"]
    return [f"{reason}: {numbers[0]}", *numbers[1:]]


def _heads(answers: Iterable[Answer]) -> int:
    """Count pigs; an uncounted mob, and pork, as one."""
    return sum(answer.item.position.facts.heads or 1 for answer in answers)


def _yes(question: Question, answer: Answer) -> str:
    if question.slaughter:
        return "yes.slaughter"
    if answer.item.animal is None:
        return "yes.counted"
    if not answer.decision.permit:
        return "yes.plain"
    return "yes.mob" if answer.item.position.facts.kind == AnimalKind.MOB else "yes.permit"


def list_numbers(keys: Iterable[Key]) -> Listing:
    """List numbers, as many as a sentence has room for."""
    return Listing(tuple(map(str, keys)), tight=" ")


def marks_of(state: AnimalState, today: date, language: str, sick: date | None = None) -> list[str]:
    """Write what holds of an animal on a local day, gravest first; nothing of most.

    Args:
        sick: day of the last report of its sickness; None: there is none of late.
    """
    kinds = dict.fromkeys(one.kind for one in holding(state.statuses, today))
    marks = [say(f"short.{kind}", language) for kind in kinds if has_sentence(f"short.{kind}")]
    until = state.withdrawal_until
    if until is not None and today <= until:
        marks.append(say("book.withdrawal", language, day=day_and_month(until, language)))
    if sick is not None:
        marks.append(say("book.sick", language, day=day_and_month(sick, language)))
    return marks


def stays_text(
    stays: Sequence[StayAt], language: str, *, sees: Callable[[PremisesSummary], bool], room: int
) -> str:
    """Write where an animal has been, newest last; older stays are left out where room ends.

    The newest one is kept whatever its length: its sentence shortens it.

    Args:
        stays: oldest first.
        sees: the reader's access to premises; of others, the province only.
        room: septets of GSM-7.
    """
    if not stays:
        return say("trace.nowhere", language)
    text = ""
    for stay in reversed(stays):
        part = _stay(stay, language, sees)
        longer = f"{part}; {text}" if text else part
        if text and units(longer) > room:
            return f"...{text}" if units(text) + 3 <= room else text
        text = longer
    return text


def _stay(stay: StayAt, language: str, sees: Callable[[PremisesSummary], bool]) -> str:
    where = _where(stay.place, language, sees)
    if stay.until is not None:
        return say("trace.until", language, place=where, day=day_and_month(stay.until, language))
    if stay.since is not None:
        return say("trace.now", language, place=where, day=day_and_month(stay.since, language))
    return plain(where)


def _where(
    place: PremisesSummary | None, language: str, sees: Callable[[PremisesSummary], bool]
) -> str:
    if place is None:
        return say("trace.unknown_place", language)
    if not sees(place):
        return place.province or say("trace.unknown_place", language)
    return f"{place.number} {place.name}" if place.name else place.number
