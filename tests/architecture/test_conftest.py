"""The rules of tests/conftest.py hold."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError
from sqlalchemy import create_engine, text

pytest_plugins = ["pytester"]

CONFTEST = "from tests.conftest import *"
OUTCOMES = """
import pytest

def test_skips():
    pytest.skip("no server")

@pytest.mark.xfail(strict=True)
def test_known_fault():
    assert False
"""


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_sockets__unmarked_test__are_blocked():
    with pytest.raises(SocketBlockedError):
        socket.socket(socket.AF_INET)


def test_sockets__unmarked_test__unix_sockets_work():
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"pig")
        assert right.recv(3) == b"pig"


@pytest.mark.sockets
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_sockets__marked_test__reach_loopback_only():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with socket.socket() as outward, pytest.raises(SocketConnectBlockedError):
        outward.connect(("192.0.2.1", 80))


@pytest.mark.postgres
def test_postgres_url__marked_test__is_an_empty_database(postgres_url):
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT count(*) FROM pg_tables WHERE schemaname='public'")
        )
        assert tables.scalar_one() == 0
    engine.dispose()


@pytest.mark.parametrize(
    ("require_all", "expected"),
    [(False, {"skipped": 1, "xfailed": 1}), (True, {"failed": 1, "xfailed": 1})],
)
def test_skip__everything_required__is_a_failure(pytester, monkeypatch, require_all, expected):
    monkeypatch.setattr("tests.support.environment.REQUIRE_ALL", require_all)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(OUTCOMES)
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(**expected)


def test_skip__whole_module_and_everything_required__is_an_error(pytester, monkeypatch):
    monkeypatch.setattr("tests.support.environment.REQUIRE_ALL", True)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("import pytest; pytest.skip('no tool', allow_module_level=True)")
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(errors=1)
