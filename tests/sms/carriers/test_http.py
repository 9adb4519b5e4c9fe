from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing, contextmanager

import pytest

from sms.carriers.http import Http, Reply
from sms.errors import (
    ADVICE,
    AnswerLostError,
    CarrierCertificateError,
    CarrierNameError,
    CarrierUnreachableError,
)
from tests.support.ended import ended_https
from tests.support.resolvers import know_no_name

pytestmark = pytest.mark.sockets

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BUSY = b"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf"


def whole(connection):
    """A request with its body, in however many pieces it comes."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += connection.recv(65_536)
    head, _, body = came.partition(b"\r\n\r\n")
    wanted = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    while len(body) < wanted:
        body += connection.recv(65_536)
    return (head + b"\r\n\r\n" + body).decode()


@contextmanager
def peer(*answers):
    """An address that gives each connection one answer, and the requests that came."""
    requests, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                requests.append(whole(connection))
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/send", requests
    thread.join()
    listener.close()


@pytest.fixture
def http():
    client = Http(connect=1.0, read=30)
    yield client
    client.close()


def get(http, url):
    return http.get(url, {"X-Key": "k"})


def post(http, url):
    return http.post(url, "text=é", {"X-Key": "k"})


@pytest.mark.parametrize("ask", [get, post])
@pytest.mark.parametrize(
    ("answer", "reply"), [(OK, Reply(200, "ok", None)), (BUSY, Reply(429, "", "7"))]
)
def test_http__answer__is_the_reply(http, ask, answer, reply):
    with peer(answer) as (url, requests):
        assert ask(http, url) == reply
    assert requests[0].startswith(f"{ask.__name__.upper()} /send HTTP/1.1")
    assert "X-Key: k" in requests[0]
    assert requests[0].endswith("text=é") == (ask is post)


@pytest.mark.parametrize("ask", [get, post])
def test_http__redirection__is_not_followed(http, ask):
    with peer(MOVED) as (url, requests):
        assert ask(http, url).status == 302
    assert len(requests) == 1


@pytest.mark.parametrize("ask", [get, post])
@pytest.mark.parametrize("answer", [b"", HALF, b"nonsense\r\n\r\n"])
def test_http__answer_breaks_off__is_lost_and_not_asked_again(http, ask, answer):
    with peer(answer) as (url, requests), pytest.raises(AnswerLostError):
        ask(http, url)
    assert len(requests) == 1


@pytest.mark.parametrize("ask", [get, post])
def test_http__no_answer_in_time__is_lost(ask):
    http = Http(connect=1.0, read=0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, closing(http):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(AnswerLostError):
            ask(http, url)


@pytest.mark.parametrize("ask", [get, post])
def test_http__nobody_listens__is_unreachable(http, ask):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(CarrierUnreachableError):
            ask(http, f"http://127.0.0.1:{unused.getsockname()[1]}/")


@pytest.mark.parametrize("ask", [get, post])
def test_http__name_that_nobody_knows__is_surely_not_sent_and_named(http, ask, monkeypatch):
    know_no_name(monkeypatch)
    with pytest.raises(CarrierNameError, match="resolver"):
        ask(http, "http://carrier.invalid/")


@pytest.mark.program("openssl")
@pytest.mark.parametrize("ask", [get, post])
def test_http__certificate_that_has_ended__is_surely_not_sent_and_named(
    http, ask, tmp_path, monkeypatch
):
    with (
        ended_https(tmp_path, monkeypatch) as url,
        pytest.raises(CarrierCertificateError, match="certificate"),
    ):
        ask(http, url)


def test_errors__of_a_connection_that_was_not_made__say_what_to_do_by_their_codes():
    assert ADVICE.keys() == {
        "sms.carrier_unreachable",
        "sms.carrier_name",
        "sms.carrier_certificate",
    }


def test_http__query_with_a_number_and_a_password__reaches_no_log(http, caplog):
    with caplog.at_level(logging.DEBUG), peer(OK) as (url, requests):
        http.get(f"{url}?to=%2B67570000001&password=hush", {})
    assert "hush" in requests[0]
    assert "hush" not in caplog.text
    assert "67570000001" not in caplog.text


def test_reply__text__is_not_in_the_repr():
    assert "+67570000001" not in repr(Reply(200, "+67570000001", None))
