from __future__ import annotations

import csv

import pytest

PLANNER, APPROVER = "+67570000901", "+67570000902"


@pytest.fixture
def people(bilum, tmp_path):
    """A planner, an approver, and two people on a list."""
    for role, phone in (("planner", PLANNER), ("approver", APPROVER)):
        assert bilum("party", "add", "--role", role, "--phone", phone).status == 0
    path = tmp_path / "people.csv"
    path.write_text("phone;name;language;list\n70110001;Maria;en;clinic\n70110002;=Jo;tpi;clinic\n")
    assert bilum("import", "people", path).status == 0


@pytest.fixture
def drafted(bilum, people):
    """The id of a draft."""
    return draft(bilum).out.strip()


def draft(bilum, *more, by=PLANNER):
    told = ["--name", "Clinic day", "--payer", "MOH", "--rate", "10", "--list", "clinic"]
    window = ["--opens", "2099-11-25 08:00", "--closes", "2099-11-25 10:00"]
    texts = ["--text", "en={name}, come", "--text", "tpi={name}, kam"]
    return bilum("campaign", "draft", "--by", by, *told, *window, *texts, *more)


@pytest.mark.slow
def test_campaign__draft_to_cancel__goes_through_its_states(bilum, drafted):
    assert "Clinic day" in bilum("campaign", "list").out
    shown = bilum("campaign", "show", drafted).out
    assert "en: {name}, come" in shown
    assert "2099-11-25 08:00 to 2099-11-25 10:00" in shown
    dry = bilum("campaign", "dry-run", drafted).out
    assert "2 people, 2 segments, K 0.50, paid by MOH" in dry
    assert "2099-11-25 08:01" in dry
    assert bilum("campaign", "test", drafted, "--by", PLANNER).status == 0
    assert bilum("campaign", "approve", drafted, "--by", APPROVER).status == 0
    for step, state in (("pause", "paused"), ("resume", "approved"), ("cancel", "cancelled")):
        done = bilum("campaign", step, drafted, "--by", PLANNER)
        assert (done.status, state in done.err) == (0, True)
    assert "cancelled: 0 of 2 queued" in bilum("campaign", "progress", drafted).out


def test_campaign__wrong_person__is_refused_with_a_sentence(bilum, drafted):
    assert "role planner" in draft(bilum, by=APPROVER).err
    own = bilum("campaign", "approve", drafted, "--by", PLANNER)
    assert (own.status, "not_a_planner" in own.err) == (2, True)
    assert bilum("party", "add", "--role", "approver", "--phone", PLANNER).status == 0
    own = bilum("campaign", "approve", drafted, "--by", PLANNER)
    assert (own.status, "same_person" in own.err) == (2, True)


def test_draft__a_field_that_is_wrong__is_told_with_its_place(bilum, people):
    refused = draft(bilum, "--list", "clinc")
    assert refused.status == 2
    assert "  audience.lists: there is no list clinc" in refused.err


@pytest.mark.parametrize(
    "more",
    [
        ("--invite", "tobacco", "--members", "tobacco"),
        ("--text", "no language"),
        ("--invite", "tobacco"),
        ("--members", "tobacco"),
        ("--age-from", "40", "--age-to", "18"),
    ],
)
def test_draft__what_cannot_be__is_refused(bilum, people, more):
    assert draft(bilum, *more).status == 2


def test_import_people__bad_rows__are_told_and_written_with_numbers_masked(bilum, tmp_path):
    path, report = tmp_path / "people.csv", tmp_path / "report.csv"
    path.write_text("phone,name,sex\n70110001,Maria,f\n12,Jo,f\n70110002,Jo,?\n")
    ended = bilum("import", "people", path, "--report", report, "--language", "tpi")
    assert ended.status == 1
    assert "line 3: phone has too many or too few digits: compare it with the form" in ended.err
    assert "1 new people" in ended.err
    assert "70110002" not in ended.err
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(row["line"], row["column"]) for row in rows] == [("3", "phone"), ("4", "sex")]
    assert "70110002" not in report.read_text("utf-8")


def test_import_people__no_such_columns__is_refused(bilum, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("number\n1\n")
    ended = bilum("import", "people", path)
    assert (ended.status, "unreadable_file" in ended.err) == (2, True)
