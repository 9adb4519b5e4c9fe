"""What owners are told of carcasses: from which place of the journal on, once, and in slices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from services.livestock.control import abattoir_feedback
from services.livestock.control.abattoir_feedback import _pass_by, _reports
from services.livestock.control.evening_messages import Evening
from services.livestock.domain.model import EventType
from services.storage.models import Counter, Journal, Message
from tests.factories import FARMER
from tests.services.livestock.country import MADANG_KEEPER, NOW, days_ago
from tests.support.plans import kept_plans

SIX = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_JOURNAL = """
    INSERT INTO journal (event_id, type, occurred_on, recorded_at, content)
    SELECT gen_random_uuid(), CASE WHEN one % 50 > 0 THEN 'type ' || one % 20 ELSE 'slaughter' END,
        DATE '2026-11-25' - one % 60, TIMESTAMPTZ '2026-11-25' - one * INTERVAL '1 minute', 'x'
    FROM generate_series(1, 20000) AS one
"""


def kills(land, pig, *, recorded, on=0):
    """An abattoir reports a carcass, so long ago."""
    land.phones.now = NOW - recorded
    told = {"place": "abattoir", "kilograms": 60 + pig}
    land.report(EventType.SLAUGHTER, pig, at=land.lae, on=days_ago(on), **told)
    land.phones.now = NOW


def told(land):
    with land.database.read() as session:
        found = select(Message).where(Message.purpose == "abattoir").order_by(Message.id)
        return [(one.recipient, one.body) for one in session.scalars(found)]


def place(land):
    """The event up to which no slaughter is read any more, by its place among all of them."""
    with land.database.read() as session:
        name = abattoir_feedback._PLACES["slaughter"]
        passed = session.scalar(select(Counter.value).where(Counter.name == name))
        every = session.scalars(
            select(Journal.id).where(Journal.type == "slaughter").order_by(Journal.id)
        )
        return sum(one <= (passed or 0) for one in every)


def test_feedback__recorded_long_ago__is_passed_by_and_late_reports_are_told(land):
    kills(land, 1, recorded=5 * DAY, on=5)
    kills(land, 2, recorded=2 * DAY, on=20)
    kills(land, 3, recorded=0 * DAY, on=40)
    Evening().send(land.database, SIX)
    [(to, text)] = told(land)
    assert to == FARMER
    assert "62 k" in text
    assert place(land) == 1
    Evening().send(land.database, SIX + 9 * DAY)
    assert len(told(land)) == 1
    assert place(land) == 3


def test_feedback__older_event_after_a_newer_one__loses_and_repeats_nothing(land):
    for pig, days in ((1, 2), (2, 4), (4, 1)):
        kills(land, pig, recorded=days * DAY)
    for days in range(3):
        Evening().send(land.database, SIX + days * DAY)
        assert sorted(to for to, _ in told(land)) == [FARMER, MADANG_KEEPER]
    assert place(land) == 3


def test_feedback__long_journal_at_first__is_passed_by_in_slices_and_then_told(land, monkeypatch):
    monkeypatch.setattr(abattoir_feedback, "_ROWS", 1)
    monkeypatch.setattr(abattoir_feedback, "_MOST_SLICES", 1)
    for pig in (1, 2, 3):
        kills(land, pig, recorded=(9 - pig) * DAY)
    kills(land, 4, recorded=0 * DAY)
    evening, seen = Evening(), []
    for minute in range(6):
        evening.send(land.database, SIX + minute * MINUTE)
        seen.append((place(land), len(told(land))))
    assert seen == [(1, 0), (2, 0), (3, 0), (3, 1), (3, 1), (3, 1)]


def test_feedback__more_events_and_owners_than_a_slice__are_all_told_once(land, monkeypatch):
    monkeypatch.setattr(abattoir_feedback, "_ROWS", 1)
    monkeypatch.setattr(abattoir_feedback, "AT_ONCE", 1)
    for pig in (1, 2, 3, 4):
        kills(land, pig, recorded=0 * DAY)
    condemned = {"purpose": "post_mortem", "outcome": "passed", "condemned": ["liver:worms"]}
    land.report(EventType.CHECK, 4, at=land.lae, **condemned)
    evening = Evening()
    for minute in range(3):
        evening.send(land.database, SIX + minute * MINUTE)
    texts = dict(told(land))
    assert len(told(land)) == 2
    assert "186" in texts[FARMER]
    assert "64" in texts[MADANG_KEEPER]
    assert "liver" in texts[MADANG_KEEPER] or "lewa" in texts[MADANG_KEEPER]


def test_feedback__one_slice_of_owners_fails__keeps_no_other(land, monkeypatch):
    monkeypatch.setattr(abattoir_feedback, "AT_ONCE", 1)
    kills(land, 1, recorded=0 * DAY)
    kills(land, 4, recorded=0 * DAY)
    failures, real = [ZeroDivisionError], abattoir_feedback.text_of

    def fails_once(*given):
        if failures:
            raise failures.pop()
        return real(*given)

    monkeypatch.setattr(abattoir_feedback, "text_of", fails_once)
    evening = Evening()
    with pytest.raises(ZeroDivisionError):
        evening.send(land.database, SIX)
    assert len(told(land)) == 1
    evening.send(land.database, SIX + MINUTE)
    assert sorted(to for to, _ in told(land)) == [FARMER, MADANG_KEEPER]


@pytest.mark.postgres
def test_journal__of_a_country__is_read_from_the_kept_place_on(open_database):
    with open_database("postgresql").write() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(_JOURNAL))
        session.execute(text("ANALYZE journal"))
        read = kept_plans(session, lambda: _reports(session, 0, SIX))
        passed = kept_plans(session, lambda: _pass_by(session, "slaughter", SIX))
    plans = [plan for plan in [*read, *passed] if " on journal" in plan]
    assert len(plans) == 2
    for plan in plans:
        # Along the types or along all events: PostgreSQL weighs how many of a type there are.
        assert "Index Cond: (id > $" in plan or "AND (id > $" in plan
        assert "Seq Scan on journal" not in plan
        assert "ix_journal_day" not in plan
