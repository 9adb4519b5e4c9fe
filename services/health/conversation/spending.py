"""The ceiling of cost for one person: what their texts cost so far, and the end of optional ones.

Replies to keywords are optional, unless the keyword does something, such as report a slip. What the
course plans, danger, consent, STOP and whatever ends a course go on.
"""

from sqlalchemy import func, select

from services.health.conversation.member import Member
from services.messaging.outbox import ReplyText
from services.storage.models import Attempt, Message
from services.texts.catalogue import help_words, say
from sms.message import AttemptState


def reach_ceiling(member: Member) -> bool | None:
    """Return None while a person is below the ceiling; else whether it is noticed just now."""
    row, ceiling = member.row, member.programme.ceiling
    if ceiling is None:
        return None
    if row.capped_at is not None:
        return False
    if not ceiling.is_reached(*_spent(member)):
        return None
    row.capped_at = member.now
    return True


def over_ceiling(member: Member) -> ReplyText:
    """Return the one text that tells a person so."""
    language = member.row.language
    told = say("programme.over_ceiling", language, **help_words(language, member.province))
    return ReplyText(told, private=True)


def _spent(member: Member) -> tuple[int, int]:
    """Return the segments, and their price in toea, that may have gone to a person."""
    wanted = (
        select(
            func.coalesce(func.sum(Attempt.segments), 0), func.coalesce(func.sum(Attempt.cost), 0)
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(Message.subscription_id == member.row.id, Attempt.state != AttemptState.FAILED)
    )
    segments, toea = member.session.execute(wanted).one()
    return int(segments), int(toea)
