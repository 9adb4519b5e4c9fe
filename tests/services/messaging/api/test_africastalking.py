from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.storage.models import Arrival, Attempt, Message
from sms.message import AttemptState, FailureClass, MessageState
from tests.services.world import ANIMAL

SECRET = "a secret for their callbacks"
SMS, DELIVERY = "/gateway/africastalking/sms", "/gateway/africastalking/delivery"
REFERENCE = "ATXid_0123456789abcdef0123456789abcdef"
FORM = {
    "id": "ec9adc86-51d5-4bc8-8eb0-d8ab0bb53dc3",
    "from": "+67570000001",
    "to": "21512",
    "text": "HELP",
    "date": "2026-11-25 01:02:00",
    "linkId": "03090445075804249226",
    "networkCode": "53701",
    "cost": "None",
}
REPORT = {
    "id": REFERENCE,
    "status": "Success",
    "phoneNumber": "+67570000001",
    "networkCode": "53701",
    "retryCount": "0",
}


@pytest.fixture
def open_ours(open_world, settings):
    def begin(**changes):
        ours = {"africastalking_secret": SECRET} | changes
        return open_world(gateway=replace(settings.gateway, **ours))

    return begin


@pytest.fixture
def world(open_ours):
    return open_ours()


def post(world, url, form, secret=SECRET, source="127.0.0.1"):
    query = {} if secret is None else {"secret": secret}
    caller = {"REMOTE_ADDR": source}
    return world.app.test_client().post(
        url, data=form, query_string=query, environ_overrides=caller
    )


def text(world, words, **changed):
    return post(world, SMS, FORM | {"text": words} | changed)


def test_sms__with_the_secret__is_answered_by_a_message_and_nothing_else(world):
    response = text(world, f"REG {ANIMAL}")
    assert (response.status_code, response.data, response.mimetype) == (200, b"", "text/plain")
    counts = world.counts()
    assert (counts["envelope"], counts["message"], counts["journal"]) == (1, 1, 1)
    with world.runtime.database.read() as session:
        assert session.scalars(select(Arrival.channel)).one() == "africastalking-sms"
        assert session.scalars(select(Message.recipient)).one() == "+67570000001"
    metric = "bilum_gateway_messages_total"
    assert world.metric(metric, channel="africastalking-sms", outcome="register") == 1


def test_sms__same_id_again__gives_the_first_answer_and_nothing_twice(world):
    first = text(world, f"REG {ANIMAL}")
    before = world.counts()
    again = text(world, f"REG {ANIMAL}")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert world.counts() == before


def test_sms__same_id_with_other_words__is_a_conflict_kept_for_review(world):
    text(world, f"REG {ANIMAL}")
    before = world.counts()
    response = text(world, "HELP")
    assert (response.status_code, response.json["code"]) == (409, "gateway.key_conflict")
    assert world.counts() == before | {"envelope_conflict": 1}


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], f"{SECRET} ", "é\0"])
@pytest.mark.parametrize("url", [SMS, DELIVERY])
def test_callback__secret_missing_or_wrong__stores_nothing_and_counts(world, url, secret):
    response = post(world, url, FORM | REPORT, secret)
    assert response.status_code == 403
    assert response.content_type == "application/problem+json"
    assert SECRET not in response.text
    assert set(world.counts().values()) == {0}
    reason = response.json["code"]
    channel = url.removeprefix("/gateway/").replace("/", "-")
    assert world.metric("bilum_gateway_refused_total", channel=channel, reason=reason) == 1


def test_callback__secret_in_the_form_alone__is_refused(world):
    response = post(world, SMS, FORM | {"secret": SECRET}, None)
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("source", "status"), [("192.0.2.7", 200), ("192.0.3.7", 403), ("2001:db8::1", 200)]
)
def test_callback__from_another_network__is_refused(open_ours, source, status):
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/64"))
    world = open_ours(africastalking_sources=networks)
    assert post(world, SMS, FORM, source=source).status_code == status
    assert world.counts()["envelope"] == (status == 200)


@pytest.mark.parametrize("url", [SMS, DELIVERY])
def test_callback__without_a_secret_of_ours__believes_nothing(open_ours, url):
    world = open_ours(africastalking_secret=None)
    for secret in (None, "", SECRET):
        response = post(world, url, FORM | REPORT, secret)
        assert (response.status_code, response.json["code"]) == (403, "gateway.channel_off")


@pytest.mark.parametrize("missing", ["id", "from", "text"])
def test_sms__without_a_field__is_a_bad_request(world, missing):
    form = {name: value for name, value in FORM.items() if name != missing}
    response = post(world, SMS, form)
    assert (response.status_code, response.json["code"]) == (400, "gateway.malformed_message")
    assert set(world.counts().values()) == {0}


def test_sms__body_of_more_than_64_kb__is_too_large(world):
    assert text(world, "x" * 65_536).status_code == 413
    assert set(world.counts().values()) == {0}


@pytest.fixture
def sent(world):
    """The answer to an SMS, which Africa's Talking has taken."""
    text(world, "HELP")
    now = world.runtime.clock()
    with world.runtime.database.write() as session:
        message = session.scalars(select(Message)).one()
        message.state = MessageState.SENT
        attempt = {"public_id": uuid4(), "message_id": message.id, "channel": "africastalking"}
        taken = {"state": AttemptState.SENT, "reference": REFERENCE, "started_at": now}
        session.add(Attempt(**attempt, **taken))


def state_of(world):
    with world.runtime.database.read() as session:
        attempt = session.scalars(select(Attempt)).one()
        return attempt.state, attempt.failure, attempt.code


@pytest.mark.usefixtures("sent")
def test_delivery__of_a_known_message__moves_it(world):
    form = REPORT | {"status": "Failed", "failureReason": "UserDoesNotExist"}
    response = post(world, DELIVERY, form)
    assert (response.status_code, response.data) == (200, b"")
    dead = (AttemptState.UNDELIVERED, FailureClass.DOUBTFUL_NUMBER, "UserDoesNotExist")
    assert state_of(world) == dead
    reports = "bilum_gateway_reports_total"
    assert world.metric(reports, channel="africastalking", known="yes") == 1


@pytest.mark.usefixtures("sent")
def test_delivery__delivered_then_sent__stays_delivered(world):
    for status in ("Success", "Sent", "Buffered"):
        assert post(world, DELIVERY, REPORT | {"status": status}).status_code == 200
    assert state_of(world) == (AttemptState.DELIVERED, None, None)
    with world.runtime.database.read() as session:
        assert session.scalars(select(Message.state)).one() == MessageState.DELIVERED


def test_delivery__of_an_unknown_message__is_taken_and_counted(world):
    assert post(world, DELIVERY, REPORT).status_code == 200
    reports = "bilum_gateway_reports_total"
    assert world.metric(reports, channel="africastalking", known="no") == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"status": "!"}, "gateway.malformed_message"),
        ({"id": ""}, "gateway.malformed_message"),
    ],
)
def test_delivery__malformed__is_a_bad_request(world, form, code):
    response = post(world, DELIVERY, REPORT | form)
    assert (response.status_code, response.json["code"]) == (400, code)
    assert world.metric("bilum_gateway_refused_total", reason=code) == 1


def test_delivery__undocumented_status__is_settled_and_counted(world):
    """Told again, it would say the same."""
    response = post(world, DELIVERY, REPORT | {"status": "Teleported"})
    assert (response.status_code, response.data) == (200, b"")
    assert world.metric("bilum_gateway_refused_total", reason="sms.report") == 1
