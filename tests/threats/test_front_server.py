"""Attacks on the web server itself: slow, idle, large and forged requests, on a real socket."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, contextmanager, suppress

import pytest

from services.core.errors import SettingsError
from services.core.settings import Settings
from services.runtime.web_server import ServerLimits, longest_body_of, make_server

pytestmark = pytest.mark.sockets

QUICK = ServerLimits(header=0.6, body=0.6, rate=1_000_000, idle=1.5)
MEBIBYTE = 1024 * 1024


@contextmanager
def serving(app, limits=QUICK, proxy=None):
    """Serve an application as the command does; yield the address to connect to."""
    with running(make_server(app, "127.0.0.1", 0, proxy, limits)) as address:
        yield address


@contextmanager
def running(server):
    """Run a server in a thread; yield the address to connect to."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield "127.0.0.1", int(server.effective_port)
    finally:
        server.task_dispatcher.shutdown()
        # In the loop's own thread: from here, it would look up only a second later.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join()


@pytest.fixture
def address(world):
    with serving(world.app) as at:
        yield at


def is_answered(address):
    """Whether an honest request is answered in time, also on a machine that is busy."""
    head = "GET /health HTTP/1.1\nHost: b\nConnection: close\n\n"
    return ask(address, head, seconds=10).startswith(b"HTTP/1.1 200 ")


def wait_until(done, seconds=20):
    """Wait until something is true; fail where it never is."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def send_slowly(connection, data, seconds=0.05):
    """Send a byte at a time until the server ends the connection; return how long that took."""
    began = time.monotonic()
    for byte in data:
        try:
            connection.sendall(bytes([byte]))
            connection.settimeout(seconds)
            if not connection.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def ask(address, head, body=b"", seconds=5):
    """Send a request as it is; return what comes back until the server ends the connection."""
    with closing(socket.create_connection(address, timeout=seconds)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        got = b""
        while b"\r\n\r\n" not in got and (part := connection.recv(65536)):
            got += part
        return got


@pytest.mark.slow
def test_slow_headers__a_byte_at_a_time__end_the_connection_and_hold_up_nobody(address):
    with closing(socket.create_connection(address)) as slow:
        head = b"GET /health HTTP/1.1\r\nHost: bilum\r\nX-Slow: " + b"a" * 200
        assert 0.5 < send_slowly(slow, head) < 4
    assert is_answered(address)


@pytest.mark.slow
def test_slow_body__a_byte_at_a_time__ends_the_connection_and_holds_up_nobody(address):
    head = b"POST /gateway/kannel/mo HTTP/1.1\r\nHost: bilum\r\nContent-Length: 9999\r\n\r\n"
    with closing(socket.create_connection(address)) as slow:
        slow.sendall(head)
        assert 1 < send_slowly(slow, b"a" * 200) < 5
    assert is_answered(address)


@pytest.mark.slow
def test_slow_chunks__a_byte_at_a_time__end_the_connection(address):
    head = b"POST /gateway/kannel/mo HTTP/1.1\r\nHost: bilum\r\nTransfer-Encoding: chunked\r\n\r\n"
    with closing(socket.create_connection(address)) as slow:
        slow.sendall(head + b"ffff\r\n")
        assert 1 < send_slowly(slow, b"a" * 200) < 5


@pytest.mark.slow
def test_idle_connections__two_hundred__are_ended_while_honest_requests_are_answered(address):
    idle = [socket.create_connection(address) for _ in range(200)]
    try:
        assert all(is_answered(address) for _ in range(5))
        for one in idle:
            one.settimeout(6)
            assert one.recv(1) == b""
    finally:
        for one in idle:
            one.close()


@pytest.mark.slow
def test_untaken_answer__of_a_client_that_reads_nothing__ends_the_connection(world):
    server = make_server(world.app, "127.0.0.1", 0, None, QUICK)
    with running(server) as at, closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(at)
        deaf.sendall(b"GET /api/openapi.json HTTP/1.1\r\nHost: bilum\r\n\r\n" * 50)
        wait_until(lambda: server.active_channels)
        wait_until(lambda: not server.active_channels)
        deaf.settimeout(1)
        got = 0
        while True:
            try:
                part = deaf.recv(1 << 20)
            except OSError:
                break
            if not part:
                break
            got += len(part)
        assert got < 50 * len(world.get("/api/openapi.json").data)
        assert is_answered(at)


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/gateway/twilio/sms", 64 * 1024 + 1),
        ("/gateway/kannel/mo", 64 * 1024 + 1),
        ("/gateway/sync", 16 * MEBIBYTE),
        ("/api/v1/events", 16 * MEBIBYTE),
        ("/api/v1/nothing", 64 * 1024 + 1),
        ("/", 10**12),
    ],
)
def test_long_body__by_its_length__is_refused_before_any_of_it_is_sent(address, path, length):
    head = f"POST {path} HTTP/1.1\nHost: bilum\nContent-Length: {length}\n\n"
    answer = ask(address, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


def test_long_body__that_waits_to_be_told__is_refused_instead(address):
    head = (
        "POST /gateway/kannel/mo HTTP/1.1\nHost: bilum\n"
        f"Content-Length: {MEBIBYTE}\nExpect: 100-continue\n\n"
    )
    assert ask(address, head).startswith(b"HTTP/1.1 413 ")


def test_long_body__in_chunks__is_refused_at_the_routes_limit(address):
    head = "POST /gateway/kannel/mo HTTP/1.1\nHost: bilum\nTransfer-Encoding: chunked\n\n"
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    with closing(socket.create_connection(address, timeout=5)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        sent = 0
        with suppress(OSError):
            while sent < 64:
                connection.sendall(chunk)
                sent += 1
                time.sleep(0.01)
    assert sent * 0x4000 < MEBIBYTE
    assert is_answered(address)


def test_body_of_the_routes_own_length__is_taken(address):
    head = (
        f"POST /gateway/kannel/mo HTTP/1.1\nHost: bilum\nContent-Length: {64 * 1024}\n"
        "Connection: close\n\n"
    )
    assert ask(address, head, b"a" * 64 * 1024).startswith(b"HTTP/1.1 403 ")


def test_long_headers__are_refused(address):
    head = f"GET /health HTTP/1.1\nHost: bilum\nX-Long: {'a' * 17_000}\n\n"
    answer = ask(address, head)
    assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.0 431 "))
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "head",
    [
        "POST /gateway/kannel/mo HTTP/1.1\nHost: b\nContent-Length: 5\nContent-Length: 50\n\n",
        "POST /gateway/kannel/mo HTTP/1.1\nHost: b\nContent-Length: -1\n\n",
        "POST /gateway/kannel/mo HTTP/1.1\nHost: b\nTransfer-Encoding: gzip\n\n",
        "POST /gateway/kannel/mo HTTP/1.1\nHost : b\n\n",
        "nonsense\n\n",
    ],
)
def test_ambiguous_request__is_refused_so_that_none_is_smuggled(address, head):
    assert ask(address, head).split(b" ")[1] in {b"400", b"501"}


def test_longest_bodies__of_routes__are_those_that_they_declare(world):
    longest = longest_body_of(world.app)
    declared = {
        (method, rule.rule): longest(method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods & {"POST", "PUT"}
        if "<" not in rule.rule
    }
    assert declared["POST", "/gateway/twilio/sms"] == 64 * 1024
    assert declared["POST", "/gateway/kannel/mo"] == 64 * 1024
    assert max(declared.values()) <= 8 * MEBIBYTE
    assert longest("GET", "/nothing/\xff") == 64 * 1024


def caller_seen(world, proxy, forwarded):
    """The caller's address as the application sees it."""
    seen = []
    world.app.before_request(lambda: seen.append(_remote()))
    with serving(world.app, proxy=proxy) as at:
        ask(
            at,
            f"GET /health HTTP/1.1\nHost: b\nX-Forwarded-For: {forwarded}\nConnection: close\n\n",
        )
    return seen


def _remote():
    from flask import request  # noqa: PLC0415 — of the request that runs

    return request.remote_addr, request.headers.get("X-Forwarded-For")


def test_forged_forwarded_address__without_a_proxy__is_not_believed(world):
    assert caller_seen(world, None, "203.0.113.9") == [("127.0.0.1", None)]


def test_forged_forwarded_address__before_the_proxys_own__is_not_believed(world):
    seen = caller_seen(world, "127.0.0.1", "6.6.6.6, 203.0.113.9")
    assert [address for address, _ in seen] == ["203.0.113.9"]


def test_connections__of_one_address_beyond_its_share__are_ended_at_once(world):
    server = make_server(world.app, "127.0.0.1", 0, "192.0.2.1", ServerLimits(of_address=2))

    class Open:
        addr = ("203.0.113.9", 1)

        def is_overdue(self, _limits):
            return False

    try:
        server.active_channels.update({-1: Open(), -2: Open()})
        assert server._is_crowded("203.0.113.9")
        assert not server._is_crowded("203.0.113.8")
        Open.addr = ("192.0.2.1", 1)
        assert not server._is_crowded("192.0.2.1")
        Open.addr = ("127.0.0.1", 1)
        assert not server._is_crowded("127.0.0.1")
    finally:
        server.active_channels.clear()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map)


@pytest.mark.parametrize(
    "setting",
    [
        {"BILUM_HOST": "0.0.0.0"},  # noqa: S104 — refused
        {"BILUM_HOST": "::"},
        {"BILUM_HOST": "192.168.1.7"},
        {"BILUM_HOST": "bilum.example"},
        {"BILUM_PUBLIC_URL": "https://bilum.example"},
        {"BILUM_PROXY": "127.0.0.1"},
    ],
    ids=str,
)
def test_development_mode__where_others_reach_it__does_not_start(setting):
    with pytest.raises(SettingsError, match=f"{next(iter(setting))} lets others reach"):
        Settings.from_env({"BILUM_DATA_DIR": "/nowhere", "BILUM_DEVELOPMENT": "1", **setting})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_development_mode__on_this_machine__starts(host):
    environ = {"BILUM_DATA_DIR": "/nowhere", "BILUM_DEVELOPMENT": "1", "BILUM_HOST": host}
    assert Settings.from_env(environ | {"BILUM_PUBLIC_URL": "http://localhost:8080"}).development


@pytest.mark.parametrize("host", ["bilum.example", "phones.attacker.example:8080"])
def test_simulator__under_another_name_that_leads_here__is_not_there(open_world, host):
    client = open_world(development=True).app.test_client()
    assert client.get("/simulator").status_code == 200
    assert client.get("/simulator", headers={"Host": host}).status_code == 404
