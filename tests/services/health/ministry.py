"""Every shipped programme, approved in both languages, and one phone that is in some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from services.health.courses.subscriptions import SubscriptionState
from services.health.versions.store import shipped, shipped_text
from services.messaging.consent import grant
from services.storage.models import ProgrammeVersion, Subscription
from services.storage.parties import party_of
from services.storage.persons import person_of
from services.storage.unit_of_work import Unit
from sms.local_time import DEFAULT_ZONE
from tests.factories import NOW
from tests.services.health.scene import Course
from tests.services.health.stored import sign, store_approved, version_of

if TYPE_CHECKING:
    from services.storage.database import Database


def publish_all(database: Database) -> None:
    """Open every shipped programme in both languages."""
    with database.write() as session:
        signed = sign(session)
        for code in shipped():
            text = shipped_text(code).replace("tpi: draft", "tpi: complete")
            store_approved(session, version_of(code, text), signed, ("en", "tpi"))


class Ministry(Course):
    """A phone that tests put into courses, as far as they like."""

    def belong(
        self,
        programme: str,
        language: str,
        state: SubscriptionState = SubscriptionState.ACTIVE,
        *,
        discreet: bool = False,
    ) -> None:
        """Be or have been in this programme, with consent to it."""
        with self.database.write() as session:
            unit = Unit(session, self.database.vault)
            party = party_of(unit, self.sender)
            party.language = language
            index = self.database.vault.health_index(self.sender)
            grant(session, index, programme, "sms", NOW)
            version = session.scalars(
                select(ProgrammeVersion).where(ProgrammeVersion.code == programme)
            ).one()
            session.add(
                Subscription(
                    public_id=uuid4(),
                    person_id=person_of(session, party).id,
                    programme=programme,
                    version_id=version.id,
                    language=language,
                    cohort="all",
                    state=state.value,
                    discreet=discreet,
                    number=self.sender,
                    number_index=index,
                    zone=DEFAULT_ZONE,
                    anchors={"enrolment": "2026-11-25"},
                    turns={},
                    source="sms",
                    invited_at=NOW,
                )
            )
