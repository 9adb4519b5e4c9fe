"""A scheduler of several sessions: each stops before every statement and commit until it may go on.

Who waits for a lock is told by the server, so a schedule has the same course each time. Locks are
granted in the commit that releases them: once that is done, whoever waited goes on to its next
statement, and stops there.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from services.storage.database import Database

COMMIT = "COMMIT"
_WAITING = "SELECT pid FROM pg_locks WHERE NOT granted"
_JOURNAL = "SELECT count(*), coalesce(max(id), 0) FROM journal"
_SINCE = "SELECT count(*) FROM journal WHERE id > %s"
_GLANCE = 0.003
_PATIENCE = 20.0
_NEVER = 1_000_000


class State(Enum):
    """What an actor does: waits for its turn, or for a lock; works; has ended."""

    READY = "ready"
    BLOCKED = "blocked"
    RUNNING = "running"
    ENDED = "ended"


class Switch(NamedTuple):
    """After so many statements of whoever is at it, another goes on: the one of that number."""

    after: int
    to: int


class Actor:
    """Somebody's command in a thread of its own. `result` or `error` is what came of it."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self.name, self.work = name, work
        self.state, self.at = State.RUNNING, ""
        self.pid: int | None = None
        self.result: object = None
        self.error: BaseException | None = None


class Stage:
    """Plays schedules on a database; `trace` has who did what in the last one."""

    def __init__(self, database: Database, watch: psycopg.Connection) -> None:
        self._engine, self._watch = database.engine, watch
        self._changed, self._own = threading.Condition(), threading.local()
        self._over = False
        self.trace: list[tuple[str, str]] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stop the actors' sessions at each statement meanwhile; others are left alone."""
        event.listen(self._engine, "before_cursor_execute", self._before_statement)
        event.listen(self._engine, "commit", self._before_commit)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self._before_statement)
            event.remove(self._engine, "commit", self._before_commit)

    def play(
        self, works: Mapping[str, Callable[[], object]], schedule: Sequence[Switch]
    ) -> list[Actor]:
        """Let all work by a schedule, then each to its end; they are returned in their order."""
        actors = [Actor(*one) for one in works.items()]
        threads = [threading.Thread(target=self._work, args=(one,)) for one in actors]
        self.trace, self._over = [], False
        for thread in threads:
            thread.start()
        try:
            self._direct(actors, schedule)
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            for thread in threads:
                thread.join(_PATIENCE)
        return actors

    def _direct(self, actors: Sequence[Actor], schedule: Sequence[Switch]) -> None:
        switches, current = iter(schedule), actors[0]
        left, to = next(switches, Switch(_NEVER, 0))
        self._settle(actors)
        while any(one.state is not State.ENDED for one in actors):
            ready = [one for one in actors if one.state is State.READY]
            if not ready:
                self._await_deadlock(actors)
                continue
            others = [one for one in ready if one is not current]
            if left <= 0 and others:
                current = others[to % len(others)]
                left, to = next(switches, Switch(_NEVER, 0))
            elif current not in ready:
                current = ready[0]
            left -= 1
            self._step(current, actors)

    def _step(self, actor: Actor, actors: Sequence[Actor]) -> None:
        """Let one go to its next statement; what it commits comes last in the journal."""
        self.trace.append((actor.name, actor.at))
        commits = actor.at == COMMIT
        count, last = self._asked(_JOURNAL) if commits else (0, 0)
        with self._changed:
            actor.state = State.RUNNING
            self._changed.notify_all()
        self._settle(actors)
        if commits:
            now, _ = self._asked(_JOURNAL)
            (after,) = self._asked(_SINCE, last)
            assert now - count == after, "an event was committed before one that is older"

    def _asked(self, statement: str, *values: object) -> tuple[int, ...]:
        row = self._watch.execute(statement, values).fetchone()
        assert row is not None
        return row

    def _settle(self, actors: Sequence[Actor]) -> None:
        """Return when each waits for its turn or for a lock, or has ended."""
        end = monotonic() + _PATIENCE
        while moving := self._moving(actors):
            if any(one.state is State.RUNNING for one in moving):
                with self._changed:
                    self._changed.wait(_GLANCE)
            if self._moving(actors) != moving:
                continue
            waiting = {row[0] for row in self._watch.execute(_WAITING)}
            with self._changed:
                if all(one.pid in waiting for one in moving) and self._moving(actors) == moving:
                    for one in moving:
                        one.state = State.BLOCKED
                    return
            assert monotonic() < end, f"nothing moves: {[one.name for one in moving]}"

    def _moving(self, actors: Sequence[Actor]) -> list[Actor]:
        """Return who works; a lock that one waits for may have been released by now."""
        return [one for one in actors if one.state in {State.RUNNING, State.BLOCKED}]

    def _await_deadlock(self, actors: Sequence[Actor]) -> None:
        """Wait until the server ends one of those that all wait for each other."""
        end = monotonic() + _PATIENCE
        while all(one.state in {State.BLOCKED, State.ENDED} for one in actors):
            with self._changed:
                self._changed.wait(_GLANCE)
            assert monotonic() < end, "all wait, and the server ends none"

    def _work(self, actor: Actor) -> None:
        self._own.actor = actor
        try:
            self._stop(actor, "BEGIN")
            actor.result = actor.work()
        except BaseException as error:  # noqa: BLE001 — told by `play`
            actor.error = error
        finally:
            with self._changed:
                actor.state = State.ENDED
                self._changed.notify_all()

    def _stop(self, actor: Actor, at: str) -> None:
        with self._changed:
            actor.at, actor.state = at, State.READY
            self._changed.notify_all()
            while actor.state is not State.RUNNING and not self._over:
                self._changed.wait()

    def _before_statement(
        self, connection: Connection, _cursor: object, said: str, *_: object
    ) -> None:
        self._before(connection, said)

    def _before_commit(self, connection: Connection) -> None:
        self._before(connection, COMMIT)

    def _before(self, connection: Connection, what: str) -> None:
        actor: Actor | None = getattr(self._own, "actor", None)
        if actor is None or self._over:
            return
        actor.pid = connection.connection.driver_connection.info.backend_pid
        self._stop(actor, what)
