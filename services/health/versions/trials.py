"""Trials of approved versions: recorded with the digest of a seed, then unchangeable.

The first approval of a version with a trial draws its seed. The design and the seed's digest are a
leaf of the ledger; nobody is allocated before that leaf is on the chain.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes, link, new_salt
from services.core.geography import PROVINCES
from services.health.errors import TrialChanged
from services.health.format.model import Programme
from services.health.format.trials import Trial, Unit, design_of, values_of
from services.health.versions.programme_log import record_of_programme
from services.ledger.journal import RecordedAct, SaltedSubject, write_act
from services.storage.models import TrialAllocation, TrialRow

TRIAL = "trial"
"""Type of the events, and kind of the subject of allocations; recorded for good."""

OPENED, ALLOCATED, CLOSED, LOOKED = "opened", "allocated", "closed", "looked"
_SEED = 32


class TrialAct(NamedTuple):
    """An act on a trial: who, how it came, and when; None: nobody, it follows from a rule."""

    channel: str
    reporter: UUID | None
    now: datetime


class TrialName(NamedTuple):
    """A trial by its programme and its own code; written such as `tobacco/quit`."""

    programme: str
    code: str

    def __str__(self) -> str:
        """Write it as people call it."""
        return f"{self.programme}/{self.code}"


def design_in(programme: Programme, trial: Trial) -> dict[str, Any]:
    """Return the design of a programme's trial as it is recorded."""
    return design_of(trial, clusters_of(programme, trial))


def clusters_of(programme: Programme, trial: Trial) -> tuple[str, ...]:
    """Return the units that chance assigns: the answers of the question for them."""
    if trial.unit is Unit.PERSON:
        return ()
    asked = next((one for one in programme.intake if one.id == trial.unit), None)
    return values_of(asked, tuple(PROVINCES))


def open_trial(session: Session, programme: Programme, act: TrialAct) -> TrialRow | None:
    """Record the trial of a version that is being approved; None: it has none.

    Raises:
        TrialChanged: people are allocated in a trial that the version has not, or otherwise; or
            the trial was closed.
    """
    wanted = design_in(programme, programme.trial) if programme.trial else None
    rows = session.scalars(select(TrialRow).where(TrialRow.programme == programme.code)).all()
    for row in rows:
        _require_same(session, row, wanted)
    if wanted is None:
        return None
    content = canonical_bytes(wanted)
    there = next((row for row in rows if row.code == wanted["trial"]), None)
    if there is not None and there.design == content:
        return there
    return _record(session, programme.code, wanted, there, act)


def _require_same(session: Session, row: TrialRow, wanted: Mapping[str, Any] | None) -> None:
    same_code = wanted is not None and wanted["trial"] == row.code
    if row.closed_at is not None:
        if same_code:
            raise TrialChanged(f"trial.code {row.code} was closed: give a new trial a new code")
        return
    if wanted is None and _has_people(session, row):
        raise TrialChanged(f"trial {row.code} has people: close it before a version without it")
    _refuse(_changed(session, row, wanted or {}) if wanted else [], {})


def refuse_other_design(session: Session, programme: Programme, lines: Mapping[str, int]) -> None:
    """Refuse a file whose trial is not the one that people are allocated in.

    A file without a trial may wait for the end; its approval may not.

    Args:
        lines: by place, such as `trial.arms`: the line of the file.

    Raises:
        TrialChanged: it names each line.
    """
    if programme.trial is None:
        return
    running = (TrialRow.programme == programme.code, TrialRow.closed_at.is_(None))
    for row in session.scalars(select(TrialRow).where(*running)):
        _refuse(_changed(session, row, design_in(programme, programme.trial)), lines)


def _changed(session: Session, row: TrialRow, wanted: Mapping[str, Any]) -> list[str]:
    """Return the places in which a design is not that of a trial with people."""
    stored = json.loads(row.design)
    changed = [key for key in stored if stored[key] != wanted.get(key)]
    if not changed or not _has_people(session, row):
        return []
    # The trial's own code stands for all of it, and the units are those of the intake's question.
    named = {"trial": "trial.code", "clusters": "intake"}
    return [named.get(key, f"trial.{key}") for key in changed]


def _has_people(session: Session, row: TrialRow) -> bool:
    begun = select(TrialAllocation.id).where(TrialAllocation.trial_id == row.id).limit(1)
    return session.scalar(begun) is not None


def _refuse(places: list[str], lines: Mapping[str, int]) -> None:
    if places:
        told = (f"line {lines[one]}, {one}" if one in lines else one for one in places)
        message = f"{'; '.join(told)}: people are allocated, so the trial stays what it is"
        raise TrialChanged(message)


def _record(
    session: Session,
    programme: str,
    design: Mapping[str, Any],
    there: TrialRow | None,
    act: TrialAct,
) -> TrialRow:
    seed = secrets.token_bytes(_SEED)
    row = there or TrialRow(programme=programme, code=design["trial"])
    row.design, row.opened_at = canonical_bytes(design), act.now
    row.seed, row.seed_digest = seed.hex(), sha256(seed).digest()
    told = {"design": dict(design), "seed_digest": row.seed_digest.hex()}
    row.journal_id = record_trial(session, TrialName(programme, row.code), OPENED, told, act)
    session.add(row)
    session.flush()
    return row


def record_trial(
    session: Session, name: TrialName, action: str, told: Mapping[str, object], act: TrialAct
) -> int:
    """Write an act on a trial to the locked journal; return the row's key.

    It is filed under the programme, so whoever knows its code finds it.
    """
    details = {"action": action, "trial": name.code, **told}
    return record_of_programme(session, name.programme, _recorded(act), details)


def record_allocation(
    session: Session, name: TrialName, key: bytes, told: Mapping[str, object], act: TrialAct
) -> int:
    """Write an allocation under a key of the trial's own: nobody sees when a programme gets people.

    `key`: 32 bytes, which the seed gives, so they are known once the seed is.
    """
    salt = new_salt()
    named = {"kind": TRIAL, "id": str(name), "link": link(salt, key)}
    told = {"action": ALLOCATED, "trial": name.code, **told}
    return write_act(session, _recorded(act), named, SaltedSubject(key, salt), told)


def _recorded(act: TrialAct) -> RecordedAct:
    return RecordedAct(uuid4(), TRIAL, act.now, act.channel, act.reporter)
