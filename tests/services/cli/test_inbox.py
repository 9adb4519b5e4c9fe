from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.models import Access
from tests.factories import BUYER, FARMER, Phones, rows

LIVESTOCK = ("--service", "livestock")


@pytest.fixture
def phones(bilum, tmp_path):
    """Phones that write into the folder of the command."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    phones = Phones(runtime.database)
    for sender in (FARMER, BUYER):
        phones.send("PLACE Jiwaka", sender)
    yield phones
    runtime.close()


def test_inbox__what_nobody_understood__is_shown_in_order_with_masked_phones(bilum, phones):
    for text in ("SICK 3", "pik bilong [red]mi\x1b i go we", "wanem samting"):
        phones.send(text)
        phones.now += timedelta(minutes=1)
    shown = bilum("inbox", *LIVESTOCK)
    assert shown.status == 0
    lines = [line for line in shown.out.splitlines() if "twilio-sms" in line]
    assert [line.split()[2] for line in lines] == ["02:01Z", "02:02Z"]
    assert "pik bilong [red]mi  i go we" in lines[0]
    assert "wanem samting" in lines[1]
    assert (FARMER in shown.out, "+675" in shown.out, "SICK 3" in shown.out) == (False, True, False)


def test_inbox__since_and_limit__show_the_newest_alone(bilum, phones):
    for text in ("first words", "second words", "third words"):
        phones.send(text)
        phones.now += timedelta(days=1)
    since = bilum("inbox", *LIVESTOCK, "--since", "2026-11-26").out
    assert ("first" in since, "second" in since, "third" in since) == (False, True, True)
    last = bilum("inbox", *LIVESTOCK, "--limit", 1).out
    assert ("second" in last, "third" in last) == (False, True)


def test_inbox__each_reading__is_noted_once_for_each_phone(bilum, phones):
    for text, sender in (("first words", FARMER), ("second words", FARMER), ("others", BUYER)):
        phones.send(text, sender)
    assert rows(phones.database, Access) == 0
    bilum("inbox", *LIVESTOCK)
    with phones.database.read() as session:
        found = session.scalars(select(Access)).all()
        indexes = {phones.database.vault.index(number) for number in (FARMER, BUYER)}
        assert {one.number_index for one in found} == indexes
        assert {(one.actor_id, one.what) for one in found} == {(None, "bilum inbox")}
        assert len(found) == len({one.subject_id for one in found}) == 2


def test_inbox__without_a_service__counts_and_shows_no_text_and_notes_nothing(bilum, phones):
    for text in ("wanem samting", "mi gat suga na mi no save", "pik bilong mi i go we"):
        phones.send(text)
    shown = bilum("inbox")
    assert ("suga" in shown.out, "+675" in shown.out) == (False, False)
    cells = [line.replace("│", " ").split() for line in shown.out.splitlines()]
    assert ["health", "1"] in cells
    assert ["livestock", "Jiwaka", "2"] in cells
    assert rows(phones.database, Access) == 0
    health = bilum("inbox", "--service", "health").out
    assert ("suga" in health, "wanem" in health) == (True, False)
