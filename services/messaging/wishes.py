"""Which messages a number wants, and the end of what waits for one that does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, select

from services.storage.consent import consents
from services.storage.messages import close_waiting
from services.storage.models import Message
from sms.consent import EVERYTHING, REACHABLE, channel_scope
from sms.message import Kind, MessageState
from sms.reasons import Reason
from sms.states import MAY_HAVE_COME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session


class Wishes(NamedTuple):
    """What a number said so far.

    Attributes:
        programmes: that it is in, the last joined at the end.
        nothing: whether it wants nothing at all.
        barred: scopes of the channels that it opted out of at the carrier's.
    """

    programmes: tuple[str, ...]
    nothing: bool
    barred: tuple[str, ...]


def wishes_of(session: Session, index: bytes) -> Wishes:
    """Read what the number of a blind index wants."""
    said = consents(session, [index]).get(index, {})
    return Wishes(
        tuple(scope for scope, granted in said.items() if granted and _is_programme(scope)),
        nothing=said.get(EVERYTHING) is False,
        barred=tuple(
            scope for scope, granted in said.items() if not granted and _is_channel(scope)
        ),
    )


def named(words: str, titles: Mapping[str, str]) -> str | None:
    """Return the programme whose code or title is among a sender's words, if one is.

    Args:
        words: of the sender.
        titles: by code.
    """
    said = _letters(words)
    for code, title in titles.items():
        if any(_letters(name) in said for name in (code, title)):
            return code
    return None


def last_heard(session: Session, index: bytes, programmes: Sequence[str]) -> str | None:
    """Return the programme whose message went to a number last, else the last joined, if any."""
    went = (
        select(Message.scope)
        .where(
            Message.recipient_index == index,
            Message.kind == Kind.PROGRAMME,
            Message.scope.in_(programmes),
            Message.state.in_(MAY_HAVE_COME),
        )
        .order_by(func.coalesce(Message.tried_at, Message.created_at).desc(), Message.id.desc())
        .limit(1)
    )
    return session.scalar(went) or (programmes[-1] if programmes else None)


def close_queued(session: Session, index: bytes, scope: str | None) -> None:
    """Close what waits for a number, of one programme or all, but never an answer."""
    reason = Reason.STOPPED_ALL if scope is None else Reason.STOPPED
    unwanted = [
        Message.recipient_index == index,
        Message.kind != Kind.ANSWER,
        *([] if scope is None else [Message.scope == scope]),
    ]
    close_waiting(session, and_(*unwanted), MessageState.SUPPRESSED, reason)


def _is_channel(scope: str) -> bool:
    return scope.startswith(channel_scope(""))


def _is_programme(scope: str) -> bool:
    return scope not in {EVERYTHING, REACHABLE} and not _is_channel(scope)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
