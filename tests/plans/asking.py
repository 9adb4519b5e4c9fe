"""Everything that people, devices and the clock ask of the program, once each."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from bench import console
from bench._country import NOW
from bench._visits import Visitor, _values
from bench.sms import AtOnce
from chain.errors import TreeDamaged
from gateway.envelope import Envelope
from gateway.intake import receive
from services.api.tokens import create_token
from services.core.roles import Role
from services.livestock.control.census_asking import keep_censuses
from services.livestock.control.census_results import census_figures
from services.livestock.control.censuses import (
    CensusDraft,
    draft_census,
    list_censuses,
    open_census,
)
from services.livestock.control.evening_messages import Evening
from services.livestock.control.notices import Officer
from services.livestock.domain.census import CensusArea
from services.livestock.domain.model import Act, Origin
from services.runtime.app import create_app
from services.runtime.workers import keep_courses, keep_time, make_lost_texts, make_reconciler
from services.storage.locks import one_writer
from services.storage.models import Party, PendingErasure
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.dispatch import Dispatcher
from tests.services.health.scene import Course
from tests.services.livestock.table import every_text
from tests.services.scene import event
from tests.services.village.box import set_up_box
from tests.services.world import Clock, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask import Flask
    from sqlalchemy.orm import Session

    from services.runtime.container import Runtime

FARMER, BUYER, OFFICER, NURSE = (f"+67571{number:06}" for number in range(4))
_ROLES = (
    *(Role.KEEPER, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR),
    *(Role.PLANNER, Role.CLINICIAN),
)
_AREA, _LAST = CensusArea("Jiwaka", None), NOW.date() + timedelta(days=20)
_VALUE = re.compile(r"<(?:\w+:)?(\w+)>")
_TAG = "598000000000077"
_FOUND = {"name": "twilio", "operator": "digicel", "device_id": "1", "path": "x", "step": "text"}
_DAYS = "from=2026-11-01&to=2026-11-25"
_MORE = {
    "/api/v1/accesses": ("?reader={party_id}", "?subject={party_id}"),
    "/api/v1/animals": ("?at=premises:7", "?kind=mob"),
    "/api/v1/events": (
        *("?type=death", f"?animal={_TAG}", "?premises=premises:7"),
        "?since=2026-11-20&until=2026-11-25",
    ),
    "/api/v1/flags": ("?code=two_places", "?undecided=true"),
    "/api/v1/icar/movements": ("?meta-modified-from=2026-11-01T00:00:00Z",),
    "/api/v1/movements": (
        *(f"?animal={_TAG}", "?premises=premises:7", "?overdue_days=3", "?since=2026-11-20"),
    ),
    "/api/v1/orders": ("?on=2026-11-25",),
    "/api/v1/parties": ("?role=keeper",),
    "/api/v1/permits": ("?state=issued", "?province=Jiwaka"),
    "/api/v1/premises": ("?kind=abattoir", "?province=Jiwaka"),
    "/api/v1/subscriptions": ("?programme=tobacco", "?state=active", "?province=Jiwaka"),
    "/api/v1/concerns": ("?handled=true",),
    "/api/v1/inbox": ("?service=livestock", "?since=2026-11-01"),
    "/api/v1/tasks": ("?ended=true", "?mine=true", "?late=true"),
    "/api/v1/tokens": ("?good=true",),
    "/api/v1/woah/six-monthly": ("?period=2026-H2",),
}
"""Filters of lists, by their addresses."""


@dataclass
class Country:
    """The program on a country, and everybody who asks something of it."""

    runtime: Runtime

    def ask_everything(self) -> None:
        """Ask it all, once."""
        app = create_app(self.runtime)
        self.send_texts()
        self.ask_pages()
        self.ask_api(app)
        self.report(app)
        self.sync_box(app)
        self.take_course()
        self.pass_time()
        self.count_pigs()

    def send_texts(self) -> None:
        """Send a text of each command, from a keeper and from an officer."""
        self._say("PLACE Kudjip, Jiwaka", FARMER)
        self._say("PLACE Goroka, EHP", BUYER)
        with self.runtime.database.write() as session:
            officer = party_of(Unit(session, self.runtime.database.vault), OFFICER)
            officer.role, officer.province = Role.VETERINARY_OFFICER.value, "Jiwaka"
        said = {text.split()[0].casefold(): text for text in every_text() if text.split()}
        for text in [*said.values(), f"REG {_TAG}", f"OK {_TAG}", f"MOVE {_TAG} 70000003", "ME"]:
            for sender in (FARMER, OFFICER):
                self._say(text, sender)

    def ask_pages(self) -> None:
        """Open every page of the console that somebody may open."""
        found, _ = console.measured(self.runtime)
        assert len({one.page for one in found}) > 100, "hardly a page was opened"

    def ask_api(self, app: Flask) -> None:
        """Ask each resource of the API, in every role; and what a machine looks at."""
        for role in _ROLES:
            with self.runtime.database.write() as session:
                party = Party(public_id=uuid4(), role=role, language="en", province="Jiwaka")
                session.add(party)
                session.flush()
                secret, key = create_token(session, role, NOW, party_id=party.id), party.id
            values = _values(self.runtime, Visitor(role, key))
            client = app.test_client()
            for path in _paths(app, values):
                answer = client.get(path, headers={"Authorization": f"Bearer {secret}"})
                assert answer.status_code < 500, (path, answer.text)
        for path in ("/health", "/ready", "/metrics"):
            app.test_client().get(path)

    def report(self, app: Flask) -> None:
        """Report events of every ordinary kind in one request."""
        with self.runtime.database.write() as session:
            secret = create_token(session, Role.ADMINISTRATOR, NOW)
        at = "premises:7"
        told = [
            event("register", "598000000900001", at=at),
            event("depart", "598000000900001", at=at, other="premises:8"),
            event("arrive", "598000000900001", at="premises:8", other=at),
            event("death", "598000000900001", at="premises:8"),
        ]
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid4())}
        done = app.test_client().post("/api/v1/events", json={"events": told}, headers=headers)
        assert done.status_code == 201, done.text

    def sync_box(self, app: Flask) -> None:
        """Let a village box bring two texts, and then nothing."""
        world = World(replace(self.runtime, clock=Clock(NOW)), app)
        box = set_up_box(world)
        box.sync(box.sms("REG 598000000900002", at=box.now), box.sms("HELP", at=box.now))
        box.sync()

    def take_course(self) -> None:
        """Let somebody go through the intake of a programme."""
        course = Course(self.runtime.database, NOW, NURSE, self.runtime.conversation)
        course.say("QUIT", "1", "yes", "Maria", "2", "5 Dec")
        course.say("STOP")

    def pass_time(self) -> None:
        """Let the clock, the planner, the dispatcher and the recorder do what is due."""
        database, later = self.runtime.database, NOW + timedelta(hours=8)
        with database.write() as session:
            who = party_of(Unit(session, database.vault), BUYER)
            session.add(PendingErasure(party_id=who.id, number=BUYER, due_at=NOW))
        runtime, carriers = replace(self.runtime, clock=lambda: later), {"console": AtOnce()}
        keep_time(runtime, Evening())
        keep_courses(runtime)
        dispatcher = Dispatcher(
            store=runtime.dispatch_store, carriers=carriers, clock=runtime.clock, worker="test"
        )
        for _ in range(3):
            dispatcher.step()
        dispatcher.close()
        make_reconciler(runtime, carriers).step()
        make_lost_texts(runtime).fetch({})
        store = self.runtime.recorder_store
        # The tree of such a country is made of chance: it is looked at, and found damaged.
        with suppress(TreeDamaged), store.together():
            store.make_batch(100)
        list(store.open_batches())
        store.size(), store.pending(), store.pending(100), store.all_recorded()

    def count_pigs(self) -> None:
        """Let a census be drafted and opened, and do what it has due until it is over."""
        database, asked = self.runtime.database, CensusDraft(_AREA, NOW.date(), _LAST)
        with database.write() as session:
            draft_census(session, asked, _officer(session), 25, partial(one_writer, session))
        with database.write() as session:
            (row,) = list_censuses(session)
            open_census(session, row.number, _officer(session), 25, partial(one_writer, session))
        for days in (0, 7, 14, 15):
            keep_censuses(database, NOW + timedelta(days=days), 7)
        with database.read() as session:
            (row,) = list_censuses(session)
            assert row.listed_at is not None
            census_figures(session, row)
        keep_censuses(database, NOW + timedelta(days=30), 7)

    def _say(self, text: str, sender: str) -> None:
        envelope = Envelope("twilio-sms", uuid4().hex, sender, text, NOW)
        receive(envelope, self.runtime.units, self.runtime.conversation.answer)


def _officer(session: Session) -> Officer:
    """Return a new officer about to act."""
    party = Party(public_id=uuid4(), role=Role.VETERINARY_OFFICER, language="en")
    session.add(party)
    session.flush()
    act = Act(uuid4(), NOW.date(), Origin("test", party.public_id, NOW))
    return Officer(party.id, act)


def _paths(app: Flask, values: dict[str, Sequence[str]]) -> Iterator[str]:
    known = {name: told[0] for name, told in values.items() if told} | _FOUND
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1") or "GET" not in (rule.methods or ()):
            continue
        more = ("?" + _DAYS,) if "/traces" in rule.rule else _MORE.get(rule.rule, ())
        for ending in ("", *more):
            path = _VALUE.sub(lambda found: _value(found[0], found[1], known), rule.rule)
            yield path + ending.format(**known)


def _value(whole: str, name: str, known: dict[str, str]) -> str:
    """Return a value of a place in an address; where none is known, of what is not there."""
    return known.get(name) or (str(uuid4()) if whole.startswith("<uuid:") else "premises:7")
