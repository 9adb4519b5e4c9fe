from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.storage.models import Attempt, Message
from sms.message import AttemptState, MessageState, Outcome
from sms.ports import Finished
from sms.routing import Route
from tests.services.world import ANIMAL

SECRET = "a secret of Kannel"
ID = "4549ced3-00d5-46b2-923a-1072292e6f50"
FROM_SMSBOX = {
    "from": "67570000001",
    "to": "16345",
    "id": ID,
    "ts": "2026-11-25 01:02:00",
    "charset": "UTF-8",
    "coding": "0",
}
MO, DLR = "/gateway/kannel/mo", "/gateway/kannel/dlr"


@pytest.fixture
def settings(settings):
    return replace(settings, gateway=replace(settings.gateway, kannel_secret=SECRET))


def get(world, path, secret=SECRET, **parameters):
    address = f"{path}?{urlencode({'secret': secret, **parameters})}"
    return world.app.test_client().get(address)


def mo(world, text, **changed):
    return get(world, MO, **FROM_SMSBOX | {"text": text} | changed)


def post(world, body, **changed):
    address = f"{MO}?{urlencode({'secret': SECRET} | FROM_SMSBOX | changed)}"
    return world.app.test_client().post(address, data=body, content_type="text/plain")


def is_settled(response):
    """Kannel is done with the message, and sends nothing to the phone."""
    return (response.status_code, response.data, response.mimetype) == (200, b"", "text/plain")


def refused(world, call, code):
    return world.metric("bilum_gateway_refused_total", channel=f"kannel-{call}", reason=code)


@pytest.mark.parametrize("send", [mo, post])
def test_mo__secret_of_ours__is_answered_by_a_message_and_an_empty_body(world, send):
    assert is_settled(send(world, f"REG {ANIMAL}"))
    counts = world.counts()
    assert (counts["envelope"], counts["message"], counts["journal"]) == (1, 1, 1)
    with world.runtime.database.read() as session:
        message = session.scalars(select(Message)).one()
        assert (message.recipient, message.via) == ("+67570000001", "kannel")
    metric = world.metric("bilum_gateway_messages_total", channel="kannel-sms", outcome="register")
    assert metric == 1


def test_mo__text_of_ucs2_in_the_body__is_read(world):
    body = f"REG {ANIMAL}".encode("utf-16-be")
    assert is_settled(post(world, body, charset="UTF-16BE", coding="2"))
    assert world.counts()["journal"] == 1


def test_mo__same_id_again__has_no_effect(world):
    mo(world, f"REG {ANIMAL}")
    before = world.counts()
    assert is_settled(mo(world, f"REG {ANIMAL}"))
    assert world.counts() == before


def test_mo__same_id_with_other_words__is_kept_for_review_and_does_not_come_again(world):
    mo(world, f"REG {ANIMAL}")
    before = world.counts()
    assert is_settled(mo(world, "HELP"))
    assert world.counts() == before | {"envelope_conflict": 1}
    assert refused(world, "mo", "gateway.key_conflict") == 1


@pytest.mark.parametrize("changed", [{"id": ""}, {"from": "70000001"}, {"charset": "rot13"}])
def test_mo__fault_of_the_configuration__is_refused_so_that_it_comes_again(world, changed):
    response = mo(world, "HELP", **changed)
    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert set(world.counts().values()) == {0}
    assert refused(world, "mo", "gateway.malformed_message") == 1


@pytest.mark.parametrize("path", [MO, DLR])
@pytest.mark.parametrize("secret", ["", "another secret of Kannel", SECRET.encode() + b"\xff"])
def test_call__another_secret__stores_nothing_and_counts(world, path, secret):
    response = get(world, path, secret, **FROM_SMSBOX | {"text": "HELP", "state": "1"})
    assert (response.status_code, response.json["code"]) == (403, "gateway.bad_secret")
    assert set(world.counts().values()) == {0}
    assert refused(world, path.rpartition("/")[2], "gateway.bad_secret") == 1


def test_call__no_secret_at_all__is_refused(world):
    assert world.get(f"{MO}?{urlencode(FROM_SMSBOX)}&text=HELP").status_code == 403
    assert world.get(f"{DLR}?state=1").status_code == 403


def test_call__channel_is_off__is_refused_and_says_why(open_world, settings):
    world = open_world(gateway=replace(settings.gateway, kannel_secret=None))
    response = mo(world, "HELP")
    assert (response.status_code, response.json["code"]) == (403, "gateway.channel_off")
    assert set(world.counts().values()) == {0}


def test_call__networks_of_another_channel__do_not_matter(open_world, settings):
    elsewhere = (ip_network("192.0.2.0/24"),)
    world = open_world(gateway=replace(settings.gateway, africastalking_sources=elsewhere))
    assert is_settled(mo(world, "HELP"))


def test_mo__body_of_more_than_64_kb__is_too_large(world):
    assert post(world, b"x" * 65_537).status_code == 413
    assert set(world.counts().values()) == {0}


def attempt_of(world):
    """Send the reply to an SMS; return the id of its attempt, which Kannel has taken."""
    mo(world, "HELP")
    store, now = world.runtime.dispatch_store, world.runtime.clock()
    [started] = store.start("worker", store.claim("worker", 1, now), now)
    store.finish([Finished(started, Outcome(AttemptState.SENT))], now)
    return started.attempt_id


def states(world):
    with world.runtime.database.read() as session:
        attempt = session.scalars(select(Attempt)).one()
        return attempt.state, attempt.code, session.scalars(select(Message)).one().state


@pytest.fixture
def by_kannel(open_world, settings):
    return open_world(sms=replace(settings.sms, routes=(Route("+", ("kannel",)),)))


def test_dlr__delivered_then_taken_by_the_smsc__stays_delivered(by_kannel):
    attempt = attempt_of(by_kannel)
    assert is_settled(get(by_kannel, DLR, attempt=attempt, state=1, answer=""))
    assert is_settled(get(by_kannel, DLR, attempt=attempt, state=8, answer="ACK/"))
    assert states(by_kannel) == (AttemptState.DELIVERED, None, MessageState.DELIVERED)
    assert by_kannel.metric("bilum_gateway_reports_total", channel="kannel", known="yes") == 2


def test_dlr__not_delivered__keeps_the_codes_and_not_the_text(by_kannel):
    attempt = attempt_of(by_kannel)
    receipt = "id:1 sub:001 dlvrd:000 stat:UNDELIV err:001 text:Moning"
    assert is_settled(get(by_kannel, DLR, attempt=attempt, state=2, answer=receipt))
    assert states(by_kannel) == (
        AttemptState.UNDELIVERED,
        "UNDELIV-001",
        MessageState.UNDELIVERED,
    )


def test_dlr__of_an_unknown_attempt__is_taken_and_counted(world):
    assert is_settled(get(world, DLR, attempt=uuid4(), state=1, answer=""))
    assert world.metric("bilum_gateway_reports_total", channel="kannel", known="no") == 1


def test_dlr__state_that_is_no_number__is_a_bad_request(world):
    response = get(world, DLR, attempt=uuid4(), state="x", answer="")
    assert (response.status_code, response.json["code"]) == (400, "gateway.malformed_message")
    assert refused(world, "dlr", "gateway.malformed_message") == 1


def test_dlr__state_that_kannel_does_not_document__is_settled_and_counted(world):
    """Answered 400, smsbox repeats it for a day."""
    assert is_settled(get(world, DLR, attempt=uuid4(), state=3, answer=""))
    assert refused(world, "dlr", "sms.report") == 1


def test_mo__ucs2_in_the_address__is_refused_since_kannel_can_recode_it(world):
    raw = quote_plus("HELP".encode("utf-16-be"))
    address = f"{MO}?{urlencode({'secret': SECRET} | FROM_SMSBOX)}&text={raw}"
    assert world.get(address.replace("UTF-8", "UTF-16BE")).status_code == 400
