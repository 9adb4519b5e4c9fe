"""The subscriptions of those whom a campaign invites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.programmes.subscriptions import Enrolment, SubscriptionState, invite
from services.programmes.versions import current
from services.storage.models import Party, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from services.storage.models import Campaign, ProgrammeVersion

BY_CAMPAIGN = "campaign"


def invite_all(
    session: Session, campaign: Campaign, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime
) -> dict[int, int]:
    """Make or renew the subscription of each person; return their keys by that of the party.

    Who was invited so long ago that he may be again keeps the one that is open.
    """
    code, ids = campaign.programme or "", [row.party_id for row in rows]
    parties = {one.id: one for one in session.scalars(select(Party).where(Party.id.in_(ids)))}
    before = {
        one.party_id: one
        for one in session.scalars(
            select(Subscription).where(
                Subscription.party_id.in_(ids),
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
    for row in rows:
        version, old = versions[row.language], before.get(row.party_id)
        if old is not None:
            _renew(old, row, (campaign.id, version), now)
            made[row.party_id] = old.id
            continue
        enrolment = Enrolment(
            party=parties[row.party_id],
            number=row.number,
            number_index=row.number_index,
            language=row.language,
            zone=row.zone,
            source=BY_CAMPAIGN,
            campaign_id=campaign.id,
        )
        made[row.party_id] = invite(session, enrolment, version, now).id
    return made


def _renew(
    old: Subscription,
    row: Row[*tuple[Any, ...]],
    by: tuple[int, ProgrammeVersion],
    now: datetime,
) -> None:
    old.campaign_id, version = by
    old.version_id, old.language, old.source = version.id, row.language, BY_CAMPAIGN
    old.number, old.number_index, old.zone = row.number, row.number_index, row.zone
    old.invited_at = now
