"""A year of quiet hours: each message goes in the morning of the place where it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from services.storage.models import Message
from tests.factories import BUYER, FARMER
from tests.services.messaging.dispatch.post import Post

NEW_YEAR = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
# No day of it, nor hour of the day, is met twice.
STEP, TIMES = timedelta(days=6, hours=1, minutes=47), 61
# Of the zones' data nothing is used here: neither has known a summer time.
PLACES = {
    "Pacific/Port_Moresby": (FARMER, timedelta(hours=10)),
    "Pacific/Bougainville": (BUYER, timedelta(hours=11)),
}
MORNING, NIGHT = 7, 21


def own_time(queued, offset):
    """When a message goes that was queued then (UTC), where clocks are that much ahead of it."""
    local = queued + offset
    if MORNING <= local.hour < NIGHT:
        return queued
    day = local.date() + timedelta(days=local.hour >= NIGHT)
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=UTC) - offset


def next_due(post):
    with post.database.read() as session:
        return session.scalar(select(func.min(Message.due_at)).where(Message.state == "queued"))


@pytest.fixture
def year(hurried):
    post = Post(hurried("sqlite"))
    post.clock.now = NEW_YEAR
    return post


@pytest.mark.slow
def test_year__queued_at_one_instant_for_two_zones__each_goes_at_its_own_time(year):
    wanted, went = {}, {}

    def send_until(end):
        while (due := next_due(year)) is not None and due <= end:
            year.clock.now = max(due, year.clock.now)
            went.update({one.message.id: year.clock() for one in year.send()})

    for number in range(TIMES):
        instant = NEW_YEAR + number * STEP
        send_until(instant)
        year.clock.now = instant
        for zone, (receiver, offset) in PLACES.items():
            (message,) = year.queue(receiver, zone=zone)
            wanted[message] = own_time(instant, offset)
    send_until(instant + timedelta(days=1))
    assert instant > NEW_YEAR + timedelta(days=360)
    assert went == wanted
    apart = [there - here for here, there in zip(*[iter(wanted.values())] * 2, strict=True)]
    assert {timedelta(0), timedelta(hours=-1)} < set(apart), "both ways of an hour were met"
