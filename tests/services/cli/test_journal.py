from __future__ import annotations

import json
import re
import sqlite3

import pytest

ROWS = "source,destination,id,t\n1,2,00001,2005-10-18\n2,3,00001,2005-10-19\n"
CHIEF, OTHER = "+67570000001", "+67570000002"


@pytest.fixture
def recorded(bilum, imported):
    folder = imported(ROWS)
    for role, phone in (("administrator", CHIEF), ("inspector", OTHER)):
        assert bilum("party", "add", "--role", role, "--phone", phone).status == 0
    return folder


@pytest.fixture
def event(bilum, recorded):
    """The id of an event of the animal, as it is shown."""
    shown = bilum("animal", "animal:00001").out
    return re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", shown).group()


def erase(bilum, event, *more, by=CHIEF):
    reason = ("--reason", "ordered_by_an_authority", "--by", by)
    return bilum("journal", "erase", event, *reason, *more)


def contents(folder):
    with sqlite3.connect(folder / "bilum.db") as connection:
        return [row[0] for row in connection.execute("SELECT content FROM journal ORDER BY id")]


@pytest.mark.slow
def test_erase__without_apply__tells_what_would_go_and_takes_nothing(bilum, recorded, event):
    before = contents(recorded)
    ended = erase(bilum, event)
    assert ended.status == 0
    assert "its record(s) on the ledger are" in ended.err
    assert "The state of animal:00001 is made again without it" in ended.err
    assert "Nothing is erased: add --apply" in ended.err
    assert contents(recorded) == before


def test_erase__nobody_says_yes__takes_nothing(bilum, recorded, event, monkeypatch):
    before = contents(recorded)
    monkeypatch.setattr("click.confirm", _refuse)
    with pytest.raises(_Refused):
        erase(bilum, event, "--apply")
    assert contents(recorded) == before


@pytest.mark.slow
def test_erase__applied__is_gone_and_the_audit_counts_it(bilum, recorded, event):
    before = len(contents(recorded))
    ended = erase(bilum, event, "--apply", "--yes")
    assert ended.status == 0, ended.err
    assert "2 record(s) are erased" in ended.err
    after = contents(recorded)
    assert (after.count(None), len(after)) == (1, before + 2)
    assert b"ordered_by_an_authority" in after[-1]
    assert "erased" in bilum("animal", "animal:00001").out
    ended = bilum("audit")
    assert ended.status == 0
    assert ended.out.count("erased, as the ledger says: record") == 2
    assert "CLEAN" in ended.out
    plain = json.loads(bilum("audit", "--json").out)
    assert (plain["clean"], len(plain["erased"])) == (True, 2)


def test_erase__again__says_that_it_is_done(bilum, recorded, event):
    erase(bilum, event, "--apply", "--yes")
    again = erase(bilum, event, "--apply", "--yes")
    assert again.status == 0
    assert "nothing more needs to be done" in again.err
    assert contents(recorded).count(None) == 1


def test_erase__by_somebody_else__is_refused(bilum, recorded, event):
    ended = erase(bilum, event, "--apply", "--yes", by=OTHER)
    assert ended.status == 2
    assert "Only an administrator erases" in ended.err
    assert None not in contents(recorded)


def test_erase__no_reason_of_the_list__is_wrong_usage(bilum, event):
    ended = bilum("journal", "erase", event, "--reason", "because", "--by", CHIEF)
    assert ended.status == 2


class _Refused(Exception):
    pass


def _refuse(*_arguments, **_options):
    raise _Refused
