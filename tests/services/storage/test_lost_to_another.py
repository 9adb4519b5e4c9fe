"""Units of work that PostgreSQL ends for another's sake are done once more, and lose nothing."""

from __future__ import annotations

from functools import partial
from threading import Barrier, Timer

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from services.core.errors import DatabaseUnreachable
from services.messaging.api.carrier_calls import patiently
from services.storage.bulk import insert_rows
from services.storage.models import Arrival, Counter, LedgerNode
from services.storage.unit_of_work import Units
from tests.factories import Phones, in_threads
from tests.services.health.scene import Course, publish
from tests.support import environment

pytestmark = pytest.mark.postgres

PAIRS = 12
NODES = [(0, number, bytes(32)) for number in range(500)]


@pytest.fixture
def database(open_database):
    return open_database("postgresql")


def locked(session, name):
    return session.scalars(select(Counter).where(Counter.name == name).with_for_update()).one()


def test_run__two_that_lock_in_opposite_order__are_both_done(database):
    met, tries = Barrier(2), []
    with database.write() as session:
        session.add_all([Counter(name="a", value=0), Counter(name="b", value=0)])

    def work(first, second, session):
        tries.append(first)
        row = locked(session, first)
        if len(tries) <= 2:
            met.wait(10)
        row.value += 1
        locked(session, second).value += 1

    in_threads(
        *[
            partial(database.run, partial(work, *names), exclusive=False)
            for names in (("a", "b"), ("b", "a"))
        ]
    )
    assert len(tries) == 3
    with database.read() as session:
        assert session.scalars(select(Counter.value)).all() == [2, 2]


def test_run__that_loses_twice__is_an_error_that_passes(database):
    tries = []

    def work(session):
        tries.append(1)
        session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(DatabaseUnreachable):
        Units(database).run(lambda unit: work(unit.session))
    assert len(tries) == 2


def test_run__that_fails_for_its_own_sake__is_not_repeated(database):
    tries = []

    def work(session):
        tries.append(1)
        session.execute(text("SELECT 1/0"))

    with pytest.raises(Exception, match="division"):
        database.run(work)
    assert len(tries) == 1


def test_text__while_the_server_takes_nobody_for_a_moment__is_taken(database):
    phones, name = Phones(database), database.engine.url.database
    server = create_engine(environment.POSTGRES_URL, isolation_level="AUTOCOMMIT")
    admin = server.connect()
    allow = partial(admin.execute, text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    try:
        admin.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        admin.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        with pytest.raises((DatabaseUnreachable, OperationalError)):
            phones.send("HELP", sid="SM1")
        Timer(0.3, allow).start()
        answer = patiently(lambda: phones.send("HELP", sid="SM1"))
    finally:
        allow()
        admin.close()
        server.dispose()
    assert answer.outcome == "help"


def test_text__while_its_server_has_become_a_standby__is_taken_by_the_next(database):
    """It was an error of ours, for as long as the connections to that server were kept."""
    phones, name = Phones(database), database.engine.url.database
    phones.send("HELP", sid="SM1")
    server = create_engine(environment.POSTGRES_URL, isolation_level="AUTOCOMMIT")
    admin = server.connect()
    leads = text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = off')
    follows = text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        admin.execute(follows)
        database.engine.dispose()
        with pytest.raises(DatabaseUnreachable):
            phones.send("HELP", sid="SM2")
        with pytest.raises(DatabaseUnreachable), database.write() as session:
            insert_rows(session, LedgerNode, ("level", "node_index", "hash"), NODES)
        Timer(0.3, partial(admin.execute, leads)).start()
        answer = patiently(lambda: phones.send("HELP", sid="SM2"))
    finally:
        admin.execute(leads)
        admin.close()
        server.dispose()
    assert answer.outcome == "help"


def test_quit_in_its_intake__stop_at_once_from_the_same_phone__neither_is_lost(database):
    """The two locked a person's rows in different orders, and STOP was the one to be lost."""
    publish(database)
    people = [Course(database, sender=f"+6757200{number:04}") for number in range(PAIRS)]
    for person in people:
        person.say("QUIT")
        in_threads(partial(person.say, "QUIT"), partial(person.say, "STOP"))
    with database.read() as session:
        told = session.scalars(select(Arrival.outcome).where(Arrival.outcome != "")).all()
    assert len(told) == 3 * PAIRS
    assert told.count("stop") == PAIRS
