"""Facts of a person for the clinician who calls: name, age, home, last answers in the course."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.storage.models import AskedQuestion, Concern, Party, Person, Subscription
from services.storage.persons import party_of_person
from services.texts.catalogue import Listing, say
from sms.local_time import local_day

_LAST = 3
_AGE = "age"


class LastAnswer(NamedTuple):
    """An answer in a course: the question's id, and the code, number or day that came."""

    item: str
    answer: str


class KnownFacts(NamedTuple):
    """Facts of a person; None: not known. `version_id`: of the course that asked them."""

    name: str | None
    age: int | None
    district: str | None
    province: str | None
    answers: Sequence[LastAnswer]
    version_id: int | None = None


def known_facts(session: Session, made: Concern) -> KnownFacts:
    """Return what is known of the person of a concern, and their last answers in its course."""
    person = session.get_one(Person, made.person_id)
    party: Party | None = party_of_person(session, made.person_id)
    told = _answers(session, made.subscription_id)
    age = _age(person.birth_year, told, local_day(made.at))
    name = party.name if party else None
    course = session.get(Subscription, made.subscription_id or 0)
    version = course.version_id if course else None
    return KnownFacts(name, age, person.district, person.province, told[:_LAST], version)


def known_in_words(session: Session, made: Concern, language: str) -> dict[str, object]:
    """Return what is known as the values of a sentence."""
    facts = known_facts(session, made)
    nothing = say("concern.unknown", language)
    home = ", ".join(filter(None, (facts.district, facts.province)))
    answers = tuple(f"{one.item} {one.answer}" for one in facts.answers)
    return {
        "who": facts.name or nothing,
        "years": facts.age if facts.age is not None else nothing,
        "where": home or nothing,
        "answers": Listing(answers or (nothing,), tight=","),
    }


def _answers(session: Session, subscription_id: int | None) -> list[LastAnswer]:
    if subscription_id is None:
        return []
    rows = session.scalars(
        select(AskedQuestion)
        .where(AskedQuestion.subscription_id == subscription_id, AskedQuestion.state == "answered")
        .order_by(AskedQuestion.answered_at.desc(), AskedQuestion.id.desc())
    )
    return [LastAnswer(one.item, one.value or one.answer or "-") for one in rows]


def _age(birth_year: int | None, told: Sequence[LastAnswer], today: date) -> int | None:
    """Return an age by the year of birth, or as it was told at the intake."""
    if birth_year is not None:
        return today.year - birth_year
    told_age = next((one.answer for one in told if one.item == _AGE), "")
    return int(told_age) if told_age.isdigit() else None
