"""The reader's tables on a terminal of 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from services.cli.reader_tables import show_confirmed, show_review, show_session

TAG, OTHER = "982000001088420", "982000001088421"
RECEIPT = "7KQ2-M9XA-P4TD-WZ3C"
SAID = {"en": "Our book says that it is at another place.", "tpi": "Em i stap long narapela ples."}
SHEET = {
    "premises": {"number": "20468", "name": "Kudjip"},
    "day": "2026-11-25",
    "place": "abattoir",
    "lines": [
        {
            "order": 101,
            "tag": TAG,
            "carcass": "K-1234",
            "kilograms": 161.5,
            "ante_mortem": "passed",
            "post_mortem": "seized",
            "receipt": RECEIPT,
        }
    ],
    "withheld": [{"order": 2, "tag": OTHER, "reasons": [{"code": "withdrawal"}, {"code": "not"}]}],
    "totals": {"slaughtered": 1, "withheld": 1, "kilograms": 61.5},
}


def shown(show, told, language="en"):
    console = Console(file=io.StringIO(), width=80)
    show(console, told, language)
    return console.file.getvalue()


def animal(tag, **known):
    empty = {"place": None, "province": None, "number": None, "status": None}
    return {"tag": tag, "withdrawal_until": None, "flags": [], "orders": []} | empty | known


def session():
    place = {"number": "20468", "name": "A place with quite a long name"}
    much = {"place": place, "number": "104276", "status": "unregistered"}
    flags = {"flags": ["two_places", "moved_while_barred"], "orders": [{"number": "7102"}]}
    seen = [animal(TAG, withdrawal_until="2026-12-02", **much, **flags), animal(OTHER)]
    return {"seen": seen, "faults": [], "clock": None, "scans": 2, "animals": 2}


def review():
    animals = [{"tag": TAG, "verdict": "left_out", "reasons": [{"texts": SAID}]}]
    counts = {"record": 1, "refused": 0, "left_out": 1}
    more = {"not_seen": [], "not_expected": [], "warnings": [], "sheet": SHEET}
    return {"animals": animals, "as": "slaughter", "day": "2026-11-25", "counts": counts} | more


def confirmed():
    flags = [{"animal": TAG, "code": "moved_while_barred"}]
    done = {"type": "slaughter", "animals": 2, "receipt": RECEIPT, "flags": flags}
    return {"sheet": SHEET, "recorded": [done], "registration_wanted": []}


CASES = [
    ("session", show_session, session(), [TAG, OTHER, "104276", "2026-12-02", "unregistered"]),
    ("review", show_review, review(), [TAG, OTHER, RECEIPT, "K-1234", "161.5", "withdrawal"]),
    ("confirmed", show_confirmed, confirmed(), [TAG, OTHER, RECEIPT, "moved_while_barred"]),
]


@pytest.mark.parametrize("language", ["en", "tpi"])
@pytest.mark.parametrize(
    ("show", "told", "whole"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_table__on_80_columns__cuts_nothing_off(show, told, whole, language):
    out = shown(show, told, language)
    assert "…" not in out
    assert all(word in out for word in whole)
    assert max(map(len, out.splitlines())) <= 80


def test_table__in_tok_pisin__has_the_headings_that_the_page_has():
    out = shown(show_confirmed, confirmed(), "tpi")
    assert all(word in out for word in ("mit", "paslain", "sekim mit", "risit", "lukim pastaim"))
    assert all(word not in out for word in ("carcass", "receipt", "look at"))
    assert "marasin inap" in shown(show_session, session(), "tpi")
