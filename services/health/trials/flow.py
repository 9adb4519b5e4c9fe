"""The flow of people through a trial (CONSORT), counted from the records.

Arms are letters until the trial is closed.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.health.trials.drawing import letters
from services.health.trials.people import Participant, participants
from services.health.versions.trials import LOOKED, TRIAL
from services.storage.models import Journal, Subscription, TrialAllocation, TrialRow
from sms.local_time import local_day

NO_REASON = "not_told"


def design_of_row(row: TrialRow) -> dict[str, Any]:
    """Return the design of a trial as it was recorded."""
    design: dict[str, Any] = json.loads(row.design)
    return design


def names_of_arms(row: TrialRow) -> dict[str, str]:
    """Return the name under which each arm is shown: its letter, after the end its code."""
    design = design_of_row(row)
    if row.closed_at is not None:
        return {arm["code"]: arm["code"] for arm in design["arms"]}
    return letters(bytes.fromhex(row.seed), design)


def consort(session: Session, row: TrialRow, now: datetime) -> dict[str, Any]:
    """Return the numbers of the flow: assessed, excluded, allocated, followed up, analysed."""
    people = list(participants(session, row, now))
    excluded = _excluded(session, row, now)
    names, today = names_of_arms(row), local_day(now)
    arms = sorted(names.items(), key=lambda item: item[1])
    return {
        "trial": f"{row.programme}/{row.code}",
        "closed": row.closed_at is not None,
        "assessed": len(people) + sum(excluded.values()),
        "excluded": dict(sorted(excluded.items())),
        "allocated": len(people),
        "arms": [
            {"arm": name} | _arm([one for one in people if one.arm == code], today)
            for code, name in arms
        ],
        "looks": looks(session, row),
    }


def _arm(people: Sequence[Participant], today: Any) -> dict[str, int]:  # noqa: ANN401 — a date
    alive = [one for one in people if not one.died]
    due = [one for one in alive if one.is_due(today)]
    return {
        "allocated": len(people),
        "received": sum(one.received for one in people),
        "not_received": sum(not one.received for one in people),
        "left": sum(one.left for one in alive),
        "died": len(people) - len(alive),
        "not_due": len(alive) - len(due),
        "answered": sum(one.answer is not None for one in alive),
        "lost": sum(one.answer is None and not one.left for one in due),
        "analysed": len(due),
    }


def _excluded(session: Session, row: TrialRow, now: datetime) -> Counter[str]:
    """Count people who asked to join and were not allocated, by reason."""
    took_part = select(TrialAllocation.person_id).where(TrialAllocation.trial_id == row.id)
    rows = session.execute(
        select(
            Subscription.person_id,
            Subscription.state,
            Subscription.reason,
            Subscription.consented_at,
        )
        .where(
            Subscription.programme == row.programme,
            Subscription.invited_at >= row.opened_at,
            Subscription.invited_at <= (row.closed_at or now),
            Subscription.never_asked.is_(False),
            Subscription.person_id.not_in(took_part),
        )
        .order_by(Subscription.id)
    )
    last = {one.person_id: one for one in rows}
    return Counter(map(_why, last.values()))


def _why(row: Row[*tuple[Any, ...]]) -> str:
    if row.state in OPEN:
        return "not_decided"
    if row.state == SubscriptionState.INELIGIBLE:
        return f"ineligible: {row.reason or NO_REASON}"
    if row.consented_at is None:
        declined = row.state == SubscriptionState.OPTED_OUT
        return "declined" if declined else "no_answer"
    return "left_before_allocation"


def looks(session: Session, row: TrialRow) -> list[Mapping[str, object]]:
    """Return each look at outcomes by arm: when, at what, on what ground, before the end or after.

    They are read from the journal, which the ledger holds.
    """
    found: list[Mapping[str, object]] = []
    wanted = select(Journal.content, Journal.recorded_at).where(Journal.type == TRIAL)
    for one in session.execute(wanted.order_by(Journal.id)):
        record = json.loads(one.content)
        details, subject = record["details"], record["subjects"][0]
        mine = details["trial"] == row.code and subject.get("value") == row.programme
        if mine and details["action"] == LOOKED:
            told = {name: details[name] for name in ("what", "reference", "closed")}
            found.append({"at": one.recorded_at, "by": record.get("reporter"), **told})
    return found
