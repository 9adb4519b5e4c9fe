from __future__ import annotations

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent / "health"
SMALL, BROKEN = HERE / "small.yaml", HERE / "linting" / "broken.yaml"


def test_programme_lint__good_file__tells_what_a_course_costs(bilum):
    ended = bilum("programme", "lint", str(SMALL))
    assert (ended.status, ended.err) == (0, "")
    assert "tobacco: no faults" in ended.out
    assert "0 rest on a document (0 %)" in " ".join(ended.out.split())
    rows = [line.split() for line in ended.out.splitlines() if "3.00" in line]
    assert [row[1:-1:2] for row in rows] == [
        ["en", "all", "12", "12", "3.00", "2", "27"],
        ["tpi", "all", "12", "12", "3.00", "2", "27"],
    ]


def test_programme_lint__faults__are_told_with_their_lines_and_exit_with_one(bilum):
    ended = bilum("programme", "lint", str(BROKEN))
    assert ended.status == 1
    line = next(line for line in ended.out.splitlines() if "phases.course.over" in line)
    assert line.startswith("fault: phases.course.over (line ")
    assert line.endswith("is on day 90; the course ends on day 60 [after_the_end]")


def test_programme_lint__as_json__has_findings_and_costs(bilum):
    ended = bilum("programme", "lint", str(BROKEN), "--json")
    told = json.loads(ended.out)
    assert ended.status == 1
    assert {
        "severity": "fault",
        "code": "long_title",
        "where": "title",
        "language": "en",
        "told": "has 32 letters; 20 fit into answers",
        "line": 4,
    } in told["findings"]
    assert {cost["language"] for cost in told["costs"]} == {"en", "tpi", "fr"}
    assert told["evidence"]["untagged"] == told["evidence"]["texts"]


def test_programme_lint__words_of_livestock__are_taken(bilum, tmp_path):
    file = tmp_path / "programme.yaml"
    file.write_text(SMALL.read_text("utf-8").replace("en: [QUIT]", "en: [MOVE]"), "utf-8")
    ended = bilum("programme", "lint", str(file))
    assert ended.status == 1
    assert "MOVE already has a meaning" in ended.out


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"code: a\ncode: b\n", "line 2 has the key `code` for the second time"),
        (b"code: a\n", "needs `area`"),
        (b"code: \xff\n", "is not UTF-8"),
    ],
    ids=["a key twice", "half a file", "no text"],
)
def test_programme_lint__no_programme__is_refused_with_what_to_do(bilum, tmp_path, octets, told):
    file = tmp_path / "programme.yaml"
    file.write_bytes(octets)
    ended = bilum("programme", "lint", str(file))
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_programme_lint__neither_file_nor_code__names_what_is_shipped(bilum):
    ended = bilum("programme", "lint", "malaria")
    assert (ended.status, ended.out) == (2, "")
    assert "tobacco" in ended.err


def test_programme_show__small__is_read_day_by_day_as_a_person_does(bilum):
    ended = bilum("programme", "show", str(SMALL))
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert (ended.status, ended.err) == (0, "")
    assert lines[0] == "Joining"
    assert "welcome Welcome, Maria. Your day is 5 Dec. In need, send CRAVE." in lines
    assert lines.index("quit -1") < lines.index("quit, the day itself") < lines.index("quit +30")
    assert "07:30 day-0 Today is the day, Maria!" in lines
    assert "to 1-2: That is hard. Tomorrow is easier." in lines
    assert lines[-1].startswith("stop OK, Quit tobacco ends.")


def test_programme_show__discreet__says_nothing_that_reveals(bilum):
    told = ("programme", "show", str(SMALL), "--item", "before-1")
    plain, discreet = bilum(*told).out, bilum(*told, "--discreet").out
    assert "tobacco" in plain
    assert "tobacco" not in discreet
    assert discreet.endswith("Be ready.\n")


def test_programme_show__cohort_and_language__are_those_that_are_asked_for(bilum):
    told = ("programme", "show", "ageing", "--language", "tpi")
    assert bilum(*told, "--cohort", "carer").out != bilum(*told, "--cohort", "elder").out
    assert bilum(*told).out == bilum(*told, "--cohort", "elder").out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--cohort", "nobody"), "no cohort nobody: all"),
        (("--language", "fr"), "no language fr: en, tpi"),
        (("--item", "nothing"), "Nothing has the id nothing"),
    ],
    ids=["cohort", "language", "item"],
)
def test_programme_show__what_is_not_there__is_told(bilum, options, told):
    ended = bilum("programme", "show", str(SMALL), *options)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_programme_calendar__small__has_a_row_for_each_week(bilum):
    ended = bilum("programme", "calendar", str(SMALL))
    rows = [line.split()[1::2] for line in ended.out.splitlines() if " quit " in line]
    assert (ended.status, ended.err) == (0, "")
    assert rows == [
        ["quit", "-1", ".", ".", ".", ".", ".", ".", "1", "1", "#"],
        ["quit", "+0", "1", ".", "1", "1", ".", ".", ".", "3", "###"],
        ["quit", "+4", ".", ".", "1", ".", ".", ".", ".", "1", "#"],
    ]
    assert "quit: 5 texts, at most 1 on a day" in ended.out
    assert "# is 1 of a week's texts" in ended.out
