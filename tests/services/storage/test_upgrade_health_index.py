"""Rows of an earlier schema: an upgrade brings what belongs to programmes under its own index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import MetaData, delete, insert, select, text

from services.messaging.consent import consents_of
from services.storage.models import (
    Access,
    AnswerCount,
    Arrival,
    Attempt,
    Consent,
    Message,
    Subscription,
)
from sms.consent import EVERYTHING
from tests.factories import NOW
from tests.services.storage.test_upgrade import any_value, earlier, earlier_file, earlier_server

__all__ = ["earlier", "earlier_file", "earlier_server"]
MARIA, GONE = "+67570000001", "+67570000009"
SEARCH = "POST /api/v1/subscriptions/search"
JOINED, REGISTERED = (NOW + timedelta(minutes=at, microseconds=at) for at in (1, 2))
# Purpose, and what tells whether it belongs to a programme.
MESSAGES = {
    1: ("course", {"scope": "tobacco", "subscription_id": 1}),
    2: ("reply", {"created_at": JOINED}),
    3: ("reply", {"created_at": REGISTERED}),
    4: ("concern", {"subscription_id": 1, "office": True}),
    5: ("campaign", {"campaign_id": 1}),
    6: ("notice", {}),
}
OF_PROGRAMMES = {1, 2, 5}


@pytest.fixture
def known(earlier):
    """Maria with a phone and a course, and a number that nobody has any more."""
    tables = MetaData()
    tables.reflect(earlier.engine)
    index, sealed = earlier.vault.index(MARIA), earlier.vault.seal(MARIA.encode())
    with earlier.engine.begin() as connection:

        def add(name, **given):
            table, key = tables.tables[name], given.get("id", 1)
            row = {column.name: any_value(column, key) for column in table.columns}
            connection.execute(insert(table), row | given)

        for name in ("message", "envelope"):
            connection.execute(delete(tables.tables[name]))
        connection.execute(
            tables.tables["subscription"].update().values(number=sealed, number_index=index)
        )
        connection.execute(tables.tables["asking"].update().values(number_index=index))
        add("contact", party_id=1, number=sealed, number_index=index)
        for key, (scope, whose) in enumerate(
            (("tobacco", MARIA), (EVERYTHING, MARIA), ("malaria", GONE)), 1
        ):
            his = earlier.vault.index(whose)
            add("consent", id=key, scope=scope, number_index=his, granted=True, at=JOINED)
        nothing = {"scope": None, "subscription_id": None, "campaign_id": None}
        nothing |= {"version_id": None, "item": None, "language": None, "office": False}
        for key, (purpose, given) in MESSAGES.items():
            number = {"recipient": sealed, "recipient_index": index, "tried_at": JOINED}
            add("message", id=key, purpose=purpose, **nothing | number | given)
        add("attempt", message_id=3, started_at=JOINED, finished_at=JOINED, look_at=None)
        for key, (at, outcome) in enumerate(
            ((JOINED, "tobacco.join"), (REGISTERED, "register")), 1
        ):
            given = {"key_digest": bytes([key]), "content_digest": b"the same"}
            add("envelope", received_at=at, outcome=outcome, channel="twilio-sms", **given)
        add("access", subject_id=1, number_index=index, what=SEARCH, at=JOINED)
        add("answer_count", number_index=index, since=JOINED, run_since=JOINED)
    return earlier


@pytest.mark.slow
def test_upgrade__what_belongs_to_programmes__has_their_index(known):
    known.upgrade()
    ordinary, health = known.vault.indexes(MARIA)
    with known.read() as session:
        found = {row.id: row.recipient_index for row in session.scalars(select(Message))}
        assert found == {key: health if key in OF_PROGRAMMES else ordinary for key in MESSAGES}
        assert set(session.scalars(select(Subscription.number_index))) == {health}
        asked = session.scalars(text("SELECT number_index FROM asking")).all()
        assert {bytes(one) for one in asked} == {health}
        assert consents_of(session, MARIA) == {"tobacco": True, EVERYTHING: True}
        (read,) = session.scalars(select(Access))
        assert (read.subject_id, read.number_index) == (None, health)
        assert session.scalars(select(AnswerCount)).all() == []
    known.upgrade()


@pytest.mark.slow
def test_upgrade__consent_of_a_number_that_nobody_has__leads_nowhere(known):
    known.upgrade()
    with known.read() as session:
        (kept,) = session.scalars(select(Consent).where(Consent.scope == "malaria"))
        assert kept.granted
        assert kept.number_index not in known.vault.indexes(GONE)


@pytest.mark.slow
def test_upgrade__instants_and_digests__tie_nothing(known):
    known.upgrade()
    with known.read() as session:
        assert len(set(session.scalars(select(Arrival.content_digest)))) == len(["join", "reg"])
        whole = [
            *session.scalars(select(Message.tried_at)),
            *session.scalars(select(Attempt.started_at)),
            *session.scalars(select(Consent.at)),
            *session.scalars(select(Access.at)),
        ]
        assert {at.microsecond for at in whole} == {0}
        assert set(session.scalars(select(Arrival.received_at))) == {JOINED, REGISTERED}


@pytest.mark.slow
def test_upgrade__killed_among_the_messages__begins_again(known, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("services.storage.vault.Vault.health_index", die)
        with pytest.raises(KeyboardInterrupt):
            known.upgrade()
    assert known.revision() == "0021"
    known.upgrade()
    with known.read() as session:
        assert set(session.scalars(select(Subscription.number_index))) == {
            known.vault.health_index(MARIA)
        }
