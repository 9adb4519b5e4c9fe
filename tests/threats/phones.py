"""Phones that write to the webhook, and what is in the database afterwards."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select

from services.storage.models import (
    Animal,
    Check,
    Contact,
    Identifier,
    Journal,
    Message,
    Movement,
    Party,
)
from tests.services.scene import Scene
from tests.services.world import SECRET, open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.world import World


@contextmanager
def threatened(staged: tuple[Path, Scene], folder: Path, **environ: str) -> Iterator[Scene]:
    """People of every role with tokens and phones, in a world with a carrier."""
    data, made = staged
    settings = {"BILUM_TWILIO_AUTH_TOKEN": SECRET, **environ}
    world = open_folder(shutil.copytree(data, folder / "data"), **settings)
    callers = {name: replace(one, app=world.app) for name, one in made.callers.items()}
    yield Scene(world, callers, made.places)
    world.runtime.close()


CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
STRANGER = "+67570009991"
_STATE = (Animal, Movement, Identifier, Check)


@dataclass
class Phones:
    """Numbers that text a world; each message is new."""

    world: World
    numbers: count = field(default_factory=lambda: count(1000))

    def says(self, sender: str, text: str) -> str:
        """Send a text, and return the reply; empty: none."""
        before = self._newest()
        answer = self.world.sms(text, f"SM{next(self.numbers)}", sender)
        assert answer.status_code == 200, answer.text
        return next((one for to, one in self.texts(before) if to == sender), "")

    def sends(self, sender: str, text: str) -> None:
        """Send a text, whatever the reply."""
        answer = self.world.sms(text, f"SM{next(self.numbers)}", sender)
        assert answer.status_code == 200, answer.text

    def takes_back(self, sender: str, receipt: str) -> None:
        """Send WRONG, and the code that it may ask for."""
        for code in CODE.findall(self.says(sender, f"WRONG {receipt}")):
            self.says(sender, code)

    def records(self, after: int) -> list[dict[str, Any]]:
        """Return the canonical records that came after a row of the journal."""
        with self.world.runtime.database.read() as session:
            wanted = select(Journal.content).where(Journal.id > after).order_by(Journal.id)
            return [json.loads(one) for one in session.scalars(wanted) if one is not None]

    def texts(self, after: int = 0) -> list[tuple[str, str]]:
        """Return the texts to people: the number, and what it says; oldest first."""
        with self.world.runtime.database.read() as session:
            rows = session.scalars(select(Message).where(Message.id > after).order_by(Message.id))
            return [(row.recipient, row.body) for row in rows]

    def to(self, number: str) -> list[str]:
        return [text for to, text in self.texts() if to == number]

    def code_to(self, number: str) -> str:
        """Return the code in the newest text to a phone."""
        return CODE.findall(self.to(number)[-1])[-1]

    def first_code_to(self, number: str) -> str:
        """Return the first code that a phone got."""
        return next(found[0] for text in self.to(number) if (found := CODE.search(text)))

    def _newest(self) -> int:
        with self.world.runtime.database.read() as session:
            return max(session.scalars(select(Message.id)).all(), default=0)


def forget_phones_of(scene: Scene, name: str) -> None:
    """Take a person's phones away, as if they never had one."""
    with scene.world.runtime.database.write() as session:
        party = select(Party.id).where(Party.public_id == UUID(scene.callers[name].party))
        session.execute(delete(Contact).where(Contact.party_id.in_(party)))


def state_of(world: World, *tags: str) -> list[tuple[Any, ...]]:
    """Return what the tables of state say of animals: their rows, movements, numbers, checks.

    A short number is given to an animal that somebody names, and says nothing of it.
    """
    with world.runtime.database.read() as session:
        ids = session.scalars(select(Identifier.animal_id).where(Identifier.value.in_(tags))).all()
        found: list[tuple[Any, ...]] = []
        for table in _STATE:
            of = table.id if table is Animal else table.animal_id
            rows = session.execute(select(*table.__table__.c).where(of.in_(ids)))
            found += sorted(
                (table.__tablename__, *map(str, row)) for row in rows if row[0] != "bilum"
            )
        return found


def journal(world: World, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the canonical records, oldest first."""
    with world.runtime.database.read() as session:
        rows = session.scalars(select(Journal.content).order_by(Journal.id))
        told = [json.loads(row) for row in rows if row is not None]
    return [one for one in told if kind is None or one["type"] == kind]
