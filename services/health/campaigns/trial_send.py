"""Trial send of a campaign to the phone of the person who asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.campaigns.errors import NoPhone
from services.health.campaigns.model import STOPS, require_role
from services.health.campaigns.texts import render, wording_of
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Campaign, Contact, Party
from sms.message import Kind

PURPOSE = "campaign-test"
LIFE = timedelta(hours=1)


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
            f"{PURPOSE}\0{campaign.public_id}\0{party_id}\0{language}\0{now.isoformat()}",
        )
        for language in wording.say
    ]
    enqueue_messages(session, messages, SendOptions(PURPOSE, now, now + LIFE, Kind.ANSWER))
    return len(messages)
