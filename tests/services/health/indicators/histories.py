"""Random histories of people in a programme, written as rows."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from services.health.indicators.disaggregation import Period
from services.health.versions.store import add_version
from services.storage.models import (
    AskedQuestion,
    Attempt,
    Message,
    Party,
    Person,
    Subscription,
)
from tests.services.health.scene import SMALL
from tests.support.beginnings import begin

if TYPE_CHECKING:
    from services.storage.database import Database

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
CODE = "tobacco"
KINDER = SMALL.replace("success: [none]", "success: [none, some]")
"""A second version, in which some days count as success too."""

_ZONE = ZoneInfo("Pacific/Port_Moresby")
_BEGIN = datetime(2026, 8, 20, tzinfo=UTC)
_PROVINCES = ("Morobe", "Chimbu", "Enga", "Gulf", None)
_ENDS = ("opted_out", "completed", "lost", "ineligible", "forgotten")
_OPEN = ("invited", "screened", "consented", "active", "paused")
_ITEMS = ("uses", "mood-3", "month1", "month1", "stop")
_STATES = (
    "queued", "attempting", "uncertain", "sent", "delivered", "delivered", "delivered",
    "undelivered", "failed", "expired", "suppressed", "cancelled",
)  # fmt: skip


class History:
    """Rows that are drawn from a seed."""

    def __init__(self, seed: int, versions: list[int], people: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 — a history, no secret
        self._phones = random.Random(seed)  # noqa: S311 — as above
        self._versions = versions
        self._asked: set[tuple[int, str, datetime]] = set()
        self.rows: dict[type, list[dict[str, object]]] = defaultdict(list)
        for number in range(1, people + 1):
            self._person(number)

    def _uuid(self) -> UUID:
        return UUID(int=self._draw.getrandbits(128))

    def _moment(self, least: datetime = _BEGIN) -> datetime:
        if self._draw.random() < 0.05:
            # The edges of the period: midnights of Port Moresby.
            edge = self._draw.choice([date(2026, 10, 1), date(2026, 11, 1)])
            here = datetime(edge.year, edge.month, edge.day, tzinfo=_ZONE)
            return here.astimezone(UTC) - timedelta(microseconds=self._draw.choice([0, 1]))
        return least + timedelta(seconds=self._draw.randrange(100 * 86_400))

    def _perhaps(self, chance: float, least: datetime) -> datetime | None:
        return self._moment(least) if self._draw.random() < chance else None

    def _person(self, number: int) -> None:
        draw = self._draw
        self.rows[Party].append({"id": number, "public_id": self._uuid(), "role": "keeper"})
        known = draw.random() < 0.9
        self.rows[Person].append(
            {
                "id": number,
                "province": draw.choice(_PROVINCES) if known else None,
                "sex": draw.choice(["f", "f", "m", None]) if known else None,
                "birth_year": draw.choice([None, 1890, 2040, *range(1950, 2026)])
                if known
                else None,
                "distance": self._phones.choice([None, "near", "day"]),
                "phone_shared": self._phones.choice([None, True, False]),
            }
        )
        invited = self._moment()
        consented = self._perhaps(0.7, invited)
        ended = self._perhaps(0.6, consented or invited)
        state = draw.choice(_ENDS if ended else _OPEN)
        self.rows[Subscription].append(
            {
                "id": number,
                "public_id": self._uuid(),
                "person_id": number,
                "programme": draw.choices([CODE, "other"], [9, 1])[0],
                "version_id": draw.choice(self._versions),
                "language": draw.choice(["en", "tpi"]),
                "cohort": draw.choice(["all", "elderly"]),
                "state": state,
                "reason": draw.choice([None, "too_many", "no_use"]),
                "never_asked": state == "lost" and not consented and number % 3 == 0,
                "number_index": b"",
                "zone": "Pacific/Port_Moresby",
                "anchors": {},
                "turns": {},
                "source": self._phones.choice(["sms", "import", "campaign"]),
                "invited_at": invited,
                "screened_at": consented or self._perhaps(0.5, invited),
                "consented_at": consented,
                "activated_at": consented and self._perhaps(0.9, consented),
                "paused_at": self._moment(invited) if state == "paused" else None,
                "ended_at": ended,
                "capped_at": invited + timedelta(days=3) if number % 7 == 0 else None,
            }
        )
        self._set_quit_date(self.rows[Subscription][-1])
        for _ in range(draw.randrange(6)):
            self._message(number)
        for item in draw.sample(_ITEMS, draw.randrange(5)):
            self._asking(number, item)

    def _set_quit_date(self, row: dict[str, object]) -> None:
        began = row["activated_at"]
        if isinstance(began, datetime):
            # The question after a month comes soon, as the course may have begun late.
            day = began + timedelta(days=self._phones.randrange(-29, -19))
            row["anchors"] = {"quit": day.date().isoformat()}

    def _message(self, person: int, item: str = "tip-1", at: datetime | None = None) -> None:
        draw, number = self._draw, len(self.rows[Message]) + 1
        planned, state = at or self._moment(), draw.choice(_STATES)
        self.rows[Message].append(
            {
                "id": number,
                "public_id": self._uuid(),
                "dedupe_key": number.to_bytes(32, "big"),
                "recipient": "",
                "recipient_index": b"",
                "body": "",
                "purpose": draw.choice(["course", "course", "course", "answer"]),
                "kind": "programme",
                "scope": self.rows[Subscription][person - 1]["programme"],
                "state": state,
                "reason": {"cancelled": "replanned", "suppressed": "stopped"}.get(state),
                "created_at": planned,
                "planned_at": planned,
                "due_at": planned,
                "expires_at": planned,
                "subscription_id": person,
                "version_id": self.rows[Subscription][person - 1]["version_id"],
                "item": item,
                "language": "en",
            }
        )
        for _ in range(draw.randrange(3)):
            self.rows[Attempt].append(
                {
                    "id": len(self.rows[Attempt]) + 1,
                    "public_id": self._uuid(),
                    "message_id": number,
                    "channel": "console",
                    "state": draw.choice(["failed", "sent", "delivered", "uncertain"]),
                    "cost": draw.choice([0, 12, 25, 50]),
                    "started_at": planned + timedelta(minutes=draw.randrange(2_000)),
                }
            )

    def _asking(self, person: int, item: str) -> None:
        draw, asked = self._draw, self._moment()
        state = draw.choice(["open", "answered", "answered", "closed", "dropped"])
        for which in range(draw.choice([1, 1, 2])):
            at = asked + timedelta(days=which)
            # One item is asked once at an instant.
            if (person, item, at) in self._asked:
                continue
            self._asked.add((person, item, at))
            answer = draw.choice(["none", "some", "daily"]) if state == "answered" else None
            self.rows[AskedQuestion].append(
                {
                    "id": len(self.rows[AskedQuestion]) + 1,
                    "subscription_id": person,
                    "item": item,
                    "number_index": b"",
                    "asked_at": at,
                    "closes_at": at + timedelta(days=7),
                    "state": state,
                    "answer": answer,
                    "answered_at": at + timedelta(days=3) if answer else None,
                }
            )
            if draw.random() < 0.7:
                self._message(person, item, at)
            state = draw.choice(["open", "answered", "dropped"])


def add_versions(database: Database) -> list[int]:
    """Store both versions of the programme."""
    with database.write() as session:
        return [add_version(session, text, None, NOW).id for text in (SMALL, KINDER)]


def write_history(database: Database, seed: int, people: int = 250) -> None:
    """Write random histories of people in the two versions of a programme."""

    def act(database: Database) -> None:
        write_rows(database, History(seed, add_versions(database), people).rows)

    begin(database, ("history", seed, people), act)


def write_rows(database: Database, rows: dict[type, list[dict[str, object]]]) -> None:
    with database.write() as session:
        for table in (Party, Person, Subscription, Message, Attempt, AskedQuestion):
            if rows.get(table):
                session.execute(insert(table), rows[table])
