from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.storage.models import Access, Message
from sms.message import AttemptState, FailureClass, Outcome
from sms.ports import Finished
from sms.reasons import SENTENCES, Reason

SEARCH = "/api/v1/messages/search"


def search(world, **body):
    return world.post(SEARCH, {"to": "+67570000001"} | body, Role.ADMINISTRATOR)


def fail(world):
    """The message that is due first goes out and is refused for good; the attempt."""
    store, now = world.runtime.dispatch_store, world.runtime.clock()
    [started] = store.start("worker", store.claim("worker", 1, now), now)
    never = Outcome(AttemptState.FAILED, failure=FailureClass.NEVER, code="30007")
    store.finish([Finished(started, never)], now)
    return started


def test_search__by_number__gives_messages_with_their_attempts(world):
    world.sms("HELP", "SM1")
    world.sms("HELP", "SM2", sender="+67570000002")
    started = fail(world)

    response = search(world)

    assert response.status_code == 200
    assert response.json["next"] is None
    [found] = response.json["messages"]
    at = "2026-11-25T01:02:03+00:00"
    assert found == {
        "id": str(started.message.id),
        "state": "failed",
        "reason": "refused",
        "explanation": "Not sent: the carrier refuses it as it is.",
        "kind": "answer",
        "purpose": "reply",
        "body": started.message.body,
        "withheld": None,
        "created_at": at,
        "planned_at": at,
        "due_at": at,
        "expires_at": "2026-11-28T01:02:03+00:00",
        "attempts": [
            {
                "id": str(started.attempt_id),
                "channel": started.channel,
                "state": "failed",
                "failure": "never",
                "code": "30007",
                "reference": None,
                "segments": 1,
                "cost_toea": world.runtime.settings.sms.price_of(started.channel),
                "started_at": at,
                "finished_at": at,
            }
        ],
    }
    one = f"/api/v1/messages/{started.message.id}"
    assert world.get(one, Role.ADMINISTRATOR).json == found


@pytest.mark.parametrize("reason", [None, *Reason])
def test_message__for_each_reason__tells_it_in_a_sentence(world, reason):
    world.sms("HELP")
    with world.runtime.database.write() as session:
        session.execute(update(Message).values(reason=reason, kind="programme", scope="quit"))
    [found] = search(world).json["messages"]
    assert found["reason"] == reason
    assert found["explanation"] == (SENTENCES[reason] if reason else None)
    assert (found["kind"], "quit" in str(found)) == ("programme", False)


def cancel(world, message, role=Role.ADMINISTRATOR):
    return world.post(f"/api/v1/messages/{message}/cancel", None, role)


def test_cancel__message_that_waits__closes_it_for_good(world):
    world.sms("HELP")
    [message] = world.runtime.dispatch_store.claim("worker", 1, world.runtime.clock())
    response = cancel(world, message.id)
    assert response.status_code == 200
    told = {name: response.json[name] for name in ("id", "state", "reason", "explanation")}
    assert told == {
        "id": str(message.id),
        "state": "cancelled",
        "reason": "cancelled",
        "explanation": "Not sent: it was cancelled.",
    }
    # The worker that had leased it does not send it.
    assert world.runtime.dispatch_store.start("worker", [message], world.runtime.clock()) == []
    assert search(world).json["messages"] == [response.json]


def test_cancel__same_request_again__gets_the_first_answer_and_a_new_one_a_conflict(world):
    world.sms("HELP")
    [message] = search(world).json["messages"]
    token = world.bearer(Role.ADMINISTRATOR)

    def ask(key):
        return world.app.test_client().post(
            f"/api/v1/messages/{message['id']}/cancel", headers=token | {"Idempotency-Key": key}
        )

    first = ask("one")
    assert (first.status_code, ask("one").json) == (200, first.json)
    other = ask("another")
    assert (other.status_code, other.json["code"]) == (409, "conflict")
    assert "cancelled" in other.json["detail"]


def test_cancel__message_that_went__is_a_conflict_and_changes_nothing(world):
    world.sms("HELP")
    message = fail(world).message
    response = cancel(world, message.id)
    assert (response.status_code, response.json["code"]) == (409, "conflict")
    assert search(world).json["messages"][0]["state"] == "failed"


def test_cancel__nobodys_message_or_no_administrator__is_refused(world):
    assert cancel(world, uuid4()).status_code == 404
    assert cancel(world, uuid4(), Role.VETERINARY_OFFICER).status_code == 403


def noted(world):
    with world.runtime.database.read() as session:
        found = session.scalars(select(Access).order_by(Access.id)).all()
        return [(one.what, one.subject_id, one.token_id) for one in found]


def test_reading__of_messages__is_noted_with_the_token_and_whose_they_are(world):
    world.sms("HELP")
    [message] = search(world).json["messages"]
    world.get(f"/api/v1/messages/{message['id']}", Role.ADMINISTRATOR)
    cancel(world, message["id"])
    search(world, to="+67570000009")
    assert noted(world) == [
        ("POST /api/v1/messages/search", 1, 1),
        ("GET /api/v1/messages/<uuid:message_id>", 1, 2),
        ("POST /api/v1/messages/<uuid:message_id>/cancel", 1, 3),
        ("POST /api/v1/messages/search", None, 4),
    ]


def test_reading__that_is_refused__is_not_noted(world):
    world.get(f"/api/v1/messages/{uuid4()}", Role.ADMINISTRATOR)
    search(world, cursor=str(uuid4()))
    world.post(SEARCH, {"to": "+67570000001"}, Role.AUDITOR)
    assert noted(world) == []


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
