"""Programs of two versions on one database: what an upgrade may do beside them."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from alembic import command
from sqlalchemy import inspect, text

from services.core.errors import DatabaseUnreachable, OlderProgramRuns, SchemaBehind, SchemaInUse
from services.storage import schema
from services.storage.database import Database
from services.storage.schema import alembic_config, steps
from services.storage.vault import Vault
from tests.factories import KEY, pig, report, source_place, write
from tests.services.conftest import KINDS
from tests.support import environment
from tests.support.next_program import revision_after, write_next_migrations
from tests.support.postgres import fresh_database

ADD = 'op.add_column("premises", sa.Column("trial", sa.String()))'
INDEX = 'create_index("ix_premises_trial", "premises", ["trial"], "trial IS NOT NULL")'
DROP = """
from services.storage.migrations.adding import drop_index
drop_index("ix_premises_kind", "premises")
"""
TAKE = 'op.drop_index("ix_animal_kind", "animal")'
CHANGED = "premises.province is another"
FIRST_STEP = "0066"
"""From it on, programs go on beside a step."""


@pytest.fixture
def next_program(tmp_path, monkeypatch):
    """Do something as a program whose migrations have more steps."""

    def having(*bodies, taking=()):
        folder = tmp_path / "next"
        takes = [number in taking for number in range(len(bodies))]
        return as_next(write_next_migrations(folder, list(bodies), takes))

    @contextmanager
    def as_next(folder):
        config = alembic_config()
        config.set_main_option("script_location", str(folder))
        with monkeypatch.context() as patched:
            patched.setattr(schema, "alembic_config", lambda: config)
            steps.cache_clear()
            try:
                yield
            finally:
                steps.cache_clear()

    return having


@pytest.fixture
def opened():
    with ExitStack() as stack:

        def opening(url):
            database = Database(url, Vault(KEY))
            stack.callback(database.close)
            return database

        yield opening


@pytest.fixture
def server(request, opened):
    """Our program on PostgreSQL."""
    template = request.getfixturevalue("server_template")
    with fresh_database(environment.POSTGRES_URL, template) as url:
        yield opened(url)


@pytest.fixture(params=KINDS)
def ours(request, open_database):
    """Our program, on each kind of database."""
    kind = request.param
    return request.getfixturevalue("server") if kind == "postgresql" else open_database(kind)


@pytest.fixture(params=KINDS)
def bare(request, tmp_path, opened):
    """Our program on a database in which nothing has been made yet."""
    if request.param == "postgresql":
        return opened(request.getfixturevalue("postgres_url"))
    (tmp_path / "new.db").touch()
    return opened(f"sqlite:///{tmp_path}/new.db")


def address_of(database):
    return database.engine.url.render_as_string(hide_password=False)


def test_upgrade__steps_that_add__the_program_of_before_goes_on(ours, opened, next_program):
    with next_program(ADD, INDEX):
        newer = opened(address_of(ours))
        with pytest.raises(SchemaBehind, match="bilum db upgrade"):
            newer.require_schema()
        newer.upgrade()
        newer.require_schema()
        assert newer.is_finished
    ours.require_schema()
    write(ours, report("register", [pig(1)], at=source_place(1)))
    ours.upgrade()
    assert ours.revision() == revision_after(2)


def test_upgrade__steps_that_take_away__wait_until_it_is_finished(ours, opened, next_program):
    with next_program(ADD, TAKE, taking=(1,)):
        newer = opened(address_of(ours))
        newer.upgrade()
        newer.require_schema()
        assert (newer.revision(), newer.is_finished) == (revision_after(1), False)
        ours.close()
        newer.upgrade(finish=True)
        newer.require_schema()
        assert newer.is_finished
        newer.upgrade(finish=True)
    for refused in (ours.require_schema, ours.upgrade):
        with pytest.raises(SchemaBehind, match="newer Bilum made it"):
            refused()


def test_upgrade__one_before_was_not_finished__is_said(ours, opened, next_program):
    with next_program(TAKE, ADD, taking=(0,)):
        newer = opened(address_of(ours))
        newer.upgrade()
        with pytest.raises(SchemaBehind, match="--finish"):
            newer.require_schema()


@pytest.mark.slow
def test_upgrade__empty_database__takes_every_step(bare, opened, next_program):
    with next_program(ADD, TAKE, taking=(1,)):
        newer = opened(address_of(bare))
        newer.upgrade()
        assert newer.revision() == revision_after(2)


@pytest.mark.postgres
def test_finish__while_an_older_program_is_connected__is_refused(server, opened, next_program):
    with next_program(ADD, TAKE, taking=(1,)), server.read() as session:
        session.execute(text("SELECT 1"))
        newer = opened(address_of(server))
        newer.upgrade()
        with pytest.raises(OlderProgramRuns, match=r"from 127\.0\.0\.1"):
            newer.upgrade(finish=True)
        assert newer.revision() == revision_after(1)
        assert is_valid(newer, "ix_animal_kind")
    server.require_schema()


@pytest.mark.postgres
def test_upgrade__two_at_once__take_each_step_once(server, opened, next_program):
    with next_program(ADD, INDEX, "import time\ntime.sleep(0.5)"):
        two = [opened(address_of(server)), opened(address_of(server))]
        threads = [threading.Thread(target=one.upgrade) for one in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {one.revision() for one in two} == {revision_after(3)}
        for one in two:
            one.require_schema()


@pytest.mark.postgres
def test_upgrade__somebody_reads_the_table_for_long__others_do_not_wait_behind_it(
    server, opened, next_program
):
    reader = opened(address_of(server))
    with next_program(ADD):
        newer = opened(address_of(server))
        with reader.read() as session:
            session.execute(text("SELECT count(*) FROM premises"))
            upgrade = threading.Thread(target=newer.upgrade)
            upgrade.start()
            time.sleep(0.5)
            waited = []
            for number in range(1, 4):
                began = time.monotonic()
                write(server, report("register", [pig(number)], at=source_place(number)))
                waited.append(time.monotonic() - began)
                time.sleep(1)
            assert upgrade.is_alive()
        upgrade.join()
        assert newer.revision() == revision_after(1)
    # It lets go of the lock after two seconds.
    assert max(waited) < 3.5


@pytest.mark.postgres
def test_upgrade__lock_never_comes__says_what_to_do(server, opened, next_program, monkeypatch):
    monkeypatch.setattr(schema, "_TRIES", 1)
    with next_program(ADD), server.read() as session:
        session.execute(text("SELECT count(*) FROM premises"))
        newer = opened(address_of(server))
        with pytest.raises(SchemaInUse, match="audit"):
            newer.upgrade()
        assert newer.revision() == revision_after(0)
    with server.write() as session:
        assert session.scalar(text("SHOW lock_timeout")) == "0"


@pytest.mark.postgres
def test_create_index__broken_off__is_made_anew(server, opened, next_program):
    with next_program(ADD, INDEX):
        newer = opened(address_of(server))
        with server.read() as session:
            # It waits for whoever sees what was before it.
            session.execute(text("SELECT count(*) FROM animal"))
            upgrade = threading.Thread(target=partial(failing, newer.upgrade))
            upgrade.start()
            kill_index(server)
            upgrade.join()
        assert not is_valid(server, "ix_premises_trial")
        newer.upgrade()
        assert is_valid(server, "ix_premises_trial")


@pytest.mark.postgres
def test_drop_index__somebody_reads_the_table_for_long__others_do_not_wait_behind_it(
    server, opened, next_program
):
    with next_program(DROP.strip()):
        newer = opened(address_of(server))
        with server.read() as session:
            session.execute(text("SELECT count(*) FROM premises"))
            upgrade = threading.Thread(target=newer.upgrade)
            upgrade.start()
            time.sleep(0.5)
            began = time.monotonic()
            write(server, report("register", [pig(1)], at=source_place(1)))
            waited = time.monotonic() - began
            assert upgrade.is_alive()
        upgrade.join()
        assert newer.revision() == revision_after(1)
        assert is_valid(newer, "ix_premises_kind") is None
    assert waited < 1


def failing(work):
    with pytest.raises(DatabaseUnreachable):
        work()


def kill_index(database):
    """End whoever creates an index, once it waits."""
    ending = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE "
        "'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(100):
        with database.read() as session:
            if session.scalars(ending).all():
                return
        time.sleep(0.1)
    raise AssertionError("nobody created an index")


def is_valid(database, name):
    valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    with database.read() as session:
        return session.scalar(valid, {"name": name})


def shape_of(database):
    """Return what a program relies on: columns by table, and what its rows must fulfil."""
    found = inspect(database.engine)
    tables = {}
    for table in found.get_table_names():
        rules = [
            *(("unique", *one["column_names"]) for one in found.get_unique_constraints(table)),
            *(("unique", one["name"]) for one in found.get_indexes(table) if one["unique"]),
            *(("check", one["sqltext"]) for one in found.get_check_constraints(table)),
            *(("reference", *one["constrained_columns"]) for one in found.get_foreign_keys(table)),
        ]
        columns = {
            one["name"]: (str(one["type"]), one["nullable"], one["default"] is not None)
            for one in found.get_columns(table)
        }
        tables[table] = (columns, set(rules))
    return tables


def faults_of(before, after):
    """Return what a program of before cannot live with."""
    faults = [f"{table} is gone" for table in before.keys() - after.keys()]
    for table, (columns, rules) in before.items():
        now, rules_now = after.get(table, (columns, rules))
        faults += [f"{table}.{one} is gone" for one in columns.keys() - now.keys()]
        faults += [f"{table}: {one} is new" for one in rules_now - rules]
        for name, (kind, nullable, default) in now.items():
            was = columns.get(name)
            if was is None and not (nullable or default):
                faults.append(f"{table}.{name} is new and must be given")
            if was is not None and (kind, nullable) != was[:2]:
                faults.append(f"{table}.{name} is another")
    return faults


def shapes(database, revisions):
    """Yield the shape after each revision."""
    for revision in revisions:
        with database.engine.connect() as connection:
            config = schema.alembic_config()
            config.attributes.update(connection=connection, together=database.is_sqlite)
            command.upgrade(config, revision)
        yield shape_of(database)


@pytest.mark.slow
def test_steps__that_take_nothing_away__leave_the_program_of_before_whole(bare):
    known = [step.revision for step in steps()]
    since = steps()[known.index(FIRST_STEP) :]
    each = list(shapes(bare, [step.revision for step in since]))
    for step, before, after in zip(since[1:], each[:-1], each[1:], strict=True):
        assert step.oldest or not faults_of(before, after), step.revision


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('op.drop_column("premises", "province")', "premises.province is gone"),
        ('op.drop_table("boundary")', "boundary is gone"),
        (
            'op.add_column("premises", sa.Column("x", sa.String(), nullable=False))',
            "premises.x is new and must be given",
        ),
        ('op.alter_column("premises", "province", nullable=False)', CHANGED),
        (
            'op.alter_column("premises", "province", type_=sa.Text())',
            "premises.province is another",
        ),
        (
            'op.create_index("ix_one_name", "premises", ["province"], unique=True)',
            "premises: ('unique', 'ix_one_name') is new",
        ),
        (
            'op.create_check_constraint("ck_x", "premises", "province <> \'x\'")',
            "premises: ('check', \"province::text <> 'x'::text\") is new",
        ),
    ],
)
@pytest.mark.postgres
def test_faults__step_that_breaks_the_program_of_before__are_found(
    server, opened, next_program, body, fault
):
    before = shape_of(server)
    with next_program(body):
        (after,) = shapes(server, [revision_after(1)])
    assert faults_of(before, after) == [fault]
