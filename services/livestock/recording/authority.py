"""Authority over reports: what takes effect, and what is evidence.

Of a report that names animals of several keepers, each keeper's part becomes an event of its own,
since each decides about their own animals alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.core.roles import OFFICERS
from services.livestock.domain.actors import Actor, Tie
from services.livestock.domain.acts import ActType
from services.livestock.domain.authority import (
    Allowed,
    Refused,
    Subject,
    Verdict,
    may_act,
)
from services.livestock.domain.errors import NotYourRole
from services.livestock.domain.model import (
    EVENTS,
    AnimalKind,
    AnimalRef,
    EventType,
    Issue,
    Key,
    Report,
    ResolvedReferences,
    Scheme,
    read_key,
)
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import AnimalFacts, facts_of
from services.storage.models import Contact, Premises, TagRange

# Made once: each registration of a tag asks.
_RANGES = (
    select(
        TagRange.first,
        TagRange.last,
        TagRange.premises_id,
        Premises.keeper_id,
        select(Contact.id).where(Contact.party_id == Premises.keeper_id).exists(),
    )
    .join(Premises, Premises.id == TagRange.premises_id)
    .where(TagRange.last >= bindparam("least"), TagRange.first <= bindparam("most"))
)
_BEGINNINGS = frozenset({EventType.REGISTER, EventType.BIRTH})
SOURCES = ("dam", "part_of")
"""Details that name whose keeper decides on what is said to come from it; a sire is lent."""
# After one of these took effect, the later reports of its batch are of one's own animal.
_CLAIMS = _BEGINNINGS | {EventType.ARRIVE}


class NamedNumbers(NamedTuple):
    """Numbers that reports name, as far as they are known.

    Attributes:
        animals: those that are known, by each number of theirs.
        places: database keys of the premises.
        issued: to whom tags of `animals` were issued; None: nobody asked.
    """

    animals: Mapping[Key, AnimalRef]
    places: Mapping[Key, int] = {}
    issued: Mapping[Key, Issue] | None = None


_NOTHING = NamedNumbers({})


class AuthorityOver:
    """Decisions on the reports of one batch, from facts that are read together."""

    def __init__(
        self, session: Session, actor: Actor, reports: Sequence[Report], numbers: NamedNumbers
    ) -> None:
        self._actor, self._places, animals = actor, numbers.places, numbers.animals
        named = {key for one in reports for key in (*one.animals, *sources_of(one))}
        missing = named - animals.keys()
        animals = {**animals, **find_animals(session, missing)} if missing else animals
        refs = {animals[key] for key in named if key in animals}
        known = facts_of(session, actor, {ref.id for ref in refs if not ref.new})
        self._animals, self._known, self._claimed = animals, known, set[Key]()
        self.issued = issues_of(session, _tags(reports, animals, known), numbers)
        """To whom the tags were issued that these reports may put into an ear."""

    def verdicts(self, report: Report) -> dict[Key, Verdict]:
        """Decide on each animal of a report; the next report may build on it."""
        sources = [self._over(report, key, EventType.COUNT) for key in sources_of(report)]
        against = next((one for one in sources if not isinstance(one, Allowed)), None)
        found = {key: against or self._over(report, key, report.type) for key in report.animals}
        if report.type in _CLAIMS:
            self._claimed |= {key for key, one in found.items() if isinstance(one, Allowed)}
        return found

    def keeper(self, report: Report, key: Key) -> int | None:
        """Return the party that keeps an animal, or to whose premises its tag was issued."""
        for one in (*sources_of(report), key):
            facts = self._of(one)
            if facts is not None and facts.keeper is not None:
                return facts.keeper
        issue = self.issued.get(key)
        return issue.keeper if issue else None

    def consent(self, report: Report, key: Key, act: ActType) -> Verdict:
        """Decide on a command about an animal that a report would be of."""
        return self._over(report, key, act)

    def _of(self, key: Key) -> AnimalFacts | None:
        ref = self._animals.get(key)
        return self._known.get(ref.id) if ref else None

    def _over(self, report: Report, key: Key, act: ActType) -> Verdict:
        facts, ties = self._of(key), set[Tie]()
        elsewhere = self._elsewhere(report, key)
        reachable = facts.reachable if facts else False
        if facts is not None:
            ties |= facts.ties
        if facts is None or (facts.found and facts.keeper is None):
            free = facts is None or facts.kind == AnimalKind.ANIMAL or act in _BEGINNINGS
            ties |= {Tie.FREE} if free and elsewhere is None else set()
            reachable = reachable or (elsewhere is not None and elsewhere.reachable)
            # Nobody knows where it stands: it is as much in one province as in another.
            ties |= {Tie.DUTY} if facts is None and self._actor.role in OFFICERS else set()
        ties |= {Tie.HERE} if key in self._claimed else set()
        return may_act(self._actor, act, Subject(ties, reachable))

    def _elsewhere(self, report: Report, key: Key) -> Issue | None:
        here = report.premises is not None and self._places.get(report.premises)
        issue = self.issued.get(key)
        return issue if issue and issue.is_elsewhere(self._actor.party_id, here or None) else None


def as_they_stand(over: AuthorityOver, report: Report) -> list[Report]:
    """Divide a report by what takes effect and whose animals the rest are.

    The first part keeps the report's id. What takes effect comes first.

    Raises:
        NotYourRole: the actor's role may not report this.
    """
    found = over.verdicts(report)
    if any(isinstance(one, Refused) for one in found.values()):
        raise NotYourRole
    mine = [key for key, one in found.items() if isinstance(one, Allowed)]
    if len(mine) == len(found):
        return [report]
    others: dict[int | None, list[Key]] = {}
    for key, one in found.items():
        if not isinstance(one, Allowed):
            others.setdefault(over.keeper(report, key), []).append(key)
    parts = [(mine, False)] if mine else []
    parts += [(of_one, True) for of_one in others.values()]
    return [
        replace(
            report,
            event_id=part_id(report.event_id, place),
            animals=tuple(animals),
            evidence=evidence,
        )
        for place, (animals, evidence) in enumerate(parts)
    ]


def part_id(event: UUID, place: int) -> UUID:
    """Return the id of a part of a report by its place; the first keeps the report's."""
    return uuid5(EVENTS, f"{event}\0{place}") if place else event


def sources_of(report: Report) -> tuple[Key, ...]:
    """Return the mob or the dam that the animals of a report come from."""
    if report.type not in _BEGINNINGS:
        return ()
    return tuple(read_key(report.details[name]) for name in SOURCES if name in report.details)


def _tags(
    reports: Iterable[Report],
    animals: Mapping[Key, AnimalRef],
    known: Mapping[int, AnimalFacts],
) -> set[Key]:
    """Return the tags of which it matters to whom they were issued."""
    named = {key for one in reports for key in (*one.animals, *given_by(one))}
    facts = {key: known.get(animals[key].id) if key in animals else None for key in named}
    loose = {key for key, of_one in facts.items() if of_one is None or of_one.found}
    return {key for key in loose if key.scheme == Scheme.OFFICIAL}


def fitted_by(reports: Iterable[Report]) -> set[Key]:
    """Return the official numbers that reports put into an ear."""
    named = (
        key
        for one in reports
        for key in given_by(one) or (one.animals if one.type in _BEGINNINGS else ())
    )
    return {key for key in named if key.scheme == Scheme.OFFICIAL}


def given_by(report: Report) -> tuple[Key, ...]:
    """Return the number that a report gives to an animal that has another."""
    return (read_key(report.details["new"]),) if report.type is EventType.RETAG else ()


def numbers_of(known: ResolvedReferences) -> NamedNumbers:
    """Return what is known of the numbers of resolved reports."""
    places = {key: ref.id for key, ref in known.premises.items()}
    return NamedNumbers(known.animals, places, known.issued)


def issues_of(
    session: Session, wanted: AbstractSet[Key], numbers: NamedNumbers = _NOTHING
) -> dict[Key, Issue]:
    """Return to whom tags were issued, of those that are of a range; what is known is not read."""
    known = {} if numbers.issued is None else numbers.issued
    found = {key: known[key] for key in wanted if key in known}
    tags = wanted if numbers.issued is None else wanted - numbers.animals.keys()
    if not tags:
        return found
    least, most = min(key.value for key in tags), max(key.value for key in tags)
    rows = session.execute(_RANGES, {"least": least, "most": most}).all()
    return found | {
        key: Issue(premises, keeper, reachable)
        for key in tags
        for first, last, premises, keeper, reachable in rows
        if first <= key.value <= last
    }
