"""The peer: a Celery task a message, which calls twilio-python and updates its row.

Run as `celery -A bench._baseline worker`; what it needs to know is in the environment.
"""

from __future__ import annotations

import os
from functools import cache
from uuid import UUID

from celery import Celery
from sqlalchemy import select
from twilio.rest import Client

from bench._data import ACCOUNT, OUR_NUMBER, open_database
from services.storage.models import Message

BROKER, DATABASE, STUB = "BENCH_BROKER", "BENCH_DATABASE", "BENCH_STUB"

app = Celery("baseline", broker=os.environ.get(BROKER))  # noqa: TID251 — a script
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=16,
    task_default_queue="bilum-baseline",
    broker_connection_retry_on_startup=True,
)


@cache
def _opened() -> tuple[object, Client]:
    client = Client(ACCOUNT, "token")
    client.api.base_url = os.environ[STUB]  # noqa: TID251 — a script
    return open_database(os.environ[DATABASE]), client  # noqa: TID251 — a script


@app.task(name="send")
def send(message_id: str) -> None:
    """Send one message, and keep its state and the carrier's id."""
    database, client = _opened()
    with database.write() as session:
        row = session.scalars(select(Message).where(Message.public_id == UUID(message_id))).one()
        to, body = row.recipient, row.body
    sent = client.messages.create(to=to, from_=OUR_NUMBER, body=body)
    with database.write() as session:
        row = session.scalars(select(Message).where(Message.public_id == UUID(message_id))).one()
        row.state, row.reason = "sent", sent.sid
