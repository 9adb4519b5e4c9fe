"""An outbreak from the first text to its end: twelve premises, on both deployments alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import home_of
from services.livestock.tracing.model import Direction, TraceWindow
from services.livestock.tracing.premises import trace_premises
from services.storage.models import (
    ControlOrder,
    Journal,
    LedgerLeaf,
    Outbreak,
)
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import official
from tests.flow.conftest import Calendar

if TYPE_CHECKING:
    from services.cli.demo_stage import Stage

KEEPERS = [f"+675700001{n:02}" for n in range(1, 13)]
VET, CHIEF, INSPECTOR = "+67570000201", "+67570000202", "+67570000203"
# Who lives where: eight in Jiwaka, which the zone will cover, four in Madang.
PROVINCES = ["Jiwaka"] * 8 + ["Madang"] * 4
DISEASE = "african_swine_fever"
DECISIVE = (EventType.ORDER, EventType.OUTBREAK, EventType.NOTICE, EventType.DECISION)


@pytest.fixture
def clock():
    return Calendar()


@pytest.fixture
def places(stage):
    """Twelve keepers with a pig each; the numbers of their places."""
    for number, role in ((VET, Role.VETERINARY_OFFICER), (CHIEF, Role.VETERINARY_OFFICER)):
        stage.appoint(number, role)
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    for index, (keeper, province) in enumerate(zip(KEEPERS, PROVINCES, strict=True)):
        stage.send(keeper, f"PLACE Ples {index}, {province}")
        stage.send(keeper, f"REG {official(index)} 1 Nov" if index else "MOB 20")
    return [number_of(stage, keeper) for keeper in KEEPERS]


def number_of(stage, keeper):
    database = stage.runtime.database
    with database.read() as session:
        return home_of(session, party_of(Unit(session, database.vault), keeper))[0].value


@dataclass
class Story:
    """What the officers see and do, step by step."""

    stage: Stage
    places: list[str]
    vet: str
    chief: str
    outbreak: str = ""
    quarantine: str = ""
    zone: str = ""

    def move_before_anybody_knew(self):
        """2 -> 3 -> 4 -> 10 along the road; 6 -> 7 apart from it."""
        for number, origin, to, day in ((1, 1, 2, 12), (1, 2, 3, 15), (1, 3, 9, 18), (5, 5, 6, 10)):
            tag, place = official(number), self.places[to]
            self.stage.send(KEEPERS[origin], f"MOVE {tag} {place} {day} Nov")
            self.stage.send(KEEPERS[to], f"ARRIVE {tag} {day} Nov")

    def suspect(self):
        """One text reaches both officers and opens an outbreak."""
        assert "Receipt" in self.stage.send(KEEPERS[3], "SICK 3 ASF")
        for officer in (VET, CHIEF):
            told = self.stage.inbox(officer)[-1]
            assert self.places[3] in told
            assert "ASF" in told
        found = self.stage.call(self.vet, "GET", "/api/v1/outbreaks")["items"][0]
        assert (found["state"], found["disease"]) == ("suspect", DISEASE)
        self.outbreak = found["number"]

    def contain(self):
        """Quarantine, confirmation, and a zone: it shows whom a notice would reach."""
        self.quarantine = self._declare(
            kind="quarantine", premises=[self.places[3]], area_name=self.places[3]
        )["number"]
        self._become("confirmed")
        zone = self._declare(
            kind="zone", status="infected", area={"provinces": ["Jiwaka"]}, area_name="Jiwaka"
        )
        assert zone["reach"]["keepers"] == 8
        self.zone = zone["number"]

    def warn(self):
        """The notice goes out when a second officer agrees, once, to the eight in the zone."""
        path = f"/api/v1/orders/{self.zone}/notices"
        notice = self.stage.call(self.vet, "POST", path, {})
        assert notice["cost"] == 8 * 25
        approve = f"/api/v1/notices/{notice['id']}/approve"
        with pytest.raises(RuntimeError, match="403"):
            self.stage.call(self.vet, "POST", approve)
        for _ in range(2):
            self.stage.call(self.chief, "POST", approve)
        warned = [sum(self.zone in text for text in self.stage.inbox(keeper)) for keeper in KEEPERS]
        assert warned == [1] * 8 + [0] * 4

    def decide(self):
        """What may move now and what not; what moves all the same is kept and flagged."""
        assert self._ask(4, 9).startswith(f"NO. Pig {official(4)} must not leave Jiwaka: ASF")
        assert self._ask(10, 11).startswith(f"OK. Pig {official(10)} may go to {self.places[11]}")
        question = f"ORAIT {official(9)} {self.places[5]}"
        assert self.stage.send(INSPECTOR, question).startswith(
            f"NO KEN. I tambu long muvim pik {official(9)} i go insait long Jiwaka."
        )
        told = self.stage.send(KEEPERS[6], f"MOVE {official(6)} {self.places[8]}")
        assert told.startswith("STOP. No pig may leave Jiwaka: ASF. Turn back or call NAQIA")
        flags = self.stage.call(self.vet, "GET", "/api/v1/flags?code=left_zone")["items"]
        assert len(flags) == 1

    def trace(self):
        """Where it may have come from, and where it may have gone."""
        window = TraceWindow(date(2026, 11, 1), date(2026, 11, 25))
        with self.stage.runtime.database.read() as session:
            found = trace_premises(session, Key("bilum", self.places[3]), window)
        chains = {
            way: {found.places[one].number for one in chain.reached}
            for way, chain in found.chains.items()
        }
        assert chains == {
            Direction.INGOING: {self.places[1], self.places[2]},
            Direction.OUTGOING: {self.places[9]},
        }

    def report(self):
        """The page of the day and the fields of the report to WOAH."""
        path = f"/api/v1/outbreaks/{self.outbreak}"
        assert self.stage.call(self.vet, "GET", f"{path}/situation")["state"] == "confirmed"
        assert "<html" in self.stage.call(self.vet, "GET", f"{path}/situation.html")
        assert self.stage.call(self.vet, "GET", f"{path}/woah")

    def end(self, day):
        """Orders lifted, the outbreak over; what is asked now is the usual permit."""
        for order in (self.quarantine, self.zone):
            self.stage.call(self.vet, "POST", f"/api/v1/orders/{order}/lift", {"on": day})
        for state in ("controlled", "released"):
            self._become(state)
        assert self._ask(4, 9).startswith(f"NO. Pig {official(4)} needs a NAQIA permit first.")

    def _declare(self, **told):
        known = {"since": "2026-11-25", "disease": DISEASE, "outbreak": self.outbreak}
        return self.stage.call(self.vet, "POST", "/api/v1/orders", known | told)

    def _become(self, state):
        path = f"/api/v1/outbreaks/{self.outbreak}/state"
        assert self.stage.call(self.vet, "POST", path, {"state": state})["state"] == state

    def _ask(self, pig, place):
        return self.stage.send(KEEPERS[pig], f"OK {official(pig)} {self.places[place]}")


@pytest.mark.slow
def test_outbreak__from_the_first_text_to_its_end__is_answered_traced_and_on_the_ledger(
    stage, places, clock
):
    vet, chief = (stage.token(number, Role.VETERINARY_OFFICER) for number in (VET, CHIEF))
    story = Story(stage, places, vet, chief)
    story.move_before_anybody_knew()
    story.suspect()
    story.contain()
    story.warn()
    story.decide()
    story.trace()
    story.report()
    clock.pass_by(days=30)
    story.end("2026-12-25")
    stage.record()
    assert stage.audit(projections=True).clean
    assert_every_decision_is_a_leaf(stage)


def assert_every_decision_is_a_leaf(stage):
    """Each on the ledger, and each order and outbreak a subject of its own."""
    with stage.runtime.database.read() as session:
        decisive = session.execute(
            select(Journal.id, Journal.type).where(
                Journal.type.in_([kind.value for kind in DECISIVE])
            )
        ).all()
        leaves = session.execute(
            select(LedgerLeaf.journal_id, LedgerLeaf.subject, LedgerLeaf.index).where(
                LedgerLeaf.journal_id.in_([row.id for row in decisive])
            )
        ).all()
        keys = {
            *session.scalars(select(ControlOrder.subject_key)),
            *session.scalars(select(Outbreak.subject_key)),
        }
    assert Counter(row.type for row in decisive) == {
        "order": 4,
        "outbreak": 4,
        "notice": 2,
        "decision": 4,
    }
    assert {leaf.journal_id for leaf in leaves} == {row.id for row in decisive}
    assert all(leaf.index is not None for leaf in leaves)
    assert len(keys) == 3
    assert keys <= {leaf.subject for leaf in leaves}
