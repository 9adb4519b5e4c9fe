"""Running a schedule from its seed, and telling how it went."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from services.core.settings import Settings
from services.ledger.recorder_lease import read_repairs
from services.runtime.container import Runtime
from services.runtime.workers import open_recorder
from services.storage.database import Database
from tests.flow.deployments import make_keystore, on_node
from tests.flow.schedules.link import link_to
from tests.flow.schedules.node import deploy_into, running_node
from tests.flow.schedules.planning import DEEPEST, plan
from tests.flow.schedules.proving import prove
from tests.flow.schedules.recording import CRASHED
from tests.flow.schedules.stores import SqliteStore, postgres_store
from tests.flow.schedules.world import World
from tests.support.copies import copy_folder
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.flow.schedules.actions import Action

CONFIRMATIONS = DEEPEST + 2
BATCH_RECORDS = 5
DATABASE, STATE = "bilum.db", "chain.json"


@dataclass(frozen=True)
class Template:
    """What each schedule starts from: an empty database, a chain with the contract, keys.

    Attributes:
        folder: of all files.
        address: the contract's.
        server: a PostgreSQL server, if there is one.
        database: on that server, empty at the newest revision.
    """

    folder: Path
    address: str
    server: str | None = None
    database: str | None = None


@dataclass
class Course:
    """What happened in a schedule.

    Attributes:
        lines: each action with what it came to.
        repairs: how often the recorder repaired what, so far as the database was not restored.
    """

    lines: list[str] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Tell the actions, each with what it came to."""
        return "\n".join(self.lines)


@contextmanager
def template(folder: Path, server: str | None) -> Iterator[Template]:
    """Make what the schedules start from."""
    _migrate({"BILUM_DATA_DIR": str(folder)})
    make_keystore(folder)
    address = deploy_into(folder / STATE)
    with ExitStack() as ending:
        url = None
        if server is not None:
            url = ending.enter_context(fresh_database(server))
            _migrate({"BILUM_DATA_DIR": str(folder), "BILUM_DATABASE_URL": url})
        made = Template(folder, address, server, url)
        _warm(made)
        yield made


@contextmanager
def opened_world(
    made: Template, tamper: Callable[[], object] = lambda: None, *, postgres: bool = False
) -> Iterator[World]:
    """Open a world of its own for one schedule."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as ending:
        folder = Path(temporary) / "data"
        copy_folder(made.folder, folder)
        if postgres:
            assert made.server
            assert made.database
            store = ending.enter_context(postgres_store(made.server, made.database))
        else:
            store = SqliteStore(folder / DATABASE)
        node = ending.enter_context(running_node(folder / STATE, *World.options))
        link = ending.enter_context(link_to(node.port))
        world = World(
            _settings(folder, store.url, link.url, made.address), node, link, store, tamper=tamper
        )
        ending.callback(world.end_recorder)
        yield world


def run_seed(made: Template, seed: int, *, postgres: bool) -> Course:
    """Run the schedule of a seed in a world of its own; see `run`."""
    again = f"python -m tests.flow.schedules {seed}{' --postgres' if postgres else ''} --shorten"
    with opened_world(made, postgres=postgres) as world:
        try:
            return run(world, plan(seed))
        except AssertionError as error:
            error.add_note(f"seed {seed}, again: {again}")
            raise


def run(world: World, actions: Sequence[Action]) -> Course:
    """Do the actions, let the recorder drain, and prove what must hold.

    Raises:
        AssertionError: it does not; the notes tell what happened.
    """
    course = Course()
    try:
        for action in actions:
            came = action.do(world)
            course.lines.append(f"{action!r} -> {came}")
            assert CRASHED not in str(came), came
        course.lines.append(f"drained in {world.drain()} rounds")
        prove(world)
        with world.database() as database, database.read() as session:
            course.repairs.update(read_repairs(session))
    except AssertionError as error:
        error.add_note(f"{course}")
        raise
    return course


def _warm(made: Template) -> None:
    """Record once in this process, so that those forked from it need not load what that takes."""
    with opened_world(made) as world:
        world.report(1)
        runtime = Runtime.open(world.settings, world.clock)
        with open_recorder(runtime) as step:
            step(flush=True)
        runtime.close()


def _migrate(environ: dict[str, str]) -> None:
    database = Database.from_settings(Settings.from_env(environ))
    database.upgrade()
    database.close()


def _settings(folder: Path, database: str, node: str, address: str) -> Settings:
    return Settings.from_env(
        {
            "BILUM_DATA_DIR": str(folder),
            "BILUM_DATABASE_URL": database,
            **on_node(node, address, folder / "keystore.json"),
            "BILUM_CONFIRMATIONS": str(CONFIRMATIONS),
            "BILUM_BATCH_RECORDS": str(BATCH_RECORDS),
        }
    )
