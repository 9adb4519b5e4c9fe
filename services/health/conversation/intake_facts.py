"""Answers of the intake that every course asks by the same id, kept with the person for counts.

A list fills sex and year of birth first: an answer fills only what no list has said. Who reads the
phone, and how far the clinic is, change: the last answer counts.
"""

from collections.abc import Callable, Mapping

from services.health.conversation.answer_parser import ParsedAnswer
from services.health.conversation.member import Member
from services.storage.models import Person

_SEXES = {
    **dict.fromkeys(("f", "female", "woman", "girl"), "f"),
    **dict.fromkeys(("m", "male", "man", "boy"), "m"),
}
_OTHERS_READ = frozenset({"shared", "yes"})
_OLDEST = 120


def keep_fact(member: Member, item: str, parsed: ParsedAnswer) -> None:
    """Keep an answer with the person if the question is one that every intake asks."""
    keep = _KEEPERS.get(item)
    if keep is not None:
        keep(member.session.get_one(Person, member.row.person_id), member, parsed)


def _age(person: Person, member: Member, parsed: ParsedAnswer) -> None:
    if parsed.number is not None and parsed.number <= _OLDEST and person.birth_year is None:
        person.birth_year = member.today.year - parsed.number


def _sex(person: Person, _: Member, parsed: ParsedAnswer) -> None:
    person.sex = person.sex or _SEXES.get(parsed.code)


def _distance(person: Person, _: Member, parsed: ParsedAnswer) -> None:
    person.distance = parsed.code


def _shared(person: Person, _: Member, parsed: ParsedAnswer) -> None:
    person.phone_shared = parsed.code in _OTHERS_READ


_KEEPERS: Mapping[str, Callable[[Person, Member, ParsedAnswer], None]] = {
    "age": _age,
    "sex": _sex,
    "distance": _distance,
    "shared": _shared,
}
