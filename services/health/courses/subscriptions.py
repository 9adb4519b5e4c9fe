"""One person in one programme: how far a subscription is, and its first steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.health.format.model import ALL, Programme
from services.health.versions.store import programme_of
from services.messaging.consent import consents, grant
from services.storage.models import Change, Party, ProgrammeVersion, Subscription
from sms.consent import EVERYTHING


class SubscriptionState(StrEnum):
    """How far a subscription is.

    INVITED: asked, or has asked to join. SCREENED: the screening lets him in. CONSENTED: said yes.
    ACTIVE: the course runs. PAUSED: it waits. The others are its ends. LOST: the last assessment
    was never answered.
    """

    INVITED = "invited"
    SCREENED = "screened"
    CONSENTED = "consented"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    OPTED_OUT = "opted_out"
    INELIGIBLE = "ineligible"
    LOST = "lost"
    FORGOTTEN = "forgotten"


OPEN = frozenset(
    {
        SubscriptionState.INVITED,
        SubscriptionState.SCREENED,
        SubscriptionState.CONSENTED,
        SubscriptionState.ACTIVE,
        SubscriptionState.PAUSED,
    }
)
"""Of these a person has at most one in each programme."""

_ANY_OPEN = select(exists().where(Subscription.state.in_([state.value for state in OPEN])))

_BY_SMS = "sms"

NEVER_ASKED = "never_asked"
"""Why a subscription ended whose invitation was never sent: it was no invitation."""

MEMBERS = frozenset(
    {SubscriptionState.CONSENTED, SubscriptionState.ACTIVE, SubscriptionState.PAUSED}
)


class Enrolment(NamedTuple):
    """Who comes into a programme, and how.

    Attributes:
        party: the person.
        number: E.164, to which the texts go.
        number_index: its blind index.
        language: of the texts.
        zone: IANA name.
        source: `sms`, `import` or `campaign`.
        campaign_id: database key of the campaign that invited.
        place: where an appointment is.
    """

    party: Party
    number: str
    number_index: bytes
    language: str
    zone: str
    source: str
    campaign_id: int | None = None
    place: str | None = None


def open_subscription(session: Session, party_id: int, code: str) -> Subscription | None:
    """Return the open subscription of a person in a programme, if there is one."""
    return session.scalars(
        select(Subscription).where(
            Subscription.party_id == party_id,
            Subscription.programme == code,
            Subscription.state.in_(OPEN),
        )
    ).first()


def has_open(session: Session) -> bool:
    """Tell whether anybody is in a programme, or on the way into one."""
    return bool(session.scalar(_ANY_OPEN))


def open_subscriptions(session: Session, party_id: int) -> Sequence[Subscription]:
    """Return all open subscriptions of a person, the newest first."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.party_id == party_id, Subscription.state.in_(OPEN))
        .order_by(Subscription.id.desc())
    ).all()


def invite(
    session: Session, enrolment: Enrolment, version: ProgrammeVersion, now: datetime
) -> Subscription:
    """Make a subscription that is INVITED; the caller has looked that none is open.

    Args:
        session: an open writing session.
        enrolment: who and how.
        version: which is approved in the language.
        now: UTC.
    """
    programme = programme_of(version)
    made = Subscription(
        public_id=uuid4(),
        party_id=enrolment.party.id,
        programme=programme.code,
        version_id=version.id,
        language=enrolment.language,
        cohort=(*programme.cohorts, ALL)[0],
        state=SubscriptionState.INVITED.value,
        number=enrolment.number,
        number_index=enrolment.number_index,
        zone=enrolment.zone,
        place=enrolment.place,
        anchors={},
        turns={},
        source=enrolment.source,
        campaign_id=enrolment.campaign_id,
        invited_at=now,
    )
    session.add(made)
    session.flush()
    return made


def consent_to(
    session: Session, subscription: Subscription, programme: Programme, source: str, now: datetime
) -> None:
    """Note that a person agrees to a programme; the subscription is CONSENTED.

    Who had stopped everything, and agrees by SMS, wants messages again: there would be nothing to
    agree to otherwise. The word of a list undoes no STOP ALL.

    Args:
        session: an open writing session.
        subscription: invited or screened.
        programme: of its version.
        source: where the word came from: `sms`, or of a list what it tells.
        now: UTC.
    """
    index = subscription.number_index
    grant(session, index, programme.code, source, now)
    stopped = consents(session, [index]).get(index, {}).get(EVERYTHING) is False
    if stopped and source == _BY_SMS:
        grant(session, index, EVERYTHING, source, now)
    subscription.state = SubscriptionState.CONSENTED.value
    subscription.screened_at = subscription.screened_at or now
    subscription.consented_at = now


def note_change(
    session: Session,
    subscription: Subscription,
    what: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """Keep what was changed of a subscription's plan, in the session's transaction."""
    session.add(Change(subscription_id=subscription.id, at=now, what=what, details=dict(details)))
