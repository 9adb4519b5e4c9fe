from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from gateway.channels.twilio import EMPTY_TWIML, SIGNATURE_HEADER
from gateway.settings import GatewaySettings
from services.core.errors import DatabaseUnreachable
from services.messaging.api import carrier_calls
from services.messaging.consent import preferences_of
from services.storage.models import Arrival, Attempt, Message
from sms.message import AttemptState, MessageState, Outcome
from sms.ports import Finished
from tests.services.world import ANIMAL, SECRET, SMS_URL

FORM = {"MessageSid": "SM1", "From": "+67570000001", "To": "+67570000009", "Body": "HELP"}
STATUS_URL = "http://localhost/gateway/twilio/status"


def test_sms__good_signature__is_answered_by_a_message_and_empty_twiml(world):
    response = world.sms(f"REG {ANIMAL}")
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    assert response.text == EMPTY_TWIML
    counts = world.counts()
    assert (counts["envelope"], counts["message"], counts["journal"]) == (1, 1, 1)
    metric = world.metric("bilum_gateway_messages_total", channel="twilio-sms", outcome="register")
    assert metric == 1


def test_sms__same_sid_again__gives_the_first_answer_and_nothing_twice(world):
    first = world.sms(f"REG {ANIMAL}")
    before = world.counts()
    again = world.sms(f"REG {ANIMAL}")
    assert (again.status_code, again.data, again.content_type) == (
        first.status_code,
        first.data,
        first.content_type,
    )
    assert world.counts() == before


def test_sms__same_sid_with_other_words__is_a_conflict_kept_for_review(world):
    world.sms(f"REG {ANIMAL}")
    before = world.counts()
    response = world.sms("HELP")
    assert response.status_code == 409
    assert response.json["code"] == "gateway.key_conflict"
    assert world.counts() == before | {"envelope_conflict": 1}


@pytest.mark.parametrize(
    "header", [{}, {SIGNATURE_HEADER: ""}, {SIGNATURE_HEADER: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}]
)
@pytest.mark.parametrize("url", [SMS_URL, STATUS_URL])
def test_webhook__signature_missing_or_forged__stores_nothing_and_counts(world, header, url):
    form = FORM | {"MessageStatus": "delivered"}
    response = world.app.test_client().post(url, data=form, headers=header)
    assert response.status_code == 403
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == "gateway.bad_signature"
    assert set(world.counts().values()) == {0}
    channel = "twilio-sms" if url == SMS_URL else "twilio-status"
    refused = "bilum_gateway_refused_total"
    assert world.metric(refused, channel=channel, reason="gateway.bad_signature") == 1


def test_sms__one_field_changed_after_signing__is_refused(world):
    signed = world.twilio(SMS_URL, FORM).request.headers[SIGNATURE_HEADER]
    response = world.app.test_client().post(
        SMS_URL, data=FORM | {"Body": "REG 1"}, headers={SIGNATURE_HEADER: signed}
    )
    assert response.status_code == 403


def test_sms__without_auth_token__is_refused_and_says_why(open_world, settings):
    world = open_world(gateway=replace(settings.gateway, twilio_auth_token=None))
    response = world.sms("HELP")
    assert response.status_code == 403
    assert response.json["code"] == "gateway.channel_off"
    assert "auth token" in response.json["detail"]
    assert set(world.counts().values()) == {0}


def test_sms__behind_a_proxy__is_verified_against_the_public_address(open_world):
    public = GatewaySettings("https://bilum.example/pigs", SECRET)
    world = open_world(gateway=public)
    signed = "https://bilum.example/pigs/gateway/twilio/sms"
    assert world.twilio(SMS_URL, FORM, signed).status_code == 200
    assert world.twilio(SMS_URL, FORM).status_code == 403


@pytest.mark.parametrize("port", ["", ":8443"])
def test_sms__port_in_the_address__is_verified_with_and_without_it(open_world, port):
    world = open_world(gateway=GatewaySettings("https://bilum.example:8443", SECRET))
    signed = f"https://bilum.example{port}/gateway/twilio/sms"
    assert world.twilio(SMS_URL, FORM, signed).status_code == 200


@pytest.mark.parametrize("missing", ["MessageSid", "From", "Body"])
def test_sms__signed_but_without_a_field__is_a_bad_request(world, missing):
    form = {name: value for name, value in FORM.items() if name != missing}
    response = world.twilio(SMS_URL, form)
    assert response.status_code == 400
    assert response.json["code"] == "gateway.malformed_message"
    assert set(world.counts().values()) == {0}


def test_sms__body_of_more_than_64_kb__is_too_large(world):
    response = world.sms("x" * 65_536)
    assert response.status_code == 413
    assert response.content_type == "application/problem+json"
    assert set(world.counts().values()) == {0}


def attempt_of(world):
    """Send the reply to an SMS; return the id of its attempt, which the carrier has taken."""
    world.sms("HELP")
    store, now = world.runtime.dispatch_store, world.runtime.clock()
    [started] = store.start("worker", store.claim("worker", 1, now), now)
    with world.runtime.database.write() as session:
        session.execute(update(Attempt).values(channel="twilio"))
    store.finish([Finished(started, Outcome(AttemptState.SENT, reference="SM9"))], now)
    return started.attempt_id


def report(world, status, attempt=None, sid="SM9", code=None):
    url = f"{STATUS_URL}?attempt={attempt}" if attempt else STATUS_URL
    form = {"MessageSid": sid, "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    return world.twilio(url, form)


@pytest.mark.parametrize("by_id", [True, False])
def test_status__of_a_known_attempt__moves_it(world, by_id):
    attempt = attempt_of(world)
    response = report(world, "undelivered", attempt if by_id else None, code="30006")
    assert (response.status_code, response.data) == (204, b"")
    with world.runtime.database.read() as session:
        row = session.scalars(select(Attempt)).one()
        assert (row.state, row.code) == (AttemptState.UNDELIVERED, "30006")
    assert world.metric("bilum_gateway_reports_total", known="yes") == 1


def test_status__delivered_then_sent__stays_delivered(world):
    attempt = attempt_of(world)
    report(world, "delivered", attempt)
    report(world, "sent", attempt)
    with world.runtime.database.read() as session:
        assert session.scalars(select(Message)).one().state == MessageState.DELIVERED


def test_status__of_an_unknown_attempt__is_taken_and_counted(world):
    assert report(world, "delivered", uuid4()).status_code == 204
    assert world.metric("bilum_gateway_reports_total", channel="twilio", known="no") == 1


@pytest.fixture
def absences(world, monkeypatch):
    """How often the database is away when a report comes, and the seconds waited for it."""
    left, waited, report_here = [1], [0.0], world.runtime.dispatch_store.report

    def report(told, now):
        if left[0]:
            left[0] -= 1
            raise DatabaseUnreachable("it fails over")
        return report_here(told, now)

    def pass_by(seconds):
        waited[0] += seconds

    monkeypatch.setattr(world.runtime.dispatch_store, "report", report)
    monkeypatch.setattr(carrier_calls, "sleep", pass_by)
    monkeypatch.setattr(carrier_calls, "monotonic", lambda: waited[0])
    return left, waited


def test_status__database_away_for_a_moment__is_kept_though_nobody_repeats_it(world, absences):
    attempt = attempt_of(world)
    assert report(world, "delivered", attempt).status_code == 204
    with world.runtime.database.read() as session:
        assert session.scalars(select(Message)).one().state == MessageState.DELIVERED
    assert world.metric("bilum_gateway_reports_total", known="yes") == 1


def test_status__database_away_for_longer_than_carriers_wait__is_unavailable(world, absences):
    left, waited = absences
    left[0] = 99
    assert report(world, "delivered", attempt_of(world)).status_code == 503
    assert waited[0] <= carrier_calls.LONGEST_WAIT


def test_status__undocumented_word__is_a_bad_request(world):
    response = report(world, "teleported")
    assert response.status_code == 400
    assert response.json["code"] == "sms.report"
    assert world.metric("bilum_gateway_refused_total", reason="sms.report") == 1


def test_sms__stored__is_sealed(world):
    world.sms("HELP ples bilong mi")
    raw = world.runtime.settings.data_dir.joinpath("bilum.db").read_bytes()
    raw += world.runtime.settings.data_dir.joinpath("bilum.db-wal").read_bytes()
    assert b"ples bilong mi" not in raw
    assert b"67570000001" not in raw
    with world.runtime.database.read() as session:
        assert session.scalars(select(Arrival.payload)).one() == "HELP ples bilong mi"


def barred(world):
    with world.runtime.database.read() as session:
        return preferences_of(session, "+67570000001").barred


def opt(world, body, sid, **more):
    form = FORM | {"Body": body, "MessageSid": sid} | more
    assert world.twilio(SMS_URL, form).status_code == 200


@pytest.mark.parametrize(
    "again", [{"body": "YES"}, {"body": "unstop "}, {"body": "LONG PASIN", "OptOutType": "START"}]
)
def test_sms__stop_list_of_twilio__closes_and_opens_the_channel_here_too(world, again):
    opt(world, "STOP", "SM1", OptOutType="STOP")
    assert barred(world) == ("channel:twilio",)
    opt(world, "HELP", "SM2", OptOutType="HELP")
    assert barred(world) == ("channel:twilio",)
    opt(world, sid="SM3", **again)
    assert barred(world) == ()


def test_sms__yes_of_who_never_opted_out__is_no_word_of_consent(world):
    opt(world, "YES", "SM1")
    assert world.counts()["consent"] == 0


def test_sms__own_word_of_another_language_after_an_opt_out__does_not_open_it(world):
    opt(world, "STOP", "SM1", OptOutType="STOP")
    opt(world, "ORAIT 1262", "SM2")
    assert barred(world) == ("channel:twilio",)
