"""STOP in a programme: its subscription ends, and it may ask why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.conversation import Said
from services.programmes.planning.changing import end
from services.programmes.subscriptions import SubscriptionState, open_subscription
from services.programmes.talking.intake import ask
from services.programmes.talking.member import any_member_of, is_approved
from services.texts.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.conversation import Call


def leave(call: Call, code: str, *, quietly: bool = False) -> Sequence[Said]:
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
        return [Said(say("stop.programme", call.language, programme=member.title))]
    return [ask(member, member.programme.stop)]
