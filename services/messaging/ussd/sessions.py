"""USSD sessions: saved state, resumption after a broken call, and erasure.

The envelopes of a session answer requests that come twice. Their effects are in the journal, so
they are emptied with the session, a day later.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from gateway.channels.ussd import Dialled, key_of
from gateway.envelope import Envelope
from gateway.ussd_state import State
from services.storage.bulk import upsert
from services.storage.models import Arrival, UssdSession
from services.storage.unit_of_work import Unit

RESUMED = timedelta(minutes=10)
"""Time in which a person who dials again goes on where they were."""
KEPT = timedelta(days=1)
"""Time in which a repeated request gets its first answer."""

_CHUNK = 500


def lock_session(unit: Unit, call: Dialled) -> UssdSession:
    """Lock the session of a request until the unit ends; insert it if it is new."""
    which = select(UssdSession).where(_of(call)).with_for_update()
    # Only the first step of a session inserts it.
    known = unit.session.scalars(which).one_or_none()
    if known is not None:
        return known
    made = unit.session.scalars(
        upsert(unit.session, UssdSession)
        .values(
            channel=call.channel,
            session=call.session,
            number_index=unit.vault.index(call.number),
            first_step=call.step,
            saved_at=call.received_at,
        )
        .on_conflict_do_nothing(index_elements=["channel", "session"])
        .returning(UssdSession)
    ).one_or_none()
    return made or unit.session.scalars(which).one()


def begun(session: Session, call: Dialled) -> bool:
    """Tell whether the session is stored already."""
    return session.scalar(select(UssdSession.id).where(_of(call))) is not None


def peek(session: Session, call: Dialled) -> State | None:
    """Return a session's state without waiting for its lock; None: the session is new."""
    state = session.scalar(select(UssdSession.state).where(_of(call)))
    return None if state is None else State.read(state)


def _of(call: Dialled) -> ColumnElement[bool]:
    return and_(UssdSession.channel == call.channel, UssdSession.session == call.session)


def broken_off(unit: Unit, call: Dialled) -> State:
    """Return the state of a phone's last session if it broke off lately, else the first screen."""
    last = unit.session.scalars(
        select(UssdSession.state)
        .where(
            UssdSession.number_index == unit.vault.index(call.number),
            UssdSession.saved_at > call.received_at - RESUMED,
            UssdSession.step.is_not(None),
        )
        .order_by(UssdSession.saved_at.desc(), UssdSession.id.desc())
        .limit(1)
    ).first()
    return State.read(last or "")


def expire_sessions(session: Session, now: datetime) -> int:
    """Erase states past their resumption; delete sessions of yesterday, and return how many."""
    session.execute(
        update(UssdSession)
        .where(UssdSession.saved_at <= now - RESUMED, UssdSession.state.is_not(None))
        .values(state=None)
    )
    old = _taken(session, UssdSession.saved_at <= now - KEPT)
    _empty_envelopes(session, old)
    session.execute(delete(UssdSession).where(UssdSession.id.in_([row.id for row in old])))
    return len(old)


def forget_sessions(session: Session, indexes: Collection[bytes]) -> None:
    """Erase the sessions of numbers; one that is in use is skipped, and ends with the day."""
    rows = _taken(session, UssdSession.number_index.in_(indexes))
    _empty_envelopes(session, rows)
    for row in rows:
        row.number_index, row.state = None, None


def _taken(session: Session, which: ColumnElement[bool]) -> list[UssdSession]:
    """Lock sessions that are not in use; a request locks its own before anything else."""
    wanted = select(UssdSession).where(which).order_by(UssdSession.id).limit(_CHUNK)
    return list(session.scalars(wanted.with_for_update(skip_locked=True)))


def _empty_envelopes(session: Session, rows: Collection[UssdSession]) -> None:
    digests = [digest for row in rows for digest in _digests(row)]
    for start in range(0, len(digests), _CHUNK):
        some = Arrival.key_digest.in_(digests[start : start + _CHUNK])
        session.execute(update(Arrival).where(some).values(sender=None, payload=None, answer=None))


def _digests(row: UssdSession) -> list[bytes]:
    """Return the key digests of a session's envelopes."""
    last = row.first_step if row.step is None else row.step
    return [
        Envelope(row.channel, key_of(row.session, step), "", "", row.saved_at).key_digest
        for step in range(row.first_step, last + 1)
    ]
