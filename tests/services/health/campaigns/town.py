"""People of a town whom a campaign may reach, two people of a ministry, and a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import select

from services.core.geography import zone_of
from services.core.roles import Role
from services.health.campaigns.drafting import Draft, draft_campaign
from services.health.campaigns.figures import dry_run, progress_of
from services.health.campaigns.lifecycle import approve_campaign
from services.health.campaigns.model import CampaignKind, find_campaign
from services.health.campaigns.running import run_campaigns
from services.health.courses.subscriptions import Enrolment, consent_to, invite
from services.health.versions.store import current, programme_of
from services.messaging.consent import consent_index, refuse
from services.storage.models import (
    Campaign,
    Contact,
    Listed,
    Message,
    Party,
    Subscription,
)
from services.storage.persons import find_person, person_of
from sms.settings import SmsSettings
from tests.services.health.scene import APPROVER, PLANNER, person
from tests.support.cover import looked_after

if TYPE_CHECKING:
    from services.health.campaigns.figures import DryRun, Progress
    from services.storage.database import Database

# A Wednesday, noon in Port Moresby.
NOON = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
SETTINGS = SmsSettings()
MINUTE = timedelta(minutes=1)
TEXTS = {"en": "{name}, the clinic is open.", "tpi": "{name}, klinik i op."}


@dataclass
class Town:
    """A database with people, and what a ministry does with it."""

    database: Database
    settings: SmsSettings = SETTINGS
    now: datetime = NOON
    numbers: count = field(default_factory=lambda: count(1))

    def __post_init__(self):
        self.planner = person(self.database, PLANNER, Role.PLANNER)
        self.approver = person(self.database, APPROVER, Role.APPROVER)

    def add(self, name=None, language="en", province="Jiwaka", lists=("clinic",), **known):
        """Somebody with a number, on a list; returns the database key."""
        number = f"+675701{next(self.numbers):05}"
        with self.database.write() as session:
            party = Party(public_id=uuid4(), role="keeper", language=language, name=name)
            session.add(party)
            session.flush()
            index = self.database.vault.index(number)
            session.add(Contact(party_id=party.id, number=number, number_index=index))
            made = person_of(session, party)
            for fact, value in {"province": province, **known}.items():
                setattr(made, fact, value)
            session.add_all(Listed(list_name=one, person_id=made.id) for one in lists)
            return party.id

    def person(self, party_id):
        """The key of a party's person."""
        with self.database.read() as session:
            return find_person(session, session.get_one(Party, party_id)).id

    def crowd(self, many):
        return [self.add() for _ in range(many)]

    def refuse(self, party_id, scope):
        with self.database.write() as session:
            number = self._contact(session, party_id).number
            index = consent_index(self.database.vault, number, scope)
            refuse(session, index, scope, "sms", self.now)

    def subscribe(self, party_id, code="tobacco", state="active", **known):
        """A subscription that is as far as `state`, with its consent."""
        with self.database.write() as session:
            party, contact = session.get_one(Party, party_id), self._contact(session, party_id)
            joins = person_of(session, party)
            zone = zone_of(joins.province)
            language = party.language or "en"
            version = current(session, code, language)
            enrolment = Enrolment(
                joins.id,
                contact.number,
                language,
                zone,
                "sms",
            )
            row = invite(session, enrolment, version, self.now)
            consent_to(session, row, programme_of(version), "sms", self.now)
            row.state = state
            # They said that nobody else reads their phone, unless the test says otherwise.
            for name, value in ({"discreet": False} | known).items():
                setattr(row, name, value)
            return row.id

    def draft(self, **changes) -> UUID:
        """Draft a campaign to the list `clinic`, an hour long, ten a minute."""
        told = {
            "name": "Clinic day",
            "kind": CampaignKind.BROADCAST,
            "payer": "Ministry of Health",
            "opens_at": self.now,
            "closes_at": self.now + timedelta(hours=1),
            "rate": 10,
            "texts": {} if changes.get("kind") is CampaignKind.INVITATION else TEXTS,
            "audience": {"lists": ["clinic"]},
        }
        with self.database.write() as session:
            return draft_campaign(
                session, Draft(**told | changes), self.planner, self.now
            ).public_id

    def approve(self, public_id, by=None) -> None:
        with self.database.write() as session, looked_after(session, "tobacco"):
            approver = by or self.approver
            approve_campaign(session, public_id, approver, self.settings, self.now)

    def approved(self, **changes) -> UUID:
        public_id = self.draft(**changes)
        self.approve(public_id)
        return public_id

    def dry_run(self, public_id) -> DryRun:
        with self.database.read() as session:
            found = find_campaign(session, public_id)
            return dry_run(session, found, self.settings, self.now)

    def progress(self, public_id) -> Progress:
        with self.database.read() as session:
            return progress_of(session, find_campaign(session, public_id), self.now)

    def run(self, minutes=1) -> int:
        """Let the clock strike so many times, a minute after the other."""
        queued = 0
        for _ in range(minutes):
            with self.database.write() as session:
                queued += run_campaigns(session, self.settings, self.now)
            self.now += MINUTE
        return queued

    def do(self, what, *arguments):
        """Do something in a transaction of its own."""
        with self.database.write() as session:
            return what(session, *arguments)

    def campaign(self, public_id) -> Campaign:
        with self.database.read() as session:
            session.expire_on_commit = False
            return find_campaign(session, public_id)

    def messages(self) -> list[Message]:
        return self._all(Message)

    def subscriptions(self) -> list[Subscription]:
        return self._all(Subscription)

    def _all(self, table):
        with self.database.read() as session:
            session.expire_on_commit = False
            return list(session.scalars(select(table).order_by(table.id)))

    @staticmethod
    def _contact(session, party_id):
        return session.scalars(select(Contact).where(Contact.party_id == party_id)).one()
