"""docs/readers.md shows requests that are taken, answers as they are given, and all codes."""

from __future__ import annotations

import json
import re

import pytest

from gateway.errors import ScanFault
from gateway.readers.lines import read_lines
from gateway.readers.presets import presets
from services.livestock.readers import errors, examples
from services.livestock.readers.request_schemas import AS, ConfirmSchema, ScansSchema
from services.livestock.readers.response_schemas import (
    ConfirmedSessionSchema,
    ReaderSessionSchema,
    SessionReviewSchema,
)
from services.texts.catalogue import templates
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import PIG, SENT_PIG
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "readers.md").read_text(encoding="utf-8")
SHOWN = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
CONFIRMATIONS = [one for one in SHOWN if "as" in one and "session" not in one]


def test_page__requests__are_taken_by_their_schemas():
    [scans] = [one for one in SHOWN if "format" in one]
    assert ScansSchema().load(scans)["format"] == "lines"
    assert scans == examples.SCANS
    assert [ConfirmSchema().load(one)["kind"] for one in CONFIRMATIONS] == list(AS)
    assert CONFIRMATIONS[0] == examples.CONFIRM


def test_page__answers__have_every_member_and_no_other(scene):
    [session] = [one for one in SHOWN if "seen" in one]
    assert set(session) == set(ReaderSessionSchema().fields)
    [review] = [one for one in SHOWN if "verdict" in str(one)]
    names = {field.data_key or name for name, field in SessionReviewSchema().fields.items()}
    assert set(review) == names
    reader = reader_of(scene, "keeper")
    given = reader.scan(PIG).json
    assert set(given) == set(session)
    assert [set(one) for one in given["seen"]] == [set(session["seen"][0])]
    farm = scene.places["keeper"]
    assert set(reader.review("stocktake", premises=farm).json) == names
    done = reader.confirm("stocktake", premises=farm).json
    [more] = [one for one in SHOWN if "recorded" in one]
    assert set(done) == names | set(more)
    assert set(done["recorded"][0]) == set(more["recorded"][0])
    assert set(done) == {
        field.data_key or name for name, field in ConfirmedSessionSchema().fields.items()
    }


def test_page__kill_sheet__has_the_members_that_are_given(scene):
    [shown] = [one["sheet"] for one in SHOWN if set(one) == {"sheet"}]
    reader = reader_of(scene, "abattoir")
    reader.scan(SENT_PIG, PIG)
    hall = scene.places["abattoir"]
    arrive = {"direction": "arrive", "premises": hall, "leave_out": [PIG]}
    assert reader.confirm("movement", **arrive).status_code == 200
    reader = reader.another()
    reader.scan(SENT_PIG, PIG)
    given = reader.confirm("slaughter", premises=hall).json["sheet"]
    assert set(given) == set(shown)
    assert set(given["lines"][0]) == set(shown["lines"][0])
    assert set(given["withheld"][0]) == set(shown["withheld"][0])
    assert set(given["totals"]) == set(shown["totals"])


def test_page__codes__are_all_there():
    codes = {
        one.code
        for one in vars(errors).values()
        if isinstance(one, type) and one.__module__ == errors.__name__
    }
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()


def test_page__presets__are_all_there():
    table = set(re.findall(r"^\| `(\w+)` \| (?!what)", PAGE, re.MULTILINE))
    assert set(presets()) <= table


LINES = PAGE.partition("### Lines")[2].partition("Behind a tag")[0]
WHOLE = [one for one in re.findall("`([^`]+)`", LINES) if len(one) > len("261125080102")]


@pytest.mark.parametrize("line", WHOLE)
def test_page__lines__give_a_tag(line):
    found = read_lines(line)
    assert (len(found.scans), found.faults) == (1, ())


@pytest.mark.parametrize("fault", ScanFault)
def test_faults__each__have_a_sentence_in_each_language(fault):
    assert set(templates(f"scan.{fault.value}")) == {"en", "tpi"}
