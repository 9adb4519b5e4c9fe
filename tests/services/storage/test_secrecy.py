"""What a thief of the database sees: nothing of who, where to call, or what was said."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from gateway.errors import KeyConflict
from services.storage.models import Arrival, Base, Contact, Message, Party, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, Phones, official, rows

PERSON, PLACE, WORDS = "Kanari Nem", "Kanariples", "kanaritok"
CANARIES = (FARMER.encode()[4:], BUYER.encode()[4:], b"Kanari", b"kanari", b"wrote down", b"Risit")


@pytest.fixture
def used(database):
    """A database after a flow with a name, a place, a buyer's phone, and a conflict."""
    phones = Phones(database)
    phones.say(f"PLACE {PLACE}, Jiwaka")
    phones.say(f"REG {official(1)}")
    phones.say(f"MUVIM {official(1)} {BUYER[4:]}")
    phones.send(f"{WORDS} bilong mi", sid="SM-again")
    with pytest.raises(KeyConflict):
        phones.send(f"{WORDS} narapela", sid="SM-again")
    with database.write() as session:
        party_of(Unit(session, database.vault), FARMER).name = PERSON
    return database


def raw_values(database):
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(text("*")).select_from(table)):
                yield from row


def as_bytes(value):
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_rows__after_a_flow__hold_no_number_name_or_word(used):
    stored = b"\n".join(map(as_bytes, raw_values(used)))
    assert [canary for canary in CANARIES if canary in stored] == []
    assert official(1).encode() in stored, "the scan sees what is public"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_files__open_or_closed__hold_no_number_name_or_word(used, tmp_path):
    for when in ("open", "closed"):
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        stored = b"\n".join(files.values())
        assert [canary for canary in CANARIES if canary in stored] == [], (when, list(files))
        assert official(1).encode() in stored, "the scan sees what is public"
        used.close()


def test_sealed_columns__read_with_the_key__are_what_was_said(used):
    with used.read() as session:
        assert FARMER in session.scalars(select(Contact.number)).all()
        assert PERSON in session.scalars(select(Party.name)).all()
        assert PLACE in session.scalars(select(Premises.name)).all()
        assert FARMER in session.scalars(select(Message.recipient)).all()
        assert f"{WORDS} bilong mi" in session.scalars(select(Arrival.payload)).all()
    assert rows(used, Message) == 4


def test_times__read_back__are_utc_and_a_time_without_zone_is_refused(used):
    with used.read() as session:
        assert session.scalars(select(Arrival.received_at)).first().utcoffset().total_seconds() == 0
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 — what must be refused
    with pytest.raises(StatementError, match="needs its zone"), used.read() as session:
        session.execute(select(Arrival).where(Arrival.received_at == naive))
