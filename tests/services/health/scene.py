"""A ministry with a programme that is approved, and people with phones who write to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from services.core.roles import Role
from services.health.jobs import keep_programmes
from services.health.versions.approvals import ApprovalAct, approve, withdraw
from services.health.versions.bases import base_finder
from services.health.versions.store import check_version, store_version
from services.ledger.party_log import PartyAct
from services.livestock.domain.movement_decision import Policy
from services.messaging.forget_command import DELAY, erase_due
from services.messaging.offices import appoint
from services.runtime.command_catalogue import CommandCatalogue
from services.storage.models import (
    AskedQuestion,
    Concern,
    Message,
    Party,
    ProgrammeVersion,
    Subscription,
)
from services.storage.parties import party_of
from services.storage.persons import party_of_person
from services.storage.unit_of_work import Unit
from sms.message import MessageState
from sms.settings import SmsSettings
from tests.factories import FARMER, NOW, Phones
from tests.support.beginnings import begin
from tests.support.cover import looked_after, sources_of

if TYPE_CHECKING:
    from datetime import datetime

    from services.health.versions.store import CheckedVersion
    from services.messaging.command_router import CommandRouter
    from services.storage.database import Database

SETTINGS = SmsSettings()
SMALL = (Path(__file__).parent / "small.yaml").read_text("utf-8")
PLANNER, APPROVER, CLINICIAN = "+67570000901", "+67570000902", "+67570000903"


def person(database: Database, number: str, role: Role) -> int:
    """The database key of who has a number, with a role."""
    with database.write() as session:
        party = party_of(Unit(session, database.vault), number)
        appoint(session, party, role, PartyAct("role", None, "test", NOW))
        session.flush()
        return party.id


@cache
def _checked(text: str) -> CheckedVersion:
    return check_version(text, NOW)


def publish(
    database: Database, text: str = SMALL, languages: tuple[str, ...] = ("en", "tpi")
) -> ProgrammeVersion:
    """Add a version and approve its languages, by two people."""
    act = partial(_publish, text=text, languages=languages)
    key = begin(database, ("published", text, languages), act)
    with database.read() as session:
        session.expire_on_commit = False
        return session.get_one(ProgrammeVersion, key)


def _publish(database: Database, text: str, languages: tuple[str, ...]) -> int:
    author = person(database, PLANNER, Role.PLANNER)
    approver = person(database, APPROVER, Role.APPROVER)
    with database.write() as session:
        extends = text.startswith("extends:")
        checked = check_version(text, NOW, find=base_finder(session)) if extends else _checked(text)
        version = store_version(session, checked, author, NOW)
        who = session.get_one(Party, approver).public_id
        for language in languages:
            given = ApprovalAct(
                "MOH-2026-17", approver, uuid4(), "test", who, NOW, sources_of(version)
            )
            with looked_after(session, version.code):
                approve(session, version, language, given)
        return version.id


def withdraw_all(database: Database, version: ProgrammeVersion, languages: tuple[str, ...]) -> None:
    """Withdraw the approval of languages."""
    approver = person(database, APPROVER, Role.APPROVER)
    with database.write() as session:
        for language in languages:
            given = ApprovalAct("MOH-2026-18", approver, uuid4(), "test", uuid4(), NOW)
            withdraw(session, session.merge(version), language, given)


@cache
def _catalogue() -> CommandCatalogue:
    return CommandCatalogue(Policy())


@dataclass
class Course:
    """One person's way through a programme, on a clock that the test moves."""

    database: Database
    now: datetime = NOW
    sender: str = FARMER
    talk: CommandRouter | CommandCatalogue = field(default_factory=_catalogue)

    def say(self, *texts: str) -> str:
        """Send texts; the answer to the last, its SMS on lines of their own."""
        answer = None
        for text in texts:
            phones = Phones(self.database, self.now, self.talk)
            answer = phones.send(text, self.sender)
            self.now += timedelta(seconds=30)
        return answer.text if answer else ""

    def outcome(self, text: str) -> str:
        """Send a text; what became of it, in a word."""
        return Phones(self.database, self.now, self.talk).send(text, self.sender).outcome

    def join(self) -> None:
        """Go through the whole intake; the quit date is ten days off."""

        def act(_database: Database) -> datetime:
            self.say("QUIT", "1", "yes", "Maria", "2", "5 Dec")
            return self.now

        self.now = begin(self.database, ("joined", self.now, self.sender, self.talk), act)

    def later(self, **units: float) -> None:
        """Let time pass; then everything that is due is done."""
        self.now += timedelta(**units)
        self.keep()

    def keep(self) -> None:
        while keep_programmes(self.database, SETTINGS, self.now):
            pass

    def forget(self) -> None:
        """Have the sender forgotten: by a code, and three days later."""
        asked = self.say("FORGET")
        self.say(re.search("FORGET [0-9]{6}", asked)[0])
        self.now += DELAY
        erase_due(self.database, self.now)

    def party(self) -> int:
        """The key of the party whose the newest subscription is."""
        with self.database.read() as session:
            return party_of_person(session, self.row().person_id).id

    def row(self) -> Subscription:
        """The newest subscription of all."""
        with self.database.read() as session:
            session.expire_on_commit = False
            return session.scalars(select(Subscription).order_by(Subscription.id.desc())).first()

    def askings(self) -> list[tuple[str, str, str | None]]:
        """Every question with its state and answer."""
        with self.database.read() as session:
            rows = session.scalars(select(AskedQuestion).order_by(AskedQuestion.id)).all()
            return [(row.item, row.state, row.answer) for row in rows]

    def concerns(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            rows = session.scalars(select(Concern).order_by(Concern.id)).all()
            return [(row.kind, row.code) for row in rows]

    def waiting(self, purpose: str = "course") -> list[tuple[str, str]]:
        """Item and text of what waits, in the order in which it goes."""
        return [
            (row.item or "", row.body)
            for row in self.messages()
            if row.purpose == purpose and row.state == MessageState.QUEUED
        ]

    def messages(self) -> list[Message]:
        with self.database.read() as session:
            session.expire_on_commit = False
            return list(session.scalars(select(Message).order_by(Message.due_at, Message.id)))
