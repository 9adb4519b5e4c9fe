"""The states of attempts, and the state of a message, derived from its attempts; pure."""

from collections.abc import Collection

from sms.message import AttemptState, MessageState

_RANKS = {
    AttemptState.ATTEMPTING: 0,
    AttemptState.UNCERTAIN: 1,
    AttemptState.SENT: 2,
    AttemptState.FAILED: 3,
    AttemptState.UNDELIVERED: 4,
    AttemptState.DELIVERED: 5,
}

IN_FLIGHT = frozenset({MessageState.ATTEMPTING, MessageState.UNCERTAIN, MessageState.SENT})
"""States of a message of which the carrier may still tell that it did not come."""

MAY_HAVE_COME = IN_FLIGHT | {MessageState.DELIVERED}
"""States of a message that may have reached its phone."""


def may_become(old: AttemptState, new: AttemptState) -> bool:
    """Tell whether an attempt may go from `old` to `new`: only to a higher rank.

    A carrier may accept a message and fail it later, so FAILED ranks above SENT; what a handset
    confirmed ranks above everything. A repeated or late report thus changes nothing.
    """
    return _RANKS[new] > _RANKS[old]


def message_state(attempts: Collection[AttemptState], *, retry: bool = False) -> MessageState:
    """Derive a message's state from its attempts.

    Args:
        attempts: state of each.
        retry: whether another attempt is due; it counts when none before may have arrived.
    """
    for state in (
        AttemptState.DELIVERED,
        AttemptState.ATTEMPTING,
        AttemptState.UNCERTAIN,
        AttemptState.SENT,
    ):
        if state in attempts:
            return MessageState(state)
    if retry or not attempts:
        return MessageState.QUEUED
    return MessageState(max(attempts, key=_RANKS.__getitem__))
