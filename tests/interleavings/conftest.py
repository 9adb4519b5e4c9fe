"""One PostgreSQL database with the farm, which each order of its commands begins from."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url

from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.database import Database
from services.storage.vault import Vault
from tests.factories import KEY, NOW
from tests.interleavings.farm import ACTS, Farm, found
from tests.interleavings.snapshot import Snapshot
from tests.interleavings.stage import Actor, Stage, Switch
from tests.support import environment
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Seen = dict[str, list[str]]


@dataclass
class Theatre:
    """The farm, its beginning, and what each order of commands one after the other comes to."""

    farm: Farm
    beginning: Snapshot
    stage: Stage
    _serial: dict[tuple[str, ...], Seen] = field(default_factory=dict)

    def play(self, names: Sequence[str], schedule: Sequence[Switch]) -> list[Actor]:
        """Let commands meet by a schedule, and hold what comes of it against the orders in turn."""
        self.beginning.restore()
        works = {name: lambda name=name: ACTS[name](self.farm) for name in names}
        with self.stage.listening():
            actors = self.stage.play(works, schedule)
        for one in actors:
            assert one.error is None, f"{one.name}: {one.error!r}\n{self.course()}"
        met = self.farm.seen() | {one.name: [str(one.result)] for one in actors}
        orders = [self.in_turn(order) for order in permutations(names)]
        if met not in orders:
            # Written so that pytest shows no more than this.
            raise AssertionError(f"{_differences(met, orders)}\n{self.course()}")
        return actors

    def in_turn(self, names: tuple[str, ...]) -> Seen:
        """Return what comes of commands that are done one after the other."""
        if names not in self._serial:
            self.beginning.restore()
            answers = {name: [ACTS[name](self.farm)] for name in names}
            self._serial[names] = self.farm.seen() | answers
        return self._serial[names]

    def course(self) -> str:
        """Return who did what, a line for each stretch of one of them."""
        lines: list[str] = []
        last = ""
        for name, what in self.stage.trace:
            lines.append(f"{'' if name == last else name:20} {' '.join(what.split())[:110]}")
            last = name
        return "\n".join(lines)


def _differences(met: Seen, orders: Sequence[Seen]) -> str:
    """Return what no order in turn comes to, by the order that is nearest."""
    nearest = min(orders, key=lambda one: sum(one.get(name) != told for name, told in met.items()))
    return "\n".join(
        f"{name}:\n  together only {sorted(set(told) - set(nearest[name]))}\n"
        f"  in turn only {sorted(set(nearest[name]) - set(told))}\n"
        for name, told in met.items()
        if told != nearest[name]
    )


@pytest.fixture(scope="session")
def theatre(server_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("theatre")
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(environment.POSTGRES_URL, server_template))
        watch = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        stack.callback(watch.close)
        name = make_url(url).database
        # What waits in a ring is found at once; no test waits for the disk.
        watch.execute(f'ALTER DATABASE "{name}" SET deadlock_timeout TO 20')
        watch.execute(f'ALTER DATABASE "{name}" SET synchronous_commit TO off')
        database = Database(url, Vault(KEY))
        stack.callback(database.close)
        settings = Settings.from_env({"BILUM_DATA_DIR": str(folder), "BILUM_DATABASE_URL": url})
        runtime = Runtime(settings, database, lambda: NOW)
        farm = found(runtime)
        yield Theatre(farm, Snapshot(database), Stage(database, watch))
