"""A text in by each aggregator, its answer out by the same one, and what became of it.

Kannel's journey is in test_kannel.py, by the real one.
"""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.core.settings import Settings
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.workers import make_carriers, make_dispatcher
from services.storage.models import Arrival, Attempt, Journal, Message
from sms.message import AttemptState, MessageState
from tests.factories import rows
from tests.fakes.africastalking_server import API_KEY, REFERENCE, USERNAME, africastalking_server
from tests.fakes.twilio_server import ACCOUNT, TOKEN, twilio_server
from tests.flow.conftest import Calendar

pytestmark = pytest.mark.sockets

FARMER, OURS, PIG = "+67570000001", "+67570000009", "598000000000017"
PUBLIC, SECRET = "https://bilum.example", "a-secret-of-the-tests"


class Deployment:
    """The program with one aggregator, and its web server as the aggregator calls it."""

    def __init__(self, folder, channel, **environ):
        settings = Settings.from_env(
            {
                "BILUM_DATA_DIR": str(folder),
                "BILUM_PUBLIC_URL": PUBLIC,
                "BILUM_ROUTES": f"+ {channel}",
                **environ,
            }
        )
        self.runtime = Runtime.open(settings, Calendar())
        self.runtime.database.upgrade()
        self.app = create_app(self.runtime)

    def called(self, url, form, headers=None):
        """The status with which a call of the aggregator is answered."""
        parts = urlsplit(url)
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.app.test_client().post(address, data=form, headers=headers or {}).status_code

    def send_all(self):
        dispatcher = make_dispatcher(self.runtime, make_carriers(self.runtime, io.StringIO()))
        dispatcher.drain()
        dispatcher.close()

    def state(self):
        """State of the one message, and of its one attempt."""
        with self.runtime.database.read() as session:
            message, attempt = (
                session.scalars(select(Message)).one(),
                session.scalars(select(Attempt)),
            )
            return message.state, attempt.one().state

    def counts(self):
        return tuple(rows(self.runtime.database, table) for table in (Arrival, Journal, Message))


@pytest.fixture
def deployed(tmp_path):
    opened = []

    def begin(channel, **environ):
        opened.append(Deployment(tmp_path, channel, **environ))
        return opened[0]

    yield begin
    for one in opened:
        one.runtime.close()


@pytest.fixture
def by_twilio(deployed):
    """Twilio's double calls our web server with the reports that it signs."""
    home = []

    def deliver(*call):
        return home[0].called(*call)

    with twilio_server(Calendar(), deliver) as twilio:
        home.append(
            deployed(
                "twilio",
                BILUM_TWILIO_ACCOUNT_SID=ACCOUNT,
                BILUM_TWILIO_AUTH_TOKEN=TOKEN,
                BILUM_TWILIO_FROM=OURS,
                BILUM_TWILIO_URL=twilio.url,
            )
        )
        yield home[0], twilio


def texted(home, text, sid="SM00000000000000000000000000000001"):
    """A phone's text, as Twilio signs it."""
    url = f"{PUBLIC}/gateway/twilio/sms"
    form = {"MessageSid": sid, "From": FARMER, "To": OURS, "Body": text}
    return home.called(url, form, {SIGNATURE_HEADER: sign(url, form.items(), TOKEN)})


@pytest.mark.slow
def test_twilio__text_in_answer_out_and_reports__is_delivered_once(by_twilio):
    home, twilio = by_twilio
    assert [texted(home, f"REG {PIG}"), texted(home, f"REG {PIG}")] == [200, 200]
    home.send_all()
    home.send_all()
    [sent] = twilio.messages
    assert (sent.to, sent.sender) == (FARMER, OURS)
    assert "is registered at" in sent.body
    assert home.state() == (MessageState.SENT, AttemptState.SENT)
    assert twilio.play(sent.sid, "delivered", "sent", "delivered") == [204, 204, 204]
    assert home.state() == (MessageState.DELIVERED, AttemptState.DELIVERED)
    assert home.counts() == (1, 1, 1)


@pytest.mark.slow
def test_twilio__phone_is_off__is_undelivered_and_waits_for_tomorrow(by_twilio):
    home, twilio = by_twilio
    texted(home, "HELP")
    home.send_all()
    twilio.play(twilio.messages[0].sid, "undelivered", error_code=30003)
    assert home.state() == (MessageState.QUEUED, AttemptState.UNDELIVERED)


@pytest.fixture
def by_africas_talking(deployed):
    with africastalking_server() as server:
        home = deployed(
            "africastalking",
            BILUM_AFRICASTALKING_USERNAME=USERNAME,
            BILUM_AFRICASTALKING_API_KEY=API_KEY,
            BILUM_AFRICASTALKING_FROM="21512",
            BILUM_AFRICASTALKING_URL=server.url,
            BILUM_AFRICASTALKING_SECRET=SECRET,
        )
        yield home, server


@pytest.mark.slow
def test_africas_talking__text_in_answer_out_and_reports__is_delivered_once(by_africas_talking):
    home, server = by_africas_talking
    sms = f"{PUBLIC}/gateway/africastalking/sms?secret={SECRET}"
    form = {"id": "1", "from": FARMER, "to": "21512", "text": f"REG {PIG}", "date": "2026-11-25"}
    assert [home.called(sms, form), home.called(sms, form)] == [200, 200]
    home.send_all()
    home.send_all()
    [sent] = server.forms
    assert (sent["to"], sent["from"]) == (FARMER, "21512")
    assert "is registered at" in sent["message"]
    assert home.state() == (MessageState.SENT, AttemptState.SENT)
    report = f"{PUBLIC}/gateway/africastalking/delivery?secret={SECRET}"
    for status in ("Success", "Sent", "Success"):
        assert home.called(report, {"id": REFERENCE, "status": status}) == 200
    assert home.state() == (MessageState.DELIVERED, AttemptState.DELIVERED)
    assert home.counts() == (1, 1, 1)


@pytest.mark.slow
def test_africas_talking__no_such_number__is_tried_again_on_another_day(by_africas_talking):
    home, _ = by_africas_talking
    sms = f"{PUBLIC}/gateway/africastalking/sms?secret={SECRET}"
    home.called(sms, {"id": "1", "from": FARMER, "text": "HELP"})
    home.send_all()
    report = f"{PUBLIC}/gateway/africastalking/delivery?secret={SECRET}"
    failed = {"id": REFERENCE, "status": "Failed", "failureReason": "UserDoesNotExist"}
    assert home.called(report, failed) == 200
    assert home.state() == (MessageState.QUEUED, AttemptState.UNDELIVERED)
