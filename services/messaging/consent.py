"""Consent records of each number: rows are added and never changed, the newest holds."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from services.messaging.outbox import close_waiting
from services.storage.models import Consent, Message
from services.storage.vault import Vault, vault_of
from sms.consent import EVERYTHING, GONE, REACHABLE, channel_scope, is_programme
from sms.message import Kind, MessageState
from sms.reasons import Reason
from sms.states import MAY_HAVE_COME

# Made once: the dispatcher asks for each batch of messages.
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
    """Return the newest consent of each scope, oldest first, of each number that has any."""
    found: defaultdict[bytes, dict[str, bool]] = defaultdict(dict)
    if not indexes:
        return found
    for index, scope, granted in session.execute(_NEWEST, {"numbers": list(indexes)}):
        found[index][scope] = granted
    return dict(found)


def grant(session: Session, number_index: bytes, scope: str, source: str, now: datetime) -> bool:
    """Store a number's consent to a scope; False if that was its newest already.

    `scope` is a programme, or one of `sms.consent`; `number_index` is that of the scope, see
    `consent_index`; `source` is `sms`, `carrier` or `officer`.
    """
    word = Consent(number_index=number_index, scope=scope, granted=True, source=source, at=now)
    return _add(session, word)


def refuse(session: Session, number_index: bytes, scope: str, source: str, now: datetime) -> bool:
    """Store a number's refusal of a scope; arguments and result are those of `grant`."""
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
    """Mark a number that wrote as reachable, where a carrier reported it dead."""
    if _newest(session, number_index, REACHABLE) is False:
        grant(session, number_index, REACHABLE, "sms", now)


def note_carrier(
    session: Session, number_index: bytes, channel: str, now: datetime, *, opted_in: bool
) -> None:
    """Keep what a carrier's own stop list says of a number since its text.

    `channel` is the one that the text came by, such as `twilio-sms`.
    """
    scope = channel_scope(channel.partition("-")[0])
    if not opted_in:
        refuse(session, number_index, scope, "carrier", now)
    elif _newest(session, number_index, scope) is False:
        grant(session, number_index, scope, "carrier", now)


def _newest(session: Session, number_index: bytes, scope: str) -> bool | None:
    return session.scalar(_NEWEST_OF, {"number_index": number_index, "scope": scope})


def consents_of(session: Session, number: str) -> dict[str, bool]:
    """Return the newest consent of each scope that a number has any of, oldest first."""
    return consents_of_all(session, [number]).get(number, {})


def consents_of_all(session: Session, numbers: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Return the newest consents of each number that has any, by either of its indexes."""
    vault = vault_of(session)
    indexes = {index: number for number in numbers for index in vault.indexes(number)}
    found: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for index, said in consents(session, indexes).items():
        found[indexes[index]] |= said
    return dict(found)


def consent_index(vault: Vault, number: str, scope: str) -> bytes:
    """Return the blind index under which a number's consent to a scope stands.

    Consents to programmes stand in the health domain, all others beside the number's person.
    """
    return vault.health_index(number) if is_programme(scope) else vault.index(number)


class ConsentPreferences(NamedTuple):
    """The programmes that a number joined, the last at the end, and what it refuses.

    It may refuse everything. `barred`: the other scopes that START lifts, of carriers at which it
    opted out, and of a number whose person is gone.
    """

    programmes: tuple[str, ...]
    nothing: bool
    barred: tuple[str, ...]


def preferences_of(session: Session, number: str) -> ConsentPreferences:
    """Return the preferences of a number."""
    said = consents_of(session, number)
    return ConsentPreferences(
        tuple(scope for scope, granted in said.items() if granted and is_programme(scope)),
        nothing=said.get(EVERYTHING) is False,
        barred=tuple(
            scope
            for scope, granted in said.items()
            if not granted and (scope == GONE or _is_channel(scope))
        ),
    )


def named_programme(words: str, titles: Mapping[str, str]) -> str | None:
    """Return the programme whose code or title is among a sender's words, if any."""
    said = _letters(words)
    for code, title in titles.items():
        if any(_letters(name) in said for name in (code, title)):
            return code
    return None


def last_programme(session: Session, number: str, programmes: Sequence[str]) -> str | None:
    """Return the programme whose message went to a number last, else the last joined, if any."""
    went = (
        select(Message.scope)
        .where(
            Message.recipient_index == vault_of(session).health_index(number),
            Message.kind == Kind.PROGRAMME,
            Message.scope.in_(programmes),
            Message.state.in_(MAY_HAVE_COME),
        )
        .order_by(func.coalesce(Message.tried_at, Message.created_at).desc(), Message.id.desc())
        .limit(1)
    )
    return session.scalar(went) or (programmes[-1] if programmes else None)


def close_queued(session: Session, number: str, scope: str | None) -> None:
    """Close the messages that wait for a number, of one programme or all.

    Answers still go, and what an office brings.
    """
    reason = Reason.STOPPED_ALL if scope is None else Reason.STOPPED
    unwanted = [
        Message.recipient_index.in_(vault_of(session).indexes(number)),
        Message.kind != Kind.ANSWER,
        Message.office.is_(False),
        *([] if scope is None else [Message.scope == scope]),
    ]
    close_waiting(session, and_(*unwanted), MessageState.SUPPRESSED, reason)


def _is_channel(scope: str) -> bool:
    return scope.startswith(channel_scope(""))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
