"""A campaign that invites the women of a list: imported, drafted, approved, and run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.core.roles import Role
from services.health.campaigns.drafting import Draft, draft_campaign
from services.health.campaigns.lifecycle import approve_campaign
from services.health.campaigns.model import CampaignKind
from services.health.imports.import_people import import_people
from services.storage.models import Party

if TYPE_CHECKING:
    from services.cli.demo_stage import Stage
    from tests.flow.conftest import Calendar

LIST = "jiwaka-2026"


def invite_women(stage: Stage, clock: Calendar, number: str) -> None:
    """Import a woman on a list, and approve a campaign that opens this afternoon."""
    path = stage.folder / "women.csv"
    path.write_text(
        f"phone,name,language,province,sex,birth_year,list\n{number},,en,Jiwaka,f,1990,{LIST}\n",
        encoding="utf-8",
    )
    database, settings, now = stage.runtime.database, stage.runtime.settings.sms, clock.now
    tally = import_people(path, database, now)
    assert not tally.refusals, tally.refusals
    draft = Draft(
        name="Women of Jiwaka",
        kind=CampaignKind.INVITATION,
        payer="Department of Health",
        opens_at=now + timedelta(hours=1),
        closes_at=now + timedelta(days=3),
        rate=60,
        texts={},
        audience={"lists": [LIST], "sex": "f"},
        programme="cervical",
    )
    with database.write() as session:
        planner, approver = (
            session.scalars(select(Party.id).where(Party.role == role)).one()
            for role in (Role.PLANNER, Role.APPROVER)
        )
        made = draft_campaign(session, draft, planner, now)
        approve_campaign(session, made.public_id, approver, settings, now)
