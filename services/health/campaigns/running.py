"""The campaign runner, and the trial send to the person who asks.

Every minute the runner queues the next people, within the window and by day.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.campaigns.audience import Reach, Reached, Stretch
from services.health.campaigns.audience_query import chunks
from services.health.campaigns.forecast import pace_of
from services.health.campaigns.lifecycle import EXPIRED, close_all, hold_waiting, is_waiting
from services.health.campaigns.model import (
    STOPS,
    CampaignKind,
    CampaignState,
    reach_of,
    render,
    require_role,
    wording_of,
)
from services.health.courses.subscriptions import Enrolment, SubscriptionState, invite
from services.health.errors import NoPhone
from services.health.format.text_ids import INVITATION
from services.health.versions.store import current
from services.messaging.outbox import OutboundMessage, SendOptions, Trace, enqueue_messages
from services.storage.models import Campaign, Contact, Party, ProgrammeVersion, Subscription
from services.storage.persons import people_of
from services.storage.vault import vault_of
from sms.message import Kind, Late
from sms.settings import SmsSettings

PURPOSE = "campaign"
MOST_AT_ONCE = timedelta(minutes=5)
"""Most time to catch up after the runner was down."""

_FIRST_LOOK = timedelta(minutes=1)
_LOOKED_AT = 50
"""Most chunks of an audience in one step: elsewhere, its transaction would last too long."""
_SEEN_TO = (
    CampaignState.APPROVED,
    CampaignState.RUNNING,
    CampaignState.PAUSED,
    CampaignState.CANCELLED,
)

BY_CAMPAIGN = "campaign"

TEST_PURPOSE = "campaign-test"
TEST_LIFE = timedelta(hours=1)


def run_campaigns(session: Session, settings: SmsSettings, now: datetime) -> int:
    """Run every open campaign: queue what its rate allows since the last step; return the number.

    Cursor and texts are written in one transaction, so after a kill the next step continues.
    """
    open_ones = select(Campaign).where(
        Campaign.state.in_(_SEEN_TO), Campaign.approved_at.is_not(None), Campaign.opens_at <= now
    )
    # A cancelled campaign is checked until its window closes: a failed attempt may wait again.
    open_ones = open_ones.where(
        (Campaign.state != CampaignState.CANCELLED) | (Campaign.closes_at > now)
    )
    locked = session.scalars(
        open_ones.order_by(Campaign.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(_look_at(session, campaign, settings, now) for campaign in locked)


def _look_at(session: Session, campaign: Campaign, settings: SmsSettings, now: datetime) -> int:
    if campaign.state == CampaignState.CANCELLED:
        close_all(session, campaign, now)
    elif campaign.closes_at <= now:
        _finish(session, campaign, now)
    elif campaign.state == CampaignState.PAUSED:
        hold_waiting(session, campaign)
    else:
        return _go_on(session, campaign, settings, now)
    return 0


def _finish(session: Session, campaign: Campaign, now: datetime) -> None:
    close_all(session, campaign, now, EXPIRED)
    # A text being sent may fail and wait again: the next step closes it.
    if not is_waiting(session, campaign):
        campaign.state, campaign.ended_at = CampaignState.FINISHED.value, now


def _go_on(session: Session, campaign: Campaign, settings: SmsSettings, now: datetime) -> int:
    campaign.state = CampaignState.RUNNING.value
    if campaign.cursor >= (campaign.last_id or 0):
        if not is_waiting(session, campaign):
            _finish(session, campaign, now)
        return 0
    reach = reach_of(session, campaign)
    if not pace_of(campaign, reach.audience.zones, settings).is_open(now):
        campaign.ran_at = now
        return 0
    return _queue_next(session, campaign, reach, now, _allowed(campaign, now))


def _allowed(campaign: Campaign, now: datetime) -> int:
    """Return how many texts the rate allows since the last step, and mark them as used."""
    since = campaign.ran_at or now - _FIRST_LOOK
    # The clock may have been set back since.
    since = min(max(since, now - MOST_AT_ONCE), now)
    many = int((now - since) / timedelta(minutes=1) * campaign.rate)
    # Carry the fraction of a text over: otherwise a slow campaign would never send.
    campaign.ran_at = since + many * timedelta(minutes=1) / campaign.rate
    return many


def _queue_next(
    session: Session, campaign: Campaign, reach: Reach, now: datetime, most: int
) -> int:
    if not most:
        return 0
    rows, campaign.cursor = _next(session, campaign, reach, now, most)
    messages = _messages(session, campaign, rows, now)
    enqueue_messages(session, messages, _send_options(campaign, now))
    campaign.queued += len(rows)
    session.flush()
    return len(rows)


def _next(
    session: Session, campaign: Campaign, reach: Reach, now: datetime, most: int
) -> tuple[list[Reached], int]:
    """Return the next included people, and the key of the party from which to go on."""
    rows: list[Reached] = []
    stretch = Stretch(campaign.cursor, campaign.last_id or 0)
    found = chunks(session, reach, now, ("name", "number"), stretch)
    for looked, (upto, people) in enumerate(found, 1):
        rows += [one for one in people if one.reason is None]
        if len(rows) >= most:
            return rows[:most], rows[most - 1].party_id
        if looked == _LOOKED_AT:
            return rows, upto
    return rows, campaign.last_id or 0


def _send_options(campaign: Campaign, now: datetime) -> SendOptions:
    to_members = campaign.kind == CampaignKind.BROADCAST and campaign.programme is not None
    return SendOptions(
        purpose=PURPOSE,
        now=now,
        expires_at=campaign.closes_at,
        kind=Kind.PROGRAMME if to_members else Kind.SERVICE,
        scope=campaign.programme if to_members else None,
        late=Late.SEND,
    )


def _messages(
    session: Session, campaign: Campaign, rows: Sequence[Reached], now: datetime
) -> Iterator[OutboundMessage]:
    wording, link = wording_of(campaign), vault_of(session).link
    invited = {}
    if campaign.kind == CampaignKind.INVITATION:
        invited = invite_all(session, campaign, rows, now)
    for row in rows:
        trace = Trace(
            subscription_id=invited.get(row.party_id, row.subscription_id),
            campaign_id=campaign.id,
            version_id=wording.versions.get(row.language, row.version_id),
            item=INVITATION if invited else None,
            language=row.language,
        )
        yield OutboundMessage(
            row.number,
            row.number_index,
            render(wording, row.language, row.name),
            # Without a key anybody could try all parties on it.
            f"{PURPOSE}\0{campaign.public_id}\0{link(row.public_id).hex()}",
            row.zone,
            trace,
        )


def invite_all(
    session: Session, campaign: Campaign, rows: Sequence[Reached], now: datetime
) -> dict[int, int]:
    """Create or renew each person's subscription; return its key by the party's key.

    A person whose last invitation is old enough keeps the open subscription.
    """
    code = campaign.programme or ""
    people = people_of(session, {row.party_id: row.public_id for row in rows})
    before = {
        one.person_id: one
        for one in session.scalars(
            select(Subscription).where(
                Subscription.person_id.in_(one.id for one in people.values()),
                Subscription.programme == code,
                Subscription.state == SubscriptionState.INVITED.value,
            )
        )
    }
    versions = {
        language: version
        for language in {row.language for row in rows}
        if (version := current(session, code, language)) is not None
    }
    made = {}
    # In the order of what shows nothing, so that no order of rows ties them to parties.
    for row in sorted(rows, key=lambda row: people[row.party_id].link or b""):
        person = people[row.party_id].id
        version, old = versions[row.language], before.get(person)
        if old is not None:
            _renew(old, row, (campaign.id, version), now)
            old.number_index = vault_of(session).health_index(row.number)
            made[row.party_id] = old.id
            continue
        enrolment = Enrolment(
            person=person,
            number=row.number,
            language=row.language,
            zone=row.zone,
            source=BY_CAMPAIGN,
            campaign_id=campaign.id,
        )
        made[row.party_id] = invite(session, enrolment, version, now).id
    return made


def _renew(
    old: Subscription,
    row: Reached,
    by: tuple[int, ProgrammeVersion],
    now: datetime,
) -> None:
    old.campaign_id, version = by
    old.version_id, old.language, old.source = version.id, row.language, BY_CAMPAIGN
    old.number, old.zone, old.invited_at = row.number, row.zone, now


def send_test(session: Session, campaign: Campaign, party_id: int, now: datetime) -> int:
    """Send each text of a campaign to the first number of a person; return how many texts.

    Nothing of it is counted.

    Raises:
        NotAPlanner: the person neither plans nor approves.
        NoPhone: the person has no number here.
    """
    require_role(session, party_id, STOPS)
    phone = session.scalars(
        select(Contact).where(Contact.party_id == party_id).order_by(Contact.id).limit(1)
    ).first()
    if phone is None:
        raise NoPhone("You have no phone number here to send a test to")
    wording, name = wording_of(campaign), session.get_one(Party, party_id).name
    messages = [
        OutboundMessage(
            phone.number,
            phone.number_index,
            render(wording, language, name),
            f"{TEST_PURPOSE}\0{campaign.public_id}\0{party_id}\0{language}\0{now.isoformat()}",
        )
        for language in wording.say
    ]
    enqueue_messages(
        session, messages, SendOptions(TEST_PURPOSE, now, now + TEST_LIFE, Kind.ANSWER)
    )
    return len(messages)
