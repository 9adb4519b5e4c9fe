"""Texts of a village that has no signal for thirty days, in the order in which they are written.

The same seed writes the same story. Clocks are wrong by up to 400 days, each text's by another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.storage.models import (
    Animal,
    Arrival,
    Check,
    Contact,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Message,
    Movement,
    Premises,
)

FARMERS, PIGS_EACH = 40, 10
BATCH = 50
BEGAN = datetime(2026, 10, 26, tzinfo=UTC)
DAYS, MOST_WRONG = 30, 400 * 86_400
_PROVINCES = ("Jiwaka", "Enga", "Chimbu", "Western Highlands")


class Text(NamedTuple):
    """One text: its place in the story, the sender's number, what was written, the box's clock."""

    seq: int
    sender: str
    words: str
    at: str


def phone(farmer: int) -> str:
    """Return a farmer's number."""
    return f"+6757000{farmer:04}"


def tag(pig: int) -> str:
    """Return a pig's official number."""
    return f"598{pig:012}"


def texts(many: int, seed: int = 0) -> list[Text]:
    """Write a story of so many texts."""
    random = Random(seed)  # noqa: S311 — a story, no secret
    said = _said(random)
    step = timedelta(days=DAYS) / many
    story = []
    for seq in range(1, many + 1):
        sender, words = next(said)
        wrong = timedelta(seconds=random.randint(-MOST_WRONG, MOST_WRONG))
        at = (BEGAN + seq * step + wrong).strftime("%Y-%m-%dT%H:%M:%SZ")
        story.append(Text(seq, phone(sender), words, at))
    return story


def batches(story: Sequence[Text]) -> list[bytes]:
    """Make the bodies that a box would sync, in their order."""
    return [_body(story[at : at + BATCH]) for at in range(0, len(story), BATCH)]


def stored(session: Session) -> int:
    """Count the texts that are stored."""
    of_box = select(func.count()).where(Arrival.channel == "village-sms")
    return session.scalar(of_box) or 0


def state_of(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that the texts made, without random ids and salts."""
    # Short numbers are issued in turn, so they tell the animals and places of two runs apart.
    numbers = {
        kind: dict(
            session.execute(
                select(column, func.min(Identifier.value))
                .where(column.is_not(None))
                .group_by(column)
            ).all()
        )
        for kind, column in (
            ("animal", Identifier.animal_id),
            ("place", Identifier.premises_id),
        )
    }
    numbers_of = select(Contact.party_id, Contact.number).order_by(Contact.id.desc())
    people = dict(session.execute(numbers_of).all())
    tables = (
        (Identifier, {"id", "animal_id", "premises_id"}),
        (Animal, {"public_id", "subject_key"}),
        # A sequence of PostgreSQL skips the keys of what was rolled back.
        (Premises, {"id", "public_id", "subject_key"}),
        (Movement, set[str]()),
        (Check, set[str]()),
        (Flag, set[str]()),
    )
    names = {
        "animal_id": numbers["animal"],
        **dict.fromkeys(
            ("premises_id", "origin_id", "destination_id", "registered_at_id"), numbers["place"]
        ),
        **dict.fromkeys(("owner_id", "keeper_id"), people),
    }
    found = {
        table.__tablename__: sorted(
            (
                tuple(
                    names.get(column.name, {}).get(value, value)
                    for column, value in zip(table.__table__.columns, row, strict=True)
                    if column.name not in left_out
                )
                for row in session.execute(select(table.__table__))
            ),
            key=repr,
        )
        for table, left_out in tables
    }
    journal = select(Journal.type, Journal.occurred_on).order_by(Journal.id)
    leaves = select(func.count()).select_from(LedgerLeaf)
    replies = select(Message.purpose, func.count()).group_by(Message.purpose)
    return found | {
        "journal": [tuple(row) for row in session.execute(journal)],
        "leaves": [(session.scalar(leaves),)],
        "messages": sorted(tuple(row) for row in session.execute(replies)),
    }


def _body(part: Sequence[Text]) -> bytes:
    items = [
        {
            "seq": one.seq,
            "kind": "sms",
            "at": one.at,
            "from": one.sender,
            "text": one.words,
            "answered": None,
            "numbers": [],
        }
        for one in part
    ]
    told = {
        "box": {"version": "0.1.0", "queued": len(items), "free_bytes": 10**9},
        "items": items,
        "reports": [],
        "have": {"statuses": 0, "programmes": 0, "numbers": 0},
    }
    return json.dumps(told).encode()


def _said(random: Random) -> Iterator[tuple[int, str]]:
    """Yield senders and texts: places, pigs, then a month of events."""
    for farmer in range(1, FARMERS + 1):
        yield farmer, f"PLES Ples {farmer}, {_PROVINCES[farmer % len(_PROVINCES)]}"
    whose = {}
    for pig in range(1, FARMERS * PIGS_EACH + 1):
        whose[pig] = 1 + pig % FARMERS
        yield whose[pig], f"RAITIM {tag(pig)} meri"
    while True:
        pig, other = random.choice(list(whose)), random.randint(1, FARMERS)
        yield from random.choice((_moved, _treated, _asked, _given, _fed, _counted))(
            whose, pig, other
        )


def _moved(whose: dict[int, int], pig: int, other: int) -> Iterator[tuple[int, str]]:
    yield whose[pig], f"MUVIM {tag(pig)} {phone(other).removeprefix('+675')}"
    yield other, f"KAMAP {tag(pig)}"


def _treated(whose: dict[int, int], pig: int, _other: int) -> Iterator[tuple[int, str]]:
    yield whose[pig], f"MARASIN {tag(pig)} IVOMEC 28"


def _asked(whose: dict[int, int], pig: int, _other: int) -> Iterator[tuple[int, str]]:
    yield whose[pig], f"ORAIT {tag(pig)}"


def _given(whose: dict[int, int], pig: int, other: int) -> Iterator[tuple[int, str]]:
    """Tell of a gift: it takes effect when the receiver's answer comes after the question."""
    yield whose[pig], f"GIVIM {tag(pig)} {phone(other).removeprefix('+675')}"
    yield other, "1"
    whose[pig] = other


def _fed(whose: dict[int, int], pig: int, _other: int) -> Iterator[tuple[int, str]]:
    yield whose[pig], f"VAKSIN {tag(pig)} CSF"


def _counted(whose: dict[int, int], pig: int, _other: int) -> Iterator[tuple[int, str]]:
    yield whose[pig], f"wanem samting long {tag(pig)}"
