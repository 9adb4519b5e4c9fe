"""Tables of a box. Numbers and texts of people are sealed by the box's own key.

A row of `item` outlives its content: the key alone tells that the same came again.
"""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from services.storage.models.base import UtcTime
from services.storage.vault import Sealed

METADATA = MetaData()


class ItemState(StrEnum):
    """State of something that a phone or a reader sent."""

    QUEUED = "queued"
    DONE = "done"
    REFUSED = "refused"


ITEM = Table(
    "item",
    METADATA,
    Column("seq", Integer, primary_key=True),
    # Keyed digest of what tells a repetition: Kannel's id, or a reader's counter and body.
    Column("key", LargeBinary(32), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("body", Sealed),
    Column("size", Integer, nullable=False),
    # Of a person's text: the blind index of its number.
    Column("person", LargeBinary(32)),
    # Numbers are never given again, not even when the last row is gone.
    sqlite_autoincrement=True,
)
Index("ix_item_queued", ITEM.c.seq, sqlite_where=text("state = 'queued'"))

# Readers' requests that wait, and the device that each names.
SIGNED = Table(
    "signed",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("device", String(36), nullable=False, index=True),
)

TEXT = Table(
    "text",
    METADATA,
    Column("place", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("to", Sealed),
    Column("person", LargeBinary(32)),
    Column("body", Sealed),
    Column("expires_at", UtcTime, nullable=False),
    Column("state", String(12), nullable=False),
    Column("code", String(64)),
    # Whether the server handed it over, so that it is told what became of it.
    Column("of_server", Boolean, nullable=False),
    Column("reported", String(12)),
    Column("tries", Integer, nullable=False, server_default="0"),
)
ERASED = {"to": None, "person": None, "body": None}
"""What is left of a text that has ended: nothing of a person."""
Index("ix_text_waiting", TEXT.c.place, sqlite_where=text("state = 'queued'"))
Index("ix_text_person", TEXT.c.person, sqlite_where=text("state = 'queued'"))

PERSON = Table(
    "person",
    METADATA,
    Column("person", LargeBinary(32), primary_key=True),
    Column("language", String(3)),
    Column("told_at", UtcTime),
    # When the server's last text to him went, if that asked something.
    Column("asked_at", UtcTime),
    # The item of the last STOP that the server has not taken yet.
    Column("stopped_by", Integer),
)

# Answers to a person so far: see `sms.answering.AnswerHistory`. Removed after a day.
ANSWERS = Table(
    "answers",
    METADATA,
    Column("person", LargeBinary(32), primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("run", Integer, nullable=False),
    Column("run_since", UtcTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("dangers", Integer, nullable=False),
    Column("stops", Integer, nullable=False),
)

# People whose numbers are bound to the box: the server believes it for nobody else.
BOUND = Table("bound", METADATA, Column("person", LargeBinary(32), primary_key=True))

ANIMAL = Table(
    "animal",
    METADATA,
    Column("number", String(20), primary_key=True),
    Column("told", Text, nullable=False),
)

NUMBER = Table(
    "number",
    METADATA,
    Column("number", String(10), primary_key=True),
    Column("counter", Integer, nullable=False),
    # The tag that it was promised to, as it was written down.
    Column("tag", String(100), unique=True),
)

REQUEST = Table(
    "request",
    METADATA,
    Column("counter", Integer, primary_key=True),
    Column("body", Sealed, nullable=False),
)

STATE = Table(
    "state",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("value", Text, nullable=False),
)
