from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import urllib3

from gateway.channels.twilio import SIGNATURE_HEADER, read_status, verify
from gateway.errors import BadSignature
from gateway.settings import GatewaySettings
from sms.carriers.twilio import report_from_status
from sms.message import AttemptState, FailureClass
from tests.fakes import twilio_server as double
from tests.fakes.carriers import Clock
from tests.fakes.twilio_openapi import twilio_openapi
from tests.fakes.twilio_server import ACCOUNT, TOKEN, twilio_server

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TO, FROM = "+67570000001", "+67570000099"
ATTEMPT = "00000000-0000-4000-8000-000000000007"
CALLBACK = f"https://bilum.example/gateway/twilio/status?attempt={ATTEMPT}"
GOOD = {"To": TO, "From": FROM, "Body": "Pik i orait."}
SETTINGS = GatewaySettings("https://bilum.example", TOKEN)

pytestmark = pytest.mark.sockets


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def called():
    return []


@pytest.fixture
def server(clock, called):
    def deliver(url, form, headers):
        called.append((url, dict(form), dict(headers)))
        return 204

    with twilio_server(clock, deliver) as running:
        yield running


@pytest.fixture
def ask(server):
    with urllib3.PoolManager(retries=False) as pool:

        def ask_once(method, path=PATH, query=(), form=None, token=TOKEN):
            headers = urllib3.make_headers(basic_auth=f"{ACCOUNT}:{token}")
            url = f"{server.url}{path}?{urlencode(query)}"
            answer = pool.request(method, url, headers=headers, body=form and urlencode(form))
            return answer.status, answer.json()

        yield ask_once


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"Text": "x"}, "form: whole fails additionalProperties"),
        ({"To": ""}, "form: To fails format"),
        ({"ValidityPeriod": "soon"}, "form: ValidityPeriod fails type"),
        ({"SmartEncoded": "no"}, "form: SmartEncoded fails type"),
        ({"RiskCheck": "perhaps"}, "form: RiskCheck fails enum"),
        ({"MessagingServiceSid": "MG" + "x" * 32}, "form: MessagingServiceSid fails pattern"),
        ({"StatusCallback": "bilum.example/status"}, "form: StatusCallback fails format"),
    ],
)
def test_double__form_that_breaks_the_openapi__is_a_fault(server, ask, changes, where):
    ask("POST", form=GOOD | changes)
    assert [fault for fault in server.faults if fault.startswith("form")] == [where]
    server.faults.clear()


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"PageSize": "1001"}, "query: PageSize fails maximum"),
        ({"Page": "first"}, "query: Page fails type"),
        ({"DateSent>": "yesterday"}, "query: DateSent> fails format"),
        ({"DateCreated": "2026-03-02"}, "query: whole fails additionalProperties"),
    ],
)
def test_openapi__query_that_breaks_it__is_a_fault(query, where):
    assert twilio_openapi().faults("GET", PATH, query.items(), ()) == [where]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("PUT", PATH, f"PUT {PATH} is no operation"),
        ("GET", PATH.replace("AC0", "ACx"), "path: AccountSid fails pattern"),
        ("GET", PATH.replace(".json", f"/XX{'0' * 32}.json"), "path: Sid fails pattern"),
    ],
)
def test_openapi__path_that_breaks_it__is_a_fault(method, path, fault):
    assert twilio_openapi().faults(method, path, (), ()) == [fault]


@pytest.mark.shared_data
def test_double__request_that_breaks_the_openapi__fails_at_the_end(clock):
    running = twilio_server(clock)
    server = running.__enter__()
    server.faults.append("form: To fails format")
    with pytest.raises(AssertionError):
        running.__exit__(None, None, None)


def test_double__no_data_folder__says_that_it_checks_nothing(clock, monkeypatch):
    monkeypatch.setattr(double, "twilio_openapi", lambda: None)
    with twilio_server(clock) as server:
        assert not server.checked


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "+0"}, 21211),
        ({"Body": " "}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 90007),
        ({"ValidityPeriod": "36001"}, 90007),
    ],
)
def test_double__what_twilio_refuses__is_refused_with_its_code(server, ask, changes, code):
    status, body = ask("POST", form=GOOD | changes)
    assert (status, body["code"], server.messages) == (400, code, [])
    server.faults.clear()


def test_double__wrong_token__is_refused(server, ask):
    assert ask("POST", form=GOOD, token="guess")[0] == 401
    assert server.messages == []


def test_double__message__is_kept_and_told_again(ask):
    status, created = ask("POST", form=GOOD)
    assert (status, created["status"], created["date_sent"]) == (201, "queued", None)
    one = PATH.replace(".json", f"/{created['sid']}.json")
    assert ask("GET", one) == (200, created)
    assert ask("GET")[1]["messages"] == [created]


def test_double__filter_by_day__does_not_see_what_is_still_queued(server, ask):
    sid = server.account.keep(TO, "Pik i orait.").sid
    query = {"To": TO, "DateSent>": "2026-03-02"}
    assert ask("GET", query=query)[1]["messages"] == []
    server.account.advance(sid, ["sent"], None)
    assert [one["sid"] for one in ask("GET", query=query)[1]["messages"]] == [sid]


def test_double__pages__hold_each_message_once_the_newest_first(server, ask, clock):
    sids = []
    for _ in range(5):
        sids.insert(0, server.account.keep(TO, "Pik i orait.").sid)
        clock.advance(timedelta(seconds=1))
    found, uri = [], f"{PATH}?{urlencode({'To': TO, 'PageSize': 2})}"
    while uri:
        parts = urlsplit(uri)
        page = ask("GET", parts.path, parse_qsl(parts.query))[1]
        found += [one["sid"] for one in page["messages"]]
        uri = page["next_page_uri"]
    assert found == sids


def test_play__repeated_and_reordered__calls_back_signed_as_written(server, ask, called):
    _, created = ask("POST", form=GOOD | {"StatusCallback": CALLBACK})
    statuses = ["delivered", "sent", "sent", "queued"]
    assert server.play(created["sid"], *statuses) == [204] * 4
    assert [form["MessageStatus"] for _, form, _ in called] == statuses
    assert server.messages[0].status == "delivered"
    for url, form, headers in called:
        verify(url, form.items(), headers[SIGNATURE_HEADER], SETTINGS)
        report = read_status(form.items(), parse_qsl(urlsplit(url).query))
        assert (str(report.attempt), report.reference) == (ATTEMPT, created["sid"])


def test_play__form_changed_on_the_way__is_no_longer_signed(server, ask, called):
    _, created = ask("POST", form=GOOD | {"StatusCallback": CALLBACK})
    server.play(created["sid"], "sent")
    ((url, form, headers),) = called
    forged = form | {"MessageStatus": "delivered"}
    with pytest.raises(BadSignature):
        verify(url, forged.items(), headers[SIGNATURE_HEADER], SETTINGS)


def test_play__refused_after_acceptance__tells_the_code(server, ask, called):
    _, created = ask("POST", form=GOOD | {"StatusCallback": CALLBACK})
    server.play(created["sid"], "sent", "undelivered", error_code=30005)
    (_, sent, _), (_, failed, _) = called
    assert "ErrorCode" not in sent
    told = report_from_status(created["sid"], "undelivered", failed["ErrorCode"], ATTEMPT)
    assert told.state is AttemptState.UNDELIVERED
    assert told.failure is FailureClass.DOUBTFUL_NUMBER


def test_play__over_http__posts_the_form_and_returns_the_status(clock):
    with receiver() as (url, received), twilio_server(clock) as server:
        sid = server.account.keep(TO, "Pik i orait.", status_callback=f"{url}?attempt=1").sid
        assert server.play(sid, "delivered") == [204]
    ((path, signature, form),) = received
    assert (path, form["MessageStatus"]) == ("/status?attempt=1", "delivered")
    settings = GatewaySettings(twilio_auth_token=TOKEN)
    verify(f"{url}?attempt=1", form.items(), signature, settings)


@contextmanager
def receiver():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            received.append((self.path, self.headers[SIGNATURE_HEADER], form))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/status", received
        thread.join()
