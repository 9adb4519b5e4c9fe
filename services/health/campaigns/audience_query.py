"""The people of an audience, and who is excluded and why; in chunks, for both databases.

A person with several numbers is reached by the first; a member of a programme by the number that
joined. No statement joins parties to people: each chunk of parties is, by the people's links.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from gateway.phrases import DEFAULT_LANGUAGE
from services.core.geography import zone_of
from services.health.campaigns.audience import (
    EVERY_PARTY,
    INVITE_AGAIN,
    REASONS,
    Audience,
    Reach,
    Reached,
    Stretch,
)
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.storage.models import Consent, Contact, Listed, Party, Person, Subscription
from services.storage.rowsets import keys
from services.storage.vault import NumberIndexes, vault_of
from services.texts.catalogue import LANGUAGES
from sms.consent import EVERYTHING, REACHABLE, channel_scope

PARTIES = 2_000
"""Most parties of a chunk: so many keys, which no limit need be sorted for."""

_AnyRow = Row[*tuple[Any, ...]]


def chunks(
    session: Session,
    reach: Reach,
    now: datetime,
    opened: Collection[str] = (),
    stretch: Stretch = EVERY_PARTY,
) -> Iterator[tuple[int, list[Reached]]]:
    """Yield the people of an audience who have a number, chunk by chunk in the order of parties.

    Each chunk comes with the key up to which parties were looked at. Of the sealed `name` and
    `number`, those in `opened` are opened: that is slow.
    """
    look, after, last = _Look(session, reach, now, opened), stretch.after, stretch.last
    if last is None:
        last = session.scalar(select(func.max(Party.id))) or 0
    while after < last:
        upto = min(after + PARTIES, last)
        yield upto, look.at(look.parties(after, upto))
        after = upto


class _Candidate(NamedTuple):
    """A party with what programmes know of them, if anything."""

    party: _AnyRow
    person: _AnyRow | None
    number: str
    indexes: NumberIndexes
    language: str


class _Look:
    """A look at one audience."""

    def __init__(
        self, session: Session, reach: Reach, now: datetime, opened: Collection[str]
    ) -> None:
        self._session, self._reach, self._now = session, reach, now
        self._opened = opened
        self._vault = vault_of(session)
        # What programmes know of a number has another index, which follows from the number alone.
        self._both = bool(reach.members or reach.programme)
        self._conditions = _conditions(reach, now)
        # For others than members, the dispatcher may choose another channel.
        ways: tuple[str, ...] = (REASONS.carrier_opt_out,) if reach.members else ()
        self._refusing = (REASONS.stopped_all, REASONS.dead_number, REASONS.opted_out, *ways)

    def parties(self, after: int, upto: int) -> Sequence[_AnyRow]:
        """Return parties by their keys; where they are no members, with their first numbers."""
        name = Party.name if "name" in self._opened else null()
        wanted: Select[*tuple[Any, ...]] = select(
            Party.id, Party.public_id, Party.language, name.label("name")
        ).where(Party.id > after, Party.id <= upto)
        if not self._reach.members:
            earlier = aliased(Contact)
            first = ~exists().where(earlier.party_id == Contact.party_id, earlier.id < Contact.id)
            wanted = wanted.join(Contact, Contact.party_id == Party.id).where(first)
            wanted = wanted.add_columns(self._number(Contact), Contact.number_index)
        return self._session.execute(wanted.order_by(Party.id)).all()

    def _number(self, table: type[Contact | Subscription]) -> ColumnElement[Any]:
        opened = self._both or "number" in self._opened
        return (table.number if opened else null()).label("number")

    def _indexes(self, of: _AnyRow) -> NumberIndexes:
        """Return the index that a number has in its row, and the other where it is asked for."""
        if self._reach.members:
            return NumberIndexes(self._vault.index(of.number), of.number_index)
        health = self._vault.health_index(of.number) if self._both else b""
        return NumberIndexes(of.number_index, health)

    def at(self, parties: Sequence[_AnyRow]) -> list[Reached]:
        """Return those of some parties who belong to the audience."""
        found = list(self._candidates(parties)) if parties else []
        if not found:
            return []
        refusals = self._refusals([index for one in found for index in one.indexes if index])
        agreed = self._agreed([one.indexes.health for one in found])
        invited = self._invited([one.person.id for one in found if one.person])
        return [self._reached(one, self._reason(one, refusals, agreed, invited)) for one in found]

    def _candidates(self, parties: Sequence[_AnyRow]) -> Iterator[_Candidate]:
        links = {self._vault.link(party.public_id): party for party in parties}
        known = self._people().where(Person.link.in_(list(links)))
        people = {row.link: row for row in self._session.execute(known)}
        languages = self._reach.audience.languages
        for link, party in links.items():
            person = people.get(link)
            if person is None and self._conditions:
                continue
            of = person if person and self._reach.members else party
            language = of.language if of.language in LANGUAGES else DEFAULT_LANGUAGE
            if not languages or language in languages:
                yield _Candidate(party, person, of.number, self._indexes(of), language)

    def _people(self) -> Select[*tuple[Any, ...]]:
        wanted: Select[*tuple[Any, ...]] = select(Person.link, Person.id, Person.province)
        wanted = wanted.where(*self._conditions)
        if not self._reach.members:
            return wanted
        later = aliased(Subscription)
        newest = ~exists().where(
            later.person_id == Subscription.person_id,
            later.programme == Subscription.programme,
            later.id > Subscription.id,
            not_(later.never_asked),
        )
        return wanted.add_columns(
            Subscription.id.label("subscription_id"),
            Subscription.version_id,
            Subscription.language,
            Subscription.discreet,
            Subscription.zone,
            self._number(Subscription),
            Subscription.number_index,
        ).join(Subscription, and_(Subscription.number.is_not(None), newest))

    def _refusals(self, indexes: Collection[bytes]) -> Mapping[bytes, set[str]]:
        """Return the refusals of each number that were not lifted since."""
        programme, carrier = self._reach.programme, Consent.scope.startswith(channel_scope(""))
        scopes = {EVERYTHING: REASONS.stopped_all, REACHABLE: REASONS.dead_number}
        scopes |= {programme: REASONS.opted_out} if programme else {}
        newer = aliased(Consent)
        again = exists().where(
            newer.number_index == Consent.number_index,
            newer.scope == Consent.scope,
            newer.id > Consent.id,
        )
        wanted = select(Consent.number_index, Consent.scope).where(
            Consent.number_index.in_(indexes),
            not_(Consent.granted),
            or_(Consent.scope.in_(scopes), carrier),
            ~again,
        )
        found: dict[bytes, set[str]] = {}
        for index, scope in self._session.execute(wanted):
            found.setdefault(index, set()).add(scopes.get(scope, REASONS.carrier_opt_out))
        return found

    def _agreed(self, indexes: Collection[bytes]) -> Collection[bytes]:
        """Return the members' numbers that agreed to the programme."""
        if not self._reach.members:
            return ()
        wanted = select(Consent.number_index).where(
            Consent.number_index.in_(indexes),
            Consent.scope == self._reach.programme,
            Consent.granted,
        )
        return set(self._session.scalars(wanted))

    def _invited(self, people: Collection[int]) -> Mapping[int, str]:
        """Return the people who are in the programme already, or were invited lately, and which."""
        if self._reach.members or not self._reach.programme or not people:
            return {}
        row = Subscription
        member = and_(row.state.in_(OPEN), row.state != SubscriptionState.INVITED.value)
        lately = and_(not_(row.never_asked), row.invited_at > self._now - INVITE_AGAIN)
        wanted = (
            select(row.person_id, func.max(case((member, 1), else_=0)))
            .where(
                row.person_id.in_(keys(self._session, people)),
                row.programme == self._reach.programme,
                or_(member, lately),
            )
            .group_by(row.person_id)
        )
        reasons = REASONS.invited, REASONS.member
        return {person: reasons[is_member] for person, is_member in self._session.execute(wanted)}

    def _reason(
        self,
        one: _Candidate,
        refusals: Mapping[bytes, set[str]],
        agreed: Collection[bytes],
        invited: Mapping[int, str],
    ) -> str | None:
        reach = self._reach
        said = [refusals[index] for index in one.indexes if index in refusals]
        for reason in self._refusing if said else ():
            if any(reason in each for each in said):
                return reason
        if reach.members and one.person:
            if one.indexes.health not in agreed:
                return REASONS.no_consent
            if one.person.discreet and one.language in reach.revealing:
                return REASONS.discreet
        elif one.person and one.person.id in invited:
            return invited[int(one.person.id)]
        return None if one.language in reach.languages else REASONS.language

    def _reached(self, one: _Candidate, reason: str | None) -> Reached:
        party, person, members = one.party, one.person, self._reach.members
        province = person.province if person else None
        return Reached(
            party_id=party.id,
            public_id=party.public_id,
            person_id=person.id if person else None,
            name=party.name,
            language=one.language,
            province=province,
            number=one.number or "",
            number_index=one.indexes.ordinary,
            zone=person.zone if person and members else zone_of(province),
            subscription_id=person.subscription_id if person and members else None,
            version_id=person.version_id if person and members else None,
            reason=reason,
        )


def _conditions(reach: Reach, now: datetime) -> list[ColumnElement[bool]]:
    """Return what an audience wants of a person, beside the language."""
    audience, year = reach.audience, now.year
    districts = [name.lower() for name in audience.districts]
    subscribed = _subscribed(reach.programme if reach.members else audience.programme, audience)
    conditions: list[tuple[object, ColumnElement[bool]]] = [
        (audience.provinces, Person.province.in_(audience.provinces)),
        (districts, func.lower(Person.district).in_(districts)),
        (audience.sex, Person.sex == audience.sex),
        (reach.members, subscribed),
        (not reach.members and audience.programme, exists().where(subscribed)),
        (audience.lists, exists().where(*_listed(reach))),
    ]
    found = [condition for wanted, condition in conditions if wanted]
    if audience.age_from is not None:
        found.append(Person.birth_year <= year - audience.age_from)
    if audience.age_to is not None:
        found.append(Person.birth_year >= year - audience.age_to)
    return found


def _listed(reach: Reach) -> list[ColumnElement[bool]]:
    which = [Listed.person_id == Person.id, Listed.list_name.in_(reach.audience.lists)]
    if reach.last_listed_id is not None:
        which.append(Listed.id <= reach.last_listed_id)
    return which


def _subscribed(programme: str | None, audience: Audience) -> ColumnElement[bool]:
    states = audience.states or (SubscriptionState.ACTIVE.value,)
    which = [
        Subscription.person_id == Person.id,
        Subscription.programme == programme,
        Subscription.state.in_(states),
    ]
    if audience.cohorts:
        which.append(Subscription.cohort.in_(audience.cohorts))
    return and_(*which)
