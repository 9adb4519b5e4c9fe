"""What a scrape tells of messages: channels, what waits, doubts, segments and costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.messaging.api import metrics as message_metrics
from services.messaging.api.metrics import read_message_metrics
from sms.message import FailureClass, Kind
from tests.fakes.carriers import LOST, refused
from tests.services.messaging.dispatch.post import FIRST, MINUTE, SECOND, Post

if TYPE_CHECKING:
    from services.storage.database import Database

FARMER, OTHER = "+67570000001", "+67570000002"
DOWN = refused(FailureClass.CHANNEL_DOWN)


@dataclass
class Scraped:
    """A post, and what is scraped of it."""

    database: Database

    def __post_init__(self) -> None:
        self.post = Post(self.database)

    def values(self, name: str) -> dict[tuple[str, ...], float]:
        """The samples of a metric, by their labels."""
        with self.database.read() as session:
            metrics = read_message_metrics(session, [FIRST], self.post.clock())
        return {
            tuple(sample.labels.values()): sample.value
            for metric in metrics
            for sample in metric.samples
            if sample.name == name
        }


@pytest.fixture
def scraped(database):
    return Scraped(database)


def test_channels__nothing_was_sent_yet__those_of_the_routes_are_closed_circuits(scraped):
    assert scraped.values("bilum_channel_open") == {(FIRST,): 0}
    assert scraped.values("bilum_channel_failures") == {(FIRST,): 0}


def test_channels__after_failures__tell_which_circuit_is_open(scraped):
    scraped.post.queue(FARMER)
    scraped.post.send(DOWN)
    scraped.post.send(refused(FailureClass.TRANSIENT))
    assert scraped.values("bilum_channel_open") == {(FIRST,): 1, (SECOND,): 0}
    assert scraped.values("bilum_channel_failures") == {(FIRST,): 1, (SECOND,): 1}


def test_channels__a_circuit_that_waits_for_its_try__counts_as_open(scraped):
    scraped.post.queue(FARMER)
    scraped.post.send(DOWN)
    scraped.post.clock.advance(10 * MINUTE)
    assert scraped.values("bilum_channel_open")[FIRST,] == 1


def test_waiting__messages_of_several_reasons__are_counted_by_reason(scraped):
    scraped.post.clock.advance(timedelta(hours=8))
    scraped.post.queue(FARMER, OTHER)
    scraped.post.start()
    (answer,) = scraped.post.queue(FARMER, kind=Kind.ANSWER)
    assert scraped.values("bilum_messages_waiting") == {("quiet_hours",): 2, ("",): 1}
    scraped.post.send(refused(FailureClass.TRANSIENT))
    assert scraped.post.why(answer) == ("queued", "retry")
    expected = {("quiet_hours",): 2, ("retry",): 1, ("",): 0}
    assert scraped.values("bilum_messages_waiting") == expected
    assert scraped.values("bilum_messages_oldest_due_seconds") == {(): 0}


def test_waiting__its_time_has_come__is_due_and_no_longer_waits_for_a_reason(scraped):
    scraped.post.clock.advance(timedelta(hours=8))
    scraped.post.queue(FARMER, OTHER)
    scraped.post.start()
    scraped.post.clock.advance(timedelta(hours=9, minutes=3))
    assert scraped.values("bilum_messages_waiting") == {("",): 2}
    assert scraped.values("bilum_messages_oldest_due_seconds") == {(): 180}


def test_waiting__what_is_sent_or_closed__does_not_wait(scraped):
    scraped.post.queue(FARMER)
    scraped.post.send()
    assert scraped.values("bilum_messages_waiting") == {("",): 0}
    assert scraped.values("bilum_messages")["sent",] == 1


def test_doubts__an_answer_was_lost__counts_until_it_is_known(scraped):
    assert scraped.values("bilum_attempts_in_doubt") == {(): 0}
    (message,) = scraped.post.queue(FARMER)
    scraped.post.send(LOST)
    assert scraped.values("bilum_attempts_in_doubt") == {(): 1}
    scraped.post.report(scraped.post.attempt(message).public_id, refused(FailureClass.NEVER))
    assert scraped.values("bilum_attempts_in_doubt") == {(): 0}


def test_spent__messages_of_two_kinds__are_counted_by_channel_and_kind(scraped):
    scraped.post.queue(FARMER, OTHER, kind=Kind.URGENT)
    scraped.post.queue(FARMER, body="a" * 161)
    scraped.post.send()
    expected = {(FIRST, "urgent"): 2, (FIRST, "service"): 2}
    assert scraped.values("bilum_sms_segments_total") == expected
    assert scraped.values("bilum_sms_cost_toea_total") == {
        labels: 25 * segments for labels, segments in expected.items()
    }


def test_spent__a_new_month_in_port_moresby__begins_at_nothing(scraped):
    # Ten hours before UTC's own month ends.
    scraped.post.clock.now = datetime(2026, 3, 31, 13, 59, tzinfo=UTC)
    scraped.post.queue(FARMER, kind=Kind.URGENT)
    scraped.post.send()
    assert scraped.values("bilum_sms_segments_total") == {(FIRST, "urgent"): 1}
    scraped.post.clock.advance(MINUTE)
    assert scraped.values("bilum_sms_segments_total") == {}


def test_counts__of_more_rows_than_a_scrape_may_read__end_at_the_bound(scraped, monkeypatch):
    monkeypatch.setattr(message_metrics, "MOST", 2)
    for number in range(4):
        scraped.post.queue(f"+6757000010{number}")
    assert scraped.values("bilum_messages")["queued",] == 2
    assert scraped.values("bilum_messages_waiting") == {("",): 2}
