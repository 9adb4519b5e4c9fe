from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.models import Access, Attempt, Message
from tests.factories import FARMER, NOW

ID = UUID("0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11")
LIKE_IT = UUID("0b7c0f0a-6a42-4a57-9a51-6a3f9e0c9d11")
BODY = "Kisim sut\x1b[31m tumora."
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def runtime(bilum, tmp_path):
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    yield runtime
    runtime.close()


def make(runtime, public_id, **told):
    with runtime.database.write() as session:
        row = Message(
            public_id=public_id,
            dedupe_key=public_id.bytes,
            recipient=FARMER,
            recipient_index=runtime.database.vault.index(FARMER),
            body=BODY,
            **{"purpose": "reminder", "kind": "programme", "scope": "vaccination"} | told,
            created_at=NOW,
            planned_at=NOW,
            due_at=LATER,
            expires_at=LATER,
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def tried(runtime):
    """A message that waits for another try after two, and one whose id begins like it."""
    number = make(runtime, ID, state="queued", reason="retry", tries=2, tried_at=LATER)
    make(runtime, LIKE_IT, state="sent")
    one = {"message_id": number, "started_at": NOW, "finished_at": LATER, "segments": 2}
    with runtime.database.write() as session:
        session.add_all(
            [
                Attempt(
                    **one,
                    public_id=UUID(int=1),
                    channel="kannel",
                    state="failed",
                    failure="route",
                    code="502\x1b",
                    cost=24,
                ),
                Attempt(
                    **one,
                    public_id=UUID(int=2),
                    channel="twilio",
                    state="uncertain",
                    reference="SM77",
                    cost=120,
                    looks=1,
                    look_at=LATER,
                ),
            ]
        )
    return runtime


def accesses(runtime):
    with runtime.database.read() as session:
        return session.execute(select(*Access.__table__.columns)).all()


def test_message__tried_twice__tells_all_of_it_in_words_and_neither_number_nor_text(bilum, tried):
    ended = bilum("message", ID)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "message  0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11",
        "to       +675•••••001",
        "kind     programme, programme vaccination, purpose reminder",
        "state    queued (It waits for another try after one that was certainly not sent.)",
        "queued   2026-11-25 02:00:00Z, planned for 2026-11-25 02:00:00Z",
        "due      2026-11-25 02:10:00Z, expires 2026-11-25 02:10:00Z",
        "tried    2 times, last 2026-11-25 02:10:00Z",
        (
            "attempt 1: kannel, failed; route; carrier's code 502 ; 2 segments, 0.24 kina; "
            "started 2026-11-25 02:00:00Z, ended 2026-11-25 02:10:00Z"
        ),
        (
            "attempt 2: twilio, uncertain; carrier's reference SM77; 2 segments, 1.20 kina; "
            "started 2026-11-25 02:00:00Z, ended 2026-11-25 02:10:00Z; looked up once; "
            "next look-up 2026-11-25 02:10:00Z"
        ),
    ]
    assert accesses(tried) == []


def test_message__with_its_text__shows_it_plain_and_notes_the_access(bilum, tried):
    assert "text     Kisim sut [31m tumora." in bilum("message", ID, "--body").out.splitlines()
    (noted,) = accesses(tried)
    assert noted.number_index == tried.database.vault.index(FARMER)
    assert (noted.actor_id, noted.what) == (None, "bilum message --body")


def test_message__for_machines__holds_the_same(bilum, tried):
    told = json.loads(bilum("message", ID, "--json").out)
    assert told["why"].startswith("It waits for another try")
    assert (told["to"], "body" in told) == ("+675•••••001", False)
    assert [one["cost_kina"] for one in told["attempts"]] == ["0.24", "1.20"]
    assert [one["failure"] for one in told["attempts"]] == ["route", None]
    assert json.loads(bilum("message", ID, "--json", "--body").out)["body"] == BODY


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ("0b7c0f0a-6a42-4a56", 0, ""),
        ("0B7C0F0A6A424A57", 0, ""),
        ("0b7c0f0a-6a42-4a5", 2, "More than one message"),
        ("0b7c0f0b", 2, "No message has this id"),
        ("0b7c0f0", 2, "first eight characters"),
        (FARMER, 2, "first eight characters"),
    ],
)
def test_message__part_of_an_id__is_enough_where_one_message_begins_so(
    bilum, tried, given, status, said
):
    ended = bilum("message", given)
    assert (ended.status, said in ended.err) == (status, True)
    assert FARMER not in ended.err


def test_message__of_who_was_forgotten__is_told_to_nobody(bilum, runtime):
    make(runtime, ID, state="cancelled", reason="forgotten", scope=None)
    with runtime.database.write() as session:
        row = session.scalars(select(Message)).one()
        row.recipient = row.body = ""
    lines = bilum("message", str(ID)[:8]).out.splitlines()
    assert "to       nobody any more" in lines
    assert "state    cancelled (Not sent: the receiver asked to be forgotten.)" in lines
    assert "tried    never" in lines


def test_silenced__numbers_that_write_without_end__are_listed_masked(bilum, runtime):
    for place, reason in enumerate(["loop", "loop", "too_many", "ceiling", None]):
        made = UUID(int=100 + place)
        make(runtime, made, kind="answer", scope=None, state="suppressed", reason=reason)
    shown = bilum("silenced", "--since", f"{NOW:%Y-%m-%d}").out
    (line,) = [line for line in shown.splitlines() if "+675" in line]
    assert FARMER not in shown
    assert " 3 " in line
    assert "too_many" in line
