"""The rules of tests/conftest.py hold."""

from __future__ import annotations

import re
import socket
import sys

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError
from sqlalchemy import create_engine, text

# What a run within a run imports, it forgets, and the ciphers of this one cannot be loaded twice.
import tests.anvil  # noqa: F401 — as above
from tests.support import environment
from tests.support.paths import ROOT, python_files
from tests.support.rewriting import rewrite_share

pytest_plugins = ["pytester"]

CONFTEST = "from tests.conftest import *"
INI = """
[pytest]
markers =
    postgres
    anvil
    program(name)
    external
    slow
"""
UNMARKED = {
    "the fixture `postgres_url`": """
        import pytest
        @pytest.fixture
        def rows(postgres_url): pass
        def test_it(rows): pass
    """,
    "`running_anvil` in its fixture `node`": """
        import pytest
        from tests.anvil import running_anvil
        @pytest.fixture
        def node():
            with running_anvil() as url:
                yield url
        def test_it(node): pass
    """,
    "`running_anvil` in test_it": """
        from tests.anvil import running_anvil
        def test_it():
            with running_anvil(): pass
    """,
    "`postgresql` in test_it": """
        import pytest
        @pytest.fixture
        def open_database(): pass
        def test_it(open_database): open_database("postgresql")
    """,
    "`servers` of `stage`": """
        import pytest
        @pytest.fixture(params=["embedded", "servers"])
        def stage(request): pass
        @pytest.mark.postgres
        def test_it(stage): pass
    """,
}
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


@pytest.mark.slow
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


@pytest.mark.parametrize(("what", "test"), UNMARKED.items(), ids=UNMARKED)
def test_collection__server_without_its_marker__is_an_error_with_test_and_marker(
    pytester, what, test
):
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test)
    ended = pytester.runpytest("-p", "no:cacheprovider")
    ended.assert_outcomes(errors=1)
    marker = "postgres" if "postgres" in what else "anvil"
    ended.stdout.re_match_lines([rf".*::test_it.* uses {what}: mark it `{marker}`"])


def test_require__server_started_out_of_sight__is_refused_without_its_marker(pytester):
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest
        from tests.support import markers

        def test_unmarked():
            with pytest.raises(markers.UnmarkedServerError, match="mark the test `postgres`"):
                markers.require("postgres")

        @pytest.mark.program("sh")
        def test_marked():
            markers.require("program")
        """
    )
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_external__test_with_a_marker_of_need__is_left_out_with_all_such(pytester):
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.program("sh")
        def test_with_a_program(): pass

        @pytest.mark.slow
        def test_slow(): pass

        def test_plain(): pass
        """
    )
    ended = pytester.runpytest("-p", "no:cacheprovider", "-m", "not external and not slow")
    ended.assert_outcomes(passed=1, deselected=2)


def test_program__not_installed__is_a_skip_that_names_it(pytester, monkeypatch):
    monkeypatch.setattr("tests.support.environment.REQUIRE_ALL", False)
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        "import pytest\n@pytest.mark.program('no-such-program')\ndef test_it(): pass"
    )
    ended = pytester.runpytest("-p", "no:cacheprovider", "-rs")
    ended.assert_outcomes(skipped=1)
    ended.stdout.fnmatch_lines(["*the program no-such-program is not installed*"])


@pytest.mark.parametrize("marker", environment.NEEDS)
def test_need__each__is_a_marker_that_the_project_declares(pytestconfig, marker):
    declared = {line.partition(":")[0].partition("(")[0] for line in pytestconfig.getini("markers")}
    assert marker in declared


PASSED = ("-p", "tests.support.passed", "-p", "no:cacheprovider")
BESIDE_DRAWING = """
    import pytest
    from hypothesis import given, strategies
    from tests.support import environment
    from tests.support.environment import KILLS as few, WORKER

    POINTS = range(few)
    limits = {"most": 1}
    limits["least"] = 0

    def check(text): assert isinstance(text, str)
    def drawn():
        return strategies.text()
    @pytest.fixture
    def points(): return POINTS
    class Machine:
        texts = drawn()

    def test_plain(): check("a text")
    def test_worker(): assert WORKER == environment.WORKER
    @given(drawn())
    def test_drawn(text): check(text)
    def test_constant(): assert POINTS
    def test_fixture(points): assert points
    def test_fixture_by_name(request): assert request.getfixturevalue("points")
    def test_helper(): drawn()
    def test_count(): assert environment.KILLS
    def test_import():
        import hypothesis
    class TestMachine(Machine):
        def test_it(self): pass
    """
TO_REPEAT = {
    "plain": "def test_it(): pass",
    "draws": BESIDE_DRAWING,
    "speaks_for_all": """
        import pytest
        from tests.support.environment import KILLS
        pytestmark = pytest.mark.parametrize("number", range(KILLS // KILLS))
        def test_it(number): pass
    """,
    "fails": "def test_it(): assert 0",
    "skips": "import pytest\ndef test_it(): pytest.skip('no server')",
}


@pytest.mark.slow
def test_passed__tests_of_make_test__are_left_out_unless_they_do_more_in_full(pytester):
    pytester.makepyfile(**{f"test_{name}": text for name, text in TO_REPEAT.items()})
    first = pytester.runpytest(*PASSED, "--note-passed", "passed.txt")
    first.assert_outcomes(passed=12, failed=1, skipped=1)
    again = pytester.runpytest(*PASSED, "--leave-out", "passed.txt")
    again.assert_outcomes(passed=9, failed=1, skipped=1, deselected=3)


def test_passed__test_that_leads_to_another_module__runs_again_if_that_draws(pytester):
    leads = "from tests.sms.test_pacing import {0}\ndef test_it(): {0}"
    pytester.makepyfile(test_draws=leads.format("arrivals"), test_asks=leads.format("seconds"))
    pytester.runpytest(*PASSED, "--note-passed", "passed.txt").assert_outcomes(passed=2)
    again = pytester.runpytest(*PASSED, "--leave-out", "passed.txt")
    again.assert_outcomes(passed=1, deselected=1)


def test_counts__of_repetitions__are_read_by_tests_alone():
    """By them `tests.support.passed` knows a test that does more in full."""
    counts = rf"\b(?:{'|'.join(environment.COUNTS)})\b"
    reads = re.compile(rf"environment(?:\.| import .*){counts}")
    others = (path for path in python_files("tests") if not path.name.startswith("test_"))
    readers = [path for path in others if reads.search(path.read_text("utf-8"))]
    assert readers == [ROOT / "tests" / "conftest.py"]


def test_rewrite_share__process_of_two__keeps_its_half_of_the_modules(pytester, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    pytester.makepyfile(test_longer="def test_it(): assert 1 == 1", test_short="assert True")
    config = pytester.parseconfigure()
    for worker, kept in ("gw1", {"test_short"}), ("gw0", {"test_short", "test_longer"}):
        config.workerinput = {"workerid": worker, "workercount": 2}
        rewrite_share(config)
        found = {file.name.partition(".")[0] for file in pytester.path.glob("__pycache__/*.pyc")}
        assert found == kept
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_rewrite_share__alone__keeps_nothing_before_its_time(pytester):
    pytester.makepyfile(test_it="def test_it(): assert 1 == 1")
    rewrite_share(pytester.parseconfigure())
    assert not list(pytester.path.rglob("*.pyc"))
