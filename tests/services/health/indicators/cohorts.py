"""Some hundred people who began a course, with every way to go on: rows drawn from a seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from services.health.versions.store import add_version
from services.storage.models import AskedQuestion, Message, Party, Person, Subscription
from tests.services.health.indicators.histories import write_rows
from tests.services.health.scene import SMALL

if TYPE_CHECKING:
    from services.storage.database import Database

NOW = datetime(2027, 2, 1, 3, tzinfo=UTC)
_SINCE = """
questions:
  - id: since
    text:
      en: "Since your day, how many? 1 none 2 up to 5 3 more"
      tpi: "Bihain long de, hamas? 1 nogat 2 inap 5 3 planti"
    ask: {expect: choice, options: {1: {code: none}, 2: {code: few}, 3: {code: more}}}
words:"""
_BASELINE = """  - id: baseline_abstinent
    text:
      en: "The last 7 days? 1 none 2 some days 3 daily"
      tpi: "7 de i go pinis? 1 nogat 2 sampela 3 olgeta de"
    ask: {expect: choice, options: {1: {code: none}, 2: {code: some}, 3: {code: daily}}}
  - id: when"""
_MONTH6 = """      - id: month6
        day: 180
        at: "10:00"
        late: send
        assessment: true
        text:
          en: "Half a year. The last 7 days? 1 none 2 some days 3 daily"
          tpi: "Hap yia. 7 de i go pinis? 1 nogat 2 sampela 3 olgeta de"
        ask:
          expect: choice
          options: {1: {code: none}, 2: {code: some}, 3: {code: daily}}
          close_days: 9
          answers: [{if: [none], do: [{ask: since}]}]
  - id: relapse"""
_OUTCOMES = """assessments: [month1, month6], success: [none]}
  - code: continuous
    label: {en: at most 5 since the day, tpi: i no winim 5}
    assessments: [since]
    success: [none, few]
"""
HALF_A_YEAR = (
    SMALL.replace("\nwords:", _SINCE)
    .replace("  - id: when", _BASELINE)
    .replace("  - id: relapse", _MONTH6)
    .replace("assessments: [month1], success: [none]}\n", _OUTCOMES)
    .replace("day: 45}", "day: 200}")
)
"""The small programme with a question at the start, one after half a year, and what follows it."""

_ZONES = ("Pacific/Port_Moresby", "Pacific/Bougainville")
_DAY = timedelta(days=1)
_ENDS = ("active", "active", "completed", "opted_out", "opted_out", "lost", "ended", "forgotten")
_ANSWERS = {
    "baseline_abstinent": ("daily", "some", "none"),
    "month1": ("none", "none", "some", "daily"),
    "month6": ("none", "some", "daily"),
    "since": ("none", "few", "more"),
}


def write_cohort(database: Database, seed: int, people: int = 300) -> None:
    """Write people who joined in the first half of 2026, and what became of them."""
    with database.write() as session:
        version = add_version(session, HALF_A_YEAR, None, NOW).id
    write_rows(database, _Cohort(seed, version, people).rows)


class _Cohort:
    def __init__(self, seed: int, version: int, people: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 — a history, no secret
        self._version = version
        tables = (Party, Person, Subscription, Message, AskedQuestion)
        self.rows: dict[type, list[dict[str, object]]] = {table: [] for table in tables}
        for number in range(1, people + 1):
            self._person(number)

    def _uuid(self) -> UUID:
        return UUID(int=self._draw.getrandbits(128))

    def _person(self, number: int) -> None:
        draw = self._draw
        self.rows[Party].append({"id": number, "public_id": self._uuid(), "role": "keeper"})
        self.rows[Person].append(
            {
                "id": number,
                "province": draw.choice(["Morobe", "Enga", None]),
                "sex": draw.choice(["f", "m"]),
                "distance": draw.choice(["near", "day", None]),
                "phone_shared": draw.choice([True, False, None]),
            }
        )
        began = datetime(2026, 1, 1, tzinfo=UTC) + _DAY * draw.random() * 180
        self.rows[Subscription].append(self._course(number, began))
        for item in _ANSWERS:
            self._asked(number, item, began)
        for _ in range(draw.randrange(4)):
            self._message(number, began + _DAY * draw.randrange(200))

    def _course(self, number: int, began: datetime) -> dict[str, object]:
        draw, zone = self._draw, self._draw.choice(_ZONES)
        state = draw.choice(_ENDS)
        anchors, first = self._dates(began.astimezone(ZoneInfo(zone)).date())
        if state == "forgotten":
            anchors, first = {}, None
        over = state != "active"
        return {
            "id": number,
            "public_id": self._uuid(),
            "person_id": number,
            "programme": "tobacco",
            "version_id": self._version,
            "language": "en",
            "cohort": "all",
            "state": state,
            "reason": {"ended": draw.choice(["death", "moved"]), "opted_out": "no_use"}.get(state),
            "number_index": b"",
            "zone": zone,
            "anchors": anchors,
            "first_dates": first,
            "turns": {"crave": 1} if draw.random() < 0.2 else {},
            "source": draw.choice(["sms", "import", "campaign"]),
            "invited_at": began - _DAY,
            "screened_at": began,
            "consented_at": began,
            "activated_at": began if draw.random() < 0.9 else None,
            "ended_at": began + _DAY * draw.random() * 220 if over else None,
        }

    def _dates(self, began: date) -> tuple[dict[str, str], dict[str, str] | None]:
        """The dates of a person: one in ten has none, two have moved it, one has given it up."""
        day, kind = began + _DAY * self._draw.randint(2, 28), self._draw.randrange(10)
        dates = {"enrolment": began.isoformat(), "quit": day.isoformat()}
        first = {"quit": day.isoformat()}
        if kind == 0:
            return {"enrolment": began.isoformat()}, None
        if kind in {1, 2}:
            moved = (day + _DAY * self._draw.randint(0, 40)).isoformat()
            return dates | {"quit": moved}, first
        if kind == 3:
            return {"enrolment": began.isoformat()}, first
        return dates, None

    def _asked(self, person: int, item: str, began: datetime) -> None:
        draw = self._draw
        for again in range(draw.choice([0, 1, 1, 2])):
            state = draw.choice(["answered", "answered", "closed", "dropped"])
            at = began + _DAY * (10 * again + draw.random())
            answer = draw.choice(_ANSWERS[item]) if state == "answered" else None
            self.rows[AskedQuestion].append(
                {
                    "id": len(self.rows[AskedQuestion]) + 1,
                    "subscription_id": person,
                    "item": item,
                    "number_index": b"",
                    "asked_at": at,
                    "closes_at": at + 7 * _DAY,
                    "state": state,
                    "answer": answer,
                    "answered_at": at + _DAY if answer else None,
                }
            )

    def _message(self, person: int, at: datetime) -> None:
        number = len(self.rows[Message]) + 1
        self.rows[Message].append(
            {
                "id": number,
                "public_id": self._uuid(),
                "dedupe_key": number.to_bytes(32, "big"),
                "recipient": "",
                "recipient_index": b"",
                "body": "",
                "purpose": "course",
                "kind": "programme",
                "scope": "tobacco",
                "state": self._draw.choice(["delivered", "sent"]),
                **dict.fromkeys(("created_at", "planned_at", "due_at", "expires_at"), at),
                "subscription_id": person,
                "version_id": self._version,
                "item": "tip-1",
                "language": "en",
            }
        )
