from __future__ import annotations

import csv
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.core.settings import Settings
from services.livestock.control.outbreaks import OutbreakDraft, open_outbreak, outbreak_number
from services.livestock.domain.model import Key, Origin
from services.runtime.container import Runtime
from sms.local_time import local_day

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.fixture
def number(bilum):
    """An outbreak in the data folder of the commands."""
    runtime = Runtime.open(Settings.from_env())
    with runtime.database.write() as session:
        draft = OutbreakDraft(uuid4(), "anthrax", Key("premises", "7"), local_day(NOW))
        row = open_outbreak(session, draft, Origin("test", None, NOW))
        found = outbreak_number(session, row.id)
    runtime.close()
    return found


def test_outbreak__list_and_show__tell_state_and_index(bilum, number):
    listed = bilum("outbreak", "list")
    assert listed.status == 0
    assert number in listed.out
    assert "suspect" in listed.out
    shown = bilum("outbreak", "show", number)
    assert (shown.status, "premises:7" in shown.out) == (0, True)


def test_outbreak__situation__is_a_table_or_a_page_in_a_file(bilum, number, tmp_path):
    table = bilum("outbreak", "situation", number)
    assert (table.status, "slaughtered" in table.out) == (0, True)
    target = tmp_path / "page.html"
    assert bilum("outbreak", "situation", number, "--html", target).status == 0
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_outbreak__woah__is_what_is_due_and_a_table_in_a_file(bilum, number, tmp_path):
    shown = bilum("outbreak", "woah", number, "--known-at", "2026-11-25T02:00:00+0000")
    assert (shown.status, "None: not confirmed" in shown.out) == (0, True)
    early = bilum("outbreak", "woah", number, "--known-at", "2026-11-24T02:00:00+0000")
    assert (early.status, "Nobody knew of this outbreak" in early.err) == (2, True)
    target = tmp_path / "woah.csv"
    assert bilum("outbreak", "woah", number, "--csv", target).status == 0
    assert target.read_text(encoding="utf-8").startswith("country,report,report_number,")


def test_outbreak__half_year__is_each_disease_and_province(bilum, number, tmp_path):
    target = tmp_path / "half.csv"
    assert bilum("outbreak", "half-year", "2026-H2", "--csv", target).status == 0
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    found = [one for one in rows if one["disease"] == "Anthrax"]
    assert {one["occurrence"] for one in found} == {"no information", "suspected"}
    shown = bilum("outbreak", "half-year", "2026-H2")
    assert (shown.status, "no information" in shown.out) == (0, True)
    wrong = bilum("outbreak", "half-year", "2026-H3")
    assert (wrong.status, "no half of a year" in wrong.err) == (2, True)


def test_outbreak__unknown_number__is_refused_with_a_sentence(bilum):
    ended = bilum("outbreak", "show", "1234")
    assert (ended.status, "There is no outbreak" in ended.err) == (2, True)
