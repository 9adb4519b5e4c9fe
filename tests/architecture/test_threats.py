"""docs/threats.md names tests and files that exist, and answers every number of the standard."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
# Numbers and levels of OWASP ASVS 5.0.0, levels 1 and 2.
NUMBERS = (ROOT / "tests" / "architecture" / "asvs-5.0.txt").read_text("ascii").splitlines()
ROW = re.compile(
    r"^\| (V\d+\.\d+\.\d+ L[12]) \| ([^|]+) \| (yes|part|no|n/a) \| (.+) \|$", re.MULTILINE
)
ROADS = (
    "SMS",
    "USSD",
    "Village boxes",
    "Readers and the page /scan",
    "API",
    "Webhooks of carriers",
    "The operator's machine",
    "The ledger",
)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
FILE = re.compile(r"`((?:services|gateway|sms|chain|deploy|requirements)/[\w./-]+)(?:::\w+)?`")


def test_tests__that_the_page_names__exist():
    missing = []
    for path, name in TEST.findall(PAGE):
        file = ROOT / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if not text or (name and not re.search(rf"^def {name}\(", text, re.MULTILINE)):
            missing.append(f"{path}::{name}")
    assert missing == []


def test_files__that_the_page_names__exist():
    assert [path for path in FILE.findall(PAGE) if not (ROOT / path).exists()] == []


def test_answers__of_the_standard__are_one_for_each_number_and_counted():
    rows = ROW.findall(PAGE)
    assert [number for number, *_ in rows] == NUMBERS
    assert len(rows) == 253
    counts = Counter(state for _, _, state, _ in rows)
    for state, count in counts.items():
        assert f"{count} **{state}**" in PAGE


def test_answers__each__name_a_test_or_give_a_reason():
    for number, _, _, answer in ROW.findall(PAGE):
        assert TEST.search(answer) or len(answer.split()) >= 2, number


@pytest.mark.parametrize("road", ROADS)
def test_threats__of_a_road__each_have_a_test_or_say_that_they_are_open(road):
    section = PAGE.partition(f"\n## {road}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows, road
    for row in rows:
        assert TEST.search(row) or "**Open**" in row, row
