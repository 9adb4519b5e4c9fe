"""A district for a year: honest keepers, thieves and jokers with phones, and the truth beside them.

Everybody writes to the real door. The truth is kept apart: which pigs live and whose they are, by
what their own keepers did. In the end the tables must say the same.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.envelope import Envelope
from gateway.intake import receive
from services.api.tokens import Terms, create_token
from services.core.roles import Role
from services.runtime.workers import keep_time, make_dispatcher
from services.storage.models import Animal, Attempt, Contact, Message, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.fakes.carriers import CountingCarrier

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.world import World

CODE = re.compile(r"(?<![0-9])([0-9]{6})(?![0-9])")
_COUNTRY = 598_000_000_000_000


@dataclass
class Pig:
    """A pig as it truly is."""

    tag: str
    owner: str
    alive: bool = True


@dataclass
class District:
    """The people of a district, and what they did.

    Attributes:
        world: the program.
        keepers: honest people, by number.
        crooks: numbers of strangers and thieves.
        officer: number of the veterinary officer.
        program: headers of a program whose user keeps no pig.
        pigs: the truth, by tag.
        said: texts by kind of sender.
        asked: honest texts that were answered by wanting another text.
    """

    world: World
    chance: random.Random
    keepers: list[str]
    crooks: list[str]
    officer: str
    program: dict[str, str] = field(repr=False)
    pigs: dict[str, Pig] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    _keys: count[int] = field(default_factory=lambda: count(1))
    _seen: int = 0
    _inbox: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def says(self, number: str, text: str, who: str) -> None:
        """Send a text, and let everybody read what came of it."""
        runtime = self.world.runtime
        runtime.clock.now += timedelta(seconds=self.chance.randint(20, 90))
        envelope = Envelope("twilio-sms", f"D{next(self._keys)}", number, text, runtime.clock())
        receive(envelope, runtime.units, runtime.conversation.answer)
        self.said[who] += 1
        self._deliver()

    def read(self, number: str) -> list[str]:
        """Return what a phone got since it was read last."""
        return self._inbox.pop(number, [])

    def _deliver(self) -> None:
        with self.world.runtime.database.read() as session:
            rows = session.scalars(
                select(Message).where(Message.id > self._seen).order_by(Message.id)
            )
            for row in rows:
                self._inbox[row.recipient].append(row.body)
                self._seen = row.id

    def spend(self) -> None:
        """Let what waits go out by a carrier that takes everything."""
        runtime = self.world.runtime
        carrier = CountingCarrier("console")
        dispatcher = make_dispatcher(runtime, {"console": carrier})
        dispatcher.drain()
        dispatcher.close()

    # What honest people do.

    def honest_day(self, keeper: str) -> None:
        """Let a keeper do one thing of a keeper's day."""
        mine = [pig for pig in self.pigs.values() if pig.owner == keeper and pig.alive]
        if not mine:
            return self.register(keeper)
        pig = self.chance.choice(mine)
        acts, weights = zip(*HONEST, strict=True)
        return self.chance.choices(acts, weights)[0](self, keeper, pig)

    def register(self, keeper: str, _pig: Pig | None = None) -> None:
        tag = str(_COUNTRY + len(self.pigs) + 1)
        self.pigs[tag] = Pig(tag, keeper)
        self.honestly(keeper, f"REG {tag}")

    def honestly(self, keeper: str, text: str) -> None:
        self.read(keeper)
        self.says(keeper, text, "honest")

    def die(self, keeper: str, pig: Pig) -> None:
        pig.alive = False
        self.honestly(keeper, f"DEAD {pig.tag}")

    def kill(self, keeper: str, pig: Pig) -> None:
        self.honestly(keeper, f"KILL {pig.tag}")
        if self._confirm(keeper):
            pig.alive = False

    def give(self, keeper: str, pig: Pig) -> None:
        other = self.chance.choice([one for one in self.keepers if one != keeper])
        self.read(other)
        self.honestly(keeper, f"GIVE {pig.tag} {other}")
        self._confirm(keeper)
        if any(pig.tag in text or "1" in text for text in self.read(other)):
            self.asked += 1
            self.says(other, "1", "honest")
            pig.owner = other

    def _confirm(self, keeper: str) -> bool:
        """Send back the code of one's own act, as its text asks; True: there was one."""
        for text in self.read(keeper):
            if code := CODE.search(text):
                self.asked += 1
                self.says(keeper, code[1], "honest")
                return True
        return False

    def objects(self, person: str) -> None:
        """Answer what others said of pigs: it is not so."""
        for _ in [text for text in self.read(person) if STRANGERS_WORD.search(text)]:
            self.says(person, "NO", "objection")

    # What the others do.

    def crooked_day(self, crook: str) -> None:
        """Let a stranger try something on somebody's living pig."""
        living = [pig for pig in self.pigs.values() if pig.alive]
        if not living:
            return None
        pig, other = self.chance.choice(living), self.chance.choice(self.crooks)
        text, forged = self.chance.choice(CROOKED)
        words = text.format(tag=pig.tag, me=crook, other=other, new=f"5981{pig.tag[4:]}")
        if words in PLANS:
            return PLANS[words](self, crook, pig)
        self.says(pig.owner if forged else crook, words, "crook")
        if forged:
            # A thief does not read the owner's phone: he guesses, and says yes by his own.
            for guess in ("123456", str(self.chance.randint(100_000, 999_999))):
                self.says(pig.owner, guess, "crook")
            self.read(pig.owner)
        return self.says(crook, "1", "crook")

    def flood(self, crook: str, _pig: Pig) -> None:
        for number in range(30):
            self.says(crook, f"HELP {number}", "crook")

    def agree_with_oneself(self, crook: str, pig: Pig) -> None:
        """Let a stranger say what he wants, and agree to it in the keeper's name."""
        self.says(crook, f"DEAD {pig.tag}", "crook")
        for yes in ("1", "yes", str(self.chance.randint(100_000, 999_999))):
            self.says(pig.owner, yes, "crook")

    def report_by_program(self, _crook: str, pig: Pig) -> None:
        """Let a partner's program report somebody's pig as dead, treated or retagged."""
        kind, details = self.chance.choice(PROGRAMMED)
        body = {
            "type": kind,
            "animals": [pig.tag],
            "occurred": {"at": self.world.runtime.clock().date().isoformat()},
            "details": details | ({"new": f"5981{pig.tag[4:]}"} if kind == "retag" else {}),
        }
        headers = self.program | {"Idempotency-Key": f"P{next(self._keys)}"}
        client = self.world.app.test_client()
        answer = client.post("/api/v1/events", json={"events": [body]}, headers=headers)
        assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
        self.said["program"] += 1
        self._deliver()

    # What must hold.

    def wrongs(self) -> list[str]:
        """Return the pigs of which the tables say something else than the truth."""
        with self.world.runtime.database.read() as session:
            owner = func.coalesce(Animal.owner_id, Premises.keeper_id)
            rows = session.execute(
                select(Animal.value, Animal.ended_on, owner.label("owner")).outerjoin(
                    Premises, Premises.id == Animal.registered_at_id
                )
            ).all()
            numbers = {
                row.party_id: row.number
                for row in session.execute(select(Contact.party_id, Contact.number))
            }
        found = {row.value: row for row in rows}
        return [
            f"{pig.tag}: {found[pig.tag].ended_on}, {numbers.get(found[pig.tag].owner)}: {pig}"
            for pig in self.pigs.values()
            if (found[pig.tag].ended_on is None) is not pig.alive
            or numbers.get(found[pig.tag].owner) != pig.owner
        ]

    def costs(self) -> dict[str, int]:
        """Return the money of each day, in toea."""
        spent: Counter[str] = Counter()
        with self.world.runtime.database.read() as session:
            for started, cost in session.execute(select(Attempt.started_at, Attempt.cost)):
                spent[(started + timedelta(hours=10)).date().isoformat()] += cost
        return dict(spent)


def _says(text: str) -> Callable[[District, str, Pig], None]:
    def act(district: District, keeper: str, pig: Pig) -> None:
        district.honestly(keeper, text.format(tag=pig.tag))

    return act


HONEST = (
    (_says("OK {tag}"), 26),
    (_says("TRACE {tag}"), 9),
    (District.register, 14),
    (_says("TREAT {tag} IVOMEC 28"), 8),
    (_says("VACC {tag} CSF"), 6),
    (_says("SICK 1 cough"), 4),
    (_says("HELP"), 5),
    (_says("gude"), 5),
    (_says("tenkyu tru"), 6),
    (_says("ME"), 4),
    (District.die, 6),
    (District.kill, 1),
    (District.give, 1),
)
"""Acts of a keeper's days, with how often each is done among a hundred."""

STRANGERS_WORD = re.compile(r"send NO\b|salim NOGAT\b|\b2 for no|salim 2\b")
SILENT = 0.2
"""Part of the keepers who answer nothing that others say of their pigs: an officer is asked."""
PROGRAMMED = (
    ("death", {}),
    ("retag", {}),
    ("treatment", {"product": "IVOMEC", "withdrawal_days": 300}),
    ("slaughter", {"place": "home"}),
)
CROOKED = (
    ("DEAD {tag}", False),
    ("RETAG {tag} {new}", False),
    ("LOST TAG {tag}", False),
    ("TREAT {tag} IVOMEC 300", False),
    ("ARRIVE {tag}", False),
    ("MOVE {tag} {other}", False),
    ("REG {tag}", False),
    ("KILL {tag}", False),
    ("GIVE {tag} {other}", False),
    ("SELL {tag} {other}", False),
    ("GIVE {tag} {me}", True),
    ("SELL {tag} {me}", True),
    ("KILL {tag}", True),
    ("FORGET", True),
    ("FLOOD", False),
    ("AGREE", False),
    ("PROGRAM", False),
    ("DEAD 9", False),
    ("is {tag} dead?", False),
)
"""Texts of strangers, and whether they come in the number of the pig's owner."""


PLANS = {
    "FLOOD": District.flood,
    "AGREE": District.agree_with_oneself,
    "PROGRAM": District.report_by_program,
}


def settle(world: World, keepers: int, crooks: int, seed: int) -> District:
    """Make a district: keepers with a place each, strangers, an officer of the province."""
    people = [f"+67570{number:06}" for number in range(100, 100 + keepers)]
    strangers = [f"+67571{number:06}" for number in range(100, 100 + crooks)]
    officer = "+67572000001"
    with world.runtime.database.write() as session:
        unit = Unit(session, world.runtime.database.vault)
        found = party_of(unit, officer)
        found.role, found.province = Role.VETERINARY_OFFICER.value, "Jiwaka"
        user, now = party_of(unit, "+67572000002"), world.runtime.clock()
        secret = create_token(session, Role.KEEPER, now, party_id=user.id, terms=Terms(3_650))
    program = {"Authorization": f"Bearer {secret}"}
    chance = random.Random(seed)  # noqa: S311 — replayable
    return District(world, chance, people, strangers, officer, program)


def live(district: District, days: int, texts_a_day: int) -> None:
    """Let the district live: each day some keepers and some strangers write, in any order."""
    clock = district.world.runtime.clock
    for day in range(days):
        clock.now = clock.now.replace(hour=22, minute=0) + timedelta(days=1)
        for _ in range(texts_a_day):
            if district.pigs and district.chance.random() < 0.2:
                district.crooked_day(district.chance.choice(district.crooks))
            else:
                district.honest_day(district.chance.choice(district.keepers))
        keep_time(district.world.runtime)
        silent = round(len(district.keepers) * SILENT)
        for person in (*district.keepers[silent:], district.officer):
            district.objects(person)
        if day % 7 == 0:
            district.spend()
    district.spend()
