"""The people of an audience, and who is excluded and why; in chunks, for both databases.

A person with several numbers is reached by the first; a member of a programme by the number that
joined.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import starmap
from typing import NamedTuple

from sqlalchemy import (
    and_,
    case,
    exists,
    func,
    not_,
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
    Reach,
    Reached,
    Stretch,
)
from services.health.campaigns.audience_rows import (
    PartyRow,
    PersonRow,
    conditions,
    select_parties,
    select_people,
)
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.storage.models import Consent, Party, Person, Subscription
from services.storage.rowsets import digests, keys
from services.storage.vault import NumberIndexes, vault_of
from services.texts.catalogue import LANGUAGES
from sms.consent import EVERYTHING, GONE, REACHABLE, channel_scope

PARTIES = 2_000
"""Most parties of a chunk: so many keys, which no limit need be sorted for."""


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
    session.flush()
    look, after, last = _Look(session, reach, now, opened), stretch.after, stretch.last
    if last is None:
        last = session.scalar(select(func.max(Party.id))) or 0
    while after < last:
        upto = min(after + PARTIES, last)
        yield upto, look.at(look.parties(after, upto))
        after = upto


class _Candidate(NamedTuple):
    """A party with what programmes know of them, if anything."""

    party: PartyRow
    person: PersonRow | None
    number: str
    indexes: NumberIndexes
    language: str


class _Look:
    """A look at one audience."""

    def __init__(
        self, session: Session, reach: Reach, now: datetime, opened: Collection[str]
    ) -> None:
        self._session, self._reach, self._now = session, reach, now
        # The library's own work on rows of a session takes longer than reading them.
        self._execute = session.connection().execute
        self._vault = vault_of(session)
        # What programmes know of a number has another index, which follows from the number alone.
        self._both = bool(reach.members or reach.programme)
        self._opened = {*opened, "number"} if self._both else opened
        self._conditions = conditions(reach, now)
        # For others than members, the dispatcher may choose another channel.
        ways: tuple[str, ...] = (REASONS.carrier_opt_out,) if reach.members else ()
        self._refusing = (
            REASONS.stopped_all,
            REASONS.dead_number,
            REASONS.gone,
            REASONS.opted_out,
            *ways,
        )

    def parties(self, after: int, upto: int) -> Collection[PartyRow]:
        """Return parties by their keys; where they are no members, with their first numbers."""
        rows = self._execute(select_parties(self._reach, self._opened, after, upto))
        return {one.id: one for one in starmap(PartyRow, rows)}.values()

    def _indexes(self, of: PartyRow | PersonRow) -> NumberIndexes:
        """Return the index that a number has in its row, and the other where it is asked for."""
        if self._reach.members:
            return NumberIndexes(self._vault.index(of.number or ""), of.number_index)
        health = self._vault.health_index(of.number or "") if self._both else b""
        return NumberIndexes(of.number_index, health)

    def at(self, parties: Collection[PartyRow]) -> list[Reached]:
        """Return those of some parties who belong to the audience."""
        found = list(self._candidates(parties)) if parties else []
        if not found:
            return []
        refusals = self._refusals([index for one in found for index in one.indexes if index])
        agreed = self._agreed([one.indexes.health for one in found])
        invited = self._invited([one.person.id for one in found if one.person])
        return [self._reached(one, self._reason(one, refusals, agreed, invited)) for one in found]

    def _candidates(self, parties: Collection[PartyRow]) -> Iterator[_Candidate]:
        links = self._vault.links(party.public_id for party in parties)
        known = select_people(self._reach, self._opened, self._conditions)
        rows = self._execute(known.where(Person.link.in_(digests(self._session, links))))
        people = {one.link: one for one in starmap(PersonRow, rows)}
        languages, members = self._reach.audience.languages, self._reach.members
        for link, party in zip(links, parties, strict=True):
            person = people.get(link)
            if person is None and self._conditions:
                continue
            of = person if person and members else party
            language = of.language
            if language not in LANGUAGES:
                language = DEFAULT_LANGUAGE
            if not languages or language in languages:
                yield _Candidate(party, person, of.number or "", self._indexes(of), language)

    def _refusals(self, indexes: Collection[bytes]) -> Mapping[bytes, set[str]]:
        """Return the refusals of each number that were not lifted since."""
        programme, carrier = self._reach.programme, Consent.scope.startswith(channel_scope(""))
        scopes = {
            EVERYTHING: REASONS.stopped_all,
            REACHABLE: REASONS.dead_number,
            GONE: REASONS.gone,
        }
        scopes |= {programme: REASONS.opted_out} if programme else {}
        newer = aliased(Consent)
        again = exists().where(
            newer.number_index == Consent.number_index,
            newer.scope == Consent.scope,
            newer.id > Consent.id,
        )
        wanted = select(Consent.number_index, Consent.scope).where(
            Consent.number_index.in_(digests(self._session, indexes)),
            not_(Consent.granted),
            or_(Consent.scope.in_(scopes), carrier),
            ~again,
        )
        found: dict[bytes, set[str]] = {}
        for index, scope in self._execute(wanted):
            found.setdefault(index, set()).add(scopes.get(scope, REASONS.carrier_opt_out))
        return found

    def _agreed(self, indexes: Collection[bytes]) -> Collection[bytes]:
        """Return the members' numbers that agreed to the programme."""
        if not self._reach.members:
            return ()
        wanted = select(Consent.number_index).where(
            Consent.number_index.in_(digests(self._session, indexes)),
            Consent.scope == self._reach.programme,
            Consent.granted,
        )
        return set(self._execute(wanted).scalars())

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
        return {person: reasons[is_member] for person, is_member in self._execute(wanted)}

    def _reason(
        self,
        one: _Candidate,
        refusals: Mapping[bytes, set[str]],
        agreed: Collection[bytes],
        invited: Mapping[int, str],
    ) -> str | None:
        reach, person = self._reach, one.person
        said = [refusals[index] for index in one.indexes if index in refusals]
        for reason in self._refusing if said else ():
            if any(reason in each for each in said):
                return reason
        if reach.members and person:
            if one.indexes.health not in agreed:
                return REASONS.no_consent
            if person.discreet and one.language in reach.revealing:
                return REASONS.discreet
        elif invited and person and person.id in invited:
            return invited[int(person.id)]
        return None if one.language in reach.languages else REASONS.language

    def _reached(self, one: _Candidate, reason: str | None) -> Reached:
        (party, person, number, indexes, language), members = one, self._reach.members
        province = person.province if person else None
        return Reached(
            party.id,
            party.public_id,
            person.id if person else None,
            party.name,
            language,
            province,
            number,
            indexes.ordinary,
            person.zone if person and members else zone_of(province),
            person.subscription_id if person else None,
            person.version_id if person else None,
            reason,
        )
