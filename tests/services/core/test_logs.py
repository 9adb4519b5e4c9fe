from __future__ import annotations

import io
import json
import logging

import pytest

from services.core.correlation import follow
from services.core.logs import FACTS, formatter
from services.core.logs import log_to as log_to_stream

NUMBER = "+67570000001"
WORDS = f"sent to {NUMBER}"


@pytest.fixture
def log():
    """A logger that writes as the program does, and the lines that it wrote."""
    # Another test's message may be in hand still.
    follow(None)
    stream, logger = io.StringIO(), logging.getLogger("bilum.test")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.propagate = True
    logger.removeHandler(handler)
    follow(None)


def test_line__of_a_message_in_hand__has_its_id_its_facts_and_utc(log):
    logger, lines = log
    logger.info("before %s", "all")
    follow(0x2A)
    logger.warning("taken\nin ünd “so”")
    logger.info("another's", extra={FACTS: {"correlation": 0xFF, "batch": 3, "ids": ["a", "b"]}})
    follow(None)
    logger.info("after")
    before, taken, other, after = lines()
    assert before.keys() == after.keys() == {"time", "level", "logger", "event"}
    assert (before["event"], before["level"], before["logger"]) == (
        "before all",
        "info",
        "bilum.test",
    )
    assert before["time"].endswith("Z")
    assert (taken["id"], taken["event"]) == ("000000000000002a", "taken\nin ünd “so”")
    assert (other["id"], other["batch"], other["ids"]) == ("00000000000000ff", 3, ["a", "b"])
    assert "correlation" not in other


def test_line__of_an_exception_that_a_library_logs__has_its_stack_and_never_its_words(log):
    logger, lines = log
    try:
        int(WORDS)
    except ValueError:
        logger.exception("call of %s failed at block 12345678", NUMBER)
    (line,) = lines()
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["stack"]
    assert NUMBER not in json.dumps(line)
    assert line["event"] == "call of +… failed at block 12345678"


@pytest.mark.parametrize(("lines", "start"), [(False, "{"), (True, "20")])
def test_log_to__a_program_or_a_terminal__writes_json_or_a_sentence(lines, start, monkeypatch):
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    stream = io.StringIO()
    handler = log_to_stream(stream, lines=lines)
    handler.emit(logging.makeLogRecord({"msg": "listening", "levelname": "INFO", "name": "bilum"}))
    assert stream.getvalue().startswith(start)
    assert "listening" in stream.getvalue()
