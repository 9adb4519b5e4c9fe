"""The inbox through the API: what a query may be, and what an answer; who reads is elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.services.world import SECRET, open_folder

INBOX = "/api/v1/inbox"
STRANGER = "+67570000099"


@pytest.fixture
def office(staged, tmp_path):
    """Everybody's tokens, and a message that nobody understood."""
    folder, made = staged
    world = open_folder(shutil.copytree(folder, tmp_path / "data"), BILUM_TWILIO_AUTH_TOKEN=SECRET)
    assert world.sms("wanem samting", "SM77", STRANGER).status_code == 200
    yield replace(made.callers["officer"], app=world.app)
    world.runtime.close()


def test_list__since_a_later_day__is_empty(office):
    (one,) = office.get(INBOX).json["items"]
    assert (one["text"], one["answered"], one["service"]) == ("wanem samting", False, "unknown")
    assert office.get(f"{INBOX}?since=2027-01-01").json["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "since=x", "service=pigs"])
def test_list__with_a_query_that_is_none__is_refused(office, query):
    assert office.get(f"{INBOX}?{query}").status_code == 422


@pytest.mark.parametrize(
    "text", ["", "a" * 161, "Bai yu kisim \u2019mesej\u2019", "two\nlines"],
    ids=["empty", "long", "quotes", "lines"],
)  # fmt: skip
def test_answer__that_is_no_single_sms__is_refused(office, text):
    (one,) = office.get(INBOX).json["items"]
    assert office.post(f"{INBOX}/{one['id']}/answer", {"text": text}).status_code == 422


@pytest.mark.parametrize("arrival", ["6b" * 32, "nothing", "6b" * 31 + "zz"])
def test_answer__to_nothing__is_404(office, arrival):
    wrong = office.post(f"{INBOX}/{arrival}/answer", {"text": "Yes."})
    assert (wrong.status_code, wrong.json["code"]) == (404, "unknown_arrival")
    assert office.get(f"{INBOX}/{arrival}").status_code == 404
