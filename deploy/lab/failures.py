"""Failures of cables, disks, power, clocks and the broker, each mended again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from deploy.lab.certificates import renew_certificates
from deploy.lab.faulty_disks import FaultyDisk
from deploy.lab.names import mend_names
from deploy.lab.outside import WEB, WEB_HOSTS
from deploy.lab.parts import (
    BROKER_HOST,
    HostClock,
    broker_processes,
    count_woken,
    read_ahead,
    set_ahead,
)
from deploy.lab.rounds import STANDING_SECONDS, Round, Scene, finish, first_of
from deploy.lab.waiting import wait_for

if TYPE_CHECKING:
    from deploy.lab.country import Country
    from deploy.lab.hosts import Host

# A leader's right to write lasts for 20 s: shorter cuts end before, longer ones after it.
_CUT_SECONDS = (5, 10, 30, 45)
_FULL_SECONDS, _SLOW_SECONDS, _FROZEN_SECONDS = 8, 20, 10
_RATES = ("64kbit", "256kbit", "1mbit")
# A flush of PostgreSQL takes 250, 60 and 15 ms with them.
_DISK_RATES = ("256K", "1M", "4M")
# A short one may spare what the file system records of itself; then all goes on.
_FAILING_SECONDS = (0.1, 1, 5)
_COPIES, _COPY_SECONDS, _WHILE_COPIED = 0.1, 2, " while a database is copied"
_HOUR = 3_600
_WRONG_SECONDS, _NOTICED_SECONDS = 15, 120


def fail_over(scene: Scene) -> Round:
    """Let the host whose database writes lose its power; another must take over."""
    first, began = first_of(scene.country), time.monotonic()
    first.lose_power()
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    first.get_power_back()
    return finish(scene, "fail-over", began)


def partition(scene: Scene) -> Round:
    """Pull one host's cable for some seconds, the writing one's every other time."""
    host, seconds = _draw_host(scene), scene.chance.choice(_CUT_SECONDS)
    began = time.monotonic()
    host.cut_off()
    time.sleep(seconds)
    host.reconnect()
    return finish(scene, f"partition of {seconds} s", began)


def fill_disk(scene: Scene) -> Round:
    """Leave the writing host's disk no byte for some seconds, or one whose database is copied."""
    copied = _copied(scene)
    host, began = copied or first_of(scene.country), time.monotonic()
    host.disk.fill()
    time.sleep(_FULL_SECONDS)
    host.disk.make_room()
    return finish(scene, "disk-full" + _WHILE_COPIED * bool(copied), began)


def fail_disk(scene: Scene) -> Round:
    """Let one host's disk answer EIO for some seconds, the writing one's every other time.

    Whatever runs there goes on with what it has. Once phones are answered, another one leads, and
    the disk is replaced: what starts on one that failed may be damaged.
    """
    host, seconds = _draw_host(scene), scene.chance.choice(_FAILING_SECONDS)
    disk, began = _faulty(host), time.monotonic()
    disk.fail()
    time.sleep(seconds)
    disk.work_again()
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    cluster = scene.country.cluster
    wait_for(lambda: cluster.hand_over(host), "another database that leads", STANDING_SECONDS)
    host.lose_power()
    cluster.replace_disk(host)
    return finish(scene, f"disk that failed for {seconds} s", began)


def slow_disk(scene: Scene) -> Round:
    """Let one host's disk be slow for some seconds, the writing one's every other time."""
    host, rate = _draw_host(scene), scene.chance.choice(_DISK_RATES)
    disk, began = _faulty(host), time.monotonic()
    disk.slow_down(rate)
    time.sleep(_SLOW_SECONDS)
    disk.speed_up()
    return finish(scene, f"disk of {rate}", began)


def black_out(scene: Scene) -> Round:
    """Let all hosts lose their power at once, now and then while a database is copied."""
    copied, hosts, began = _copied(scene), scene.country.hosts, time.monotonic()
    for host in hosts:
        host.disk.cut_power()
    for host in hosts:
        host.lose_power()
    for host in hosts:
        host.get_power_back()
    return finish(scene, "blackout" + _WHILE_COPIED * bool(copied), began)


def set_clock(scene: Scene) -> Round:
    """Set the clock of a host's web and worker by an hour while they work, and right again."""
    host = scene.chance.choice(scene.country.hosts[:WEB_HOSTS])
    wrong, began = scene.chance.choice([_HOUR, -_HOUR]), time.monotonic()
    set_ahead(host, HostClock.PROGRAM, wrong)
    # By their own word, so that no drill passes in which nothing was set.
    _wait_until_ahead(host, wrong)
    time.sleep(_WRONG_SECONDS)
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    set_ahead(host, HostClock.PROGRAM, 0)
    _wait_until_ahead(host, 0)
    return finish(scene, f"clock {wrong} s", began, standing=False)


def set_database_clock(scene: Scene) -> Round:
    """Set the clock of the database that writes by an hour, and right again: the time of all.

    Another one may take over meanwhile, whose clock is right: then the time jumps back with it.
    """
    country = scene.country
    first, web = first_of(country), country.hosts[:WEB_HOSTS]
    wrong, began = scene.chance.choice([_HOUR, -_HOUR]), time.monotonic()
    set_ahead(first, HostClock.DATABASE, wrong)
    wait_for(
        lambda: _has_moved(country, first, wrong), "another time or database", _NOTICED_SECONDS
    )
    time.sleep(_WRONG_SECONDS)
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    set_ahead(first, HostClock.DATABASE, 0)
    for host in web:
        _wait_until_ahead(host, 0)
    return finish(scene, f"database's clock {wrong} s", began)


def slow_down(scene: Scene) -> Round:
    """Let one host's cable carry little for some seconds, the writing one's every other time."""
    host, rate = _draw_host(scene), scene.chance.choice(_RATES)
    began = time.monotonic()
    host.slow_down(rate)
    time.sleep(_SLOW_SECONDS)
    host.speed_up()
    return finish(scene, f"cable of {rate}", began)


def break_broker(scene: Scene) -> Round:
    """Kill RabbitMQ, or let it hang; answers must go out meanwhile, and workers find it again."""
    country = scene.country
    host = country.hosts[BROKER_HOST]
    wait_for(lambda: count_woken(host) == WEB_HOSTS, "workers at the broker")
    blow = scene.chance.choice([signal.SIGKILL, signal.SIGSTOP])
    sent, began = len(country.carrier.messages), time.monotonic()
    _signal_broker(host, blow)
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    enough = sent + scene.crowd.many
    wait_for(lambda: len(country.carrier.messages) > enough, "answers without a broker")
    if blow is signal.SIGSTOP:
        time.sleep(_FROZEN_SECONDS)
        _signal_broker(host, signal.SIGCONT)
    wait_for(lambda: count_woken(host) == WEB_HOSTS, "workers at the broker again")
    return finish(scene, f"broker, {blow.name}", began, standing=False)


def mend_all(country: Country) -> None:
    """Mend whatever a round that did not come to its end left broken."""
    for host in country.hosts:
        host.reconnect()
        host.speed_up(check=False)
        host.disk.make_room()
        if isinstance(host.disk, FaultyDisk):
            host.disk.work_again()
            host.disk.speed_up()
        for clock in HostClock:
            set_ahead(host, clock, 0)
        if not host.is_on:
            host.get_power_back()
    mend_names(country)
    renew_certificates(country)
    with suppress(IndexError):
        _signal_broker(country.hosts[BROKER_HOST], signal.SIGCONT)


def _draw_host(scene: Scene) -> Host:
    first = first_of(scene.country)
    return scene.chance.choice([first, scene.chance.choice(scene.country.hosts)])


def _copied(scene: Scene) -> Host | None:
    """Return a host whose database is copied anew from now on; None: mostly."""
    first = first_of(scene.country)
    if scene.chance.random() >= _COPIES:
        return None
    host = scene.chance.choice([one for one in scene.country.hosts if one is not first])
    scene.country.cluster.copy_anew(host)
    time.sleep(scene.chance.uniform(0, _COPY_SECONDS))
    return host


def _faulty(host: Host) -> FaultyDisk:
    """Return the disk of a host in a lab whose parts are told to have faulty ones."""
    return cast("FaultyDisk", host.disk)


def _has_moved(country: Country, first: Host, wrong: int) -> bool:
    taken_over = country.cluster.primary() not in {None, first}
    return taken_over or all(_is_ahead(host, -wrong) for host in country.hosts[:WEB_HOSTS])


def _signal_broker(host: Host, blow: signal.Signals) -> None:
    for process in broker_processes(host):
        with suppress(ProcessLookupError):
            os.kill(process, blow)


def _wait_until_ahead(host: Host, seconds: int) -> None:
    wait_for(lambda: _is_ahead(host, seconds), f"a clock {seconds} s ahead", _NOTICED_SECONDS)


def _is_ahead(host: Host, seconds: int) -> bool:
    ahead = read_ahead(host, WEB)
    return ahead is not None and abs(ahead - seconds) < _HOUR / 2
