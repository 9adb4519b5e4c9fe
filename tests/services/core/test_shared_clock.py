"""One time for all hosts of an installation, whatever a host's own clock shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.clock import SharedClock, seconds_passed, utc_now

RIGHT = datetime(2026, 11, 29, 8, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(milliseconds=1)
steps = st.lists(
    st.tuples(st.timedeltas(timedelta(), 9 * HOUR), st.timedeltas(-9 * HOUR, 9 * HOUR)), max_size=9
)


class Host:
    """A host: the seconds since its start, and a clock that is wrong by some time."""

    def __init__(self, wrong: timedelta = timedelta()) -> None:
        self.passed, self.wrong = timedelta(), wrong
        self.clock = SharedClock(self.own, self.seconds)

    def seconds(self) -> float:
        return self.passed.total_seconds()

    def own(self) -> datetime:
        return RIGHT + self.passed + self.wrong

    def ask(self, takes: timedelta = timedelta()) -> None:
        begun = self.clock.begin()
        at = RIGHT + self.passed + takes / 2
        self.passed += takes
        self.clock.told(at, begun)


@given(wrong=st.timedeltas(-9 * HOUR, 9 * HOUR), steps=steps)
def test_clock__once_a_server_was_asked__tells_its_time_however_the_hosts_is_set(wrong, steps):
    host = Host(wrong)
    host.ask()
    for passed, jump in steps:
        host.passed += passed
        host.wrong += jump
        assert abs(host.clock() - (RIGHT + host.passed)) < MOMENT
        assert abs(host.clock.ahead - host.wrong) < MOMENT


def test_clock__answer_that_took_long__is_of_half_way():
    host = Host(HOUR)
    host.ask(takes=timedelta(seconds=4))
    assert abs(host.clock() - (RIGHT + host.passed)) < MOMENT


def test_clock__before_a_server_was_asked__asks_and_else_believes_the_host():
    host, asked = Host(HOUR), []
    host.clock.ask = lambda: asked.append(host.passed)
    for _ in range(12):
        assert host.clock() == host.own()
        host.passed += timedelta(seconds=1)
    assert asked == [timedelta(seconds=n) for n in (0, 5, 10)], "nobody waits for it each time"
    assert host.clock.ahead == timedelta()
    host.clock.ask = host.ask
    host.passed += timedelta(seconds=5)
    assert host.clock() == RIGHT + host.passed


@pytest.mark.parametrize(
    ("passed", "jump", "is_due"),
    [
        (29, 0, False),
        (30, 0, True),
        (1, 0.5, False),
        (1, 1, True),
        (1, -3600, True),
        (1, 3600, True),
    ],
)
def test_clock__half_a_minute_passed_or_the_host_was_set__is_to_ask_again(passed, jump, is_due):
    host = Host(HOUR)
    assert host.clock.is_due
    host.ask()
    assert not host.clock.is_due
    host.passed += timedelta(seconds=passed)
    host.wrong += timedelta(seconds=jump)
    assert host.clock.is_due is is_due


@pytest.mark.parametrize(
    ("seconds", "back"), [(-3600, True), (-11, True), (-9, False), (0, False), (3600, False)]
)
def test_clock__server_was_set__tells_if_it_was_set_back(seconds, back):
    host = Host()
    host.ask()
    host.clock.told(RIGHT + timedelta(seconds=seconds), host.clock.begin())
    assert host.clock.was_set_back is back


def test_clock__of_this_machine__goes_on_by_seconds_that_pass():
    clock, before = SharedClock(), seconds_passed()
    clock.told(RIGHT, clock.begin())
    assert RIGHT <= clock() < RIGHT + HOUR
    assert abs(clock.own() - utc_now()) < HOUR
    assert seconds_passed() >= before
