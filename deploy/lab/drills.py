"""Drills: a part breaks again and again while people report, and then every report is counted."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from deploy.lab.country import WEB, WEB_HOSTS, running_country, wait_for
from deploy.lab.parts import (
    BROKER_HOST,
    HostClock,
    Parts,
    broker_processes,
    count_woken,
    read_ahead,
    set_ahead,
)
from deploy.lab.phones import Account, Crowd, take_account

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.lab.country import Country
    from deploy.lab.hosts import Host
    from deploy.lab.network import Network

Failure: TypeAlias = "Callable[[Country, Crowd, random.Random], float | None]"
"""Breaks something and mends it; returns the seconds until somebody could report again."""

_WARM_UP_SECONDS, _STANDING_SECONDS = 3, 300
_UNTIL_REPORTED = 10
_KILL_SECONDS, _CUT_SECONDS, _FULL_SECONDS, _SLOW_SECONDS = 1.0, 10, 8, 20
_RATES = ("64kbit", "256kbit", "1mbit")
_HOUR = 3_600
_WRONG_SECONDS, _NOTICED_SECONDS = 15, 120


@dataclass
class Result:
    """One drill's outcome; `recoveries` are seconds until somebody could report again."""

    name: str
    seed: int
    rounds: int
    account: Account
    recoveries: list[float] = field(default_factory=list)
    longest: float = 0.0

    def __str__(self) -> str:
        told, again = self.account, sorted(self.recoveries)
        back = f"; back after {median(again):.1f} s, {again[-1]:.1f} s at most" if again else ""
        return (
            f"{self.name}: {self.rounds} rounds, seed {self.seed}: "
            f"{told.acknowledged} acknowledged, {told.lost} lost, {told.doubled} doubled, "
            f"{told.uncertain} uncertain, {told.audit} findings of the audit{back}; "
            f"a phone waited {self.longest:.1f} s at most"
        )


class LabSettings(NamedTuple):
    """Settings of a drill's lab.

    Attributes:
        seed: of what is left to chance.
        durable: False: no database flushes anything, which a blackout must show.
        network: None: one of its own.
    """

    seed: int
    durable: bool = True
    network: Network | None = None


def run_drill(name: str, failures: Sequence[Failure], lab: LabSettings) -> Result:
    """Let one thing after another break while people report; then count every report.

    Args:
        name: of the result.
        failures: in this order.
        lab: its settings.
    """
    chance = random.Random(lab.seed)  # noqa: S311 — a drill is repeated by its seed
    parts = Parts(
        clocks=set_clock in failures,
        database_clocks=set_database_clock in failures,
        broker=break_broker in failures,
    )
    with running_country(durable=lab.durable, parts=parts, network=lab.network) as country:
        crowd = Crowd(country.public_url)
        crowd.start()
        time.sleep(_WARM_UP_SECONDS)
        recoveries = [failure(country, crowd, chance) for failure in failures]
        crowd.stop()
        _wait_until_standing(country)
        account = take_account(country, crowd)
    told = [one for one in recoveries if one is not None]
    return Result(name, lab.seed, len(failures), account, told, crowd.longest)


def kill(country: Country, crowd: Crowd, chance: random.Random) -> float | None:
    """Kill any one process of any host; after every tenth or so, wait until somebody can report.

    In between the next may fall on what has not recovered from the last.
    """
    host = chance.choice(country.hosts)
    with suppress(ProcessLookupError, IndexError):
        os.kill(chance.choice(host.processes()), signal.SIGKILL)
    time.sleep(chance.uniform(0, 2 * _KILL_SECONDS))
    return None if chance.randrange(_UNTIL_REPORTED) else _reported_again(crowd)


def fail_over(country: Country, crowd: Crowd, _chance: random.Random) -> float:
    """Let the host whose database writes lose its power; another must take over."""
    first = _first(country)
    first.lose_power()
    recovery = _reported_again(crowd)
    first.get_power_back()
    _wait_until_standing(country)
    return recovery


def partition(country: Country, crowd: Crowd, chance: random.Random) -> float:
    """Pull one host's cable for ten seconds, the writing one's every other time."""
    host = chance.choice([_first(country), chance.choice(country.hosts)])
    host.cut_off()
    time.sleep(_CUT_SECONDS)
    host.reconnect()
    return _mended(country, crowd)


def fill_disk(country: Country, crowd: Crowd, _chance: random.Random) -> float:
    """Leave the writing host's disk no byte for some seconds."""
    first = _first(country)
    first.disk.fill()
    time.sleep(_FULL_SECONDS)
    first.disk.make_room()
    return _mended(country, crowd)


def black_out(country: Country, crowd: Crowd, _chance: random.Random) -> float:
    """Let all hosts lose their power at once."""
    for host in country.hosts:
        host.disk.cut_power()
    for host in country.hosts:
        host.lose_power()
    for host in country.hosts:
        host.get_power_back()
    return _mended(country, crowd)


def set_clock(country: Country, crowd: Crowd, chance: random.Random) -> float:
    """Set the clock of a host's web and worker by an hour while they work, and right again."""
    host = chance.choice(country.hosts[:WEB_HOSTS])
    wrong = chance.choice([_HOUR, -_HOUR])
    set_ahead(host, HostClock.PROGRAM, wrong)
    # By their own word, so that no drill passes in which nothing was set.
    _wait_until_ahead(host, wrong)
    time.sleep(_WRONG_SECONDS)
    recovery = _reported_again(crowd)
    set_ahead(host, HostClock.PROGRAM, 0)
    _wait_until_ahead(host, 0)
    _reported_again(crowd)
    return recovery


def set_database_clock(country: Country, crowd: Crowd, chance: random.Random) -> float:
    """Set the clock of the database that writes by an hour, and right again: the time of all.

    Another one may take over meanwhile, whose clock is right: then the time jumps back with it.
    """
    first, web = _first(country), country.hosts[:WEB_HOSTS]
    wrong = chance.choice([_HOUR, -_HOUR])
    set_ahead(first, HostClock.DATABASE, wrong)

    def has_moved() -> bool:
        taken_over = country.cluster.primary() not in {None, first}
        return taken_over or all(_is_ahead(host, -wrong) for host in web)

    wait_for(has_moved, "another time, or another database", _NOTICED_SECONDS)
    time.sleep(_WRONG_SECONDS)
    recovery = _reported_again(crowd)
    set_ahead(first, HostClock.DATABASE, 0)
    for host in web:
        _wait_until_ahead(host, 0)
    _reported_again(crowd)
    return recovery


def slow_down(country: Country, crowd: Crowd, chance: random.Random) -> float:
    """Let one host's cable carry little for some seconds, the writing one's every other time."""
    host = chance.choice([_first(country), chance.choice(country.hosts)])
    host.slow_down(chance.choice(_RATES))
    time.sleep(_SLOW_SECONDS)
    host.speed_up()
    return _mended(country, crowd)


def break_broker(country: Country, crowd: Crowd, chance: random.Random) -> float:
    """Kill RabbitMQ, or let it hang; answers must go out meanwhile, and workers find it again."""
    host = country.hosts[BROKER_HOST]
    wait_for(lambda: count_woken(host) == WEB_HOSTS, "workers at the broker")
    blow, sent = chance.choice([signal.SIGKILL, signal.SIGSTOP]), len(country.carrier.messages)
    _signal_broker(host, blow)
    recovery = _reported_again(crowd)
    enough = sent + crowd.many
    wait_for(lambda: len(country.carrier.messages) > enough, "answers without a broker")
    if blow is signal.SIGSTOP:
        time.sleep(_CUT_SECONDS)
        _signal_broker(host, signal.SIGCONT)
    wait_for(lambda: count_woken(host) == WEB_HOSTS, "workers at the broker again")
    return recovery


DRILLS: dict[str, Failure] = {
    "kill": kill,
    "fail-over": fail_over,
    "partition": partition,
    "disk-full": fill_disk,
    "blackout": black_out,
    "clock": set_clock,
    "database-clock": set_database_clock,
    "slow-network": slow_down,
    "broker": break_broker,
}
_FEW = {"kill": 5, "clock": 2, "database-clock": 2, "broker": 2}
SMALL = {name: _FEW.get(name, 1) for name in DRILLS}
FULL = {
    "kill": 1_000,
    "fail-over": 100,
    "partition": 90,
    "disk-full": 100,
    "blackout": 20,
    "clock": 60,
    "database-clock": 60,
    "slow-network": 60,
    "broker": 60,
}


def _first(country: Country) -> Host:
    return wait_for(country.cluster.primary, "a database that writes", _STANDING_SECONDS)


def _signal_broker(host: Host, blow: signal.Signals) -> None:
    for process in broker_processes(host):
        with suppress(ProcessLookupError):
            os.kill(process, blow)


def _wait_until_ahead(host: Host, seconds: int) -> None:
    wait_for(lambda: _is_ahead(host, seconds), f"a clock {seconds} s ahead", _NOTICED_SECONDS)


def _is_ahead(host: Host, seconds: int) -> bool:
    ahead = read_ahead(host, WEB)
    return ahead is not None and abs(ahead - seconds) < _HOUR / 2


def _mended(country: Country, crowd: Crowd) -> float:
    """Return what `_reported_again` does, once three databases stand as well."""
    recovery = _reported_again(crowd)
    _wait_until_standing(country)
    return recovery


def _wait_until_standing(country: Country) -> None:
    wait_for(country.cluster.standing, "three databases again", _STANDING_SECONDS)


def _reported_again(crowd: Crowd) -> float:
    """Return the seconds until as many more reports are acknowledged as there are phones."""
    began, before = time.monotonic(), len(crowd.acknowledged)
    # One answer of each may have been on its way.
    wait_for(lambda: len(crowd.acknowledged) > before + crowd.many, "an answer", _STANDING_SECONDS)
    return time.monotonic() - began
