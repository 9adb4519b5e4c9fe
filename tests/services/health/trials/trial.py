"""The small programme as a trial of two arms, and people who join it by SMS."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from services.storage.models import LedgerBatch, LedgerLeaf, TrialAllocation, TrialRow
from tests.services.health.scene import SMALL, Course

if TYPE_CHECKING:
    from services.storage.database import Database

PROTOCOL = "ab" * 32
BLOCK = f"""
trial:
  code: quit
  title: Texts against smoking
  protocol: {{sha256: "{PROTOCOL}", version: "1.0", registered: ACTRN12626000000001}}
  unit: person
  start: "2026-11-01"
  stop: "2027-10-31"
  strata: [sex]
  follow_up: [month1]
  primary: {{outcome: abstinent, assessment: month1}}
  target: 60
  arms:
    - {{code: whole, ratio: 2, gets: [start, course, relapse], what: every text}}
    - {{code: bland, ratio: 1, gets: [rest], what: a text every fortnight}}
"""
_AGREE = {
    "The ministry sends you up to 3 SMS a day, free. To stop, send STOP. Do you agree? YES or NO": (
        "This is a study: chance decides which texts you get, free. STOP costs nothing and harms "
        "nothing. Do you agree? YES or NO"
    ),
    "Ministri bai salim 3 SMS long wan de, i no gat pe. Long pinis: STOPIM. Yu wanbel? YES o "
    "NOGAT": (
        "Em wok painimaut: laki i makim wanem mesej yu kisim, i no gat pe. STOPIM i no gat kos. "
        "Yu wanbel? YES o NOGAT"
    ),
}
_SEX = """  - id: sex
    text: {en: "Are you 1 a woman 2 a man?", tpi: "Yu 1 meri 2 man?"}
    ask: {expect: choice, options: {1: {code: f}, 2: {code: m}}, close_days: 2}
  - id: shared"""
_MONTH1 = SMALL[SMALL.index("      - id: month1") : SMALL.index("  - id: relapse")]
_ASKED = f"""  - id: rest
    anchor: enrolment
    messages:
      - id: rest-14
        day: 14
        at: "09:00"
        text: {{en: "Thank you for being with us.", tpi: "Tenkyu long stap."}}
  - id: asked
    anchor: quit
    messages:
{_MONTH1}  - id: relapse"""


def trial_text(block: str = BLOCK) -> str:
    """The small programme with a trial."""
    text = SMALL.replace(_MONTH1, "").replace("  - id: relapse", _ASKED, 1)
    text = text.replace("  - id: shared", _SEX, 1)
    for before, after in _AGREE.items():
        assert before in text
        text = text.replace(before, after)
    return text + block


TRIAL = trial_text()

_WEDGE = """  wedge: {before: bland, after: whole, steps: ["2027-01-04", "2027-03-01"]}
  unit: facility
"""
_SEX_ASKED = 'sex\n    text: {en: "Are you 1 a woman 2 a man?"'
_FACILITY = 'facility\n    text: {en: "Clinic 1 or 2?"'
STEPPED = (
    TRIAL.replace("  unit: person\n", _WEDGE)
    .replace("  strata: [sex]\n", "")
    .replace(f"- id: {_SEX_ASKED}", f"- id: {_FACILITY}")
    .replace("ratio: 2", "ratio: 1")
)
"""The same as a stepped wedge of two clinics."""


def on_chain(database: Database) -> None:
    """Take what waits for the ledger as recorded, without a chain."""
    with database.write() as session:
        keys = session.scalars(select(LedgerLeaf.id).order_by(LedgerLeaf.id)).all()
        for place, key in enumerate(keys):
            session.execute(update(LedgerLeaf).where(LedgerLeaf.id == key).values(index=place))
        session.add(LedgerBatch(first=0, size=len(keys), root=b"\0" * 32, state="final"))


def join(course: Course, number: str, sex: str = "1") -> str:
    """Go through the whole intake; the last answer."""
    course.sender = number
    day = course.now + timedelta(days=10)
    return course.say("QUIT", "1", "yes", "Maria", sex, "2", f"{day:%d %b}")


def allocations(database: Database) -> list[TrialAllocation]:
    """All of them, in order."""
    with database.read() as session:
        session.expire_on_commit = False
        rows = session.scalars(select(TrialAllocation).order_by(TrialAllocation.number)).all()
        session.expunge_all()
        return list(rows)


def the_trial(database: Database) -> TrialRow:
    """The only trial."""
    with database.read() as session:
        session.expire_on_commit = False
        row = session.scalars(select(TrialRow)).one()
        session.expunge_all()
        return row
