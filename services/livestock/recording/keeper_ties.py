"""Ties of a party to another keeper, whatever animals they have: who may answer for their herd."""

from collections.abc import Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.core.roles import OFFICERS, Role
from services.livestock.domain.actors import Actor, Tie
from services.messaging.helpers import HelperKind
from services.storage.models import Contact, Helper


def ties_to_keeper(
    session: Session, actor: Actor, keeper: int, province: str | None
) -> frozenset[Tie]:
    """Return the ties of an actor to a keeper.

    Args:
        keeper: database key of the party.
        province: of the keeper's place.
    """
    return frozenset(_ties(session, actor, keeper, province))


def _ties(session: Session, actor: Actor, keeper: int, province: str | None) -> Iterator[Tie]:
    if actor.party_id == keeper:
        yield Tie.OWNER
    here = actor.province in {None, province}
    if actor.role in OFFICERS and here:
        yield Tie.DUTY
    kinds = session.scalars(
        select(Helper.kind).where(
            Helper.helper_id == actor.party_id,
            Helper.keeper_id == keeper,
            Helper.ended_at.is_(None),
        )
    ).all()
    # Whoever is no village recorder any more reports for nobody who accepted them as one.
    if HelperKind.FAMILY in kinds or (kinds and actor.role is Role.RECORDER):
        yield Tie.FAMILY
    if actor.role is Role.RECORDER and here and not _has_phone(session, keeper):
        yield Tie.RECORDER


def _has_phone(session: Session, keeper: int) -> bool:
    return bool(session.scalar(select(exists().where(Contact.party_id == keeper))))
