"""A restored copy beside the database that it is of: one of them sends."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.errors import RestoredCopy
from services.ledger.recorder_lease import only_recorder
from services.messaging.dispatch.restored import close_doubtful, count_doubtful
from services.messaging.dispatch.village_handover import HandOver
from services.storage.models import Message, SendingRight
from services.storage.sending_right import (
    Refusal,
    copy_name,
    give_right,
    refusal,
    require_right,
    stop_sending,
)
from sms.message import Kind, MessageState
from sms.settings import SmsSettings
from tests.factories import NOW
from tests.services.conftest import opened
from tests.services.messaging.dispatch.post import DAY, MINUTE, Post
from tests.support import environment
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.storage.database import Database


@contextmanager
def copied(database: Database, folder) -> Iterator[Database]:
    """A copy of a database, as `cp` or a dump makes one."""
    url = database.engine.url
    database.close()
    if database.is_sqlite:
        with opened(f"sqlite:///{shutil.copy(url.database, folder / 'copy.db')}") as copy:
            yield copy
        return
    source = url.render_as_string(hide_password=False)
    with fresh_database(environment.POSTGRES_URL, source) as new, opened(new) as copy:
        yield copy


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(SendingRight.kind).order_by(SendingRight.id)))


def test_copy__old_and_new_both_up__only_the_old_one_sends_each_text(post, tmp_path):
    first = post.queue("+67570000001")
    assert [one.message.id for one in post.send()] == first
    second = post.queue("+67570000002", lasts=DAY)
    with copied(post.database, tmp_path) as database:
        copy = Post(database, post.settings, post.clock)
        assert (copy.claimed(), copy.claimed("two")) == ([], [])
        assert [one.message.id for one in post.send()] == second
        # Neither a message that was leased before it was a copy, nor one that runs out, ends.
        post.clock.now += 2 * DAY
        assert copy.claimed() == []
        with database.read() as session:
            assert refusal(session) is Refusal.ELSEWHERE
            assert set(session.scalars(select(Message.state))) == {"sent", "queued"}
    assert kinds(post.database) == ["made", "bound"]


def test_copy__told_that_the_old_one_is_gone__sends_each_text_once(post, tmp_path):
    post.queue("+67570000001")
    post.send()
    texts = post.queue("+67570000002", "+67570000003")
    with copied(post.database, tmp_path) as database:
        copy = Post(database, post.settings, post.clock)
        held = post.claim()
        assert copy.store.start("one", held, copy.clock()) == []
        assert copy.claim() == []
        with database.write() as session:
            give_right(session, None, copy.clock())
        first, second = copy.send(worker="one", limit=1), copy.send(worker="two")
        assert [one.message.id for one in (*first, *second)] == texts
        assert kinds(database) == ["made", "bound", "refused", "given"]
        # And a copy of that copy is one again.
        other = tmp_path / "again"
        other.mkdir()
        with copied(database, other) as again, again.read() as session:
            assert refusal(session) is Refusal.ELSEWHERE


def test_stop__texts_are_claimed_and_queued__none_of_them_starts_until_they_may(post, caplog):
    texts = post.queue("+67570000001", "+67570000002")
    held = post.claim(limit=1)
    with post.database.write() as session:
        stop_sending(session, None, post.clock())
    assert post.store.start("one", held, post.clock()) == []
    assert post.claim() == []
    assert "an administrator stopped sending" in caplog.text
    assert RestoredCopy.code not in caplog.text
    with post.database.write() as session:
        assert HandOver(session, post.database.vault, SmsSettings(), NOW).run(1, "box") == []
        give_right(session, None, post.clock())
    post.clock.now += 2 * DAY
    assert {one.message.id for one in post.send()} == set(texts)


def test_copy__its_name__is_another_and_stays_when_steps_are_added(post, tmp_path):
    def name_of(database):
        with database.read() as session:
            return copy_name(session)

    before = name_of(post.database)
    post.queue("+67570000001")
    post.send()
    assert kinds(post.database) == ["made", "bound"]
    assert name_of(post.database) == before
    with copied(post.database, tmp_path) as database:
        other = name_of(database)
        with database.write() as session:
            give_right(session, None, NOW)
        assert name_of(database) == other != before
    assert name_of(post.database) == before


def test_copy__recorder_and_village__are_refused(post, tmp_path):
    post.send()
    with copied(post.database, tmp_path) as database:
        with pytest.raises(RestoredCopy), only_recorder(database):
            pytest.fail("a copy records")
        with database.write() as session:
            handed = HandOver(session, database.vault, SmsSettings(), NOW).run(1, "box")
            assert handed == []
        with pytest.raises(RestoredCopy), database.write() as session:
            require_right(session)
        with database.write() as session:
            give_right(session, None, NOW)
        with only_recorder(database):
            pass


def test_texts_in_doubt__restored_copy__are_closed_but_for_answers_of_its_own(post):
    now = post.clock()
    old = post.queue("+67570000001", kind=Kind.ANSWER)
    post.clock.now += MINUTE
    since = post.clock()
    own = post.queue("+67570000002", kind=Kind.ANSWER)
    planned = post.queue("+67570000003")
    post.clock.now += MINUTE
    with post.database.write() as session:
        assert count_doubtful(session, since, post.clock()) == 2
        assert close_doubtful(session, since, post.clock()) == 2
        states = dict(session.execute(select(Message.public_id, Message.state)).all())
    uncertain, queued = MessageState.UNCERTAIN.value, MessageState.QUEUED.value
    assert states == dict.fromkeys([*old, *planned], uncertain) | dict.fromkeys(own, queued)
    assert [one.message.id for one in post.send()] == own
    assert now < since
