"""Rows of parties and people, selected for an audience.

No statement joins parties to people: each chunk of parties is, by the people's links.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, null, select
from sqlalchemy.orm import aliased

from services.health.campaigns.audience import Audience, Reach
from services.health.courses.subscriptions import SubscriptionState
from services.storage.models import Contact, Listed, Party, Person, Subscription


class PartyRow(NamedTuple):
    """A party; where the audience has no members, with its first number."""

    id: int
    public_id: UUID
    language: str | None
    name: str | None
    number: str | None = None
    number_index: bytes = b""


class PersonRow(NamedTuple):
    """A person; where the audience has members, with their subscription."""

    link: bytes
    id: int
    province: str | None
    subscription_id: int | None = None
    version_id: int | None = None
    language: str | None = None
    discreet: bool = False
    zone: str = ""
    number: str | None = None
    number_index: bytes = b""


def select_parties(
    reach: Reach, opened: Collection[str], after: int, upto: int
) -> Select[*tuple[Any, ...]]:
    """Select parties by their keys; of several numbers, the first comes last."""
    name = Party.name if "name" in opened else null()
    wanted: Select[*tuple[Any, ...]] = select(
        Party.id, Party.public_id, Party.language, name
    ).where(Party.id > after, Party.id <= upto)
    if reach.members:
        return wanted.order_by(Party.id)
    # Both tables by the keys: otherwise PostgreSQL might read all numbers for each chunk.
    return (
        wanted.join(Contact, Contact.party_id == Party.id)
        .where(Contact.party_id > after, Contact.party_id <= upto)
        .add_columns(_number(Contact, opened), Contact.number_index)
        .order_by(Party.id, Contact.id.desc())
    )


def select_people(
    reach: Reach, opened: Collection[str], conditions: Collection[ColumnElement[bool]]
) -> Select[*tuple[Any, ...]]:
    """Select people; members with their newest subscription that has a number."""
    wanted: Select[*tuple[Any, ...]] = select(Person.link, Person.id, Person.province)
    wanted = wanted.where(*conditions)
    if not reach.members:
        return wanted
    later = aliased(Subscription)
    newest = ~exists().where(
        later.person_id == Subscription.person_id,
        later.programme == Subscription.programme,
        later.id > Subscription.id,
        not_(later.never_asked),
    )
    return wanted.add_columns(
        Subscription.id,
        Subscription.version_id,
        Subscription.language,
        Subscription.discreet,
        Subscription.zone,
        _number(Subscription, opened),
        Subscription.number_index,
    ).join(Subscription, and_(Subscription.number.is_not(None), newest))


def _number(table: type[Contact | Subscription], opened: Collection[str]) -> ColumnElement[Any]:
    return cast("ColumnElement[Any]", table.number) if "number" in opened else null()


def conditions(reach: Reach, now: datetime) -> list[ColumnElement[bool]]:
    """Return what an audience wants of a person, beside the language."""
    audience, year = reach.audience, now.year
    districts = [name.lower() for name in audience.districts]
    subscribed = _subscribed(reach.programme if reach.members else audience.programme, audience)
    wishes: list[tuple[object, ColumnElement[bool]]] = [
        (audience.provinces, Person.province.in_(audience.provinces)),
        (districts, func.lower(Person.district).in_(districts)),
        (audience.sex, Person.sex == audience.sex),
        (reach.members, subscribed),
        (not reach.members and audience.programme, exists().where(subscribed)),
        (audience.lists, exists().where(*_listed(reach))),
    ]
    found = [condition for wanted, condition in wishes if wanted]
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
