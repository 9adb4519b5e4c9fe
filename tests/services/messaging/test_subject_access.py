"""Everything that is kept of a person, in one file; nothing of anybody else, and no secret."""

from __future__ import annotations

import json
import stat

import pytest
from sqlalchemy import select

from services.messaging.subject_access import (
    BY_COURSE,
    BY_NUMBER,
    BY_PARTY,
    BY_PERSON,
    BY_TASK,
    NOT_TOLD,
    export_person,
)
from services.storage.models import Base, Contact, Party, Task, TaskEntry
from tests.factories import BUYER, FARMER, Phones

COLUMNS = ("number_index", "recipient_index")


def test_tables__that_name_a_person_or_a_number__are_exported_or_have_a_reason():
    told = (*BY_PARTY, *BY_PERSON, *BY_COURSE, *BY_NUMBER, *BY_TASK, Party)
    known = {one.__tablename__ for one in told} | NOT_TOLD.keys()
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in COLUMNS
        or any(key.column.table.name in {"party", "person"} for key in column.foreign_keys)
    }
    assert naming - known == set()
    assert NOT_TOLD.keys() - Base.metadata.tables.keys() == set()


@pytest.fixture
def exported(database):
    phones = Phones(database)
    phones.say("REG 598000000000017")
    phones.say("TOK PISIN")
    phones.send("HELP please", sender=BUYER, sid="theirs")
    with database.read() as session:
        party = session.scalars(
            select(Party)
            .join(Contact, Contact.party_id == Party.id)
            .where(Contact.number_index == database.vault.index(FARMER))
        ).one()
        return export_person(session, party)


def test_export__of_a_person__holds_the_tasks_about_them_and_their_notes(database):
    phones = Phones(database)
    phones.say("SICK 3 pigs fever")
    with database.write() as session:
        task = session.scalars(select(Task)).one()
        session.add(TaskEntry(task_id=task.id, at=phones.now, kind="note", text="Is afraid."))
        party = session.get_one(Party, task.party_id)
        told = export_person(session, party)
    assert [one["kind"] for one in told["task"]] == ["alarm"]
    assert "topic" not in told["task"][0]
    assert [one["text"] for one in told["task_entry"]][-1] == "Is afraid."


def test_export__of_a_keeper__holds_the_statuses_of_their_pigs_and_place_alone(database):
    phones = Phones(database)
    for who, tag in ((FARMER, "598000000000017"), (BUYER, "598000000000018")):
        phones.say("PLACE Kudjip, Jiwaka", who)
        phones.say(f"REG {tag}", who)
        phones.say(f"SICK {tag} ASF", who)
    phones.say("STOLEN 598000000000017")
    with database.read() as session:
        party = session.scalars(
            select(Party).join(Contact).where(Contact.number_index == database.vault.index(FARMER))
        ).one()
        told = export_person(session, party)
    of = [(one["kind"], one["animal_id"] is None) for one in told["status"]]
    assert sorted(of) == [("stolen", False), ("suspect", False), ("suspect", True)]


def test_export__of_a_person__holds_what_they_wrote_and_got_opened(exported):
    assert [one["number"] for one in exported["contact"]] == [FARMER]
    assert "REG 598000000000017" in [one["payload"] for one in exported["envelope"]]
    assert {one["recipient"] for one in exported["message"]} == {FARMER}
    assert len(exported["premises"]) == 1


def test_export__of_a_person__holds_nobody_else_and_no_secret(exported):
    text = json.dumps(exported)
    assert BUYER not in text
    assert "please" not in text
    for row in (row for rows in exported.values() for row in rows):
        secret = ("digest", "salt", "_index", "hash", "link")
        assert not [name for name in row if name.endswith(secret)]


def test_export__by_command__is_for_its_owner_alone_and_noted(bilum, tmp_path):
    assert bilum("party", "add", "--role", "keeper", "--phone", FARMER).status == 0
    file = tmp_path / "maria.json"
    ended = bilum("party", "export", FARMER, file)
    assert (ended.status, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert json.loads(file.read_text())["contact"][0]["number"] == FARMER
    assert "bilum party export" in bilum("party", "accesses", FARMER).out
