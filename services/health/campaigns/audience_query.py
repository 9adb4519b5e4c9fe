"""The query for an audience: its people, and who is excluded and why; for both databases.

A person with several numbers is reached by the first; a member of a programme by the number that
joined.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from gateway.phrases import DEFAULT_LANGUAGE
from services.core.geography import BOUGAINVILLE_ZONE, DEFAULT_ZONE
from services.health.campaigns.audience import INVITE_AGAIN, REASONS, Audience, Reach
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.storage.models import Consent, Contact, Listed, Party, Person, Subscription
from services.texts.catalogue import LANGUAGES
from sms.consent import EVERYTHING, REACHABLE, channel_scope

Columns = Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]]

_MEMBER = aliased(Subscription)
_ZONES = case((Person.province == "Bougainville", BOUGAINVILLE_ZONE), else_=DEFAULT_ZONE)


def people(reach: Reach, now: datetime, *names: str) -> Select[*tuple[Any, ...]]:
    """Return the people of an audience who have a number, in no order.

    `names` are columns besides `party_id` and `reason` (code of the exclusion; null: included):
    `public_id`, `name`, `language`, `province`, `number`, `number_index`, `zone`,
    `subscription_id`, `version_id`.
    """
    columns = _columns(members=reach.members)
    inviting = reach.programme if not reach.members else None
    refusals, earlier = _refusals(reach), _members_and_invited(inviting) if inviting else None
    wanted: Select[*tuple[Any, ...]] = (
        select(
            Party.id.label("party_id"),
            *(columns[name].label(name) for name in names),
            _reason(reach, columns, refusals, earlier, now).label("reason"),
        )
        .select_from(Party)
        .outerjoin(Person, Person.party_id == Party.id)
    )
    wanted = _with_number(wanted, reach)
    wanted = wanted.outerjoin(refusals, refusals.c.number_index == columns["number_index"])
    if earlier is not None:
        wanted = wanted.outerjoin(earlier, earlier.c.party_id == Party.id)
    return wanted.where(*_conditions(reach, columns["language"], now))


def walk(
    statement: Select[*tuple[Any, ...]], after: int, last: int, most: int
) -> Select[*tuple[Any, ...]]:
    """Return the next included people, by database key, after `after` and up to `last`."""
    found = statement.subquery()
    return (
        select(*found.c)
        .where(found.c.reason.is_(None), found.c.party_id > after, found.c.party_id <= last)
        .order_by(found.c.party_id)
        .limit(most)
    )


def _columns(*, members: bool) -> Columns:
    language = _MEMBER.language if members else Party.language
    return {
        "public_id": Party.public_id,
        "name": Party.name,
        "language": case((language.in_(LANGUAGES), language), else_=literal(DEFAULT_LANGUAGE)),
        "province": Person.province,
        "number": _MEMBER.number if members else Contact.number,
        "number_index": _MEMBER.number_index if members else Contact.number_index,
        "zone": _MEMBER.zone if members else _ZONES,
        "subscription_id": _MEMBER.id if members else null(),
        "version_id": _MEMBER.version_id if members else null(),
    }


def _with_number(wanted: Select[*tuple[Any, ...]], reach: Reach) -> Select[*tuple[Any, ...]]:
    if reach.members:
        later = aliased(Subscription)
        newest = ~exists().where(
            later.party_id == _MEMBER.party_id,
            later.programme == _MEMBER.programme,
            later.id > _MEMBER.id,
            not_(later.never_asked),
        )
        theirs = _subscribed(_MEMBER, reach.programme, reach.audience)
        return wanted.join(_MEMBER, and_(*theirs, _MEMBER.number.is_not(None), newest))
    earlier = aliased(Contact)
    first = ~exists().where(earlier.party_id == Contact.party_id, earlier.id < Contact.id)
    return wanted.join(Contact, Contact.party_id == Party.id).where(first)


def _refusals(reach: Reach) -> Subquery:
    """Return the refusals of each number that were not lifted since."""
    newer = aliased(Consent)
    again = exists().where(
        newer.number_index == Consent.number_index,
        newer.scope == Consent.scope,
        newer.id > Consent.id,
    )
    scopes = [EVERYTHING, REACHABLE, *([reach.programme] if reach.programme else [])]
    carrier = Consent.scope.startswith(channel_scope(""))
    flags = {
        REASONS.stopped_all: Consent.scope == EVERYTHING,
        REASONS.dead_number: Consent.scope == REACHABLE,
        REASONS.opted_out: Consent.scope == (reach.programme or ""),
        REASONS.carrier_opt_out: carrier,
    }
    return (
        select(
            Consent.number_index,
            *(func.max(case((is_one, 1), else_=0)).label(name) for name, is_one in flags.items()),
        )
        .where(not_(Consent.granted), or_(Consent.scope.in_(scopes), carrier), ~again)
        .group_by(Consent.number_index)
        .subquery("refusals")
    )


def _members_and_invited(programme: str) -> Subquery:
    """Return the members of a programme, and when each person was last invited."""
    is_member = and_(
        Subscription.state.in_(OPEN), Subscription.state != SubscriptionState.INVITED.value
    )
    invited = not_(Subscription.never_asked)
    return (
        select(
            Subscription.party_id,
            func.max(case((is_member, 1), else_=0)).label("member"),
            func.max(case((invited, Subscription.invited_at))).label("invited_at"),
        )
        .where(Subscription.programme == programme)
        .group_by(Subscription.party_id)
        .subquery("known")
    )


def _reason(
    reach: Reach,
    columns: Columns,
    refusals: Subquery,
    earlier: Subquery | None,
    now: datetime,
) -> ColumnElement[str | None]:
    names = [REASONS.stopped_all, REASONS.dead_number]
    names += [REASONS.opted_out] if reach.programme else []
    # For others, the dispatcher may choose another channel.
    names += [REASONS.carrier_opt_out] if reach.members else []
    whens = [(refusals.c[name] == 1, name) for name in names]
    if reach.members:
        whens += _reasons_of_members(reach, columns)
    if earlier is not None:
        recently = earlier.c.invited_at > now - INVITE_AGAIN
        whens += [(earlier.c.member == 1, REASONS.member), (recently, REASONS.invited)]
    whens.append((columns["language"].not_in(sorted(reach.languages)), REASONS.language))
    return case(*((which, literal(name, String)) for which, name in whens), else_=null())


def _reasons_of_members(reach: Reach, columns: Columns) -> list[tuple[ColumnElement[bool], str]]:
    agreed = exists().where(
        Consent.number_index == _MEMBER.number_index,
        Consent.scope == reach.programme,
        Consent.granted,
    )
    reveals = columns["language"].in_(sorted(reach.revealing))
    return [(~agreed, REASONS.no_consent), (and_(_MEMBER.discreet, reveals), REASONS.discreet)]


def _conditions(
    reach: Reach, language: ColumnElement[Any] | InstrumentedAttribute[Any], now: datetime
) -> list[ColumnElement[bool]]:
    audience = reach.audience
    districts = [name.lower() for name in audience.districts]
    theirs = aliased(Subscription)
    subscribed = exists().where(*_subscribed(theirs, audience.programme, audience))
    conditions: list[tuple[object, ColumnElement[bool]]] = [
        (audience.provinces, Person.province.in_(audience.provinces)),
        (districts, func.lower(Person.district).in_(districts)),
        (audience.sex, Person.sex == audience.sex),
        (audience.languages, language.in_(audience.languages)),
        (not reach.members and audience.programme, subscribed),
        (audience.lists, exists().where(*_listed(reach))),
    ]
    found = [condition for wanted, condition in conditions if wanted]
    if audience.age_from is not None:
        found.append(Person.birth_year <= now.year - audience.age_from)
    if audience.age_to is not None:
        found.append(Person.birth_year >= now.year - audience.age_to)
    return found


def _listed(reach: Reach) -> list[ColumnElement[bool]]:
    which = [Listed.party_id == Party.id, Listed.list_name.in_(reach.audience.lists)]
    if reach.last_listed_id is not None:
        which.append(Listed.id <= reach.last_listed_id)
    return which


def _subscribed(
    theirs: type[Subscription], programme: str | None, audience: Audience
) -> list[ColumnElement[bool]]:
    states = audience.states or (SubscriptionState.ACTIVE.value,)
    which = [
        theirs.party_id == Party.id,
        theirs.programme == programme,
        theirs.state.in_(states),
    ]
    if audience.cohorts:
        which.append(theirs.cohort.in_(audience.cohorts))
    return which
