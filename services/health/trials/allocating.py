"""Allocation of people: after consent, by chance, once for each person and phone number.

The caller is the one writer, so two people at once get two places. A person who comes back has the
arm that they had. Of a number that took part under a person who was forgotten nobody is allocated
again before the trial is closed: no new draw follows from being erased.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.health.format.model import Programme
from services.health.format.trials import UNKNOWN, Trial
from services.health.trials.drawing import (
    Slot,
    TrialPlace,
    arm_at,
    keyed,
    next_slot,
    stratum_key,
    subject_key,
)
from services.health.versions.trials import TrialAct, TrialName, record_allocation
from services.ledger.journal import instant
from services.ledger.receipts import recorded_size
from services.storage.locks import require_one_writer
from services.storage.models import (
    AskedQuestion,
    LedgerLeaf,
    Person,
    Subscription,
    TrialAllocation,
    TrialRow,
)
from sms.local_time import local_day

_CHANNEL = "programme"
_SALT = 16


class Refusal(StrEnum):
    """Reason why a person who agreed is not allocated."""

    NOT_OPEN = "trial_not_open"
    TOOK_PART = "took_part"


def find_trial(session: Session, programme: str, code: str) -> TrialRow | None:
    """Return a trial of a programme, if it was recorded."""
    wanted = select(TrialRow).where(TrialRow.programme == programme, TrialRow.code == code)
    return session.scalars(wanted).first()


def is_open(session: Session, programme: Programme, now: datetime) -> bool:
    """Return whether people may join a programme: it has no trial, or one that allocates now."""
    trial = programme.trial
    if trial is None:
        return True
    row = find_trial(session, programme.code, trial.code)
    return row is not None and _allocates(session, row, trial, now)


def _allocates(session: Session, row: TrialRow, trial: Trial, now: datetime) -> bool:
    """Return whether it is within the dates, not closed, and its opening is on the chain."""
    today = local_day(now)
    if row.closed_at is not None or not trial.start <= today <= trial.stop:
        return False
    place = session.scalar(select(LedgerLeaf.index).where(LedgerLeaf.journal_id == row.journal_id))
    return place is not None and place < recorded_size(session)


def allocate(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> Refusal | None:
    """Allocate the person of a subscription whose intake is done; return why not, if not.

    Without a trial nothing happens. The subscription's arm is set; nobody is told.
    """
    trial = programme.trial
    if trial is None:
        return None
    require_one_writer(session)
    row = find_trial(session, programme.code, trial.code)
    if row is None or not _allocates(session, row, trial, now):
        return Refusal.NOT_OPEN
    of_trial = TrialAllocation.trial_id == row.id
    there = session.scalars(
        select(TrialAllocation).where(of_trial, TrialAllocation.person_id == subscription.person_id)
    ).first()
    if there is not None:
        subscription.arm = there.arm
        return None
    seed = bytes.fromhex(row.seed)
    mark = keyed(seed, "mark", (subscription.number or "").encode())
    if session.scalar(select(TrialAllocation.id).where(of_trial, TrialAllocation.mark == mark)):
        return Refusal.TOOK_PART
    made = _draw(session, row, _answers(session, subscription, trial), now)
    made.person_id, made.subscription_id, made.mark = subscription.person_id, subscription.id, mark
    session.add(made)
    subscription.arm = made.arm
    _record(session, row, made, now)
    session.flush()
    return None


def _draw(
    session: Session, row: TrialRow, answers: Mapping[str, str], now: datetime
) -> TrialAllocation:
    """Draw the next place of a stratum."""
    seed, design = bytes.fromhex(row.seed), json.loads(row.design)
    stratum = stratum_key(seed, answers)
    of_trial = TrialAllocation.trial_id == row.id
    last = session.execute(
        select(TrialAllocation.block, TrialAllocation.slot)
        .where(of_trial, TrialAllocation.stratum == stratum)
        .order_by(TrialAllocation.block.desc(), TrialAllocation.slot.desc())
        .limit(1)
    ).first()
    at = next_slot(seed, design, stratum, Slot(*last) if last else None)
    highest = session.scalar(select(func.max(TrialAllocation.number)).where(of_trial))
    return TrialAllocation(
        trial_id=row.id,
        number=(highest or 0) + 1,
        stratum=stratum,
        block=at.block,
        slot=at.slot,
        arm=arm_at(seed, design, TrialPlace(stratum, at, local_day(now))),
        allocated_at=now,
        salt=secrets.token_hex(_SALT),
    )


def _answers(session: Session, subscription: Subscription, trial: Trial) -> dict[str, str]:
    """Return the last answers to the questions that decide the stratum."""
    given = dict.fromkeys(trial.asked, UNKNOWN)
    rows = session.scalars(
        select(AskedQuestion)
        .where(
            AskedQuestion.subscription_id == subscription.id,
            AskedQuestion.item.in_(trial.asked),
            AskedQuestion.answer.is_not(None),
        )
        .order_by(AskedQuestion.id)
    )
    for row in rows:
        given[row.item] = row.value or row.answer or UNKNOWN
    if "province" in given:
        # The answer itself is kept with the person alone.
        home = session.scalar(select(Person.province).where(Person.id == subscription.person_id))
        given["province"] = home or UNKNOWN
    return given


def content_of(name: TrialName, row: TrialAllocation) -> dict[str, Any]:
    """Return what the digest of an allocation is of: all of it but the mark."""
    return {
        "trial": str(name),
        "number": row.number,
        "stratum": row.stratum,
        "block": row.block,
        "slot": row.slot,
        "arm": row.arm,
        "person": row.person_id,
        "subscription": row.subscription_id,
        "at": instant(row.allocated_at),
        "salt": row.salt,
    }


def _record(session: Session, row: TrialRow, made: TrialAllocation, now: datetime) -> None:
    """Record the allocation's digest: the arm stays concealed, and cannot be changed any more."""
    name, key = TrialName(row.programme, row.code), subject_key(bytes.fromhex(row.seed))
    told = {"number": made.number, "digest": digest_of(name, made)}
    record_allocation(session, name, key, told, TrialAct(_CHANNEL, None, now))


def digest_of(name: TrialName, row: TrialAllocation) -> str:
    """Return the digest of an allocation, in hexadecimal digits."""
    return sha256(canonical_bytes(content_of(name, row))).hexdigest()
