"""A trial that was carried out: people, allocations and answers as rows, drawn from a seed."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.health.trials.drawing import Slot, TrialPlace, arm_at, next_slot, stratum_key
from services.storage.models import (
    AskedQuestion,
    Message,
    Party,
    Person,
    ProgrammeVersion,
    Subscription,
    TrialAllocation,
    TrialRow,
)
from sms.local_time import local_day
from tests.services.health.indicators.histories import write_rows
from tests.services.health.scene import publish
from tests.services.health.trials.trial import TRIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.storage.database import Database

BEGAN = datetime(2026, 12, 1, tzinfo=UTC)
OVER = datetime(2027, 9, 1, tzinfo=UTC)
SHARES = {("whole", "f"): 0.30, ("bland", "f"): 0.20, ("whole", "m"): 0.18, ("bland", "m"): 0.08}
"""Who answers that they quit, by arm and sex: chance gives a difference of 0.10 in both."""

_SEED = bytes(range(32))
_DAY = timedelta(days=1)
_ENDS = ("active", "completed", "opted_out", "lost", "forgotten")


def simulate(database: Database, people: int, seed: int = 7) -> None:
    """Write a trial of some people, whose assessments are over.

    Its arms are drawn from a known seed: of others, one in twenty gives an interval without the
    effect that was put in.
    """
    publish(database, TRIAL)
    with database.write() as session:
        trial = session.query(TrialRow).one()
        trial.seed = _SEED.hex()
        version = session.query(ProgrammeVersion).one().id
        made = _Made(_SEED, json.loads(trial.design), (trial.id, version), seed)
    for number in range(1, people + 1):
        made.add(number)
    write_rows(database, made.rows)
    with database.write() as session:
        session.bulk_insert_mappings(TrialAllocation, made.allocations)


class _Made:
    def __init__(
        self, key: bytes, design: Mapping[str, object], ids: tuple[int, int], seed: int
    ) -> None:
        self._key, self._design = key, design
        self._trial, self._version = ids
        self._draw = random.Random(seed)  # noqa: S311 — a history, no secret
        self._last: dict[str, Slot] = {}
        tables = (Party, Person, Subscription, Message, AskedQuestion)
        self.rows: dict[type, list[dict[str, object]]] = {table: [] for table in tables}
        self.allocations: list[dict[str, object]] = []

    def add(self, number: int) -> None:
        draw, began = self._draw, BEGAN + _DAY * self._draw.random() * 60
        sex = draw.choice("fm")
        stratum = stratum_key(self._key, {"sex": sex})
        at = next_slot(self._key, self._design, stratum, self._last.get(stratum))
        self._last[stratum] = at
        on = local_day(began, "Pacific/Port_Moresby")
        arm = arm_at(self._key, self._design, TrialPlace(stratum, at, on))
        self.rows[Person].append({"id": number, "sex": sex})
        self.allocations.append(
            {
                "id": number, "trial_id": self._trial, "number": number, "stratum": stratum,
                "block": at.block, "slot": at.slot, "arm": arm, "person_id": number,
                "subscription_id": number, "allocated_at": began, "salt": "00",
            }
        )  # fmt: skip
        self.rows[Subscription].append(self._course(number, began, arm))
        if draw.random() < SHARES[arm, sex]:
            self._answer(number, began, "none")
        elif draw.random() < 0.5:
            self._answer(number, began, "daily")

    def _course(self, number: int, began: datetime, arm: str) -> dict[str, object]:
        day = (began + 10 * _DAY).date().isoformat()
        state = self._draw.choice(_ENDS)
        return {
            "id": number, "public_id": UUID(int=number), "person_id": number,
            "programme": "tobacco", "version_id": self._version, "language": "en",
            "cohort": "all", "arm": arm, "state": state, "number_index": b"",
            "zone": "Pacific/Port_Moresby",
            "anchors": {} if state == "forgotten" else {"enrolment": day, "quit": day},
            "turns": {}, "source": "sms", "invited_at": began, "screened_at": began,
            "consented_at": began, "activated_at": began,
            "ended_at": None if state == "active" else began + 50 * _DAY,
        }  # fmt: skip

    def _answer(self, person: int, began: datetime, answer: str) -> None:
        at = began + 40 * _DAY
        self.rows[AskedQuestion].append(
            {
                "id": len(self.rows[AskedQuestion]) + 1, "subscription_id": person,
                "item": "month1", "number_index": b"", "asked_at": at, "closes_at": at + 10 * _DAY,
                "state": "answered", "answer": answer, "answered_at": at,
            }
        )  # fmt: skip
