"""Random walks through what an office does, on a real chain: the auditor must find nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import func, select

from services.core.errors import ServiceError
from services.core.roles import Role
from services.health.versions.approvals import ApprovalAct, approve, withdraw
from services.health.versions.store import add_version
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.livestock.recording.erasure import erase_event
from services.storage.models import Journal, Party
from tests.factories import BUYER, FARMER, NOW, Phones, official
from tests.services.health.scene import APPROVER, PLANNER, SMALL, person
from tests.support.cover import looked_after
from tests.support.texts import codes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.services.audit.conftest import Office

_RECEIPT = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")
_PLACES = ("1068", "1165", "1262")


class Walk:
    """One office, and a seeded order of what happens in it."""

    def __init__(self, office: Office, seed: int) -> None:
        self._office = office
        self._random = Random(seed)  # noqa: S311 — a history, no secret
        self._phones = Phones(office.database)
        self._receipts: list[str] = []
        self._pigs = 0

    def begin(self) -> None:
        """Two households and a market; a programme whose two languages are approved."""
        for text, who in (
            ("PLACE Kudjip, Jiwaka", FARMER),
            ("PLACE Goroka, EHP", BUYER),
            ("PLACE Goroka Maket", BUYER),
        ):
            self._say(text, who)
        database = self._office.database
        author = person(database, PLANNER, Role.PLANNER)
        key = person(database, APPROVER, Role.APPROVER)
        with database.write() as session, looked_after(session, "tobacco"):
            who = session.get_one(Party, key).public_id
            version = add_version(session, SMALL, author, NOW)
            for act, language in ((approve, "en"), (approve, "tpi"), (withdraw, "tpi")):
                act(
                    session,
                    version,
                    language,
                    ApprovalAct("NDOH 1", key, uuid4(), "test", who, NOW),
                )

    def steps(self, count: int) -> Iterator[str]:
        """Take steps; yield what each was."""
        taken: dict[str, tuple[Callable[[], object], int]] = {
            "register": (self._register, 4),
            "move": (self._move, 4),
            "arrive": (self._arrive, 4),
            "tend": (self._tend, 4),
            "retag": (self._retag, 1),
            "void": (self._void, 2),
            "erase": (self._erase, 3),
            "record": (self._office.record, 4),
        }
        names = self._random.choices(
            list(taken), weights=[weight for _, weight in taken.values()], k=count
        )
        for name in names:
            self._phones.now += timedelta(minutes=7)
            taken[name][0]()
            yield name

    def wait(self) -> None:
        """Report what is not recorded: an event and an erasure that wait for the ledger."""
        self._register()
        for _ in range(9):
            self._erase()

    def _say(self, text: str, who: str) -> None:
        """Send a text, which may be refused."""
        self._receipts += _RECEIPT.findall(self._phones.send(text, who).text)

    def _register(self) -> None:
        self._pigs += 1
        self._say(f"REG {official(self._pigs)}", self._someone())

    def _move(self) -> None:
        pigs = {self._pig() for _ in range(self._random.randint(1, 3))}
        self._say(f"MOVE {' '.join(pigs)} {self._random.choice(_PLACES)}", self._someone())

    def _arrive(self) -> None:
        self._say(f"ARRIVE {self._pig()} {self._random.choice(_PLACES)}", self._someone())

    def _tend(self) -> None:
        said = self._random.choice(("SICK", "DEAD", "VACC", "SICK"))
        more = " CSF" if said == "VACC" else ""
        self._say(f"{said} {self._pig()}{more}", self._someone())

    def _retag(self) -> None:
        self._say(f"RETAG {self._pig()} {official(900 + self._pigs)}", self._someone())

    def _void(self) -> None:
        if self._receipts:
            who = self._someone()
            asked = self._phones.send(f"WRONG {self._random.choice(self._receipts)}", who).text
            for code in codes_in(asked):
                self._say(code, who)

    def _erase(self) -> None:
        with suppress(ServiceError), self._office.database.write() as session:
            events = session.scalars(select(Journal.event_id).order_by(Journal.id)).all()
            reason = self._random.choice(list(ErasureReason))
            act = ErasureOrder(reason, "cli", None, self._phones.now)
            erase_event(session, self._random.choice(events), act)

    def _pig(self) -> str:
        return official(self._random.randint(1, max(self._pigs, 1)))

    def _someone(self) -> str:
        return self._random.choice((FARMER, FARMER, BUYER))


def types_of(office: Office) -> dict[str, int]:
    """How many events of each type an office has."""
    with office.database.read() as session:
        rows = session.execute(select(Journal.type, func.count()).group_by(Journal.type))
        return dict(rows.all())
