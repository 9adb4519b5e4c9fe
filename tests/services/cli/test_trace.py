"""`bilum trace`, run as people run it."""

from __future__ import annotations

import csv
import io
import json

import pytest

ROWS = """source,destination,id,t
1,2,00001,2005-10-01
2,3,00001,2005-10-03
4,2,00002,2005-10-02
2,5,00003,2005-09-30
"""
DAYS = ("--from", "2005-09-01", "--to", "2005-10-31")


@pytest.fixture
def herd(bilum, imported):
    imported(ROWS)
    return bilum


@pytest.mark.slow
def test_trace__all__has_exactly_the_columns_and_every_premises(herd):
    ended = herd("trace", "--all", *DAYS, "--format", "csv")
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "root,in_degree,out_degree,ingoing_contact_chain,outgoing_contact_chain",
        "premises:1,0,1,0,2",
        "premises:2,2,2,2,2",
        "premises:3,1,0,3,0",
        "premises:4,0,1,0,2",
        "premises:5,1,0,1,0",
    ]


def test_trace__one_as_json__has_both_chains_and_all_events_on_the_ledger(herd):
    document = json.loads(herd("trace", "premises:2", *DAYS, "--format", "json").out)
    numbers = {one["number"] for one in document["outgoing"]["premises"]}
    assert numbers == {"premises:3", "premises:5"}
    assert {one["departure"]["ledger"] for one in document["ingoing"]["movements"]} == {"on chain"}
    assert document["keepers"] == []


@pytest.mark.parametrize(("direction", "ways"), [("in", {"ingoing"}), ("out", {"outgoing"})])
def test_trace__one_direction__has_that_chain_alone(herd, direction, ways):
    ended = herd("trace", "premises:2", *DAYS, "--direction", direction, "--format", "csv")
    assert {row["direction"] for row in csv.DictReader(io.StringIO(ended.out))} == ways


def test_trace__without_a_format__is_a_table_of_both_chains(herd):
    ended = herd("trace", "premises:3", *DAYS)
    assert ended.status == 0
    assert "ingoing contact chain: 3, directly 1" in ended.out
    assert "outgoing contact chain: 0, directly 0" in ended.out
    assert "6 of 6 events on the ledger" in ended.out


@pytest.mark.parametrize(
    ("how", "begins"), [("svg", "<svg "), ("geojson", '{"type": "FeatureCollection"')]
)
def test_trace__picture_or_map__is_written_whole(herd, how, begins):
    ended = herd("trace", "premises:2", *DAYS, "--format", how)
    assert (ended.status, ended.out.startswith(begins)) == (0, True)


def test_trace__animal__tells_where_it_was_and_whom_it_met(herd):
    document = json.loads(herd("trace", "--animal", "animal:00001", "--format", "json").out)
    assert [stay["premises"] for stay in document["stays"]] == [
        "premises:1",
        "premises:2",
        "premises:3",
    ]
    assert [one["animal"] for one in document["companions"]] == ["animal:00002"]
    assert len(document["events"]) == 4
    table = herd("trace", "--animal", "animal:00001").out
    assert "4 events, 4 of them on the ledger" in table
    assert "animal:00002" in table
    nobody = herd("trace", "--animal", "animal:00001", "--from", "2005-10-09", "--to", "2005-10-10")
    assert "animal:00002" not in nobody.out


@pytest.mark.parametrize("which", [(), ("--animal", "animal:00001"), ("--sample", "2")])
def test_trace__score__tells_limit_time_and_how_often_complete(herd, which):
    ended = herd("trace", "--score", *which)
    assert ended.status == 0
    assert "24 hours" in ended.out
    assert "back to the birth premises" in ended.out
    # Animals of an import were never registered.
    assert "0%" in ended.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("1", "--from", "1 Oct", "--to", "2005-10-31"), "1 Oct is not a day such as 2005-10-18"),
        (("1", "--from", "2005-02-30", "--to", "2005-10-31"), "2005-02-30 is not a day"),
        (("1", "--from", "20051001", "--to", "2005-10-31"), "20051001 is not a day"),
        (("1", "--from", "2005-10-31", "--to", "2005-10-01"), "ends before it begins"),
        (("premises:9", *DAYS), "No animal or premises has the number premises:9"),
        (("animal:00001", *DAYS), "animal:00001 is not the number of premises"),
        (("--animal", "animal:9"), "No animal or premises has the number animal:9"),
        (("1",), "--from and --to"),
        (("1", "--from", "2005-10-01"), "--from and --to"),
        ((), "Give one of PREMISES, --all, --animal and --score"),
        (("1", "--all", *DAYS), "Give one of PREMISES"),
        (("--all", *DAYS, "--format", "svg"), "written as csv, not as svg"),
        (("--animal", "animal:00001", "--format", "csv"), "written as json, not as csv"),
    ],
)
def test_trace__wrong_input__is_told_in_one_sentence(herd, arguments, sentence):
    ended = herd("trace", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err


def test_trace__score_without_animals__says_so(bilum):
    ended = bilum("trace", "--score")
    assert (ended.status, "no animal here" in ended.err) == (2, True)
