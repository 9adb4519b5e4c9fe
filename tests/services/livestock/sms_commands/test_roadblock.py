"""What inspectors, keepers and officers write at a roadblock and about permits, and the replies.

The scenes are in checking.txt and permitting.txt.
"""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import update

from services.core.roles import Role
from services.storage.models import Journal, Premises
from services.texts.catalogue import LANGUAGES
from tests.factories import BUYER, FARMER, rows
from tests.services.conftest import opened
from tests.services.livestock.country import INSPECTOR, VET, Country, official
from tests.services.livestock.roadblock_scenes import player
from tests.services.livestock.table import scenes
from tests.support.texts import assert_one_segment

SCENES = [
    pytest.param(lines, id=f"{table}: {title}")
    for table in ("checking", "permitting")
    for title, lines in scenes(f"{table}.txt").items()
]


@pytest.fixture
def land(founded_file, tmp_path):
    shutil.copy(founded_file, tmp_path / "bilum.db")
    with opened(f"sqlite:///{tmp_path}/bilum.db") as database:
        yield Country(database)


@pytest.mark.parametrize("lines", SCENES)
def test_answer__scene_of_the_table__goes_as_written(land, lines):
    assert list(player(land).play(lines)) == lines


@pytest.mark.postgres
def test_answer__all_scenes__are_the_same_on_both_databases(open_database):
    for scene in SCENES:
        land = Country(open_database("postgresql")).found()
        (lines,) = scene.values
        assert list(player(land).play(lines)) == lines


def test_answer__permits_number_where_no_permit_is_needed__names_the_permit(land):
    number = land.permit(heads=14)
    with land.database.write() as session:
        session.execute(update(Premises).values(province="Madang"))
    told = land.phones.say(f"OK {number}")
    assert told == f"OK. Permit {number}: 14 pigs may go from 1068 to 1165 on 25 Nov. Count them."


def posted(land, number, province):
    with land.database.write() as session:
        party = land.party(session, number)
        party.role, party.province = Role.VETERINARY_OFFICER.value, province


def test_permit__officer_of_another_province__is_told_who_decides(land):
    number = land.permit(1, state=None)
    posted(land, BUYER, "Jiwaka")
    posted(land, VET, "Madang")
    refused = (
        f"Permit {number} starts in Jiwaka: only an officer of Jiwaka may answer it. "
        "Questions: call NAQIA 1801332."
    )
    for answer in ("YES", "NO", "REVOKE"):
        assert land.phones.send(f"PERMIT {number} {answer}", VET).text == refused
    posted(land, VET, "Jiwaka")
    assert land.phones.say(f"PERMIT {number} YES", VET).startswith("NOT issued yet.")
    posted(land, VET, "Madang")
    code = player(land).codes()[-1]
    assert land.phones.send(code, VET).text == refused
    assert "waits for an officer" in land.phones.say(f"PERMIT {number}", FARMER)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_answer__longest_names_and_numbers__fits_one_sms(land, language):
    with land.database.write() as session:
        session.execute(update(Premises).values(name="W" * 200, district="Ä" * 90))
    numbers = " ".join(f"animal:{'x' * 50}{number}" for number in range(20))
    land.phones.say("LANG EN" if language == "en" else "TOK PISIN", INSPECTOR)
    land.phones.say(f"POST {land.post}", INSPECTOR)
    land.permit(1, 2, 3)
    land.permit(heads=99_999)
    land.zone("Eastern Highlands")
    for text in (
        numbers,
        f"{numbers.partition(' ')[0]} {land.goroka}",
        official(1),
        "1941",
        "2038",
    ):
        land.phones.say(text, INSPECTOR)
        land.phones.say({"en": "PASS", "tpi": "PASIM"}[language], INSPECTOR)
        land.phones.now += timedelta(minutes=20)
    for sms in player(land).outbox():
        assert_one_segment(sms.body)


def test_answer__same_sms_twice__is_one_event_and_one_reply(land):
    land.phones.say(f"POST {land.post}", INSPECTOR)
    events = rows(land.database, Journal)
    answers = [
        land.phones.send(f"CHECK {official(1)} BACK", INSPECTOR, sid="SM-same") for _ in "12"
    ]
    assert answers[0] == answers[1]
    assert rows(land.database, Journal) == events + 1
