"""Two machines on one database, one cut off from it in the middle of sending.

Packets vanish without a word. The one that is cut off goes on calling its carrier for what flies;
the other takes over; then the first comes back with what it has to tell.
"""

from __future__ import annotations

import random
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, make_url, update

from services.core.clock import utc_now
from services.messaging.dispatch.claim import MessageClaim
from services.messaging.dispatch.store import Start
from services.storage.database import Database
from services.storage.models import Message
from services.storage.vault import Vault
from tests.factories import KEY
from tests.flow.dispatching import SETTINGS, spawn
from tests.flow.hosts import fleet, hasten
from tests.support.cluster import running_cluster
from tests.support.environment import KILLS
from tests.support.namespaces import Cut, hosts
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.flow.hosts import Fleet
    from tests.support.namespaces import Host

pytestmark = [pytest.mark.namespaces, pytest.mark.sockets, pytest.mark.slow]

ROUNDS, MOST_UNCERTAIN = max(6, KILLS // 20), 0.001
MANY, HELD = 60, 10


@pytest.fixture(scope="module")
def network():
    with hosts(2) as pair, running_cluster([host.here for host in pair]) as cluster:
        yield pair, cluster


@pytest.fixture
def pair(network) -> Iterator[list[Host]]:
    """Two hosts whose cables are whole."""
    pair, _ = network
    yield pair
    for host in pair:
        host.heal()


@pytest.fixture
def machines(network, tmp_path) -> Iterator[Fleet]:
    _, cluster = network
    with fresh_database(cluster.url()) as url, fleet(url, tmp_path, delay=0.03) as fleet_:
        yield fleet_


def from_host(host: Host, url: str) -> str:
    return make_url(url).set(host=host.here).render_as_string(hide_password=False)


def holding(host: Host, url: str, step: str, server_waits: int) -> Callable[..., object]:
    """Make the work of a host that stays in the middle of a dispatcher's transaction."""

    def work(ready: Callable[[], object]) -> None:
        host.enter()
        hasten(server_waits)
        database = Database(from_host(host, url), Vault(KEY))
        with database.write() as session:
            now = utc_now()
            leased = MessageClaim(session, {}, "held", now).run(HELD, answers_only=False)
            if step != "claim":
                Start(session, database.vault, SETTINGS, now).run("held", leased)
            if step == "batch":
                # After one, the driver leaves the server waiting for more, without a time limit.
                rows = [{"which": message.id} for message in leased]
                touch = update(Message).where(Message.public_id == bindparam("which"))
                session.connection().execute(touch.values(lane=""), rows)
            ready()
            signal.pause()

    return work


def test_two_hosts__one_cut_off_again_and_again__each_message_goes_once(pair, machines):
    dice = random.SystemRandom()
    cut_off, _ = pair
    # Nothing cuts the other off, so that a second of silence is only a busy machine's.
    processes = [
        machines.start(from_host(host, machines.url), host.enter, hastened=host is cut_off)
        for host in pair
    ]
    for number in range(ROUNDS):
        machines.warm_up()
        for _ in range(dice.randrange(4, 12)):
            machines.queue(10)
        time.sleep(dice.uniform(0, 0.05))
        cut_off.cut(dice.choice(list(Cut)))
        if number % 3:
            # The other alone brings it to an end, what the first had in its hands as well.
            assert machines.hurry_until(machines.all_sent, 120), machines.tally()
        else:
            machines.hurry_until(machines.all_sent, dice.uniform(0, 2))
        cut_off.heal()
    assert machines.hurry_until(machines.all_sent, 120), machines.tally()
    logs = [machines.log_of(process).read_text("utf-8") for process in processes]
    machines.end()

    tally = machines.tally()
    print(f"{ROUNDS} cuts: {tally}, {machines.carrier.calls()}")  # noqa: T201
    assert (tally.twice, tally.lost) == (0, 0)
    assert tally.uncertain <= tally.queued * MOST_UNCERTAIN
    assert machines.carrier.calls()["look_up", processes[1]]
    # Short cuts may pass unseen: the kernel sends again what was lost.
    assert set(re.findall(r"\(([a-z_.]+)\)", logs[0])) <= {"database_unreachable"}
    assert "failed" not in logs[0]
    assert logs[1] == ""


def test_host__cut_off_while_it_claims__the_other_sends_the_rest_meanwhile(pair, machines):
    cut_off, other = pair
    machines.queue(MANY)
    machines.idle.append(spawn(holding(cut_off, machines.url, "claim", 60)))
    cut_off.cut(Cut.WHOLE)
    machines.start(from_host(other, machines.url), other.enter)
    assert machines.wait_for(lambda: len(machines.carrier.received()) == MANY - HELD, 45)


@pytest.mark.parametrize("step", ["start", "batch"])
@pytest.mark.parametrize("cut", Cut)
def test_host__cut_off_while_it_starts__the_other_goes_on_when_the_server_knows(
    pair, machines, cut, step
):
    cut_off, other = pair
    machines.queue(MANY)
    machines.idle.append(spawn(holding(cut_off, machines.url, step, 1)))
    cut_off.cut(cut)
    machines.start(from_host(other, machines.url), other.enter)
    # What messages cost is one row, for which the other waits.
    assert machines.wait_for(machines.all_sent, 60)
