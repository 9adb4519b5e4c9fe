"""Alarms about the system itself: each incident once to each administrator's number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from chain.ports import Leaf
from services.core.roles import Role
from services.ledger.recorder_store import DatabaseRecorderStore
from services.messaging import operator_alarms
from services.messaging.dispatch import due_messages
from services.messaging.operator_alarms import PURPOSE, raise_alarms, stopped_sending
from services.storage.models import Contact, Message, Party
from sms.dispatch import Dispatcher
from sms.message import FailureClass, Kind, MessageState
from sms.routing import Route
from tests.factories import BUYER as OTHER
from tests.factories import FARMER, NOW, pig, report, source_place, write
from tests.fakes.carriers import CountingCarrier, refused
from tests.fakes.recorder_store import MemoryRecorderStore
from tests.services.messaging.dispatch.post import DAY, FIRST, MINUTE, ONE_CHANNEL, SECOND, Post
from tests.support.damage import shut
from tests.support.plans import kept_plans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.ports import RecorderStore
    from services.storage.database import Database

BOSS, HER_OTHER_PHONE, DEPUTY = "+67570000011", "+67570000012", "+67570000013"
DOWN = refused(FailureClass.CHANNEL_DOWN)
_WAITING = """
    INSERT INTO message (public_id, dedupe_key, recipient, recipient_index, body, purpose, kind,
        priority, lane, state, created_at, due_at, expires_at)
    SELECT gen_random_uuid(), sha256(one::text::bytea), 'x', sha256(one::text::bytea), 'x',
        'purpose ' || one % 9, 'service', one / 4 % 4,
        CASE WHEN one % 3 = 0 THEN 'slow' ELSE '' END,
        CASE WHEN one % 4 = 0 THEN 'queued' ELSE 'delivered' END, now(),
        TIMESTAMPTZ '2026-01-01' + one * INTERVAL '1 second', TIMESTAMPTZ '2027-01-01'
    FROM generate_series(1, 80000) AS one
"""
HOUR = timedelta(hours=1)


@dataclass
class Watch:
    """A clock that ticks, and a worker with two carriers that may be away."""

    database: Database
    carriers: dict[str, CountingCarrier] = field(
        default_factory=lambda: {name: CountingCarrier(name) for name in (FIRST, SECOND)}
    )

    def __post_init__(self) -> None:
        self.post = Post(self.database)
        self.recorder: RecorderStore = MemoryRecorderStore(self.post.clock)

    def administrator(self, *numbers: str, language: str = "en") -> None:
        index = self.database.vault.index
        with self.database.write() as session:
            boss = Party(public_id=uuid4(), role=Role.ADMINISTRATOR.value, language=language)
            session.add(boss)
            session.flush()
            for number in numbers:
                row = Contact(party_id=boss.id, number=number, number_index=index(number))
                session.add(row)

    def fails(self, channel: str, times: int) -> None:
        self.carriers[channel] = CountingCarrier(channel, [DOWN] * times)

    def work(self) -> None:
        """Send all that may go."""
        worker = Dispatcher(self.post.store, self.carriers, self.post.clock, "worker", width=1)
        worker.drain()
        worker.close()

    def tick(self, minutes: int = 1, every: int = 1, *, working: bool = False) -> None:
        """Let minutes pass; the clock looks for incidents in every so many."""
        for _ in range(minutes // every):
            self.post.clock.advance(every * MINUTE)
            with self.database.write() as session:
                raise_alarms(session, self.recorder, self.post.settings, self.post.clock())
            if working:
                self.work()

    def told(self) -> list[tuple[str, str]]:
        """The number and the text of each alarm."""
        with self.database.read() as session:
            rows = session.execute(
                select(Message.recipient, Message.body)
                .where(Message.purpose == PURPOSE)
                .order_by(Message.id)
            )
            return [(row.recipient, row.body) for row in rows]

    def numbers(self) -> Sequence[str]:
        return [number for number, _ in self.told()]


@pytest.fixture
def watch(database):
    return Watch(database)


@pytest.fixture
def closed(watch):
    """A watch, an administrator with two numbers, a deputy; the first channel has just closed."""
    watch.administrator(BOSS, HER_OTHER_PHONE)
    watch.administrator(DEPUTY, language="tpi")
    watch.fails(FIRST, 1)
    watch.post.queue(FARMER)
    watch.work()
    return watch


@pytest.mark.slow
def test_alarm__channel_closed__reaches_each_number_once_by_the_other_channel(closed):
    closed.tick(4, working=True)
    assert closed.carriers[SECOND].order == [FARMER, BOSS, HER_OTHER_PHONE, DEPUTY]
    assert closed.carriers[FIRST].order == [FARMER]
    closed.tick(30, every=3)
    assert closed.numbers() == [BOSS, HER_OTHER_PHONE, DEPUTY]


def test_alarm__channel_closed__tells_since_when_and_the_code_in_the_receivers_language(closed):
    closed.tick()
    told = dict(closed.told())
    assert told[BOSS] == (
        "Bilum: channel first is closed since 2 Mar 14:00, code 1. "
        "Its messages take another channel or wait."
    )
    assert told[DEPUTY].startswith("Bilum: rot first i pas long 2 ")


def test_alarm__channel_closes_again_an_hour_later__is_a_new_incident(closed):
    closed.tick()
    closed.post.clock.advance(10 * MINUTE)
    closed.post.queue(FARMER)
    closed.work()
    assert closed.post.circuit().trips == 0
    closed.post.clock.advance(HOUR)
    closed.fails(FIRST, 1)
    closed.post.queue(OTHER)
    closed.work()
    closed.tick(5)
    assert closed.numbers() == [BOSS, HER_OTHER_PHONE, DEPUTY] * 2


@pytest.mark.slow
def test_alarm__channel_opens_and_closes_all_the_time__is_told_once_in_an_hour(closed):
    for _ in range(6):
        closed.tick()
        closed.post.clock.advance(6 * MINUTE)
        closed.post.queue(FARMER)
        closed.work()
        closed.fails(FIRST, 1)
        closed.post.queue(FARMER)
        closed.work()
    assert closed.post.circuit().trips == 1
    closed.tick()
    assert closed.numbers() == [BOSS, HER_OTHER_PHONE, DEPUTY]


def test_alarm__one_number_that_does_not_open__keeps_no_other_from_it(closed):
    shut(closed.database, BOSS)
    closed.tick()
    assert closed.numbers() == [HER_OTHER_PHONE, DEPUTY]


@pytest.mark.slow
def test_alarm__every_channel_closed__waits_and_goes_when_one_works_again(closed):
    closed.fails(SECOND, 1)
    closed.post.queue(OTHER)
    closed.work()
    closed.tick(20, every=2, working=True)
    both = sorted([BOSS, HER_OTHER_PHONE, DEPUTY] * 2)
    came = closed.carriers[FIRST].received + closed.carriers[SECOND].received
    assert sorted(number for number in came.elements() if number in both) == both
    assert sorted(closed.numbers()) == both


def test_alarm__no_administrator_has_a_number__nobody_is_texted(watch):
    watch.administrator()
    watch.fails(FIRST, 1)
    watch.post.queue(FARMER)
    watch.work()
    watch.tick(3)
    assert watch.told() == []


@pytest.mark.slow
def test_alarm__an_answer_is_late_while_others_go__is_told_once(watch):
    watch.administrator(BOSS)
    (late,) = watch.post.queue(FARMER, kind=Kind.ANSWER)
    watch.post.claim("frozen")
    for _ in range(20):
        watch.post.queue(OTHER)
        watch.post.start("two")
        watch.tick()
        watch.post.claim("frozen")
    assert watch.post.why(late) == (MessageState.QUEUED.value, None)
    ((number, text),) = watch.told()
    assert number == BOSS
    assert "Messages that wait: 1, the oldest since 2 Mar 14:00." in text


@pytest.mark.slow
def test_alarm__answers_are_late_and_the_oldest_changes__is_told_once(watch):
    watch.administrator(BOSS)
    for minute in range(25):
        watch.post.queue(FARMER, kind=Kind.ANSWER)
        if minute > 15:
            watch.post.send(limit=1)
        watch.tick()
    assert watch.numbers() == [BOSS]


@pytest.mark.slow
def test_alarm__a_mailing_waits_and_nothing_is_sent__is_told_once_and_not_of_itself(watch):
    watch.administrator(BOSS)
    watch.post.queue(FARMER, OTHER)
    watch.tick(10)
    assert watch.told() == []
    watch.tick(600, every=20)
    assert watch.numbers() == [BOSS]
    assert "Messages that wait: 2," in watch.told()[0][1]


def test_alarm__more_wait_than_are_counted__says_so(watch, monkeypatch):
    for module in (due_messages, operator_alarms):
        monkeypatch.setattr(module, "MOST", 3)
    watch.administrator(BOSS)
    watch.post.queue(FARMER, OTHER, "+67570000003")
    watch.post.queue("+67570000004", kind=Kind.ANSWER)
    watch.tick(11)
    assert "Messages that wait: 3+, the oldest since 2 Mar 14:00." in watch.told()[0][1]


@pytest.mark.parametrize("many", [1, 3])
def test_alarm__as_many_wait_as_are_counted__tells_how_many(watch, monkeypatch, many):
    for module in (due_messages, operator_alarms):
        monkeypatch.setattr(module, "MOST", 3)
    watch.administrator(BOSS)
    watch.post.queue(*[FARMER, OTHER, "+67570000003"][:many])
    watch.tick(11)
    assert f"Messages that wait: {many}, the oldest since" in watch.told()[0][1]


@pytest.mark.postgres
def test_alarm__many_messages_wait__reads_them_lane_by_lane(open_database):
    watch = Watch(open_database("postgresql"))
    with watch.database.write() as session:
        session.execute(text(_WAITING))
        session.execute(text("ANALYZE message"))
        found = []
        plans = kept_plans(
            session, lambda: found.extend(stopped_sending(session, watch.post.clock()))
        )
    ((_, _, told, _, _),) = found
    assert told == {"waiting": "10000+"}
    lines = [line for plan in plans for line in plan.splitlines() if "Index Cond: " in line]
    of_messages = [plan for plan in plans if " on message" in plan]
    assert len(of_messages) == 2
    assert all("Seq Scan on message" not in plan for plan in of_messages)
    assert sum("lane" in line and "priority" in line for line in lines) == 8


def test_alarm__only_alarms_wait__nothing_more_is_told(closed):
    closed.tick()
    closed.tick(60, every=5)
    assert len(closed.told()) == 3


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.PROGRAMME])
def test_alarm__messages_wait_for_the_end_of_quiet_hours__nothing_is_told(watch, kind):
    watch.administrator(BOSS)
    watch.post.clock.advance(8 * HOUR)
    (message,) = watch.post.queue(FARMER, kind=kind)
    watch.tick(60, every=6, working=True)
    assert watch.post.why(message) == (MessageState.QUEUED.value, "quiet_hours")
    assert watch.told() == []


def test_alarm__a_mailing_waits_for_a_slow_rate__nothing_is_told(watch):
    watch.administrator(BOSS)
    watch.post = watch.post.under(routes=ONE_CHANNEL, rates={FIRST: 1 / 900})
    mailing = watch.post.queue(FARMER, OTHER, "+67570000003")
    watch.tick(25, every=5, working=True)
    assert watch.carriers[FIRST].calls == 2
    assert watch.post.message(mailing[-1]).lane == FIRST
    assert watch.told() == []


@pytest.mark.slow
def test_alarm__the_worker_of_a_channel_with_a_rate_is_gone__is_told(watch):
    watch.administrator(BOSS)
    watch.post = watch.post.under(routes=(Route("+", (FIRST,)),), rates={FIRST: 1})
    watch.post.queue(FARMER, OTHER, "+67570000003")
    watch.work()
    watch.tick(15)
    assert watch.numbers() == [BOSS]


@pytest.mark.slow
def test_alarm__records_wait_for_the_ledger__is_told_once(watch):
    watch.administrator(BOSS)
    watch.recorder.add(*[Leaf(bytes(32), bytes(32))] * 2)
    watch.tick(30)
    assert watch.told() == []
    watch.tick(360, every=12)
    assert watch.numbers() == [BOSS]
    assert "records wait for the ledger since 2 Mar 14:00, 2 of them." in watch.told()[0][1]


@pytest.mark.slow
def test_alarm__records_wait_in_a_batch_that_no_block_takes__is_told(watch):
    watch.administrator(BOSS)
    watch.recorder.add(*[Leaf(bytes(32), bytes(32))] * 2)
    watch.recorder.make_batch(2)
    watch.tick(31)
    assert watch.numbers() == [BOSS]
    assert ", 2 of them" in watch.told()[0][1]


@pytest.mark.slow
def test_alarm__who_stopped_all_messages__is_texted_as_the_office_goes_on(watch):
    watch.administrator(BOSS)
    watch.post.refuse(BOSS, "*")
    watch.fails(FIRST, 1)
    watch.post.queue(FARMER)
    watch.work()
    watch.tick(3, working=True)
    assert sorted(watch.carriers[SECOND].order) == [FARMER, BOSS]


def test_alarm__not_sent_within_a_day__expires(watch):
    watch.administrator(BOSS)
    watch.post.queue(FARMER, lasts=30 * DAY)
    watch.tick(11)
    watch.post.clock.advance(2 * DAY)
    watch.work()
    assert watch.carriers[FIRST].order == [FARMER]


def test_alarm__at_night__goes_at_once_and_before_mailings(watch):
    watch.administrator(BOSS)
    watch.post.clock.advance(8 * HOUR)
    watch.fails(FIRST, 1)
    watch.post.queue(FARMER, kind=Kind.ANSWER)
    watch.work()
    watch.post.queue(OTHER, kind=Kind.PROGRAMME)
    watch.tick(working=True)
    assert watch.carriers[SECOND].order == [FARMER, BOSS]


@pytest.mark.slow
def test_alarm__records_wait_in_the_database__is_told_while_its_transaction_is_open(watch):
    watch.administrator(BOSS)
    watch.recorder = DatabaseRecorderStore(watch.database, watch.post.clock)
    watch.post.clock.now = NOW
    write(watch.database, report("register", [pig(1)], at=source_place(1)))
    watch.tick(30)
    assert watch.told() == []
    watch.tick()
    assert watch.numbers() == [BOSS]


def test_alarm__of_one_kind_that_fails__keeps_no_other_untold(closed, monkeypatch, caplog):
    def broken(session, _now):
        session.execute(text("SELECT 1 / 0")).one()
        raise ZeroDivisionError

    broken.__name__ = "stopped_sending"
    monkeypatch.setattr(operator_alarms, "stopped_sending", broken)
    closed.recorder.add(*[Leaf(bytes(32), bytes(32))] * 2)
    closed.tick(32, every=32)
    told = [body for number, body in closed.told() if number == BOSS]
    assert ["channel first" in told[0], "wait for the ledger" in told[1]] == [True, True]
    assert "no alarm of stopped_sending" in caplog.text
