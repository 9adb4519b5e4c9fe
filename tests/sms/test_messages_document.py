"""docs/messages.md lists each state, kind, policy, reason and class, and tells what they do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from uuid import UUID

import pytest

from sms.admission import Facts, Go, admit
from sms.consent import EVERYTHING
from sms.message import FailureClass, Kind, Late, MessageState, Outgoing
from sms.reasons import SENTENCES
from sms.settings import SmsSettings
from tests.support.paths import ROOT

LINES = (ROOT / "docs" / "messages.md").read_text("utf-8").splitlines()
NOON = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=10)
AGREED = {"clinic": True}


def table(first_column):
    """The rows of the table whose header begins so, each as its cells."""
    begin = LINES.index(next(line for line in LINES if line.startswith(f"| {first_column} |")))
    rows = takewhile(lambda line: line.startswith("|"), LINES[begin + 2 :])
    return [[cell.strip(" `") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


@pytest.mark.parametrize(
    ("first_column", "listed"),
    [
        ("state of a message", MessageState),
        ("kind", Kind),
        ("policy", Late),
        ("class", FailureClass),
    ],
)
def test_table__of_the_document__lists_each_once(first_column, listed):
    assert sorted(row[0] for row in table(first_column)) == sorted(one.value for one in listed)


def test_reasons__of_the_document__are_ours_word_by_word():
    assert [tuple(row) for row in table("code")] == [
        (reason.value, sentence) for reason, sentence in SENTENCES.items()
    ]


@pytest.mark.parametrize("row", table("kind"), ids=lambda row: row[0])
def test_kind__of_the_document__obeys_what_it_says(row):
    kind, _, *said = row
    assert [_yes(obeys) for obeys in _obeyed(Kind(kind))] == said


def _obeyed(kind):
    """Whether consent, STOP ALL, the night, lateness, cap and budget hold a message back."""
    message = Outgoing(
        id=UUID(int=1),
        to="+67570000001",
        body="Kisim sut tumora.",
        attempts=0,
        planned_at=NOON,
        expires_at=NOON + timedelta(days=9),
        kind=kind,
        scope="clinic",
    )
    settings = SmsSettings(quiet_from=time(21), quiet_until=time(7), daily_cap=1)

    def goes(message=message, at=NOON, consents=AGREED, **facts):
        return isinstance(admit(message, Facts(consents, **facts), settings, at), Go)

    assert goes()
    yield not goes(consents={})
    yield not goes(consents=AGREED | {EVERYTHING: False})
    night = not goes(at=NIGHT)
    late = not goes(replace(message, late=Late.SKIP), at=NOON + timedelta(hours=3))
    assert night == late
    yield night
    capped, spent = not goes(today=1), not goes(budget_left=0)
    assert capped == spent
    yield capped


def _yes(holds):
    return "yes" if holds else "no"
