from __future__ import annotations

import gzip
import json

import pytest

ROWS = """source,destination,id,t,n,category
1,8184,00001,2005-10-18,1.0,Pig
2,1,1,2005-09-16,1.0,Pig
8184,2,00001,2005-10-25,1.0,Pig
"""


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    return path


def test_import__whole_file__is_on_the_ledger_when_it_returns(bilum, rows):
    ended = bilum("import", "movements", rows)
    assert ended.status == 0
    assert "3 rows taken, 0 refused; 6 new events" in ended.err
    report = json.loads(bilum("audit", "--json").out)
    assert (report["clean"], report["records"], report["waiting"]) == (True, 12, 0)


def test_import__again__records_nothing_twice(bilum, rows):
    bilum("import", "movements", rows)
    ended = bilum("import", "movements", rows)
    assert ended.status == 0
    assert "0 new events" in ended.err
    assert json.loads(bilum("audit", "--json").out)["records"] == 12


def test_import__wrong_rows__are_reported_with_line_and_reason_and_the_rest_goes_on(
    bilum, tmp_path
):
    path = tmp_path / "wrong.csv"
    path.write_text(ROWS + "3,,00003,2005-10-25,1.0,Pig\n3,4,00003,25/10/2005,1.0,Pig\n")
    ended = bilum("import", "movements", path)
    assert ended.status == 1
    assert "line 5: destination is empty" in ended.err
    assert "line 6: t is not a day such as 2005-10-18" in ended.err
    assert "3 rows taken, 2 refused" in ended.err


def test_import__file_that_is_cut_off__brings_what_came_before_to_the_ledger(bilum, tmp_path):
    path = tmp_path / "cut.csv.gz"
    many = "".join(f"{n},{n * n % 997},{n * 7919 % 99991},2005-10-18,1,x\n" for n in range(1, 400))
    whole = gzip.compress((ROWS + "3,,3,2005-10-25,1,Pig\n" + many).encode())
    path.write_bytes(whole[:-100])
    ended = bilum("import", "movements", path)
    assert ended.status == 2
    assert "line 5: destination is empty" in ended.err
    assert "cannot be read" in ended.err
    report = json.loads(bilum("audit", "--json").out)
    assert report["records"] > 12
    assert report["waiting"] == 0


def test_animal__identifier_with_a_space__is_found(bilum, tmp_path):
    path = tmp_path / "spaces.csv"
    path.write_text(ROWS.replace("00001", "PG 001"))
    bilum("import", "movements", path)
    for tag in ("animal:PG 001", "PG 001"):
        assert bilum("animal", tag).status == bilum("audit", "--tag", tag).status == 0


@pytest.mark.parametrize("tag", ["animal:nope", "598000000000017", "premises:nope"])
def test_audit__number_that_nothing_has__is_not_clean(bilum, rows, tag):
    bilum("import", "movements", rows)
    ended = bilum("audit", "--tag", tag)
    assert ended.status == 2
    assert "CLEAN" not in ended.out


def test_import__not_a_csv_of_movements__says_which_column_is_missing(bilum, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    ended = bilum("import", "movements", path)
    assert ended.status == 2
    assert "no column source, destination, id, t" in ended.err


@pytest.mark.parametrize("tag", ["animal:00001", "00001"])
def test_animal__source_identifier__shows_the_stays_in_order(bilum, rows, tag):
    bilum("import", "movements", rows)
    out = bilum("animal", tag).out
    assert out.index("premises:1 ") < out.index("premises:8184") < out.index("premises:2 ")
    assert out.count("record ") == 4


def test_animal__identifier_of_an_animal_and_of_premises__is_the_animal_here(bilum, rows):
    bilum("import", "movements", rows)
    assert "animal:1" in bilum("animal", "1").out


def test_audit__identifier_of_both__asks_which_is_meant(bilum, rows):
    bilum("import", "movements", rows)
    ended = bilum("audit", "--tag", "1")
    assert ended.status == 2
    assert "animal:1 or premises:1" in ended.err
    assert bilum("audit", "--tag", "premises:1").status == 0
    assert bilum("audit", "--tag", "animal:1").status == 0


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("animal:00009", "has the number animal:00009"),
        ("104277", "check digits"),
        ("59800000000001", "15 digits"),
    ],
)
def test_animal__number_that_is_not_right__is_told_why(bilum, tag, reason):
    ended = bilum("animal", tag)
    assert ended.status == 2
    assert reason in ended.err
