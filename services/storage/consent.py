"""What each number agreed to or refused: words are added and never changed, the newest holds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from services.storage.models import Consent
from sms.consent import REACHABLE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session


# Made once: the dispatcher asks for each window of messages.
_NEWEST = (
    select(Consent.number_index, Consent.scope, Consent.granted)
    .where(
        Consent.id.in_(
            select(func.max(Consent.id))
            .where(Consent.number_index.in_(bindparam("numbers", expanding=True)))
            .group_by(Consent.number_index, Consent.scope)
        )
    )
    .order_by(Consent.id)
)
# As above: each message and each key on a screen asks whether its number is known to be dead.
_NEWEST_OF = (
    select(Consent.granted)
    .where(
        Consent.number_index == bindparam("number_index"),
        Consent.scope == bindparam("scope"),
    )
    .order_by(Consent.id.desc())
    .limit(1)
)


def consents(session: Session, indexes: Collection[bytes]) -> dict[bytes, dict[str, bool]]:
    """Return the newest word of each scope, oldest first, by number, of those that have any.

    Args:
        session: an open session.
        indexes: blind indexes, as many as one window holds; one query reads them all.
    """
    found: defaultdict[bytes, dict[str, bool]] = defaultdict(dict)
    if not indexes:
        return found
    for index, scope, granted in session.execute(_NEWEST, {"numbers": list(indexes)}):
        found[index][scope] = granted
    return dict(found)


def grant(session: Session, number_index: bytes, scope: str, source: str, now: datetime) -> bool:
    """Note that a number agrees to a scope; False where that was its newest word already.

    Args:
        session: an open session that writes.
        number_index: the number's blind index.
        scope: a programme, or one of `sms.consent`.
        source: where the word came from: `sms`, `carrier`, `officer`.
        now: UTC.
    """
    word = Consent(number_index=number_index, scope=scope, granted=True, source=source, at=now)
    return _add(session, word)


def refuse(session: Session, number_index: bytes, scope: str, source: str, now: datetime) -> bool:
    """Note that a number refuses a scope; the arguments and the answer are those of `grant`."""
    word = Consent(number_index=number_index, scope=scope, granted=False, source=source, at=now)
    return _add(session, word)


def _add(session: Session, word: Consent) -> bool:
    newest = _newest(session, word.number_index, word.scope)
    if newest is word.granted:
        return False
    session.add(word)
    session.flush()
    return True


def note_alive(session: Session, number_index: bytes, now: datetime) -> None:
    """Note that a number wrote: one that a carrier called dead is reachable again."""
    if _newest(session, number_index, REACHABLE) is False:
        grant(session, number_index, REACHABLE, "sms", now)


def _newest(session: Session, number_index: bytes, scope: str) -> bool | None:
    return session.scalar(_NEWEST_OF, {"number_index": number_index, "scope": scope})
