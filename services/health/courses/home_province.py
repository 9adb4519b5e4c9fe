"""Province in which a person lives, and the clock there, by which their courses go."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.health.courses.plan_changes import PlanChange, change_plan
from services.health.courses.subscriptions import OPEN
from services.health.versions.store import programme_by_id
from services.storage.models import Person, Subscription


def set_province(session: Session, person: Person, province: str, now: datetime) -> None:
    """Note where a person lives; their open courses go by the clock there from now on."""
    before, zone = zone_of(person.province), zone_of(province)
    person.province = province
    if zone == before:
        return
    theirs = select(Subscription).where(
        Subscription.person_id == person.id, Subscription.state.in_([state.value for state in OPEN])
    )
    for row in session.scalars(theirs.order_by(Subscription.id)).all():
        _, programme = programme_by_id(session, row.version_id)
        change_plan(session, row, programme, now, PlanChange(zone=zone))
