"""Programmes of a sender, as STOP lists, names and leaves them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from services.health.conversation.answer_handler import warn_of_silence
from services.health.conversation.member import ActiveProgramme, any_member_of, ask, is_approved
from services.health.courses.plan_changes import end
from services.health.courses.subscriptions import (
    BY_SMS,
    SubscriptionState,
    open_subscription,
    open_subscriptions,
)
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText
from services.storage.models import Subscription
from services.storage.persons import person_key
from services.texts.catalogue import say

_STOPPED = "sent_stop"


class Membership:
    """Programmes of a sender, for the commands of messaging; it knows the titles of active ones."""

    def __init__(self, programmes: Mapping[str, ActiveProgramme]) -> None:
        self._programmes = programmes

    def title(self, code: str, language: str) -> str:
        """Return a programme's title, or its code where it is not active."""
        one = self._programmes.get(code)
        return one.title(language) if one else code

    def shown_title(self, context: CommandContext, code: str) -> str:
        """Return how a reply calls a programme that the sender was in, and may be over."""
        session = context.unit.session
        person = person_key(session, context.party.public_id)
        newest = (
            select(Subscription.discreet)
            .where(
                Subscription.person_id == person.scalar_subquery(), Subscription.programme == code
            )
            .order_by(Subscription.id.desc())
            .limit(1)
        )
        if session.scalar(newest):
            return say("programme.course", context.language)
        return self.title(code, context.language)

    def joined(self, context: CommandContext) -> Sequence[str]:
        """Return the codes of the sender's programmes, the last joined at the end."""
        rows = open_subscriptions(context.unit.session, context.party)
        return [row.programme for row in reversed(rows)]

    def joined_later(self, context: CommandContext) -> Sequence[str]:
        """Return the codes of those that the sender joined by a text written after this one."""
        if context.sent_at is None:
            return ()
        rows = open_subscriptions(context.unit.session, context.party)
        joined = [row for row in rows if row.source == BY_SMS]
        return [row.programme for row in joined if row.invited_at > context.asked_by]

    def leave(self, context: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:
        """End the sender's subscription; return its reply, or none when `quietly`."""
        session = context.unit.session
        row = open_subscription(session, context.party, code)
        if row is None:
            return ()
        member = any_member_of(session, row, context.now, context.party)
        warn_of_silence(member, _STOPPED)
        end(session, row, SubscriptionState.OPTED_OUT, None, context.now)
        if quietly:
            return ()
        if member.programme.stop is None or not is_approved(session, row):
            return [ReplyText(member.say("stop.programme", programme=member.title))]
        return [ask(member, member.programme.stop)]
