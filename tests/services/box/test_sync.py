"""The sync: the same request until it is answered, whatever the link and the server do."""

from __future__ import annotations

import json
import random

import pytest

from services.box.intake import _keep
from services.box.pending_requests import pending_request
from services.box.status import read_status
from services.box.store import get_state, set_state
from services.box.sync_loop import IDLE_WAIT, LONGEST_WAIT, Pace, Step
from services.box.tables import ANIMAL, TEXT
from services.devices.signing_client import Reply, ServerUnreachable
from services.village.protocol import QueuedItem, fill
from tests.services.box.village import FARMER, NURSE
from tests.support.environment import SYNCED

LOST = ServerUnreachable("The server does not answer")


def failing(*calls):
    def cut(call):
        if call in calls:
            raise LOST

    return cut


def standing_of(village):
    return read_status(village.box)


@pytest.mark.parametrize("side", ["before", "after"])
def test_sync__link_is_lost__sends_the_same_bytes_until_they_are_answered(village, side):
    setattr(village.server, side, failing(1, 2, 3))
    village.says(FARMER, "HELP")
    village.server.text(NURSE, "Day 1.")
    for _ in range(3):
        assert village.sync.step() is Step.FAILED
        village.says(FARMER, "HELPIM")
    with village.box.store.read() as unit:
        written = pending_request(unit)
    assert village.sync_all() is Step.IDLE
    assert village.server.requests[1] == written.body
    assert sorted(village.server.items) == [1, 2, 3, 4]
    assert village.server.conflicts == []
    village.send_all()
    assert [text for to, text in village.phones.got if to == NURSE] == ["Day 1."]


def test_sync__power_is_cut_after_the_server_took_it__repeats_it(village):
    village.says(FARMER, "HELP")
    village.server.text(NURSE, "Day 1.")
    village.server.after = failing(1)
    village.sync.step()
    again = village.restarted()
    assert again.sync_all() is Step.IDLE
    assert len(again.server.items) == 1
    again.send_all()
    assert [text for to, text in again.phones.got if to == NURSE] == ["Day 1."]
    again.box.close()


@pytest.mark.slow
def test_sync__thousands_of_items__go_in_batches_each_once(village):
    # As many texts of phones would take a minute.
    with village.box.store.write() as unit:
        for number in range(SYNCED):
            body = {"kind": "sms", "at": "2026-11-25T02:00:00Z", "from": FARMER, "text": "DAI 1"}
            _keep(unit, number.to_bytes(32, "big"), {**body, "answered": None, "numbers": []})
    dice = random.Random(7)  # noqa: S311 — no secret
    village.server.before = village.server.after = lambda _call: _maybe(dice)
    steps = 0
    while village.sync.step() is not Step.IDLE:
        steps += 1
        assert steps < 10 + SYNCED * 3 // 20
    assert sorted(village.server.items) == list(range(1, SYNCED + 1))
    assert max(len(json.loads(body)["items"]) for body in village.server.requests.values()) == 50
    assert standing_of(village).queued == 0


def _maybe(dice):
    if dice.random() < 0.3:
        raise LOST


def test_messages__of_an_answer__go_to_phones_once_and_are_reported_once(village):
    first = village.server.text(FARMER, "Risit 7KQ2")
    village.sync_all()
    assert village.send_all() == [(FARMER, "Risit 7KQ2")]
    village.sync_all()
    village.sync_all()
    assert village.server.reports == [{"message": first, "state": "sent"}]
    query = f"secret=a-secret-of-the-box&attempt={first}&state=1&answer="
    for _ in range(2):
        assert village.app.test_client().get(f"/gateway/kannel/dlr?{query}").status_code == 200
    village.sync_all()
    village.sync_all()
    assert village.server.reports[1:] == [{"message": first, "state": "delivered"}]


def test_refused_item__is_never_sent_again(village):
    village.server.refuses = lambda item: "bad" if item["text"] == "HELP" else None
    village.says(FARMER, "HELP")
    village.says(FARMER, "HELPIM")
    village.sync_all()
    assert [row.state for row in village.rows()] == ["refused", "done"]
    assert standing_of(village).refused == {"bad": 1}


def test_revoked__box_stops_and_says_so(village):
    detail = "the device or its key was revoked"
    body = {"status": 403, "code": "gateway.device_revoked", "detail": detail}
    village.server.status = lambda _body: Reply(403, body)
    village.says(FARMER, "HELP")
    assert village.sync.step() is Step.STOPPED
    assert village.sync.step() is Step.STOPPED
    assert village.server.calls == 1
    assert detail in standing_of(village).stopped
    assert village.told(NURSE, "HELP") != ""


def test_key_conflict__box_stops_with_a_sentence(village):
    village.server.status = lambda _body: Reply(
        409, {"status": 409, "code": "gateway.key_conflict", "detail": "used before"}
    )
    assert village.sync.step() is Step.STOPPED
    assert "Ask for a new code" in standing_of(village).stopped


def test_answer_no_longer_kept__box_goes_on_without_it(village):
    village.says(FARMER, "HELP")
    village.server.after = failing(1)
    village.sync.step()
    village.server._answers = {}
    assert village.sync_all() is Step.IDLE
    assert len(village.server.items) == 1
    assert [row.state for row in village.rows()] == ["done"]


PORTALS = [
    Reply(200, {}),
    Reply(200, "welcome"),
    Reply(200, {"taken": [1], "refused": [], "messages": []}),
    Reply(200, {"taken": "all"}),
    Reply(302, {}),
    Reply(403, {}),
    Reply(403, "pay first"),
    Reply(409, []),
    Reply(404, {"code": "not_found"}),
    Reply(429, {"code": "slowly"}),
    Reply(500, {"code": "internal_server_error"}),
    Reply(503, {"code": "unavailable"}),
    Reply(202, {}),
    Reply(202, {"missing": "all"}),
    Reply(202, {"missing": [[1]]}),
]


@pytest.mark.parametrize("reply", PORTALS, ids=lambda reply: f"{reply.status}-{reply.body}"[:40])
def test_answer__not_of_our_server__changes_nothing(village, reply):
    village.says(FARMER, "HELP")
    village.server.status = lambda _body: reply
    assert village.sync.step() is Step.FAILED
    assert standing_of(village).problem
    village.server.status = lambda _body: None
    assert village.sync_all() is Step.IDLE
    assert sorted(village.server.items) == [1]
    assert standing_of(village).problem is None


def test_gap__before_the_boxs_counter__is_filled_with_nothing(village):
    with village.box.store.write() as unit:
        set_state(unit, "counter", 4)
    village.says(FARMER, "HELP")
    assert village.sync_all() is Step.IDLE
    # 4 waited for those before it, 5 learns the time, and 6 brings the text.
    assert sorted(village.server.requests) == [1, 2, 3, 4, 5, 6]
    assert sorted(village.server.items) == [1]
    with village.box.store.read() as unit:
        assert get_state(unit, "counter") == 7


def test_request__server_cannot_read_one_item__sends_all_others(village):
    def strict(body):
        texts = [item["text"] for item in json.loads(body)["items"]]
        if "HELPIM 3" in texts:
            return Reply(422, {"status": 422, "code": "invalid", "detail": "No such text"})
        return None

    village.server.status = strict
    for text in ("HELP", "HELP 2", "HELPIM 3", "HELPIM", "HELPIM 2"):
        village.says(FARMER, text)
    assert village.sync_all() is Step.IDLE
    assert sorted(village.server.items) == [1, 2, 4, 5]
    assert standing_of(village).refused == {"invalid": 1}


def test_lists__of_an_answer__replace_those_before_whole(village):
    def row(*numbers):
        return {
            "numbers": list(numbers),
            "status": "alive",
            "province": None,
            "barred": False,
            "as_of": "2026-11-25T01:00:00Z",
        }

    village.server.statuses = {"version": 1, "rows": [row("1262"), row("1359")]}
    village.sync_all()
    village.server.statuses = {"version": 2, "rows": [row("1359")]}
    village.sync_all()
    assert [one.number for one in village.rows(ANIMAL)] == ["1359"]
    asked = json.loads(village.server.requests[2])["have"]
    assert asked == {"statuses": 1, "programmes": 0, "numbers": 0, "bound": 0}


def test_answer__repeated_after_it_took_effect__changes_nothing(village):
    village.says(FARMER, "HELP")
    request = village.sync._request()
    village.server.blocks = [{"first": 10427, "last": 10436}]
    village.server.text(NURSE, "Day 1.")
    reply = village.server.post("", request.body, request.counter, village.time.really)
    village.sync._take(request, reply)
    before = [village.rows(), village.rows(TEXT)]
    village.sync._take(request, reply)
    assert [village.rows(), village.rows(TEXT)] == before


def test_pace__after_failures__waits_longer_up_to_ten_minutes_with_chance():
    high, low = Pace(lambda: 1.0), Pace(lambda: 0.0)
    waits = [high.after(Step.FAILED) for _ in range(12)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, LONGEST_WAIT]
    assert [low.after(Step.FAILED) for _ in range(3)] == [0.5, 1, 2]
    assert high.after(Step.MORE) == 0
    assert high.after(Step.FAILED) == 1
    assert high.after(Step.IDLE) == IDLE_WAIT


def test_fill__any_sizes__takes_the_first_and_stays_within_the_limits():
    assert fill([QueuedItem(1, 900_000), QueuedItem(2, 1)]) == [QueuedItem(1, 900_000)]
    assert len(fill([QueuedItem(n, 1000) for n in range(1000)])) == 50
    assert len(fill([QueuedItem(n, 20_000) for n in range(1000)])) == 13
    assert fill([]) == []
