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


@pytest.mark.slow
def test_import__whole_file__is_on_the_ledger_when_it_returns(bilum, rows):
    ended = bilum("import", "movements", rows)
    assert ended.status == 0
    assert "3 rows taken, 0 refused; 6 new events" in ended.err
    report = json.loads(bilum("audit", "--json").out)
    assert (report["clean"], report["records"], report["waiting"]) == (True, 12, 0)


@pytest.mark.slow
def test_import__again__records_nothing_twice(bilum, rows):
    bilum("import", "movements", rows)
    ended = bilum("import", "movements", rows)
    assert ended.status == 0
    assert "0 new events" in ended.err
    assert json.loads(bilum("audit", "--json").out)["records"] == 12


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_import__ledger_that_cannot_be_written__keeps_the_rows_and_tells_of_them_all_the_same(
    bilum, monkeypatch, tmp_path
):
    path, report = tmp_path / "rows.csv", tmp_path / "refused.csv"
    path.write_text(ROWS + "3,,00003,2005-10-25,1.0,Pig\n")
    with monkeypatch.context() as away:
        # A node that does not answer, and no key.
        away.setenv("BILUM_CHAIN_URL", "http://127.0.0.1:9")
        ended = bilum("import", "movements", path, "--report", report)
    assert ended.status == 3
    assert "3 rows taken, 1 refused; 6 new events, kept; what waits" in ended.err
    assert "(chain.no_signer)" in ended.err
    assert "5,destination is empty" in report.read_text()
    ended = bilum("import", "movements", path)
    assert ended.status == 1
    assert "0 new events, all on the ledger" in ended.err
    audited = json.loads(bilum("audit", "--json").out)
    assert (audited["clean"], audited["records"], audited["waiting"]) == (True, 12, 0)


@pytest.mark.slow
def test_animal__identifier_with_a_space__is_found(bilum, tmp_path):
    path = tmp_path / "spaces.csv"
    path.write_text(ROWS.replace("00001", "PG 001"))
    bilum("import", "movements", path)
    for tag in ("animal:PG 001", "PG 001"):
        assert bilum("animal", tag).status == bilum("audit", "--tag", tag).status == 0


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["animal:00001", "00001"])
def test_animal__source_identifier__shows_the_stays_in_order(bilum, rows, tag):
    bilum("import", "movements", rows)
    out = bilum("animal", tag).out
    assert out.index("premises:1 ") < out.index("premises:8184") < out.index("premises:2 ")
    assert out.count("record ") == 4


@pytest.mark.slow
def test_animal__identifier_of_an_animal_and_of_premises__is_the_animal_here(bilum, rows):
    bilum("import", "movements", rows)
    assert "animal:1" in bilum("animal", "1").out


@pytest.mark.slow
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


@pytest.mark.slow
def test_import_report__corrected_and_imported_again__brings_the_rest(bilum, tmp_path):
    path, report = tmp_path / "wrong.csv", tmp_path / "refused.csv"
    path.write_bytes(
        ROWS.encode()
        + b"3,,00003,2005-10-25,1.0,Pig\n"
        + b'3,"4, next",00004,25/10/2005,1.0,K\xfch,more\n3,5\n'
    )
    assert bilum("import", "movements", path, "--report", report).status == 1
    assert report.stat().st_mode & 0o077 == 0
    assert report.read_bytes().splitlines() == [
        b"line,reason,source,destination,id,t,n,category",
        b"5,destination is empty,3,,00003,2005-10-25,1.0,Pig",
        b'6,t is not a day such as 2005-10-18: 25/10/2005,3,"4, next",00004,25/10/2005,1.0,K\xfch',
        b"7,id is empty,3,5,,,,",
    ]
    corrected = (
        report.read_bytes().replace(b",3,,", b",3,4,").replace(b",25/10/2005,", b",2005-10-25,")
    )
    report.write_bytes(corrected)
    ended = bilum("import", "movements", report, "--report", report)
    assert "2 rows taken, 1 refused; 4 new events" in ended.err
    assert report.read_text().splitlines() == [
        "line,reason,source,destination,id,t,n,category",
        "4,id is empty,3,5,,,,",
    ]


@pytest.mark.slow
def test_import_report__nothing_refused__is_the_header_alone(bilum, rows, tmp_path):
    report = tmp_path / "refused.csv"
    assert bilum("import", "movements", rows, "--report", report).status == 0
    assert report.read_text() == "line,reason,source,destination,id,t,n,category\n"


@pytest.mark.slow
def test_tag__ordered_issued_and_fitted_twice__tells_its_life_and_what_is_odd(bilum, tmp_path):
    tag = "598000000000012"
    files = {
        "premises": "number,kind,province\n1,household,Jiwaka\n2,household,Enga\n",
        "tags": "first,last,premises,state\n598000000000010,598000000000019,2,ordered\n"
        "598000000000010,598000000000019,1,\n",
        "animals": f"tag,premises,day\n{tag},1,2024-01-05\n{tag},2,2024-02-05\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
        done = bilum("import", name, str(tmp_path / f"{name}.csv"))
        assert done.status == 0, done.err
    told = bilum("tag", tag)
    assert told.status == 0, told.err
    # The range was written down after the pigs.
    assert told.out.split("\n")[0] == f"{tag} fitted"
    assert told.out.count(" fitted ") == 3
    assert "ordered" in told.out
    assert "look at 2024-02-05: tag fitted twice" in told.out


def test_tag__that_nobody_knows__is_refused(bilum):
    told = bilum("tag", "598000000004444")
    assert told.status != 0
    assert "598000000004444" in told.err


@pytest.mark.slow
def test_import__registers_of_a_country__end_on_the_ledger(bilum, tmp_path):
    files = {
        "premises": "number,kind,phone,province\n1,market,+67570000001,Enga\n2,x,+67570000002,\n",
        "tags": "first,last,premises\n598000000000010,598000000000019,1\n",
        "animals": "tag,premises,sex\n598000000000011,1,female\n",
    }
    said = []
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        said.append(bilum("import", kind, path).err)
        assert bilum("import", kind, path).err.count("0 new events") == 1
    assert "1 rows taken, 1 refused; 1 new events" in said[0]
    assert "line 3: kind is none of household" in said[0]
    assert "70000002" not in said[0]
    report = json.loads(bilum("audit", "--json").out)
    assert (report["clean"], report["records"], report["waiting"]) == (True, 4, 0)
    assert "premises:1" in bilum("animal", "598000000000011").out
