"""What goes to people of a village: by its box, once, and by the ordinary road when they left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, func, select, type_coerce, update

from services.core.errors import WrongDataKey
from services.devices.registry import find_device, revoke_device
from services.messaging import village_routing
from services.messaging.consent import consent_index, refuse
from services.messaging.dispatch import village_handover
from services.messaging.village_routing import free_mail
from services.runtime.workers import keep_time
from services.storage.models import Message, Spending
from services.village.device_ends import end_device
from sms.consent import EVERYTHING
from sms.message import Kind, Late
from tests.services.village.box import FARMER, NURSE, OTHER, set_up_box
from tests.services.village.post import DAY, Post
from tests.support.round_trips import counted


@pytest.fixture
def post(any_box):
    any_box.sync(any_box.sms("HELP"))
    any_box.had.clear()
    return Post(any_box)


WAITS = ("queued", "village", "village")


def test_mail__for_a_village__waits_for_its_box_and_is_handed_over_once(post):
    post.write("a text of the course")
    assert post.work() == ""
    assert post.states() == [WAITS]
    post.box.sync()
    assert post.box.texts() == ["a text of the course"]
    assert post.states() == [("sent", None, "")]
    post.box.sync()
    post.work()
    assert post.box.texts() == ["a text of the course"]


def test_mail__text_that_does_not_open__keeps_no_other_waiting(post):
    post.write("damaged")
    post.write("a text of the course")
    post.work()
    with post.runtime.database.write() as session:
        first = select(func.min(Message.id)).where(Message.purpose == "test").scalar_subquery()
        damaged = {"body": type_coerce(b"\x02damaged", LargeBinary)}
        session.execute(update(Message).where(Message.id == first).values(damaged))
    post.box.sync()
    assert post.box.texts() == ["a text of the course"]
    assert post.states() == [("queued", "unreadable", "village"), ("sent", None, "")]


def test_mail__for_others__goes_by_the_ordinary_road(post):
    post.write("to somebody else", OTHER)
    assert "to somebody else" in post.work()
    post.box.sync()
    assert post.box.texts(OTHER) == []


def test_mail__that_is_urgent__waits_for_no_box(post):
    post.write("urgent", kind=Kind.URGENT)
    post.box.sync()
    assert "urgent" in post.work()
    assert post.box.had == []


def test_mail__that_is_direct__waits_for_no_box(post):
    post.write("a code", kind=Kind.ANSWER, direct=True)
    post.box.sync()
    assert "a code" in post.work()
    assert post.box.had == []


def test_mail__costs_nothing_and_is_counted(post):
    post.write("a text of the course")
    post.box.sync()
    with post.runtime.database.read() as session:
        rows = session.scalars(select(Spending).where(Spending.channel == "village")).all()
        assert sum(row.cost for row in rows) == 0
        assert sum(row.segments for row in rows) == 2
    assert post.attempts()[-1] == ("village", "sent", None, 0)


@pytest.mark.parametrize(
    ("state", "code", "message", "attempt"),
    [
        ("sent", None, ("sent", None, ""), "sent"),
        ("delivered", "0", ("delivered", None, ""), "delivered"),
        ("undelivered", "REJECTD", ("undelivered", "refused", ""), "undelivered"),
        ("failed", "no_modem", ("queued", "retry", ""), "failed"),
        ("uncertain", "restart", ("uncertain", "uncertain", ""), "uncertain"),
    ],
)
def test_report__of_a_box__tells_what_became_of_it(post, state, code, message, attempt):
    post.write("a text")
    (handed,) = post.box.sync()["messages"]
    report = {"message": handed["id"], "state": state, "code": code}
    post.box.sync(reports=(report,))
    assert post.states() == [message]
    assert post.attempts()[-1][1:3] == (attempt, code)
    # The same again changes nothing.
    post.box.sync(reports=(report, report))
    assert post.states() == [message]


def test_report__never_begun__is_handed_over_again_under_another_id(post):
    post.write("a text")
    (first,) = post.box.sync()["messages"]
    post.box.sync(reports=({"message": first["id"], "state": "failed", "code": "no_modem"},))
    post.runtime.clock.pass_by(60)
    post.work()
    (second,) = post.box.sync()["messages"]
    assert second["text"] == first["text"]
    assert second["id"] != first["id"]
    delivered = {"message": second["id"], "state": "delivered", "code": None}
    post.box.sync(reports=(delivered,))
    assert post.states() == [("delivered", None, "")]


def test_report__uncertain_after_delivered__changes_nothing(post):
    post.write("a text")
    (handed,) = post.box.sync()["messages"]
    for state in ("delivered", "uncertain"):
        post.box.sync(reports=({"message": handed["id"], "state": state, "code": None},))
    assert post.states() == [("delivered", None, "")]


def test_report__several_of_one_message_in_one_batch__the_furthest_counts(post):
    post.write("a text")
    (handed,) = post.box.sync()["messages"]
    states = ("uncertain", "delivered", "sent")
    reports = tuple({"message": handed["id"], "state": one, "code": None} for one in states)
    post.box.sync(reports=reports)
    assert post.states() == [("delivered", None, "")]


def test_report__on_another_boxs_message__has_no_effect(post):
    post.write("a text")
    (handed,) = post.box.sync()["messages"]
    other = set_up_box(post.box.world, "another village")
    other.sync(reports=({"message": handed["id"], "state": "failed", "code": None},))
    other.sync(reports=({"message": handed["id"], "state": "uncertain", "code": None},))
    assert post.states() == [("sent", None, "")]


def test_mail__person_writes_by_another_road__goes_by_that(post):
    post.write("a text")
    post.work()
    assert post.states() == [WAITS]
    post.box.world.sms("HELP", "SM7", FARMER)
    assert "a text" in post.work()
    post.box.sync()
    assert "a text" not in post.box.texts()


def test_mail__person_writes_by_the_box_again__goes_by_the_box(post):
    post.box.world.sms("HELP", "SM7", FARMER)
    post.work()
    post.runtime.clock.pass_by(60)
    post.box.sync(post.box.sms("HELP", at=post.box.now))
    post.write("a text")
    assert post.work() == ""
    assert "a text" in "".join(post.box.sync()["messages"][0]["text"])


def test_mail__old_batch_after_another_road__changes_nothing(post):
    post.box.world.sms("HELP", "SM7", FARMER)
    post.box.world.sms("HELP", "SM8", OTHER)
    old = "2026-11-20T01:02:03Z"
    post.box.sync(post.box.sms("HELP", at=old), post.box.sms("HELP", OTHER, at=old))
    for number, text in ((FARMER, "to one"), (OTHER, "to the other")):
        post.write(text, number)
    sent = post.work()
    assert "to one" in sent
    assert "to the other" in sent


def test_mail__person_seen_by_another_box__is_fetched_by_that(post):
    post.write("a text")
    post.work()
    other = set_up_box(post.box.world, "another village")
    post.runtime.clock.pass_by(60)
    other.sync(other.sms("HELP", at=post.box.now))
    assert "a text" in other.texts()
    post.box.sync()
    assert post.box.texts() == []


def test_mail__thirty_days_after_the_person_was_seen__goes_by_the_ordinary_road(post):
    post.write("before", life=40 * DAY)
    post.work()
    post.runtime.clock.pass_by((30 * DAY + timedelta(hours=1)).total_seconds())
    keep_time(post.runtime)
    post.write("after")
    sent = post.work()
    assert "before" in sent
    assert "after" in sent


def test_mail__of_a_revoked_box__goes_by_the_ordinary_road(post):
    post.write("a text")
    post.work()
    with post.runtime.database.write() as session:
        revoke_device(find_device(session, post.box.device.id), post.runtime.clock())
    keep_time(post.runtime)
    assert "a text" in post.work()


def end(post):
    with post.runtime.database.write() as session:
        end_device(session, find_device(session, post.box.device.id), post.runtime.clock())


def told(handed, state):
    return {"message": handed["id"], "state": state, "code": None}


@pytest.mark.slow
def test_mail__handed_to_a_box_that_is_revoked__is_in_doubt_and_counted(post):
    post.write("a text")
    post.write("another text")
    post.box.sync()
    before = post.box.world.metric("bilum_attempts_in_doubt")
    end(post)
    assert post.states() == [("uncertain", "uncertain", "")] * 2
    assert post.attempts()[-1] == ("village", "uncertain", "revoked", 0)
    assert post.box.world.metric("bilum_attempts_in_doubt") >= before + 2
    post.runtime.clock.pass_by(60)
    assert "text" not in post.work(), "it may have come: it is not sent again"


@pytest.mark.parametrize("state", ["sent", "delivered"])
def test_mail__that_its_box_told_of__stays_when_the_box_is_revoked(post, state):
    post.write("a text")
    (handed,) = post.box.sync()["messages"]
    post.box.sync(reports=(told(handed, state),))
    end(post)
    assert post.states() == [(state, None, "")]


def test_mail__more_than_one_statement_takes__all_are_in_doubt(post, monkeypatch):
    monkeypatch.setattr(village_handover, "_AT_ONCE", 2)
    for number in range(5):
        post.write(f"text {number}")
    post.box.sync()
    end(post)
    assert post.states() == [("uncertain", "uncertain", "")] * 5


@pytest.mark.slow
def test_mail__nothing_told_until_a_day_after_it_expired__is_in_doubt_until_a_report_comes(post):
    post.write("a text", life=timedelta(hours=1))
    (handed,) = post.box.sync()["messages"]
    post.runtime.clock.pass_by((DAY + timedelta(minutes=58)).total_seconds())
    keep_time(post.runtime)
    assert post.states() == [("sent", None, "")], "it may be without signal"
    post.runtime.clock.pass_by(120)
    keep_time(post.runtime)
    assert post.states() == [("uncertain", "uncertain", "")]
    assert post.attempts()[-1] == ("village", "uncertain", "silent", 0)
    post.box.sync(reports=(told(handed, "delivered"),))
    assert post.states() == [("delivered", None, "")]


def test_mail__told_to_be_sent__stays_so_for_ever(post):
    post.write("a text", life=timedelta(hours=1))
    (handed,) = post.box.sync()["messages"]
    post.box.sync(reports=(told(handed, "sent"),))
    post.runtime.clock.pass_by((3 * DAY).total_seconds())
    keep_time(post.runtime)
    assert post.states() == [("sent", None, "")]


def wait_for_the_box(post, *people):
    """Let texts to some people wait for a box."""
    post.box.sync(*(post.box.sms("HELP", one, at=post.box.now) for one in people))
    for one in people:
        post.write(f"to {one}", one)
    post.work()


def test_mail__to_more_numbers_than_a_chunk__is_freed_of_those_alone_whom_no_box_serves(
    post, monkeypatch
):
    monkeypatch.setattr(village_routing, "_CHUNK", 1)
    wait_for_the_box(post, FARMER, NURSE)
    other = set_up_box(post.box.world, "another village")
    other.sync(other.sms("HELP", OTHER, at=other.now))
    post.write("by the other box", OTHER)
    post.work()
    assert post.states() == [WAITS] * 3
    with post.runtime.database.write() as session:
        revoke_device(find_device(session, post.box.device.id), post.runtime.clock())
    free_mail(post.runtime.database, post.runtime.clock())
    assert [lane for _, _, lane in post.states()] == ["", "", "village"]


def test_mail__one_number_does_not_open__frees_the_others(post, monkeypatch):
    monkeypatch.setattr(village_routing, "_CHUNK", 1)
    wait_for_the_box(post, FARMER, NURSE, OTHER)
    with post.runtime.database.write() as session:
        revoke_device(find_device(session, post.box.device.id), post.runtime.clock())
        first = select(Message.id).where(Message.purpose == "test").order_by(Message.id).limit(1)
        junk = type_coerce(b"\x02" + bytes(40), LargeBinary)
        session.execute(
            update(Message).where(Message.id == first.scalar_subquery()).values(recipient=junk)
        )
    with pytest.raises(WrongDataKey):
        free_mail(post.runtime.database, post.runtime.clock())
    with post.runtime.database.read() as session:
        lanes = session.scalars(
            select(Message.lane).where(Message.purpose == "test").order_by(Message.id)
        )
        assert list(lanes) == ["village", "", ""]


def test_mail__however_many_numbers_of_a_chunk_wait__takes_as_many_statements(post):
    many = []
    for first in (0, 10):
        for one in range(first, first + 10):
            post.write("a text", f"+6757000{one:04}")
        with post.runtime.database.write() as session:
            session.execute(update(Message).where(Message.purpose == "test").values(lane="village"))
        with counted() as statements:
            free_mail(post.runtime.database, post.runtime.clock())
        many.append(len(statements))
        assert {lane for _, _, lane in post.states()} == {""}
    assert many[0] == many[1]


def test_mail__that_has_expired__is_not_handed_over(post):
    post.write("a text", life=timedelta(hours=1))
    post.work()
    post.runtime.clock.pass_by(3601)
    assert post.box.sync()["messages"] == []
    assert post.states() == [("expired", "expired", "village")]


def test_mail__expired_at_the_box__ends(post):
    post.write("a text", life=timedelta(hours=1))
    (handed,) = post.box.sync()["messages"]
    post.runtime.clock.pass_by(3601)
    post.box.sync(reports=({"message": handed["id"], "state": "failed", "code": "expired"},))
    post.work()
    assert post.states() == [("expired", "expired", "")]


@pytest.mark.parametrize("scope", [EVERYTHING, "tobacco"])
def test_mail__person_stopped__is_not_handed_over(post, scope):
    post.write("a text")
    post.work()
    with post.runtime.database.write() as session:
        index = consent_index(post.runtime.database.vault, FARMER, scope)
        refuse(session, index, scope, "sms", post.runtime.clock())
    assert post.box.sync()["messages"] == []
    assert post.states()[0][0] == "suppressed"


def test_mail__in_the_night__waits_for_the_morning_though_its_time_is_long_ago(post):
    post.write("a text", life=3 * DAY, late=Late.SKIP)
    post.work()
    # 23:02 in Port Moresby.
    post.runtime.clock.pass_by(timedelta(hours=12).total_seconds())
    assert post.box.sync()["messages"] == []
    post.runtime.clock.pass_by(timedelta(hours=9).total_seconds())
    assert [one["text"] for one in post.box.sync()["messages"]] == ["a text"]


def test_mail__more_than_a_day_allows__is_handed_over_on_the_next(post):
    for number in range(12):
        post.write(f"text {number}", life=3 * DAY)
    post.work()
    assert len(post.box.sync()["messages"]) == 10
    assert post.box.sync()["messages"] == []
    post.runtime.clock.pass_by(DAY.total_seconds())
    assert len(post.box.sync()["messages"]) == 2


def test_mail__that_waits_long__is_no_alarm_and_not_overdue(post):
    post.write("a text")
    post.work()
    post.runtime.clock.pass_by(3600)
    keep_time(post.runtime)
    assert post.states("system") == []
    assert post.box.world.metric("bilum_messages_oldest_due_seconds") == 0
    assert post.box.world.metric("bilum_messages_waiting", reason="village") == 1


def test_mail__worker_starts_anew__leaves_it_to_the_box(post):
    post.write("a text")
    post.work()
    assert post.work() == ""
    assert post.states() == [WAITS]
