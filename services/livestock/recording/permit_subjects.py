"""Permits as subjects of events, and their own events."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.domain.errors import UncountedMob
from services.livestock.domain.model import (
    Act,
    AnimalKind,
    AnimalRef,
    EventType,
    Key,
    Occurred,
    Report,
    Scheme,
    SecretSubject,
)
from services.livestock.recording.short_numbers import name_premises
from services.storage.models import Animal, Identifier, Permit, PermitAnimal, Premises
from services.storage.rowsets import keys


def permit_subject(session: Session, row: Permit) -> SecretSubject:
    """Return a permit as the subject of an event."""
    number = session.scalars(select(Identifier.value).where(Identifier.permit_id == row.id)).one()
    return SecretSubject("permit", row.public_id, row.subject_key, number, row.id)


def permit_report(
    session: Session, row: Permit, action: str, act: Act, reasons: Sequence[str] = ()
) -> Report:
    """Make the event of a permit that was asked, issued, refused, revoked or closed.

    Args:
        row: the permit; its animals are in the database.
        action: one of these.
        reasons: why it was refused or revoked, in words of `details.PERMIT_REASONS`.
    """
    named = select(PermitAnimal.animal_id).where(PermitAnimal.permit_id == row.id)
    keys = session.execute(
        select(Animal.scheme, Animal.value).where(Animal.id.in_(named)).order_by(Animal.id)
    )
    known = {
        "action": action,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "head_count": row.head_count,
        "reasons": list(reasons) or None,
    }
    zone = zone_of(session.get_one(Premises, row.origin_id).province)
    return Report(
        event_id=act.event_id,
        type=EventType.PERMIT,
        animals=tuple(Key(scheme, value) for scheme, value in keys),
        premises=name_premises(session, row.origin_id),
        other=name_premises(session, row.destination_id),
        occurred=Occurred.on(act.day, zone),
        details={name: value for name, value in known.items() if value is not None},
        subjects=(permit_subject(session, row),),
    )


def heads_named(session: Session, animals: Iterable[AnimalRef]) -> int | None:
    """Return how many pigs are in mobs, with the single ones beside them; None: there is no mob.

    Raises:
        UncountedMob: nobody has counted one.
    """
    named = session.execute(
        select(Animal.kind, Animal.scheme, Animal.value, Animal.head_count)
        .where(Animal.id.in_(keys(session, {one.id for one in animals})))
        .order_by(Animal.id)
    ).all()
    mobs = [one for one in named if one.kind == AnimalKind.MOB]
    for mob in mobs:
        if not mob.head_count:
            raise UncountedMob(number=Key(mob.scheme, mob.value))
    return sum(one.head_count for one in mobs) + len(named) - len(mobs) if mobs else None


def permits_named(session: Session, details: Mapping[str, Any]) -> tuple[SecretSubject, ...]:
    """Return the known permit that an event's details name, as its subject."""
    row = find_permit(session, details["permit"]) if "permit" in details else None
    return (permit_subject(session, row),) if row else ()


def find_permit(session: Session, number: str) -> Permit | None:
    """Read the permit of a number anew from the database."""
    return session.scalars(
        select(Permit)
        .join(Identifier, Identifier.permit_id == Permit.id)
        .where(Identifier.scheme == Scheme.SHORT, Identifier.value == number)
        .execution_options(populate_existing=True)
    ).first()
