"""Rows of an earlier schema: an upgrade keeps them, and seals what is sealed now."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from datetime import date, datetime
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.exc import IntegrityError

from services.core.errors import WrongDataKey
from services.maintenance.reencryption import sealed_columns
from services.storage.database import Database
from services.storage.models import (
    Arrival,
    AskedQuestion,
    Base,
    Change,
    Concern,
    Message,
    Subscription,
)
from services.storage.schema import alembic_config
from services.storage.vault import Vault
from tests.factories import KEY, NOW
from tests.services.conftest import KINDS
from tests.support import environment
from tests.support.postgres import fresh_database

DUE = "2026-12-24"
HERS = {"enrolment": "2026-11-01", "birth": DUE}
CLEAR = {
    "subscription": {"reason": "relapsed", "anchors": HERS, "turns": {"slip": 2}},
    "asking": {"answer": "pregnant", "value": DUE},
    "subscription_change": {"details": {"created": [{"item": "birth-1", "at": DUE}]}},
    "concern": {"code": "suicide"},
}
ASKED, CODE = "asked-1", "tobacco"
CLEAR_TOO = {"asking": {"item": ASKED}, "programme_version": {"code": CODE}}
SENT = [("as1", "course"), (ASKED, "reply"), ("slip/1", "reply"), (None, "reply")]
CAME = {
    "tobacco.slip": "programme.word",
    "tobacco.join": "programme.join",
    "unanswered.unbound.tobacco.slip": "unanswered.unbound.programme.word",
    "tobaccos.slip": "tobaccos.slip",
    "programme.answer": "programme.answer",
    "not_understood": "not_understood",
    "disease": "disease",
}
SERVICES = {"not_understood": "health", "disease": "livestock"}


@pytest.fixture(scope="module")
def earlier_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("earlier") / "new.db"
    file.touch()
    make_earlier(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="module")
def earlier_server():
    with fresh_database(environment.POSTGRES_URL) as url:
        make_earlier(url)
        yield url


@pytest.fixture(params=KINDS)
def earlier(request, tmp_path):
    """A database at the schema before answers were sealed, with a person's course in it."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            source = request.getfixturevalue("earlier_server")
            url = stack.enter_context(fresh_database(environment.POSTGRES_URL, source))
        else:
            file = shutil.copy(request.getfixturevalue("earlier_file"), tmp_path)
            url = f"sqlite:///{file}"
        database = Database(url, Vault(KEY))
        stack.callback(database.close)
        yield database


def make_earlier(url):
    database = Database(url, Vault(KEY))
    with database.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0021")
    fill(database)
    database.close()


def fill(database):
    """Write rows as the schema of then has them; what it tells nothing of is of no matter."""
    tables = MetaData()
    tables.reflect(database.engine)
    with database.engine.begin() as connection:
        for name in ("party", "programme_version", *CLEAR):
            table = tables.tables[name]
            given = CLEAR.get(name, {}) | CLEAR_TOO.get(name, {})
            # The second person's invitation was never sent.
            for key in (1, 2):
                row = {column.name: any_value(column, key) for column in table.columns}
                row |= given | {"id": key}
                if name == "subscription" and key == 2:
                    row |= {"reason": "never_asked", "state": "lost", "anchors": {}, "turns": {}}
                connection.execute(insert(table), row)
        write_texts(connection, tables)


def write_texts(connection, tables):
    """Texts of a course and back, and the outcomes of what came."""
    message, envelope = tables.tables["message"], tables.tables["envelope"]
    for key, (item, purpose) in enumerate(SENT, 1):
        row = {column.name: any_value(column, key) for column in message.columns}
        row |= {"id": key, "subscription_id": 1}
        connection.execute(insert(message), row | {"item": item, "purpose": purpose})
    for key, outcome in enumerate(CAME, 1):
        row = {column.name: any_value(column, key) for column in envelope.columns}
        connection.execute(insert(envelope), row | {"outcome": outcome})


def any_value(column, key):
    if column.foreign_keys:
        return key if column.name.endswith(("party_id", "subscription_id", "version_id")) else None
    kind = column.type.python_type
    if kind is bytes and column.nullable:
        return None
    if kind is bytes and column.name in {"recipient", "body", "number"}:
        return Vault(KEY).seal(f"+6757000000{key}".encode())
    values = {int: key, str: f"{column.name} {key}", bytes: bytes([key]), bool: False}
    values |= {datetime: NOW, date: NOW.date(), UUID: UUID(int=key)}
    as_text = column.name.endswith("public_id") and kind is str
    return UUID(int=key).hex if as_text else values.get(kind)


@pytest.mark.slow
def test_upgrade__answers_in_clear__are_kept_and_sealed(earlier):
    earlier.upgrade()
    with earlier.read() as session:
        hers, theirs = session.scalars(select(Subscription).order_by(Subscription.id))
        assert (hers.reason, hers.anchors, hers.turns) == ("relapsed", HERS, {"slip": 2})
        assert not hers.never_asked
        assert (theirs.reason, theirs.anchors, theirs.never_asked) == (None, {}, True)
        for asked in session.scalars(select(AskedQuestion)):
            assert (asked.answer, asked.value) == ("pregnant", DUE)
        told = session.scalars(select(Change.details)).all()
        assert told == [CLEAR["subscription_change"]["details"]] * 2
        assert session.scalars(select(Concern.code)).all() == ["suicide"] * 2
    earlier.upgrade()


@pytest.mark.slow
def test_upgrade__words_of_a_programme__are_named_no_more(earlier):
    earlier.upgrade()
    with earlier.read() as session:
        sent = session.execute(select(Message.item, Message.reply).order_by(Message.id)).all()
        assert sent == [("as1", None), (ASKED, None), (None, "slip/1"), (None, None)]
        came = session.scalars(select(Arrival.outcome).order_by(Arrival.key_digest)).all()
        assert came == list(CAME.values())


@pytest.mark.slow
def test_upgrade__messages_that_nobody_understood__stay_with_who_could_read_them(earlier):
    earlier.upgrade()
    with earlier.read() as session:
        rows = session.execute(select(Arrival.outcome, Arrival.service, Arrival.province)).all()
    assert {(row.outcome, row.service, row.province) for row in rows} == {
        (outcome, SERVICES.get(outcome), None) for outcome in CAME.values()
    }


@pytest.mark.slow
def test_upgrade__answers_in_clear__leaves_nothing_of_them_in_the_files(earlier, tmp_path):
    earlier.upgrade()
    words = (
        b"pregnant",
        b"relapsed",
        b"suicide",
        b"slip/1",
        b"tobacco.slip",
        DUE.encode(),
        b"birth-1",
    )
    if earlier.is_sqlite:
        stored = b"".join(one.read_bytes() for one in tmp_path.glob("new.db*"))
        assert stored
    else:
        with earlier.read() as session:
            stored = b"".join(
                repr(row).encode()
                for table in Base.metadata.sorted_tables
                for row in session.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608
            )
    assert [word for word in words if word in stored] == []


@pytest.mark.slow
def test_upgrade__killed_at_the_end__begins_again(earlier, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("services.storage.migrations.sealing.CHUNK_ROWS", 1)
        patched.setattr("services.storage.vault.Vault.seal", die)
        with pytest.raises(KeyboardInterrupt):
            earlier.upgrade()
    assert earlier.revision() == "0021"
    earlier.upgrade()
    with earlier.read() as session:
        assert session.scalars(select(Concern.code)).all() == ["suicide"] * 2


def test_upgrade__without_the_key__is_refused_and_changes_nothing(earlier):
    def missing():
        raise WrongDataKey("no key")

    keyless = Database(earlier.engine.url.render_as_string(hide_password=False), Vault(missing))
    with pytest.raises(WrongDataKey):
        keyless.upgrade()
    keyless.close()
    assert earlier.revision() == "0021"


@pytest.mark.slow
def test_upgrade__tables_built_anew__keep_their_references_and_indexes(earlier):
    before = indexes_of(earlier)
    earlier.upgrade()
    assert before <= indexes_of(earlier)
    with pytest.raises(IntegrityError), earlier.write() as session:
        session.execute(text("UPDATE asking SET subscription_id = 99"))


def indexes_of(database):
    where = (
        "sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if database.is_sqlite
        else "(SELECT indexname AS name, indexdef AS sql FROM pg_indexes"
        " WHERE schemaname = current_schema()) AS x WHERE true"
    )
    names = ("subscription", "asking", "concern")
    with database.read() as session:
        rows = session.execute(text(f"SELECT name, sql FROM {where}")).all()  # noqa: S608
    return {
        (name, " ".join(sql.replace('"', "").split()))
        for name, sql in rows
        if any(f"ix_{one}" in name or f"uq_{one}" in name for one in names)
        # A party's key stands in none of them any more.
        and "party_id" not in sql
    }


def test_sealed_columns__of_health__are_those_of_the_decision():
    found = {
        f"{table.name}.{column.name}" for table, all_ in sealed_columns().items() for column in all_
    }
    assert found >= {f"{table}.{name}" for table, names in CLEAR.items() for name in names}
