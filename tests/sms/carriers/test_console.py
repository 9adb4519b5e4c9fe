from __future__ import annotations

import io
import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sms.carriers.console import ConsoleCarrier, render
from sms.message import AttemptState, FailureClass, Outgoing

ATTEMPT = UUID(int=7)
MESSAGE = Outgoing(
    UUID(int=1),
    "+67570000001",
    "Pik 598000000000001 i orait.",
    0,
    datetime(2026, 3, 3, tzinfo=UTC),
    datetime(2026, 3, 2, tzinfo=UTC),
)


def test_send__stream__shows_the_text_with_the_number_masked(caplog):
    stream = io.StringIO()
    with caplog.at_level(logging.DEBUG):
        outcome = ConsoleCarrier(stream).send(MESSAGE, ATTEMPT)
    assert (outcome.state, outcome.failure) == (AttemptState.SENT, None)
    assert outcome.reference == f"console-{ATTEMPT}"
    assert "Pik 598000000000001 i orait." in stream.getvalue()
    assert "+675•••••001" in stream.getvalue()
    assert MESSAGE.to not in stream.getvalue()
    assert not caplog.records


def test_send__stream_without_box_drawing__still_shows_the_text():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    assert ConsoleCarrier(stream).send(MESSAGE, ATTEMPT).state is AttemptState.SENT
    assert b"Pik 598000000000001 i orait." in raw.getvalue()


def test_send__closed_stream__is_uncertain():
    stream = io.StringIO()
    stream.close()
    outcome = ConsoleCarrier(stream).send(MESSAGE, ATTEMPT)
    assert (outcome.state, outcome.failure) == (AttemptState.UNCERTAIN, FailureClass.UNKNOWN)


@pytest.mark.parametrize("body", ["a" * 90, "tok " * 30, "wan\n\ntu", "\x1b[2J", ""])
def test_render__any_body__is_a_box_of_equal_lines_without_control_characters(body):
    lines = render("+67570000001", body).removesuffix("\n").split("\n")
    assert len({len(line) for line in lines}) == 1
    assert "\x1b" not in "".join(lines)
    shown = "".join(line[2:-2].rstrip() for line in lines[1:-1]).replace(" ", "")
    assert shown == body.replace("\x1b", "□").replace(" ", "").replace("\n", "")


def test_render__two_segments__says_so():
    assert "GSM-7, 2 SMS" in render("+67570000001", "a" * 161)
