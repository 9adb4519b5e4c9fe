"""The thief with the database file and without its key: is anybody's course joined to their name?

A household with pigs joins a course, answers, is in danger, gets its texts and leaves; another does
the same at other times. From the rows of the household no way may lead to a row that names a
programme, a course, an answer or a concern.
"""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from services.cli.demo_stage import Stage
from services.core.roles import Role
from services.health.care.concerns import ANYWHERE, set_clinicians
from services.runtime.workers import keep_time
from services.storage.models import Attempt, Contact, Message, Party
from sms.consent import is_programme
from sms.message import AttemptState, DeliveryReport, FailureClass
from tests.flow.conftest import Calendar
from tests.flow.courses import NURSE, ZONE, publish
from tests.services.health.campaigns.town import Town
from tests.threats.thief import Loot, Row, Tie

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

# Three households live for days: eleven seconds, before the first row is looked at.
pytestmark = pytest.mark.slow

MARIA, PETER, JOHN = "+67570000031", "+67570000032", "+67570000033"
CHIEF = "+67570000930"
SECRET = "a-secret-of-the-operator"
NOON = 12
PIGS = {MARIA: "598000000000017", PETER: "598000000000025", JOHN: "598000000000033"}
_PLACES = {MARIA: "Kudjip, Jiwaka", PETER: "Goroka, Eastern Highlands", JOHN: "Tari, Hela"}
_COURSE = ("QUIT", "2", "1", "34", "YES", "Mary", "1", "3", "Jiwaka", "1", "5", "9 Dec")
_TABLES = {"subscription", "asking", "concern", "subscription_change", "listed"}


class Village:
    """Households on one deployment, each doing everything at an instant of its own."""

    def __init__(self, stage: Stage, clock: Calendar) -> None:
        self.stage = stage
        self._clock = clock
        self._turn = 0
        self.town = Town(stage.runtime.database)
        self.parties: dict[str, int] = {}
        self.tokens: dict[Role, str] = {}

    def wait(self, **time: float) -> None:
        self._turn += 1
        micros = 1_000 + 7_919 * self._turn % 990_000
        self._clock.now = (self._clock.now + timedelta(**time)).replace(microsecond=micros)

    def says(self, number: str, text: str) -> str:
        self.wait(minutes=3, seconds=17)
        return self.stage.send(number, text)

    def live(self, number: str) -> None:
        """Keep pigs, join a course, be in it for days, be in danger, and leave it."""
        self.says(number, "ENGLISH")
        self.says(number, f"PLACE {_PLACES[number]}")
        assert "(this is your receipt)" in self.says(number, f"REG {PIGS[number]}")
        self.parties[number] = self._party(number)
        said = [self.says(number, text) for text in _COURSE]
        assert "quit date" in said[-2], said
        self.pass_days(2)
        self.says(number, f"SICK {PIGS[number]}")
        self.says(number, "1")
        self.dial(number, "Health", "Crave")
        self.dial(number, "Health", "Call me")
        self.says(number, "I have chest pain")
        self.says(number, "CALL ME")
        self.says(number, "so what do i do with this")
        self.steal(number)
        self.is_cared_for(number)
        self.hear_of_campaigns()
        self.phone_is_dead(number)
        self.pass_days(1)
        assert self.says(number, "STOP")
        self.says(number, "2")
        self.says(number, "STOP ALL")

    def pass_days(self, days: int) -> None:
        for hour in range(24 * days):
            self.wait(hours=1)
            self.stage.keep()
            if hour % 6 == 0:
                keep_time(self.stage.runtime)

    def dial(self, number: str, *labels: str) -> None:
        """Go to a line of the menus by its first words."""
        self._turn += 1
        form = {"sessionId": f"ATUid_{self._turn:032x}", "phoneNumber": number, "text": "00"}
        screen = self._screen(form)
        for label in labels:
            key = next(one.split()[0] for one in screen.splitlines() if one.endswith(f" {label}"))
            form["text"] = f"{form['text']}*{key}".strip("*")
            screen = self._screen(form)

    def _screen(self, form: Mapping[str, str]) -> str:
        self.wait(seconds=11)
        address = f"/gateway/ussd/africastalking?secret={SECRET}"
        with self.stage._client.post(address, data=form) as answer:
            assert answer.status_code == HTTPStatus.OK, answer.text
            return answer.text

    def is_cared_for(self, number: str) -> None:
        """Let a clinician and an administrator read about the household."""
        self.wait(minutes=7)
        nurse, chief = (self.tokens[role] for role in (Role.CLINICIAN, Role.ADMINISTRATOR))
        found = self.stage.call(nurse, "POST", "/api/v1/subscriptions/search", {"phone": number})
        self.wait(minutes=1)
        self.stage.call(nurse, "GET", f"/api/v1/subscriptions/{found['items'][0]['id']}")
        for path in ("concerns", "inbox"):
            self.wait(minutes=1)
            self.stage.call(nurse, "GET", f"/api/v1/{path}")
        self.wait(minutes=1)
        texts = self.stage.call(chief, "POST", "/api/v1/messages/search", {"to": number})
        for one in texts["messages"][:3]:
            self.wait(minutes=1)
            self.stage.call(chief, "GET", f"/api/v1/messages/{one['id']}")

    def steal(self, number: str) -> None:
        """Copy the file while what is kept for a day or an hour is in it."""
        target = sqlite3.connect(self.stage.folder / f"{number}.db")
        with closing(sqlite3.connect(self.stage.folder / "bilum.db")) as file, closing(target):
            file.backup(target)

    def hear_of_campaigns(self) -> None:
        """Let a ministry text everybody, and the members of the course; days pass meanwhile."""
        for audience in ({}, {"programme": "tobacco"}):
            while self._clock.now.astimezone(ZONE).hour != NOON:
                self.wait(hours=1)
            self.town.now = self._clock.now
            self.town.approved(audience=audience)
            self.town.run(minutes=3)
            self.wait(minutes=4)
            self.stage.keep()

    def phone_is_dead(self, number: str) -> None:
        """Let a carrier say of a text of the course that the number is dead; then it writes."""
        self.wait(minutes=5)
        store, database = self.stage.runtime.dispatch_store, self.stage.runtime.database
        with database.read() as session:
            attempt = session.scalars(
                select(Attempt.public_id)
                .join(Message, Message.id == Attempt.message_id)
                .where(self.stage._is_to(number), Message.purpose == "course")
                .order_by(Attempt.id.desc())
            ).first()
            assert attempt is not None
        dead = FailureClass.DEAD_NUMBER
        report = DeliveryReport("console", attempt, None, AttemptState.UNDELIVERED, dead, "x")
        assert store.report(report, self._clock.now)

    def forget(self, number: str) -> None:
        asked = self.says(number, "FORGET")
        self.says(number, re.findall(r"\d{6}", asked)[0])
        self.wait(hours=73)
        for _ in range(2):
            keep_time(self.stage.runtime)
            self.stage.keep()
            self.wait(minutes=2)

    def _party(self, number: str) -> int:
        database = self.stage.runtime.database
        with database.read() as session:
            mine = Contact.number_index == database.vault.index(number)
            return session.scalars(select(Contact.party_id).where(mine)).one()


@pytest.fixture(scope="module")
def village(tmp_path_factory, migrated_folder) -> Iterator[tuple[Village, Collection[Row]]]:
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("stolen") / "data")
    clock = Calendar()
    stage = Stage(folder, io.StringIO(), {"BILUM_USSD_SECRET": SECRET}, clock)
    publish(stage, "tobacco")
    lived = Village(stage, clock)
    roles = {NURSE: Role.CLINICIAN, CHIEF: Role.ADMINISTRATOR}
    lived.tokens = {role: stage.token(number, role) for number, role in roles.items()}
    with stage.runtime.database.write() as session:
        nurse = session.scalars(select(Party).where(Party.role == Role.CLINICIAN)).one()
        set_clinicians(session, "tobacco", {ANYWHERE: nurse.public_id})
    public = frozenset(Loot(folder / "bilum.db").rows)
    for number in (MARIA, PETER, JOHN):
        lived.live(number)
    lived.forget(JOHN)
    yield lived, public
    stage.runtime.close()


def household(loot: Loot, party: int) -> list[Row]:
    """Return the rows of a household: its party, and its phones and places."""
    owned = {"contact": "party_id", "premises": "keeper_id"}
    theirs = [
        row
        for row, values in loot.rows.items()
        if row.table in owned and values[owned[row.table]] == party
    ]
    return [Row("party", (party,)), *theirs]


def names_health(row: Row, values: Mapping[str, Any]) -> bool:
    """Tell whether a row names a programme, a course, an answer or a concern."""
    if row.table in _TABLES:
        return True
    if row.table == "task":
        return values["service"] == "health"
    if row.table == "message":
        return any(values[name] for name in ("scope", "subscription_id", "version_id", "item"))
    if row.table == "consent":
        return is_programme(values["scope"])
    if row.table == "envelope":
        return values["outcome"].partition(".")[0] in {"programme", "tobacco"}
    return row.table == "answer_count" and bool(values["dangers"])


def told(way: list[Tie]) -> str:
    return ", ".join(map(str, way))


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "at_once"])
@pytest.mark.parametrize("number", [MARIA, PETER, JOHN])
def test_no_way_leads_from_a_household_to_its_course(village, number, at_once):
    lived, public = village
    loot = Loot(lived.stage.folder / f"{number if at_once else 'bilum'}.db", public)
    begin = household(loot, lived.parties[number])
    ways = sorted({told(way) for way in loot.paths(begin, names_health)})
    assert not ways, "\n".join(["the thief found", *ways])


def test_the_thief_finds_what_is_tied(village):
    """The household's pig is found, and from a course its texts, or the search would be blind."""
    lived, public = village
    loot = Loot(lived.stage.folder / "bilum.db", public)
    begin = household(loot, lived.parties[MARIA])
    assert loot.path(begin, lambda row, _: row.table == "animal")
    courses = [row for row in loot.rows if row.table == "subscription"]
    assert len(courses) == len(PIGS)
    texts = [values for row, values in loot.rows.items() if row.table == "message"]
    assert {one["purpose"] for one in texts} >= {"course", "campaign", "reply", "concern"}
    assert {values["service"] for row, values in loot.rows.items() if row.table == "task"} >= {
        "health",
        "livestock",
    }
    for table in ("asking", "concern", "message", "envelope", "consent", "task"):
        assert loot.path(courses, lambda row, _, table=table: row.table == table), table
