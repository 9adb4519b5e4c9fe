from __future__ import annotations

from uuid import uuid4

import pytest

from services.storage.people import Role
from sms.message import AttemptState, FailureClass, Outcome

SEARCH = "/api/v1/messages/search"


def search(world, **body):
    return world.post(SEARCH, {"to": "+67570000001"} | body, Role.ADMINISTRATOR)


def test_search__by_number__gives_messages_with_their_attempts(world):
    world.sms("HELP", "SM1")
    world.sms("HELP", "SM2", sender="+67570000002")
    store, clock = world.runtime.dispatch_store, world.runtime.clock
    [message] = store.claim("worker", 1, clock())
    attempt = store.start_attempt(message.id, "twilio", clock())
    never = Outcome(AttemptState.FAILED, failure=FailureClass.NEVER, code="30007")
    store.finish_attempt(attempt, never, None)

    response = search(world)

    assert response.status_code == 200
    assert response.json["next"] is None
    [found] = response.json["messages"]
    assert found == {
        "id": str(message.id),
        "state": "failed",
        "purpose": "reply",
        "body": message.body,
        "created_at": "2026-11-25T01:02:03+00:00",
        "due_at": "2026-11-25T01:02:03+00:00",
        "expires_at": "2026-11-28T01:02:03+00:00",
        "attempts": [
            {
                "id": str(attempt),
                "channel": "twilio",
                "state": "failed",
                "failure": "never",
                "code": "30007",
                "reference": None,
                "started_at": "2026-11-25T01:02:03+00:00",
                "finished_at": "2026-11-25T01:02:03+00:00",
            }
        ],
    }
    assert world.get(f"/api/v1/messages/{message.id}", Role.ADMINISTRATOR).json == found


@pytest.mark.parametrize("written", ["70000001", "+675 7000 0001", "00675-70000001"])
def test_search__number_as_people_write_it__is_found(world, written):
    world.sms("HELP")
    assert len(search(world, to=written).json["messages"]) == 1


def test_search__page_by_page__gives_each_message_once_newest_first(world):
    for count in range(5):
        world.sms("HELP", f"SM{count}")
    every = [one["id"] for one in search(world).json["messages"]]
    paged, cursor = [], None
    while True:
        page = search(world, limit=2, cursor=cursor).json
        paged += [one["id"] for one in page["messages"]]
        cursor = page["next"]
        if cursor is None:
            break
        world.sms("HELP", f"SM-later-{cursor[:8]}")
    assert paged == every
    assert len(set(every)) == 5


def test_search__exactly_one_page__has_no_next(world):
    for count in range(2):
        world.sms("HELP", f"SM{count}")
    assert search(world, limit=2).json["next"] is None


def test_search__cursor_that_nobody_gave__is_invalid(world):
    response = search(world, cursor=str(uuid4()))
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "#/cursor"


def test_search__number_in_the_address__is_no_route(world):
    assert world.get("/api/v1/messages?to=%2B67570000001", Role.ADMINISTRATOR).status_code == 404


def test_message__unknown_id__is_not_found(world):
    response = world.get(f"/api/v1/messages/{uuid4()}", Role.ADMINISTRATOR)
    assert (response.status_code, response.json["code"]) == (404, "not_found")
