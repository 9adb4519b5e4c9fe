"""Plays whole courses of health programmes on a clock that jumps from one event to the next.

`python -m tests.flow.courses` writes the transcripts in docs/courses/. A person answers what he is
asked some minutes after it came, and says things of his own at set times.
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.cli.demo_stage import Stage
from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.rota import DutyHours
from services.health.versions.approvals import ApprovalAct, approve
from services.health.versions.bases import shipped_base
from services.health.versions.store import check_version, shipped_text, store_version
from services.messaging.postings import ANYWHERE
from services.storage.models import (
    AskedQuestion,
    Campaign,
    Message,
    Party,
    SecondContact,
    Subscription,
)
from sms.message import MessageState
from tests.flow.conftest import Calendar
from tests.support.cover import looked_after, sources_of
from tests.support.migrated import with_schema
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.storage.models import ProgrammeVersion

PAGES = ROOT / "docs" / "courses"
PLANNER, APPROVER, NURSE = (f"+675700009{number:02}" for number in (1, 2, 3))
ZONE = ZoneInfo("Pacific/Port_Moresby")
THINKING = timedelta(minutes=4)
# So that what is planned a day ahead is planned in time.
_LONGEST_JUMP = timedelta(hours=12)
# Between looks at a campaign that goes on.
_A_LOOK = timedelta(minutes=10)


class Line(NamedTuple):
    """One SMS as the phone shows it: when, whether the person sent it, the text, and its id."""

    at: datetime
    mine: bool
    text: str
    item: str = ""


@dataclass
class Player:
    """One person with a phone, and the course that he goes through.

    Attributes:
        stage: the deployment.
        clock: which it goes by.
        number: of the phone.
        answers: by id of the question: what is sent back, in turn; no more: nothing is.
        sayings: instants (local) and what the person says of his own accord.
    """

    stage: Stage
    clock: Calendar
    number: str
    answers: Mapping[str, tuple[str, ...]]
    sayings: list[tuple[datetime, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _asked: dict[str, int] = field(default_factory=dict)

    def play(self, until: datetime) -> None:
        """Live on until a local instant, or until the course is over and nothing is to be said."""
        while self.clock.now < until:
            self._settle()
            self._speak()
            following = self._next()
            if following is None:
                return
            self.clock.now = min(following, self.clock.now + _LONGEST_JUMP)

    def _settle(self) -> None:
        self.stage.keep()
        for row in self._new():
            self._seen.add(row.id)
            self.lines.append(
                Line(self.clock.now, mine=False, text=row.body, item=row.item or row.reply or "")
            )
            self._think(row.item or "")

    def _think(self, item: str) -> None:
        turn = self._asked.get(item, 0)
        ready = self.answers.get(item, ())
        if turn < len(ready):
            self._asked[item] = turn + 1
            if ready[turn]:
                self.sayings.append((self.clock.now + THINKING, ready[turn]))

    def _speak(self) -> None:
        due = sorted(saying for saying in self.sayings if saying[0] <= self.clock.now)
        self.sayings = [saying for saying in self.sayings if saying[0] > self.clock.now]
        for _, text in due:
            self.lines.append(Line(self.clock.now, mine=True, text=text))
            self.stage.send(self.number, text)
        if due:
            self._settle()

    def _new(self) -> list[Message]:
        with self.stage.runtime.database.read() as session:
            session.expire_on_commit = False
            rows = session.scalars(
                select(Message)
                .where(
                    self.stage._is_to(self.number),
                    Message.state.in_([MessageState.SENT, MessageState.DELIVERED]),
                )
                .order_by(Message.tried_at, Message.id)
            )
            return [row for row in rows if row.id not in self._seen]

    def _next(self) -> datetime | None:
        now = self.clock.now
        with self.stage.runtime.database.read() as session:
            waiting = [
                session.scalar(select(func.min(moment)).where(moment > now, *which))
                for moment, which in (
                    (Message.due_at, (Message.state == MessageState.QUEUED,)),
                    (AskedQuestion.remind_at, (AskedQuestion.state == "open",)),
                    (AskedQuestion.closes_at, (AskedQuestion.state == "open",)),
                    (SecondContact.due_at, (SecondContact.closed_at.is_(None),)),
                )
            ]
            running = session.scalar(
                select(func.count()).where(
                    Subscription.state.in_(["invited", "screened", "consented", "active", "paused"])
                )
            )
            campaigns = session.scalar(
                select(func.count()).where(Campaign.state.in_(["approved", "running"]))
            )
        moments = [moment for moment in waiting if moment]
        if campaigns:
            moments.append(now + _A_LOOK)
        moments += [moment for moment, _ in self.sayings]
        if running:
            moments.append(now + _LONGEST_JUMP)
        return min(moments, default=None)


def local(day: date, clock: str) -> datetime:
    """An instant by the local day and time."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def publish(stage: Stage, code: str, language: str = "en") -> ProgrammeVersion:
    """Add a shipped programme and approve a language of it, by two people."""
    database, now = stage.runtime.database, stage.runtime.clock()
    stage.appoint(PLANNER, Role.PLANNER)
    stage.appoint(APPROVER, Role.APPROVER)
    with database.write() as session:
        session.expire_on_commit = False
        author, approver = (
            session.scalars(select(Party).where(Party.role == role)).one()
            for role in (Role.PLANNER, Role.APPROVER)
        )
        checked = check_version(shipped_text(code), now, find=shipped_base)
        version = store_version(session, checked, author.id, now)
        sources = sources_of(version)
        given = ApprovalAct(
            "MOH-2026-17", approver.id, uuid4(), "cli", approver.public_id, now, sources
        )
        with looked_after(session, version.code):
            approve(session, version, language, given)
        return version


def on_call(stage: Stage, code: str) -> None:
    """Set a nurse for a programme, so that somebody is told of alerts."""
    stage.appoint(NURSE, Role.CLINICIAN)
    with stage.runtime.database.write() as session:
        nurse = session.scalars(select(Party).where(Party.role == Role.CLINICIAN)).one()
        hours = {ANYWHERE: DutyHours(8, 16, "1234567")}
        set_clinicians(session, code, {ANYWHERE: nurse.public_id}, hours)


def transcript(title: str, told: str, lines: list[Line], names: tuple[str, str]) -> str:
    """Write a conversation as a page: a heading for each day, a line for each SMS."""
    return "\n".join(_page(title, told, lines, names)) + "\n"


def _page(title: str, told: str, lines: list[Line], names: tuple[str, str]) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield told
    day = None
    for line in lines:
        here = line.at.astimezone(ZONE)
        if here.date() != day:
            day = here.date()
            yield from ("", f"## {day:%A} {day.day} {day:%B %Y}", "")
        who = names[0] if line.mine else names[1]
        yield f"- {here:%H:%M} **{who}:** {line.text}"


def open_stage(folder: Path) -> tuple[Stage, Calendar]:
    """An embedded deployment on a clock that stands at noon of 25 November 2026."""
    clock = Calendar()
    return Stage(with_schema(folder), io.StringIO(), clock=clock), clock


if __name__ == "__main__":
    from tests.flow.stories import STORIES

    PAGES.mkdir(exist_ok=True)
    for code, story in STORIES.items():
        if len(sys.argv) > 1 and code not in sys.argv:
            continue
        with tempfile.TemporaryDirectory() as made:
            player = story.play(Path(made))
            (PAGES / f"{code}.md").write_text(story.page(player), encoding="utf-8")
            player.stage.runtime.close()
