"""A thief reads the database file of a health programme, without its key.

What a person answered, when their days are, why they left and what worries their clinician must
stand nowhere in clear, and the length of nothing sealed may tell one answer from another.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from services.core.errors import WrongDataKey
from services.core.roles import Role
from services.maintenance.key_rotation import RotationMode, rotate_key
from services.messaging.subject_access import export_person
from services.storage.data_key import read_key
from services.storage.database import Database
from services.storage.models import AskedQuestion, Change, Concern, Contact, Message, Party
from services.storage.vault import Vault
from tests.factories import FARMER, KEY
from tests.services.conftest import opened as opened_file
from tests.services.health.scene import CLINICIAN, Course, person, publish

# What the scene's person says and is; "none" and "some" are answers of the last assessment.
TELLING = ("daily", "sometimes", "low_mood", "self_harm", "no_use", "slip", "crave", "2026-12-05")
# Public words of the programme itself, which tell of nobody.
PUBLIC = {"programme_version", "journal", "ledger_leaf"}


def approved(database):
    publish(database)
    person(database, CLINICIAN, Role.CLINICIAN)
    return Course(database)


@pytest.fixture
def course(open_database):
    return approved(open_database("sqlite"))


@pytest.fixture(scope="module")
def lived(migrated_file, tmp_path_factory):
    """A file in which a person answered, slipped, craved, was in danger and left; and the time."""
    file = shutil.copy(migrated_file, tmp_path_factory.mktemp("lived") / "bilum.db")
    with opened_file(f"sqlite:///{file}") as database:
        course = approved(database)
        course.join()
        course.say("CRAVE")
        course.later(days=13, hours=8)
        course.say("1", "SLIP", "I want to die")
        course.say("STOP", "3")
    return file, course.now


@pytest.fixture
def told(lived, tmp_path):
    file, now = lived
    shutil.copy(file, tmp_path / "told.db")
    with opened_file(f"sqlite:///{tmp_path}/told.db") as database:
        yield Course(database, now)


@pytest.fixture
def stolen(told, tmp_path):
    """Every row of the file as the thief sees it: what stands in each column."""
    file = told.database.engine.url.database
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        named = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        tables = [row["name"] for row in connection.execute(named)]
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM '{name}'")]  # noqa: S608
            for name in tables
            if name not in PUBLIC
        }


def in_clear(stolen, word):
    """Where a word stands."""
    return {
        f"{table}.{column}"
        for table, rows in stolen.items()
        for row in rows
        for column, value in row.items()
        if word.encode() in (value if isinstance(value, bytes) else str(value).encode())
    }


@pytest.mark.parametrize("word", TELLING)
def test_thief__looks_for_an_answer_a_day_or_a_danger__finds_none(stolen, word):
    """A thief learns who smokes daily, who slipped, who wants to die, and on which day."""
    assert stolen["asking"]
    assert stolen["concern"]
    assert in_clear(stolen, word) == set()


@pytest.mark.parametrize(
    ("table", "column"), [("asking", "answer"), ("concern", "code"), ("subscription", "anchors")]
)
def test_thief__measures_what_is_sealed__finds_one_length(stolen, table, column):
    """A thief tells `none` from `sometimes` by the length of what is sealed."""
    sealed = [row[column] for row in stolen[table] if row[column] is not None]
    assert len({len(one) for one in sealed}) == 1
    assert len(set(sealed)) == len(sealed), "equal answers look different"


def test_owner__with_the_key__still_reads_every_answer(told):
    """What is sealed is not lost: clinicians and counts read it."""
    answers = {item: answer for item, state, answer in told.askings() if state == "answered"}
    assert (answers["uses"], answers["stop"]) == ("daily", "no_use")
    # The flag is open when they send STOP.
    wanted = [("answer", "low_mood"), ("flag", "self_harm"), ("answer", "sent_stop")]
    assert told.concerns() == wanted
    assert told.row().reason == "no_use"


def test_rotation__after_a_leak__brings_answers_under_the_new_key(told, tmp_path):
    """A thief of the old key reads answers in a file of later."""
    path, database = tmp_path / "data.key", told.database
    path.write_text(KEY.hex())
    fresh = Database(database.engine.url.render_as_string(), Vault(lambda: read_key(path)))
    rotate_key(fresh, path, RotationMode.LEAKED)
    with fresh.read() as session:
        assert "daily" in session.scalars(select(AskedQuestion.answer)).all()
        assert "self_harm" in session.scalars(select(Concern.code)).all()
    fresh.close()
    with pytest.raises(WrongDataKey):
        told.askings()


def test_export__for_the_person__shows_what_they_answered_opened(told):
    """Somebody may ask what is kept of them; it is no use to them under seal."""
    database = told.database
    with database.read() as session:
        index = database.vault.index(FARMER)
        mine = select(Contact.party_id).where(Contact.number_index == index)
        kept = export_person(session, session.get_one(Party, session.scalar(mine)))
    assert {"daily", "no_use"} <= {one["answer"] for one in kept["asking"]}
    assert {one["code"] for one in kept["concern"]} == {"self_harm", "low_mood", "sent_stop"}
    assert {one["what"] for one in kept["subscription_change"]} == {"change", "end", "hold"}
    assert kept["subscription_change"][0]["details"]["cancelled"]
    assert kept["subscription"][0]["anchors"]["enrolment"] == "2026-11-25"
    assert "crave/1" in {one["reply"] for one in kept["message"]}


def test_forgotten__answers_stay_counted__days_and_history_are_gone(told):
    """Who was forgotten is still told by the days of their course, or by its changes."""
    told.forget()
    row = told.row()
    assert (row.state, row.anchors, row.turns) == ("opted_out", {}, {})
    assert ("uses", "answered", "daily") in told.askings()
    with told.database.read() as session:
        assert set(map(str, session.scalars(select(Change.details)))) == {"{}"}
        assert set(session.scalars(select(AskedQuestion.value))) == {None}
        assert set(session.scalars(select(Message.reply))) == {None}
