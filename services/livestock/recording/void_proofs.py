"""Proof by which reports are declared wrong, and what of them another must agree to."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.domain.actors import Strength
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import act_of_void, proof_to_void
from services.livestock.domain.model import EventType, Key, SuspicionStanding
from services.livestock.domain.statuses import holding
from services.livestock.recording.corrections import voidable
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import HAS_CONTENT, OURS, animals_in, subjects_in
from services.livestock.recording.statuses import read_statuses
from services.storage.models import Correction, Journal, LedgerLeaf, Party, Status
from services.storage.rowsets import digests
from sms.local_time import local_day


def proof_of(session: Session, events: Sequence[UUID], party: Party, now: datetime) -> Strength:
    """Return the proof by which a party declares events wrong; of another's, always a code.

    Raises:
        UnknownReport, NotVoidable, NotYourReport, AlreadyVoid, SampleInLaboratory: see
            `void_event`.
    """
    proofs = []
    for event in events:
        row, told = voidable(session, event, party)
        kind, binds = EventType(row.type), told.get("standing") in set(SuspicionStanding)
        own = told.get("reporter") == str(party.public_id)
        gives = act_of_void(kind) is CommandAct.UNREGISTER
        settled = gives and _is_settled(session, row, told, events, now)
        proof = proof_to_void(kind, told.get("details", {}), binds=binds, settled=settled)
        proofs.append(proof if own else max(proof, Strength.CODE))
    return max(proofs)


def _is_settled(
    session: Session,
    row: Journal,
    told: Mapping[str, Any],
    beside: Sequence[UUID],
    now: datetime,
) -> bool:
    """Tell whether a report that gives numbers is no typo of today any more.

    Its day is over, something else is told of its animals, or one of them is stolen or suspect.

    Args:
        beside: the events of its message.
    """
    zone, named = told["occurred"]["zone"], animals_in(told)
    today = local_day(now, zone)
    if session.get(Correction, row.id) is not None:
        # Nobody agreed with it, so it gave nobody anything.
        return False
    if local_day(row.recorded_at, zone) != today:
        return True
    animals = {one.id for one in find_animals(session, named).values()}
    held = (one for _, one in read_statuses(session, Status.animal_id, animals))
    return bool(holding(held, today)) or _told_since(session, row, named, beside)


def _told_since(
    session: Session, row: Journal, animals: Sequence[Key], beside: Sequence[UUID]
) -> bool:
    subjects = [public_subject(*key) for key in animals]
    since = (
        select(Journal.id)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject.in_(digests(session, subjects)),
            Journal.id > row.id,
            Journal.event_id.not_in(beside),
        )
    )
    return session.scalar(since.limit(1)) is not None


class Undone(NamedTuple):
    """Animals of reports that are taken back, and the act by whose row somebody else must agree."""

    animals: tuple[Key, ...]
    act: CommandAct


def undone_by(session: Session, events: Sequence[UUID]) -> Undone | None:
    """Return what of some events is not their reporter's alone to take back; None: nothing."""
    rows = session.execute(
        select(Journal.type, Journal.content)
        .where(
            Journal.event_id.in_(events),
            OURS,
            HAS_CONTENT,
            ~exists().where(Correction.journal_id == Journal.id),
        )
        .order_by(Journal.id)
    )
    told = [(act_of_void(EventType(row.type)), json.loads(row.content or b"{}")) for row in rows]
    found = [(act, subjects_in(record)) for act, record in told if act is not None]
    if not found:
        return None
    animals = dict.fromkeys(key for _, named in found for key in named)
    return Undone(tuple(animals), found[0][0])
