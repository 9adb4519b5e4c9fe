"""Tables of what people send and are answered (*.txt), read and played in one way.

    # a remark
    == title                a scene of several messages in turn begins
    * permit 1 2            what happened before, in words of the table's own
    FARMER > REG 1262       somebody sends a text
    register < We wrote...  its outcome and the reply; a second text of it follows a stroke
    BUYER ! Place 1068...   what else went out by it
    + 30 minutes            time goes by

{R} is a receipt, {C} the code that went out last, {C1} the first one, {W} a wrong one. A table
without titles is made of rows: each text and its reply begin anew, and nothing else is told. Every
text that goes out must be one segment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from services.messaging.codes import is_short_number
from services.storage.models import Message
from tests.factories import BUYER, FARMER, STRANGER
from tests.support.texts import assert_one_segment, codes_in, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.factories import Phones

PEOPLE = {"FARMER": FARMER, "BUYER": BUYER, "STRANGER": STRANGER}

_TITLE = re.compile("^== (.*)\n", re.MULTILINE)
_HAPPENED, _SAID, _PASSING = (
    re.compile(form) for form in (r"\* (\w+) ?(.*)", r"(\w+) > (.*)", r"\+ (\d+) (\w+)")
)


class Row(NamedTuple):
    """A text and its answer, as `outcome < reply`."""

    who: str
    text: str
    answer: str


class Sms(NamedTuple):
    """A text that went out."""

    to: str
    body: str


def rows(name: str) -> list[Row]:
    """The rows of a table; every line of it belongs to one."""
    lines = _lines(_read(name))
    said = [_SAID.fullmatch(line) for line in lines[::2]]
    assert all(said), name
    return [
        Row(one[1], one[2], answer)
        for one, answer in zip(said, lines[1::2], strict=True)
        if one is not None
    ]


def scenes(name: str) -> dict[str, list[str]]:
    """The lines of each scene of a table, by title."""
    remarks, *parts = _TITLE.split(_read(name))
    assert _lines(remarks) == [], name
    return dict(zip(parts[::2], map(_lines, parts[1::2]), strict=True))


def every_text() -> list[str]:
    """What people send in all the tables."""
    names = sorted(path.name for path in Path(__file__).parent.glob("*.txt"))
    found = (_SAID.fullmatch(line) for name in names for line in _lines(_read(name)))
    return [said[2] for said in found if said is not None]


@dataclass
class Player:
    """People with names and phones, and what may have happened to them."""

    phones: Phones
    people: Mapping[str, str] = field(default_factory=lambda: PEOPLE)
    happened: Mapping[str, Callable[..., object]] = field(default_factory=dict)

    def play(self, lines: list[str]) -> Iterator[str]:
        """Play a scene; yield the lines that it should have been."""
        for line in lines:
            if before := _HAPPENED.fullmatch(line):
                self.happened[before[1]](*before[2].split())
                yield line
            elif passing := _PASSING.fullmatch(line):
                self.phones.now += timedelta(**{passing[2]: int(passing[1])})
                yield line
            elif said := _SAID.fullmatch(line):
                yield from (line, *self._send(said[1], said[2]))

    def answer(self, row: Row) -> str:
        """Send the text of a row; what it is answered."""
        return next(self._send(row.who, row.text))

    def outbox(self, after: int = 0) -> list[Sms]:
        """The texts that went out after the message of a database key, oldest first."""
        names = {number: name for name, number in self.people.items()}
        with self.phones.database.read() as session:
            found = session.scalars(select(Message).where(Message.id > after).order_by(Message.id))
            return [Sms(names[row.recipient], row.body) for row in found]

    def codes(self) -> list[str]:
        """The codes that went out, oldest first."""
        return [code for sms in self.outbox() for code in codes_in(sms.body)]

    def wrong_code(self) -> str:
        """A code that nobody was sent."""
        sent = set(self.codes())
        told = map(str, range(482_900, 999_999))
        return next(code for code in told if code not in sent and not is_short_number(code))

    def _send(self, who: str, text: str) -> Iterator[str]:
        filled, before = self._filled(text), self._newest()
        answer = self.phones.send(filled, self.people[who])
        sent = self.outbox(before)
        for sms in sent:
            assert_one_segment(sms.body)
        texts = answer.text.split("\n")
        for told in texts:
            sent.remove(Sms(who, told))
        yield f"{answer.outcome} < {without_secrets(' / '.join(texts))}"
        yield from (f"{to} ! {without_secrets(body)}" for to, body in sent)

    def _newest(self) -> int:
        with self.phones.database.read() as session:
            return session.scalar(select(func.max(Message.id))) or 0

    def _filled(self, text: str) -> str:
        for mark, find in (
            ("{C}", lambda: self.codes()[-1]),
            ("{C1}", lambda: self.codes()[0]),
            ("{W}", self.wrong_code),
        ):
            text = text.replace(mark, find()) if mark in text else text
        return text


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]
