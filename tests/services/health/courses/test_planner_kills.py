"""Plans that change while planners are killed, clocks jump and pauses come and go.

What must be in the outbox is told by a list that is made without any of the program's look-ups: all
texts of the course, one by one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time as clocks
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event

from services.health.courses.plan_changes import change_plan, pause, resume
from services.storage.database import Database
from services.storage.models import Message, Subscription
from services.storage.vault import Vault
from tests.factories import KEY, in_threads
from tests.flow.dispatching import seconds_of, spawn
from tests.services.health.courses.clinic import CONTINUES, DAY, YAML, Clinic, at
from tests.support.environment import KILLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = at(20, 12)
BEGUN, QUIT = date(2026, 11, 20), date(2026, 11, 27)
PACE = 20
"""Kills in the quick run are as many times fewer than those of dispatchers."""


class Text(NamedTuple):
    anchor: str
    day: int
    at: time
    cohort: str | None = None
    assessment: bool = False


TEXTS = {
    "tip1": Text("enrolment", 1, time(9)),
    "tip5": Text("enrolment", 5, time(8)),
    "mother3": Text("enrolment", 3, time(15), "mother"),
    "general3": Text("enrolment", 3, time(15), "general"),
    "check": Text("enrolment", 12, time(11), assessment=True),
    "before": Text("quit", -1, time(18)),
    "day0": Text("quit", 0, time(7, 30)),
    "day2": Text("quit", 2, time(12)),
    "month1": Text("quit", 10, time(10), assessment=True),
    "never": Text("quit", 15, time(10)),
    "feast0": Text("feast", 0, time(12)),
}
FEASTS = [date(2026, 12, 25), date(2027, 12, 25)]


def instant(name: str, on: date) -> datetime:
    return datetime.combine(on, TEXTS[name].at, UTC) - timedelta(hours=10)


def local(now: datetime) -> date:
    return (now + timedelta(hours=10)).date()


class Ledger:
    """One person's plan, as a list of all texts that may ever come."""

    def __init__(self, now: datetime, *, shifts: bool) -> None:
        self.shifts = shifts
        self.anchors = {"enrolment": local(now), "quit": QUIT}
        self.cohort, self.since = "general", now
        self.paused_at: datetime | None = None
        self.extra: dict[str, date] = {}
        self.left_out: dict[str, date] = {}
        self.rows: dict[tuple[str, date], str] = {}
        self.begun = now

    def regular(self, *, bare: bool = False) -> set[tuple[str, date]]:
        last = self.anchors.get("quit", self.anchors["enrolment"]) + 14 * DAY
        found = set()
        for name, text in TEXTS.items():
            own = self.anchors.get(text.anchor)
            bases = FEASTS if text.anchor == "feast" else [own] if own else []
            for base in bases:
                on = base + text.day * DAY
                if on <= last and text.cohort in {None, self.cohort}:
                    found.add((name, on))
        if bare:
            return found
        return {(name, on) for name, on in found if self.left_out.get(name) != on}

    def due(self, since: datetime) -> set[tuple[str, date]]:
        whole = self.regular() | set(self.extra.items())
        return {(name, on) for name, on in whole if instant(name, on) >= since}

    def waiting(self) -> set[tuple[str, date]]:
        return {key for key, state in self.rows.items() if state == "queued"}

    def plan(self, now: datetime) -> None:
        if self.paused_at is None:
            for name, on in self.due(self.since):
                if on <= local(now + DAY) and self.rows.get((name, on), "back") == "back":
                    self.rows[name, on] = "queued"

    def send(self, now: datetime) -> None:
        for key in self.waiting():
            if instant(*key) <= now:
                self.rows[key] = "sent"

    def owed(self) -> dict[str, date]:
        since = self.since if self.paused_at is None else max(self.since, self.paused_at)
        to_come = {key for key in self.due(since) if self.rows.get(key, "back") == "back"}
        found = sorted(to_come | self.waiting(), key=lambda key: (key[1], key in self.waiting()))
        return {name: on for name, on in found if TEXTS[name].assessment}

    def change(self, now: datetime, act: Callable[[], None]) -> None:
        owed, reserved = self.owed(), set(self.extra)
        act()
        now = self.since = now + timedelta(microseconds=now == self.begun)
        self.extra = {}
        to_come = {name for name, _ in self.due(now)}
        for name, on in self.waiting():
            if (name, on) not in self.regular() and (name not in owed or name in to_come):
                self.rows[name, on] = "back"
        there = to_come | {name for name, _ in self.waiting()}
        counts = {name for name, _ in self.regular(bare=True)} | {
            name
            for name, text in TEXTS.items()
            if text.anchor in self.anchors and text.cohort in {None, self.cohort}
        }
        for name, on in owed.items():
            if name in there:
                continue
            base = self.anchors.get(TEXTS[name].anchor)
            its_own = base is not None and base + TEXTS[name].day * DAY == on
            stays = instant(name, on) >= now and (name in reserved or name not in counts or its_own)
            today = local(now) if instant(name, local(now)) >= now else local(now) + DAY
            self.extra[name] = on if stays else today
        self.left_out = {name: on for name, on in self.left_out.items() if on >= local(now)}

    def pause(self, now: datetime) -> None:
        now += timedelta(microseconds=now == self.begun)
        for name, on in self.owed().items():
            missed = (name, on) not in self.waiting() and instant(name, on) < now
            if missed:
                today = local(now) if instant(name, local(now)) >= now else local(now) + DAY
                self.extra[name] = today
        for name, on in self.waiting():
            text = TEXTS[name]
            moves = self.shifts and text.anchor == "enrolment" and instant(name, on) >= now
            if not text.assessment or moves:
                self.rows[name, on] = "back"
        self.paused_at = now

    def resume(self, now: datetime) -> None:
        paused_at = self.paused_at
        moved = local(now) - local(paused_at)

        def act() -> None:
            if self.shifts and moved > timedelta(0):
                that_day = {
                    name
                    for name, on in self.regular(bare=True)
                    if on == local(paused_at) and TEXTS[name].anchor == "enrolment"
                    if self.rows.get((name, on), "back") != "back"
                }
                that_day |= {n for n, on in self.left_out.items() if on == local(paused_at)}
                self.left_out |= dict.fromkeys(that_day, local(now))
                self.anchors["enrolment"] += moved
            self.paused_at = None

        self.change(now, act)


class Killed(BaseException):
    """What a process is that ends in the middle."""


@contextmanager
def killed_at(database: Database, statement: int | None) -> Iterator[None]:
    """Kill whoever works on a database at a statement, counted from 0, or at the commit after."""
    left = iter(range(10_000))

    def strike(*_: object) -> None:
        if next(left) == statement:
            raise Killed

    event.listen(database.engine, "before_cursor_execute", strike)
    event.listen(database.engine, "commit", strike)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", strike)
        event.remove(database.engine, "commit", strike)


class Changing(RuleBasedStateMachine):
    """One person whose plan changes; every act may be killed, and is then done again."""

    shifts = True
    file: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bilum-plan-"))
        shutil.copy(self.file, self.folder / "bilum.db")
        self.database = Database(f"sqlite:///{self.folder}/bilum.db", Vault(KEY))
        self.clinic = Clinic(self.database, YAML if self.shifts else CONTINUES)
        self.now = START
        self.key = self.clinic.enrol(self.now, name="Maria", quit=QUIT.isoformat())
        self.ledger = Ledger(self.now, shifts=self.shifts)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def act(self, kill: int | None, work: Callable[[], object]) -> None:
        """Do some work; where it is killed, nothing has happened, and it is done again."""
        before = self.rows()
        try:
            with killed_at(self.database, kill):
                work()
        except Killed:
            assert self.rows() == before
            work()

    def rows(self) -> dict[tuple[str, date], str]:
        found: dict[tuple[str, date], str] = {}
        for one in self.clinic.messages(self.key):
            key = (one.item, local(one.planned_at))
            assert key not in found
            assert one.planned_at == instant(*key)
            found[key] = "back" if one.reason == "replanned" else one.state
        return found

    kills = st.none() | st.integers(0, 14)
    days = st.integers(-12, 25).map(lambda days: BEGUN + days * DAY)

    @rule(kill=kills)
    def plan(self, kill: int | None) -> None:
        self.act(kill, lambda: self.clinic.chunk(self.now))
        self.clinic.plan(self.now)
        self.ledger.plan(self.now)

    @rule(hours=st.sampled_from([1, 5, 11, 24, 30, 60, 200, -3, -26]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=7)

    @rule()
    def send(self) -> None:
        self.clinic.send(self.now)
        self.ledger.send(self.now)

    @rule(kill=kills, on=days | st.none())
    def set_quit_date(self, kill: int | None, on: date | None) -> None:
        def act() -> None:
            self.ledger.anchors.pop("quit", None)
            self.ledger.anchors |= {"quit": on} if on else {}

        self.act(kill, lambda: self.change(change_plan, anchors={"quit": on}))
        self.ledger.change(self.now, act)

    @rule(kill=kills, cohort=st.sampled_from(["general", "mother"]))
    def move_to_cohort(self, kill: int | None, cohort: str) -> None:
        self.act(kill, lambda: self.change(change_plan, cohort=cohort))
        self.ledger.change(self.now, lambda: setattr(self.ledger, "cohort", cohort))

    @rule(kill=kills)
    def pause_or_resume(self, kill: int | None) -> None:
        if self.ledger.paused_at is None:
            self.act(kill, lambda: self.change(pause))
            self.ledger.pause(self.now)
        else:
            self.act(kill, lambda: self.change(resume))
            self.ledger.resume(self.now)

    def change(self, function: Callable[..., object], **how: object) -> None:
        self.clinic.change(self.key, function, self.now, **how)

    @invariant()
    def outbox_holds_what_is_due(self) -> None:
        assert self.rows() == self.ledger.rows


class Continuing(Changing):
    """The same where the days of a pause go by."""

    shifts = False


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Changing, Continuing], ids=["shift", "continue"])
def test_plans__changed_and_killed_at_any_statement__hold_what_is_due_once(machine, migrated_file):
    machine.file = migrated_file
    case = machine.TestCase
    case.settings = hypothesis_settings(
        max_examples=max(KILLS // 5, 4),
        stateful_step_count=20,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()


@pytest.mark.postgres
def test_plans__two_planners_while_plans_change__each_text_is_there_once(open_database):
    database = open_database("postgresql")
    clinic = Clinic(database)
    keys = [clinic.enrol(START, quit=QUIT.isoformat()) for _ in range(40)]
    dice = random.Random(7)  # noqa: S311 — a sample
    for day in range(12):
        now = START + day * DAY

        def work(now: datetime = now) -> None:
            while clinic.chunk(now, 5):
                pass

        def change(now: datetime = now) -> None:
            for key in dice.sample(keys, 8):
                moved = QUIT + dice.randrange(3) * DAY
                clinic.change(key, change_plan, now, anchors={"quit": moved})

        in_threads(work, work, change)
        clinic.plan(now)
        clinic.send(now)
    for key in keys:
        quit_on = date.fromisoformat(clinic.row(key).anchors["quit"])
        live = Counter(one.item for one in clinic.messages(key) if one.state in {"queued", "sent"})
        assert live["tip1"] == live["general3"] == live["tip5"] == live["check"] == 1
        waiting = {on for item, on in clinic.waiting(key) if item == "day2"}
        assert waiting <= {instant("day2", quit_on + 2 * DAY)}


def plan_in_a_process(url: str, now: datetime, ready: Callable[[], object]) -> None:
    database = Database(url, Vault(KEY))
    with database.read() as session:
        session.get(Message, 0)
        session.get(Subscription, 0)
    clinic = Clinic.__new__(Clinic)
    clinic.database = database
    ready()
    while clinic.chunk(now, 5):
        pass
    database.close()


def kill_again_and_again(url: str, kills: int) -> None:
    database = Database(url, Vault(KEY))
    database.upgrade()
    clinic = Clinic(database)
    keys = [clinic.enrol(START, name="Maria", quit=QUIT.isoformat()) for _ in range(60)]
    database.close()
    dice, now, killed = random.SystemRandom(), START, 0
    whole = seconds_of(lambda ready: plan_in_a_process(url, START, ready))
    while killed < kills:
        now += DAY / 4
        child = spawn(lambda ready, now=now: plan_in_a_process(url, now, ready))
        clocks.sleep(dice.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    clinic.plan(START + 40 * DAY)
    wanted = Counter({"tip1", "general3", "tip5", "before", "day0", "day2", "check", "month1"})
    for key in keys:
        assert Counter(one.item for one in clinic.messages(key)) == wanted
    assert Counter(clinic.askings()) == {("check", "open"): 60, ("month1", "open"): 60}
    database.close()


@pytest.mark.slow
def test_planner__killed_at_random_on_sqlite__plans_each_text_once(tmp_path):
    file = tmp_path / "bilum.db"
    file.touch()
    kill_again_and_again(f"sqlite:///{file}", max(KILLS // PACE, 1))


@pytest.mark.postgres
def test_planner__killed_at_random_on_postgresql__plans_each_text_once(migrated_url):
    kill_again_and_again(migrated_url, max(KILLS // PACE, 1))
