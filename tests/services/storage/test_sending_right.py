"""Which copy of a database sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from services.core.errors import RestoredCopy
from services.ledger.recorder_lease import only_recorder
from services.storage.models import SendingRight
from services.storage.sending_right import (
    CopyLocation,
    Refusal,
    StepKind,
    find_place,
    give_right,
    is_original,
    judge,
    last_given_at,
    may_send,
    refusal,
    refused_since,
    require_right,
    stop_sending,
)
from tests.factories import NOW
from tests.services.messaging.dispatch.post import MINUTE
from tests.support.copies import UNBIND

if TYPE_CHECKING:
    from services.storage.database import Database

HERE, THERE = CopyLocation("7/1", ""), CopyLocation("7/2", "")
EARLIER, EARLIER_STILL = HERE._replace(mark="12:00"), HERE._replace(mark="11:00")
MADE = SendingRight(kind=StepKind.MADE, place=None, mark="")


def step(kind: StepKind, place: CopyLocation) -> SendingRight:
    return SendingRight(kind=kind, place=place.where, mark=place.mark)


BOUND, GIVEN = step(StepKind.BOUND, HERE), step(StepKind.GIVEN, EARLIER)
STOPPED = step(StepKind.STOPPED, HERE)


@pytest.mark.parametrize(
    ("steps", "here", "why"),
    [
        ([], HERE, Refusal.BACKUP),
        ([step(StepKind.REFUSED, HERE)], HERE, Refusal.BACKUP),
        ([MADE], HERE, None),
        ([MADE], EARLIER, None),
        ([MADE, BOUND], HERE, None),
        ([MADE, BOUND], THERE, Refusal.ELSEWHERE),
        ([MADE, BOUND, step(StepKind.REFUSED, THERE)], THERE, Refusal.ELSEWHERE),
        ([MADE, BOUND, step(StepKind.REFUSED, THERE)], HERE, None),
        ([MADE, BOUND, step(StepKind.GIVEN, THERE)], HERE, Refusal.ELSEWHERE),
        ([MADE, BOUND, step(StepKind.GIVEN, THERE)], THERE, None),
        ([MADE, BOUND], EARLIER, Refusal.EARLIER),
        ([MADE, BOUND, GIVEN], EARLIER, None),
        ([MADE, BOUND, GIVEN], HERE, None),
        ([MADE, BOUND, GIVEN], EARLIER_STILL, Refusal.EARLIER),
        ([MADE, BOUND, step(StepKind.GIVEN, EARLIER_STILL), GIVEN], EARLIER_STILL, None),
        ([MADE, STOPPED], HERE, Refusal.STOPPED),
        ([MADE, STOPPED, step(StepKind.REFUSED, THERE)], HERE, Refusal.STOPPED),
        ([MADE, STOPPED], THERE, Refusal.ELSEWHERE),
        ([MADE, STOPPED], EARLIER, Refusal.EARLIER),
        ([MADE, STOPPED, step(StepKind.RESUMED, HERE)], HERE, None),
        ([MADE, STOPPED, step(StepKind.RESUMED, HERE)], THERE, Refusal.ELSEWHERE),
    ],
)
def test_judge__steps_and_place__tell_who_may_send(steps, here, why):
    assert judge(steps, here) is why


def test_recorder__database_becomes_a_copy_while_it_holds_the_right__loses_it(database):
    with only_recorder(database) as lease:
        with database.write() as session:
            session.execute(text("DELETE FROM sending_right"))
        with database.write() as session, pytest.raises(RestoredCopy):
            lease.guard(session)
    with database.write() as session:
        assert not may_send(session, NOW)


@pytest.mark.postgres
def test_restore_to_a_point_in_time__its_mark__is_confirmed_once(open_database):
    database = open_database("postgresql")
    try:
        with database.write() as session:
            assert may_send(session, NOW)
            place = find_place(session)
        for mark, refused in (("first", True), ("first", False), ("second", True)):
            set_mark(database, mark)
            with database.write() as session:
                assert find_place(session) == (place.where, mark)
                assert may_send(session, NOW) is not refused
                assert refusal(session) is (Refusal.EARLIER if refused else None)
                give_right(session, None, NOW)
        # A replica that was made from no restored copy has no mark, and goes on.
        set_mark(database, "")
        with database.write() as session:
            assert may_send(session, NOW)
    finally:
        set_mark(database, "")


def set_mark(database: Database, mark: str) -> None:
    """Let the server say what it says after a restore: to whoever connects from now on."""
    name = make_url(database.engine.url).database
    with database.write() as session:
        session.execute(text(f"ALTER DATABASE \"{name}\" SET bilum.restored = '{mark}'"))
    database.engine.dispose()


def test_first_refusal__is_noted_once__until_the_right_is_given(database):
    with database.write() as session:
        session.execute(text(UNBIND.replace("<>", "=")))
    for minute in range(2):
        with database.write() as session:
            assert not may_send(session, NOW + minute * MINUTE)
    with database.write() as session:
        assert refused_since(session) == NOW
        give_right(session, None, NOW)
        session.flush()
        assert refused_since(session) is None


def test_stop__by_an_administrator__holds_texts_alone_and_tells_of_no_restore(database):
    with database.write() as session:
        stop_sending(session, None, NOW)
    with database.write() as session:
        assert not may_send(session, NOW)
        require_right(session, NOW)
        assert refused_since(session) is None
    with only_recorder(database):
        pass
    with database.write() as session:
        give_right(session, None, NOW)
    with database.write() as session:
        assert may_send(session, NOW)
        assert is_original(session)
        assert last_given_at(session) is None
