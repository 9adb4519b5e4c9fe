"""The programmes as the phrases of messages see them: STOP ends what they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.health.conversation.active_programmes import Published
from services.health.conversation.intake import ask
from services.health.conversation.member import any_member_of, is_approved
from services.health.courses.plan_changes import end
from services.health.courses.subscriptions import (
    SubscriptionState,
    open_subscription,
    open_subscriptions,
)
from services.messaging.command_router import CommandContext, ReplyText
from services.texts.catalogue import say


class Membership:
    """Who is in which programme; of those that are open it knows the titles, too.

    Args:
        programmes: that are open, by code.
    """

    def __init__(self, programmes: Mapping[str, Published]) -> None:
        self._programmes = programmes

    def title(self, code: str, language: str) -> str:
        """Return what a programme is called; of one that is not open, its code."""
        one = self._programmes.get(code)
        return one.title(language) if one else code

    def joined(self, call: CommandContext) -> Sequence[str]:
        """Return the codes of the programmes that the sender is in, the last joined at the end."""
        rows = open_subscriptions(call.unit.session, call.party.id)
        return [row.programme for row in reversed(rows)]

    def leave(self, call: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:
        """End a programme for the sender; return what it says to that, nothing when `quietly`."""
        return leave(call, code, quietly=quietly)


def leave(call: CommandContext, code: str, *, quietly: bool = False) -> Sequence[ReplyText]:
    """End the sender's subscription in a programme; return what the programme says to that.

    Args:
        call: the message.
        code: of the programme.
        quietly: whether nothing is said: everything ends.
    """
    session = call.unit.session
    row = open_subscription(session, call.party.id, code)
    if row is None:
        return ()
    member = any_member_of(session, row, call.now)
    end(session, row, SubscriptionState.OPTED_OUT, None, call.now)
    if quietly:
        return ()
    if member.programme.stop is None or not is_approved(session, row):
        return [ReplyText(say("stop.programme", call.language, programme=member.title))]
    return [ask(member, member.programme.stop)]
