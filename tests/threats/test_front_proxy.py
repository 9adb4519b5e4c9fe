"""Attacks through the reverse proxy of deploy/nginx, by Debian's nginx before the real server."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import request

from services.runtime.web_server import ServerLimits, make_server
from tests.support.environment import program
from tests.support.paths import ROOT
from tests.support.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sockets, pytest.mark.program("nginx")]

NAME = "bilum.example"
SECRET = "a secret of Kannel"
AT_ONCE, PEOPLE = 80, 50
"""Connections of one address: so many as a busy carrier has, and those that people may have."""
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/bilum.conf;
}}
"""


def write_certificate(folder: Path) -> None:
    """A certificate for the name that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]), datetime.now(UTC)  # noqa: TID251 — TLS has no clock of ours
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def write_configuration(folder: Path, ports: dict[str, int], **changed: str) -> None:
    """The shipped file, with ports and paths of the test."""
    text = (ROOT / "deploy" / "nginx" / "bilum.conf").read_text(encoding="utf-8")
    for written, ours in {
        "listen 80;": f"listen 127.0.0.1:{ports['http']};",
        "listen 443 ssl": f"listen 127.0.0.1:{ports['https']} ssl",
        "127.0.0.1:8080;": f"127.0.0.1:{ports['bilum']};",
        f"/etc/letsencrypt/live/{NAME}": str(folder),
        "/var/log/nginx": str(folder),
        **changed,
    }.items():
        assert written in text, written
        text = text.replace(written, ours)
    (folder / "bilum.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder), encoding="utf-8")


@dataclass
class Proxy:
    """A running nginx before a running Bilum."""

    folder: Path
    ports: dict[str, int]
    callers: list[tuple[str | None, str | None]] = field(default_factory=list)

    def ask(self, method, path, body=None, host=NAME, **headers):
        """Send one request over TLS; return status, headers and body."""
        context = ssl.create_default_context(cafile=self.folder / "fullchain.pem")
        raw = socket.create_connection(("127.0.0.1", self.ports["https"]), timeout=10)
        with closing(context.wrap_socket(raw, server_hostname=host)) as connection:
            asked = http.client.HTTPSConnection(host)
            asked.sock = connection
            asked.request(method, path, body, headers)
            answer = asked.getresponse()
            return answer.status, answer.headers, answer.read()

    def log(self):
        """Return nginx's log, which it writes after the answer has gone."""
        file = self.folder / "bilum.log"
        for _ in range(200):
            if file.exists() and file.stat().st_size:
                break
            time.sleep(0.05)
        return file.read_text(encoding="utf-8")


@contextmanager
def serving(world, folder, **changed):
    world.app.before_request(lambda: callers.append((request.remote_addr, _forwarded())))
    callers: list[tuple[str | None, str | None]] = []
    ports = {"http": free_port(), "https": free_port()}
    server = make_server(world.app, "127.0.0.1", 0, "127.0.0.1", ServerLimits())
    ports["bilum"] = int(server.effective_port)
    thread = threading.Thread(target=server.run)
    thread.start()
    write_certificate(folder)
    write_configuration(folder, ports, **changed)
    command = [program("nginx"), "-c", folder / "nginx.conf", "-p", folder]
    try:
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
            try:
                _wait(ports["https"])
                yield Proxy(folder, ports, callers)
            finally:
                nginx.terminate()
    finally:
        server.task_dispatcher.shutdown()
        # In the loop's own thread: from here, it would look up only a second later.
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
        thread.join()


def _forwarded():
    return request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded")


def _wait(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx did not start")


@pytest.fixture
def public(open_world, settings):
    """A world that the internet reaches."""
    gateway = replace(settings.gateway, public_url=f"https://{NAME}", kannel_secret=SECRET)
    return open_world(gateway=gateway)


@pytest.fixture
def proxy(public, tmp_path):
    folder = tmp_path / "nginx"
    folder.mkdir()
    with serving(public, folder) as running:
        yield running


def test_configuration__as_it_is_shipped__is_accepted(tmp_path):
    write_certificate(tmp_path)
    write_configuration(tmp_path, {"http": 8001, "https": 8002, "bilum": 8003})
    run = subprocess.run(
        [program("nginx"), "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "[warn]" not in run.stderr


def test_requests__over_tls__are_answered_and_browsers_told_to_stay_there(proxy):
    status, headers, _ = proxy.ask("GET", "/health")
    assert status == 200
    assert headers["Strict-Transport-Security"]
    assert "nginx/" not in headers["Server"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/scan", 308),
        ("/passports/598000000000017?code=x", 308),
        ("/", 308),
        ("/api/v1/animals", 403),
        ("/gateway/twilio/sms", 403),
    ],
)
def test_request__in_clear__reaches_nothing_and_only_pages_lead_to_tls(proxy, path, status):
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.ports["http"])) as plain:
        plain.request("GET", path, headers={"Host": NAME})
        answer = plain.getresponse()
        assert answer.status == status
        assert answer.headers["Location"] == (f"https://{NAME}{path}" if status == 308 else None)
    assert proxy.callers == []


def test_request__under_another_name__gets_no_answer(proxy):
    with pytest.raises(ssl.SSLError):
        proxy.ask("GET", "/health", host="attacker.example")


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/simulator", "/simulator/setup"])
def test_private_address__from_outside__is_not_there(proxy, path):
    assert proxy.ask("GET", path)[0] == 404
    assert proxy.ask("GET", path.replace("/", "//", 1))[0] == 404
    assert proxy.callers == []


def test_forged_forwarded_address__through_the_proxy__is_replaced(proxy):
    forged = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    assert proxy.ask("GET", "/health", None, NAME, **forged)[0] == 200
    assert [caller for caller, _ in proxy.callers] == ["127.0.0.1"]
    assert "6.6.6.6" not in str(proxy.callers)


@pytest.mark.parametrize(
    ("path", "length"),
    [("/gateway/kannel/mo", 65 * 1024), ("/api/v1/events", 9 << 20), ("/gateway/sync", 9 << 20)],
)
def test_long_body__through_the_proxy__is_refused_and_reaches_nothing(proxy, path, length):
    context = ssl.create_default_context(cafile=proxy.folder / "fullchain.pem")
    raw = socket.create_connection(("127.0.0.1", proxy.ports["https"]), timeout=10)
    with closing(context.wrap_socket(raw, server_hostname=NAME)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert proxy.callers == []


def test_secret_in_an_address__through_the_proxy__stands_in_no_log(proxy, caplog):
    query = "secret=a%20secret%20of%20Kannel&from=%2B67570000001&text=HELP"
    path = f"/gateway/kannel/mo?{query}&id=4549ced3-00d5-46b2-923a-1072292e6f50"
    with caplog.at_level("DEBUG"):
        assert proxy.ask("GET", path)[0] == 200
    for told in (proxy.log(), caplog.text):
        assert "secret%20of" not in told
        assert "70000001" not in told
    assert "/gateway/kannel/mo" in proxy.log()


def test_slow_headers__through_the_proxy__end_the_connection(public, tmp_path):
    changed = {"client_header_timeout 15s": "client_header_timeout 1s"}
    with serving(public, tmp_path, **changed) as it:
        context = ssl.create_default_context(cafile=it.folder / "fullchain.pem")
        raw = socket.create_connection(("127.0.0.1", it.ports["https"]), timeout=10)
        with closing(context.wrap_socket(raw, server_hostname=NAME)) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: ")
            began = time.monotonic()
            assert connection.recv(4096) == b""
            assert time.monotonic() - began < 5
        assert it.callers == []
        assert it.ask("GET", "/health")[0] == 200


def test_flood__of_one_address__ends_in_429_while_carriers_are_heard(public, tmp_path):
    changed = {"rate=20r/s": "rate=1r/m", "burst=100 nodelay": "burst=3 nodelay"}
    with serving(public, tmp_path, **changed) as it:
        told = [it.ask("GET", "/api/v1/animals")[0] for _ in range(10)]
        assert told == [401] * 4 + [429] * 6
        texts = [
            it.ask("POST", f"/gateway/kannel/mo?from=%2B67570000001&id={key}", b"HELP", NAME)[0]
            for key in range(10)
        ]
        assert 429 not in texts


@pytest.mark.parametrize(
    ("path", "refused"), [("/gateway/kannel/mo", False), ("/api/v1/animals", True)]
)
def test_connections__many_of_one_address_while_the_server_waits__are_those_of_carriers_alone(
    public, tmp_path, path, refused
):
    """A database fails over: whatever comes meanwhile is held, each on a connection of its own."""
    goes_on, answers = threading.Event(), []
    public.app.before_request(lambda: None if goes_on.wait(20) else ("", 500))
    with serving(public, tmp_path) as it:

        def send(key):
            query = f"?from=%2B67570000001&id={key}"
            answers.append(it.ask("POST", path + query, b"HELP", NAME)[0])

        senders = [threading.Thread(target=send, args=(key,)) for key in range(AT_ONCE)]
        for sender in senders:
            sender.start()
        until = time.monotonic() + 3
        while time.monotonic() < until and len(answers) < AT_ONCE - PEOPLE:
            time.sleep(0.05)
        goes_on.set()
        for sender in senders:
            sender.join()
    assert answers.count(429) == (AT_ONCE - PEOPLE if refused else 0)
    assert len(answers) == AT_ONCE


def test_programs__named_here__are_installed_by_the_checks():
    assert "nginx:nginx" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert shutil.which("nginx")
