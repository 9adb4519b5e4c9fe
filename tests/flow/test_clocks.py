"""Hosts whose clocks are an hour apart, or are set while they work, on one PostgreSQL.

What goes by a clock goes by the database's: no text twice, none kept back, none in doubt.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from services.api.tokens import create_token, find_holder
from services.console.sessions import begin_session, is_over
from services.core.clock import SharedClock, utc_now
from services.core.errors import ClocksContradict, NotInPlace
from services.core.roles import Role
from services.core.settings import Settings
from services.doctor.checks import CHECKS
from services.runtime.container import Runtime
from services.runtime.workers import keep_courses, keep_time, make_dispatcher, make_reconciler
from services.storage.models import Attempt, Channel, Message, Party, Token
from services.storage.server_time import read_ahead
from sms.admission import PRIORITIES
from sms.message import Kind
from tests.factories import KEY
from tests.fakes.carriers import CountingCarrier
from tests.flow.dispatching import SETTINGS
from tests.flow.hosts import Fleet, WatchedCarrier, fleet
from tests.services.world import SECRET, on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.world import World

pytestmark = pytest.mark.postgres

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
JUMPS, EACH, STEPS = 12, 20, 200


@dataclass
class Host:
    """A host of the installation, whose own clock is wrong by some time that may change."""

    url: str
    folder: str
    wrong: timedelta
    opened: list[Runtime] = field(default_factory=list)

    def own(self):
        return utc_now() + self.wrong

    def runtime(self) -> Runtime:
        if not self.opened:
            environ = {"BILUM_DATABASE_URL": self.url, "BILUM_DATA_KEY": KEY.hex()}
            environ |= {"BILUM_DATA_DIR": self.folder, "BILUM_TWILIO_AUTH_TOKEN": SECRET}
            settings = replace(Settings.from_env(environ), sms=SETTINGS)
            self.opened.append(Runtime.open(settings, SharedClock(self.own)))
        return self.opened[0]

    def send(self, carrier: CountingCarrier) -> None:
        with closing(make_dispatcher(self.runtime(), {"counting": carrier})) as worker:
            worker.drain()

    def world(self) -> World:
        return on(self.runtime())


@pytest.fixture
def hosts(migrated_url, tmp_path) -> Iterator[tuple[Host, Host]]:
    """One an hour ahead, one an hour behind."""
    both = tuple(Host(migrated_url, str(tmp_path), wrong) for wrong in (HOUR, -HOUR))
    yield both
    for host in both:
        for runtime in host.opened:
            runtime.close()


def ask(runtime: Runtime):
    """Ask the database itself for its time."""
    with runtime.database.read() as session:
        return session.scalar(text("SELECT clock_timestamp()"))


def test_clocks__hosts_two_hours_apart__tell_the_databases_time(hosts):
    at = ask(hosts[0].runtime())
    told = [host.runtime().clock() for host in hosts]
    assert all(abs(one - at) < 5 * MOMENT for one in told), told
    assert [round(host.runtime().ahead / HOUR) for host in hosts] == [1, -1]


def test_clocks__host_is_set_while_it_works__is_asked_anew_by_the_next_connection(hosts):
    runtime = hosts[0].runtime()
    before = runtime.clock()
    hosts[0].wrong = -9 * HOUR
    assert runtime.clock() - before < MOMENT
    ask(runtime)
    assert not runtime.clock.is_due
    assert round(runtime.ahead / HOUR) == -9


def test_clocks__server_is_set__a_new_connection_tells_it(hosts):
    """As after a fail-over to a machine whose clock is another."""
    runtime = hosts[0].runtime()
    begun = runtime.clock.begin()
    runtime.clock.told(utc_now() + 5 * HOUR, begun)
    runtime.database.close()
    ask(runtime)
    assert abs(runtime.clock() - utc_now()) < 5 * MOMENT


def test_clocks__server_is_away__the_hosts_own_is_believed(tmp_path):
    host = Host("postgresql+psycopg://nobody@127.0.0.1:1/none", str(tmp_path), HOUR)
    with closing(host.runtime()) as runtime:
        assert abs(runtime.clock() - host.own()) < 5 * MOMENT


@pytest.mark.parametrize("first", [0, 1], ids=["taken by the one ahead", "by the one behind"])
def test_answer__taken_by_one_host__is_sent_at_once_by_the_other(hosts, first):
    carrier = CountingCarrier()
    assert hosts[first].world().sms("HELP").status_code == 200
    hosts[1 - first].send(carrier)
    assert sum(carrier.received.values()) == 1
    hosts[first].send(carrier)
    assert sum(carrier.received.values()) == 1


def tell(runtime: Runtime, ahead: timedelta) -> None:
    """Let the server's clock be ahead by some time, as far as this host knows."""
    runtime.clock.told(utc_now() + ahead, runtime.clock.begin())


def test_answers__queued_before_the_servers_clock_was_set_back__go_within_a_minute(hosts):
    host, carrier = hosts[0], CountingCarrier()
    ask(host.runtime())
    tell(host.runtime(), HOUR)
    host.world().sms("HELP")
    with host.runtime().database.write() as session:
        session.add(Channel(name="counting", paced_until=utc_now() + HOUR))
        due = session.scalars(select(Message.due_at)).one()
    tell(host.runtime(), timedelta())
    host.send(carrier)
    assert not carrier.received
    assert host.runtime().clock.was_set_back
    for _ in range(2):
        keep_time(host.runtime())
        assert not host.runtime().clock.was_set_back
    host.send(carrier)
    assert sum(carrier.received.values()) == 1
    with host.runtime().database.read() as session:
        assert session.scalars(select(Channel.paced_until)).one() <= host.runtime().clock()
        assert session.scalars(select(Message.due_at)).one() < due


def test_texts__of_an_hour_of_the_day__keep_it_when_the_servers_clock_is_set_back(hosts):
    runtime = hosts[0].runtime()
    ask(runtime)
    tell(runtime, HOUR)
    hosts[0].world().sms("HELP")
    with runtime.database.write() as session:
        row = session.scalars(select(Message)).one()
        row.kind, row.priority = Kind.SERVICE.value, PRIORITIES[Kind.SERVICE]
        due = row.due_at
    tell(runtime, timedelta())
    keep_time(runtime)
    with runtime.database.read() as session:
        assert session.scalars(select(Message.due_at)).one() == due


@pytest.mark.parametrize("first", [0, 1], ids=["made by the one ahead", "by the one behind"])
def test_session_and_token__made_by_one_host__are_good_at_the_other(hosts, first):
    here, there = hosts[first].runtime(), hosts[1 - first].runtime()
    with here.database.write() as session:
        party = Party(public_id=uuid4(), role=Role.VETERINARY_OFFICER.value)
        session.add(party)
        session.flush()
        begin_session(session, party, here.clock())
        secret = create_token(session, Role.VETERINARY_OFFICER, here.clock(), party_id=party.id)
    with there.database.write() as session:
        rows = session.scalars(select(Token).where(Token.seen_at.is_not(None))).all()
        assert rows
        assert not any(is_over(row, there.clock()) for row in rows)
        assert find_holder(session, secret, there.clock()) is not None


def test_message__on_its_way_at_one_host__is_not_given_up_by_one_two_hours_ahead(hosts):
    ahead, behind = hosts[0].runtime(), hosts[1].runtime()
    hosts[0].world().sms("HELP")
    now = behind.clock()
    started = behind.dispatch_store.start("b", behind.dispatch_store.claim("b", 9, now), now)
    assert started
    assert ahead.dispatch_store.claim("a", 9, ahead.clock()) == []
    with ahead.database.read() as session:
        assert session.scalars(select(Message.state)).all() == ["attempting"]


def test_worker__a_day_away_from_the_database__sends_and_ends_nothing_until_it_is_right(hosts):
    host, carrier = hosts[0], CountingCarrier()
    host.world().sms("HELP")
    host.wrong = 2 * DAY
    for refused in (keep_time, keep_courses):
        with pytest.raises(ClocksContradict, match="2 days, 0:00:00 ahead of"):
            refused(host.runtime())
    host.send(carrier)
    make_reconciler(host.runtime(), {"counting": carrier}).step()
    assert not carrier.received
    hosts[1].wrong = -DAY / 2
    hosts[1].send(carrier)
    assert sum(carrier.received.values()) == 1, "a time zone keeps nobody waiting"
    host.wrong = timedelta()
    keep_time(host.runtime())


def test_clocks__that_differ__are_told_by_doctor_and_metrics_and_once_in_the_log(hosts, caplog):
    ahead, behind = (host.runtime() for host in hosts)
    with pytest.raises(NotInPlace, match="1:00:00 ahead of the database's"):
        CHECKS["clock"](ahead)
    with pytest.raises(NotInPlace, match="1:00:00 behind the database's"):
        CHECKS["clock"](behind)
    assert abs(hosts[0].world().metric("bilum_clock_ahead_seconds") - 3600) < 5
    for _ in range(3):
        ahead.database.close()
        ahead.clock()
    wrong = "this machine's clock is 1:00:00 ahead of the database's"
    assert caplog.text.count(wrong) == 1
    hosts[0].wrong = timedelta()
    assert CHECKS["clock"](ahead) == "this machine's agrees with the database's, which counts"
    assert abs(read_ahead(ahead.database)) < 5 * MOMENT


@dataclass
class Drifting(Fleet):
    """Machines whose own clocks are each set by hours, again and again."""

    def __post_init__(self) -> None:
        self.wrong = [RawValue("d", hours * 3600.0) for hours in (1, -1)]

    def start_with(self, number: int) -> None:
        def own():
            return utc_now() + timedelta(seconds=self.wrong[number].value)

        self.clock = SharedClock(own)
        self.start(self.url)


@pytest.mark.slow
def test_dispatchers__clocks_are_set_by_hours_while_they_send__each_text_goes_once(
    migrated_url, tmp_path
):
    dice = random.SystemRandom()
    machines = Drifting(migrated_url, WatchedCarrier(tmp_path / "phones"), folder=tmp_path)
    try:
        for number in (0, 1):
            machines.start_with(number)
        machines.clock = utc_now
        for _ in range(JUMPS):
            machines.queue(EACH)
            time.sleep(dice.uniform(0, 0.1))
            dice.choice(machines.wrong).value = dice.choice([-3600.0, 0.0, 3600.0])
        assert machines.wait_for(machines.all_sent, 60), machines.tally()
    finally:
        machines.end()
    assert machines.tally()[1:] == (0, 0, 0)
    assert machines.in_doubt() == 0
    assert _attempts(migrated_url) == machines.queued


@pytest.mark.slow
def test_dispatchers__the_time_of_all_jumps_by_hours_while_they_send__each_text_goes_once(
    migrated_url, tmp_path
):
    """As the database's clock does when it is set, or when one that is wrong takes over."""
    dice = random.SystemRandom()
    with fleet(migrated_url, tmp_path, delay=0.02) as machines:
        for _ in range(2):
            machines.start(migrated_url)
        machines.warm_up()
        for _ in range(JUMPS):
            machines.queue(EACH)
            time.sleep(dice.uniform(0, 0.2))
            machines._passed.value += dice.choice([-3600.0, 3600.0])
        for _ in range(STEPS):
            # In steps, not by flying: what is called for longer than half a minute is not sent.
            machines._passed.value += 200.0
            if machines.wait_for(machines.all_sent, 0.5):
                break
        assert machines.all_sent(), machines.tally()
        machines.end()
        assert machines.tally()[1:] == (0, 0, 0)


def _attempts(url: str) -> int:
    from services.storage.database import Database  # noqa: PLC0415
    from services.storage.vault import Vault  # noqa: PLC0415

    with closing(Database(url, Vault(KEY))) as database, database.read() as session:
        return len(session.scalars(select(Attempt.id)).all())
