"""The daily cap and the month's budget, to the text and to the toea, whoever sends at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from services.messaging.dispatch.decision_batch import cost_of_today, spent_on_programmes
from services.storage.models import Attempt, Spending
from sms.message import AttemptState, FailureClass, Kind, Outcome
from tests.factories import BUYER, FARMER, in_threads
from tests.fakes.carriers import refused
from tests.services.messaging.dispatch.post import FIRST, MINUTE, ONE_CHANNEL, SECOND, numbers

PRICES = {FIRST: 30, SECOND: 20}
NIGHT_IN_UTC = timedelta(hours=17)


def started_at_once(post, *leased):
    """Start what each worker has leased, all in the same moment; how many of each."""

    def work(worker, messages):
        return len(post.store.start(worker, messages, post.clock()))

    return in_threads(*[partial(work, worker, messages) for worker, messages in leased])


def spending(post):
    with post.database.read() as session:
        columns = (Spending.month, Spending.channel, Spending.kind)
        rows = session.execute(
            select(*columns, Spending.segments, Spending.cost).order_by(*columns)
        )
        return [tuple(row) for row in rows]


def cost_of_attempts(post):
    with post.database.read() as session:
        return session.scalar(select(func.sum(Attempt.cost)))


@pytest.mark.slow
def test_cap__workers_at_once__is_never_passed_and_always_reached(post):
    capped = post.under(daily_cap=3)
    for receiver in numbers(4):
        capped.queue(*[receiver] * 6, kind=Kind.PROGRAMME)
        leased = [(worker, capped.claim(worker, limit=2)) for worker in ("one", "two", "three")]
        assert sum(started_at_once(capped, *leased)) == 3


def test_cap__counts_what_may_have_come_on_this_local_day_alone(post):
    """What was certainly not sent is no text, neither is one to somebody else, nor an answer."""
    capped = post.under(daily_cap=1)
    (failed,) = capped.queue(FARMER, kind=Kind.PROGRAMME)
    capped.send(refused(FailureClass.TRANSIENT))
    capped.queue(FARMER, kind=Kind.ANSWER)
    capped.queue(FARMER, kind=Kind.SERVICE)
    capped.queue(BUYER, kind=Kind.PROGRAMME)
    assert len(capped.send()) == 3
    capped.clock.advance(MINUTE)
    assert [one.message.id for one in capped.send()] == [failed]
    (second,) = capped.queue(FARMER, kind=Kind.PROGRAMME)
    assert capped.send() == []
    assert capped.why(second) == ("queued", "daily_cap")
    capped.clock.advance(NIGHT_IN_UTC)
    assert [one.message.id for one in capped.send()] == [second]


def test_cap__day_in_bougainville__begins_an_hour_earlier(post):
    capped = post.under(daily_cap=1, quiet_from=post.settings.quiet_until)
    capped.clock.now = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)  # half past midnight there
    capped.queue(FARMER, kind=Kind.PROGRAMME, zone="Pacific/Bougainville")
    capped.queue(BUYER, kind=Kind.PROGRAMME)
    assert len(capped.send()) == 2
    capped.clock.advance(timedelta(hours=1))  # midnight is past for both
    (still_today,) = capped.queue(FARMER, kind=Kind.PROGRAMME, zone="Pacific/Bougainville")
    (new_day,) = capped.queue(BUYER, kind=Kind.PROGRAMME)
    assert [one.message.id for one in capped.send()] == [new_day]
    assert capped.why(still_today) == ("queued", "daily_cap")


@pytest.mark.parametrize("budget", [0, 29, 30, 300, 310])
def test_budget__workers_at_once__is_never_overspent_and_used_up(post, budget):
    poor = post.under(routes=ONE_CHANNEL, prices=PRICES, budget_toea=budget)
    poor.queue(*numbers(16), kind=Kind.PROGRAMME)
    leased = [(worker, poor.claim(worker, limit=8)) for worker in ("one", "two")]
    started = started_at_once(poor, *leased)
    assert sum(started) == budget // 30
    assert (cost_of_attempts(poor) or 0) == sum(started) * 30


def test_budget__of_programmes__holds_nothing_else_and_is_new_each_month(post):
    poor = post.under(routes=ONE_CHANNEL, prices=PRICES, budget_toea=30)
    poor.queue(FARMER, BUYER, kind=Kind.PROGRAMME, lasts=timedelta(days=60))
    for kind in (Kind.ANSWER, Kind.URGENT, Kind.SERVICE):
        poor.queue(kind=kind)
    assert len(poor.send()) == 4
    poor.clock.now = datetime(2026, 3, 31, 5, tzinfo=UTC)
    assert poor.send() == []
    poor.clock.now = datetime(2026, 4, 1, 5, tzinfo=UTC)
    assert len(poor.send()) == 1


def test_spending__whoever_sends_at_once__is_what_the_attempts_cost(post):
    dear = post.under(prices=PRICES)
    for kind in Kind:
        dear.queue(*numbers(6), kind=kind)
    dear.queue(*numbers(2), body="Pik " * 50)
    leased = [(worker, dear.claim(worker, limit=13)) for worker in ("one", "two")]
    assert sum(started_at_once(dear, *leased)) == 26
    of_kind = [(Kind.ANSWER, 6), (Kind.PROGRAMME, 6), (Kind.SERVICE, 10), (Kind.URGENT, 6)]
    assert spending(dear) == [
        ("2026-03", FIRST, kind, segments, 30 * segments) for kind, segments in of_kind
    ]
    assert cost_of_attempts(dear) == 30 * 28
    with dear.database.read() as session:
        assert spent_on_programmes(session, dear.clock()) == 30 * 6


def test_spending__each_try__is_paid_by_its_channel_in_its_month(post):
    dear = post.under(prices=PRICES)
    dear.clock.now = datetime(2026, 3, 31, 13, 59, tzinfo=UTC)  # a minute before April
    dear.queue(kind=Kind.ANSWER)
    dear.send(refused(FailureClass.ROUTE))
    dear.clock.advance(MINUTE)
    dear.send(Outcome(AttemptState.FAILED, failure=FailureClass.TRANSIENT))
    dear.clock.advance(MINUTE)
    dear.send()
    assert spending(dear) == [
        ("2026-03", FIRST, "answer", 1, 30),
        ("2026-04", SECOND, "answer", 2, 40),
    ]


@pytest.mark.parametrize("ceiling", [29, 30, 300, 310])
def test_ceiling__workers_at_once__is_never_passed_by_answers_and_used_up(post, ceiling):
    poor = post.under(routes=ONE_CHANNEL, prices=PRICES, daily_ceiling_toea=ceiling)
    poor.queue(*numbers(16), kind=Kind.ANSWER)
    leased = [(worker, poor.claim(worker, limit=8)) for worker in ("one", "two")]
    started = started_at_once(poor, *leased)
    assert sum(started) == ceiling // 30
    assert (cost_of_attempts(poor) or 0) == sum(started) * 30
    assert poor.states() == {
        "suppressed": 16 - sum(started),
        **({"attempting": sum(started)} if sum(started) else {}),
    }


def test_ceiling__reached__stops_plain_answers_alone_and_counts_what_goes_on(post):
    poor = post.under(routes=ONE_CHANNEL, prices=PRICES, daily_ceiling_toea=30)
    for kind in Kind:
        poor.queue(*numbers(2), kind=kind)
    poor.queue(kind=Kind.ANSWER, vital=True)
    assert len(poor.send(limit=20)) == 7
    assert poor.states() == {"sent": 7, "suppressed": 2}
    with poor.database.read() as session:
        assert cost_of_today(session, poor.clock()) == 90


def test_ceiling__of_none__stops_nothing(post):
    rich = post.under(routes=ONE_CHANNEL, prices=PRICES, daily_ceiling_toea=None)
    rich.queue(*numbers(16), kind=Kind.ANSWER)
    assert len(rich.send(limit=20)) == 16
