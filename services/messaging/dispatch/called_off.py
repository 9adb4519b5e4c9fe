"""Texts whose campaign was cancelled or whose approval was withdrawn, found when they failed.

Millions may have been sent of either: to mark each of them would take minutes.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from services.storage.models import Campaign, Message, ProgrammeApproval, Subscription
from sms.message import Kind
from sms.reasons import Reason

_CANCELLED = exists().where(Campaign.id == Message.campaign_id, Campaign.state == "cancelled")
_WITHDRAWN = exists().where(
    # What a recall gives to people of another version has that one's approval.
    ProgrammeApproval.version_id == func.coalesce(Subscription.version_id, Message.version_id),
    ProgrammeApproval.language == Message.language,
    ProgrammeApproval.withdrawn_at.is_not(None),
    Message.kind != Kind.ANSWER.value,
)
# Made once: a worker says the same few statements all the time, and making them is dear.
_CALLED_OFF = (
    select(Message.id, _CANCELLED.label("cancelled"))
    .outerjoin(Subscription, Subscription.id == Message.subscription_id)
    .where(
        Message.id.in_(bindparam("messages", expanding=True)),
        or_(Message.version_id.is_not(None), Message.campaign_id.is_not(None)),
        or_(_CANCELLED, _WITHDRAWN),
    )
    .order_by(Message.id)
)


def called_off(session: Session, messages: Sequence[int]) -> dict[int, str]:
    """Return which of some messages are called off as a whole, by key, each with the reason."""
    if not messages:
        return {}
    rows = session.connection().execute(_CALLED_OFF, {"messages": list(messages)})
    return {row.id: (Reason.CANCELLED if row.cancelled else Reason.WITHDRAWN).value for row in rows}
