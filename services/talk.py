"""The conversation of a running program: every service's phrases, and what is open just now.

What programmes understand is data that a ministry approves while the program runs, so each message
is answered by the conversation of what is open when it comes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from services.conversation import Conversation
from services.messaging.phrases import SPOKEN
from services.messaging.phrases import spoken as of_messages
from services.programmes.subscriptions import has_open
from services.programmes.talking.listening import listener
from services.programmes.talking.membership import Membership
from services.programmes.talking.phrases import spoken as of_programmes
from services.programmes.talking.published import read_open, read_published
from services.traceability.phrases import FILLERS
from services.traceability.phrases import keywords as livestock_keywords
from services.traceability.phrases import spoken as of_livestock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.envelope import Answer, Envelope
    from services.programmes.talking.published import Open, Published
    from services.storage.unit import Unit
    from services.traceability.rules.decision import Policy

_KEPT = 4
_OPERATORS = "stop_all_word"


class Talk:
    """Answers messages. Handles each envelope of the one door.

    Args:
        policy: what holds for movements without any order.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._made: dict[tuple[Open, ...], Conversation] = {}

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one message and put the reply into the outbox, in the same transaction."""
        return self._conversation(unit.session).answer(unit, envelope)

    def _conversation(self, session: Session) -> Conversation:
        now = read_open(session)
        if not now:
            return _without_programmes(self._policy, members=has_open(session))
        made = self._made.get(now)
        if made is None:
            made = make_conversation(self._policy, read_published(session, now))
            # Of what was open before, nothing is asked again.
            self._made = {now: made}
        return made


def make_conversation(
    policy: Policy, programmes: Mapping[str, Published], *, members: bool = True
) -> Conversation:
    """Make the conversation of everything that is open.

    Args:
        policy: what holds for movements without any order.
        programmes: that are open.
        members: whether anybody is in a course, be it open or withdrawn: his danger is heard.

    What programmes say comes first: where two fit, the earlier is meant, and QUIT is a stop word of
    operators only while no programme is joined by it.
    """
    spoken = (
        *of_programmes(programmes, members=members),
        *of_livestock(policy),
        *of_messages(Membership(programmes)),
    )
    listeners = [listener(programmes)] if programmes or members else []
    return Conversation(spoken, FILLERS, listeners)


@lru_cache(_KEPT)
def _without_programmes(policy: Policy, *, members: bool) -> Conversation:
    return make_conversation(policy, {}, members=members)


@cache
def keywords() -> Mapping[str, str]:
    """Return what no programme's word may be, in lower case, and what it means; QUIT may be one."""
    return livestock_keywords() | {
        " ".join(words.casefold().split()): one.phrase.code
        for one in SPOKEN
        if one.phrase.code != _OPERATORS
        for each in one.phrase.keywords.values()
        for words in each
    }
