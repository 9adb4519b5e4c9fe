from __future__ import annotations

import logging
import socket
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from services.core.errors import SettingsError
from services.core.settings import Settings
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.runtime import wakeup
from services.runtime.container import Runtime
from services.runtime.wakeup import CLOCK, WakeupBroker
from services.storage.database import QUEUED
from tests.factories import FARMER, NOW
from tests.support.ports import free_port

URL = "amqp://bilum:for-tests@127.0.0.1:{}/"


@pytest.fixture
def notified(database):
    """Connections in use at each notification of the database."""
    connections, before = [], database.on_queued
    database.on_queued = lambda: connections.append(database.engine.pool.checkedout())
    yield connections
    database.on_queued = before


def test_database__unit_that_queued__notifies_once_it_is_committed(database, notified):
    with database.write() as session:
        session.info[QUEUED] = True
        assert notified == []
    assert notified == [0]


def test_database__unit_that_queued_nothing_or_failed__does_not_notify(database, notified):
    with database.write():
        pass
    with suppress(ZeroDivisionError), database.write() as session:
        session.info[QUEUED] = True
        _ = 1 / 0
    assert notified == []


def test_answer__queued__notifies(phones, notified):
    phones.send("HELP")
    assert len(notified) == 1


def test_mailing__queued__notifies(database, notified):
    letter = OutboundMessage(FARMER, database.vault.index(FARMER), "Pig 1 is well", "once")
    with database.write() as session:
        enqueue_messages(session, [letter], SendOptions("test", NOW, NOW + timedelta(days=1)))
    assert len(notified) == 1


def notify_and_close(url) -> tuple[float, float]:
    """Seconds that a notification takes, and the end after a while."""
    broker = WakeupBroker(url)
    started = time.monotonic()
    broker.notify()
    broker.notify(CLOCK)
    sent = time.monotonic()
    time.sleep(0.5)
    closing = time.monotonic()
    broker.close()
    return sent - started, time.monotonic() - closing


@pytest.mark.slow
@pytest.mark.sockets
def test_wakeup__nobody_listens__costs_no_time_and_is_logged_once(caplog):
    caplog.set_level(logging.INFO)
    sending, closing = notify_and_close(URL.format(free_port()))
    assert sending < wakeup.TIMEOUT / 2
    assert closing < wakeup.TIMEOUT
    assert [record.name for record in caplog.records] == ["bilum.wakeup"]
    assert "for-tests" not in caplog.text


@pytest.mark.slow
@pytest.mark.sockets
def test_wakeup__broker_accepts_and_says_nothing__costs_no_time(caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        sending, closing = notify_and_close(URL.format(server.getsockname()[1]))
        assert sending < wakeup.TIMEOUT / 2
        assert closing < 2 * wakeup.TIMEOUT


def test_wakeup__no_thread_can_be_started__is_borne(monkeypatch):
    def refuse(_thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    broker = WakeupBroker(URL.format(1))
    broker.notify()
    broker.close()


def test_runtime__broker_without_celery__tells_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(wakeup, "find_spec", lambda _name: None)
    settings = Settings.from_env(
        {"BILUM_DATA_DIR": str(tmp_path), "BILUM_BROKER_URL": "amqp://127.0.0.1/"}
    )
    with pytest.raises(SettingsError, match=r"requirements/celery\.lock"):
        Runtime.open(settings)


def test_settings__broker__is_an_amqp_address_and_never_shown(tmp_path):
    where = {"BILUM_DATA_DIR": str(tmp_path)}
    assert Settings.from_env(where).broker_url is None
    url = URL.format(5672)
    settings = Settings.from_env({**where, "BILUM_BROKER_URL": url})
    assert settings.broker_url == url
    assert "for-tests" not in repr(settings)
    with pytest.raises(SettingsError, match="BILUM_BROKER_URL must be an amqp address"):
        Settings.from_env({**where, "BILUM_BROKER_URL": "redis://127.0.0.1/"})
