"""Parties that act for a keeper who accepted them: a phone of the family, a village recorder."""

from enum import StrEnum

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from services.ledger.party_log import PartyAct, record_party
from services.storage.models import Helper, Party


class HelperKind(StrEnum):
    """Kind of a helper; stored for good."""

    FAMILY = "family"
    RECORDER = "recorder"


def accept_helper(
    session: Session, keeper: Party, helper: Party, kind: HelperKind, act: PartyAct
) -> None:
    """Let a party act for a keeper from now on; one that does already stays as it is."""
    if any(row.keeper_id == keeper.id for row in _between(session, keeper, helper)):
        return
    session.add(Helper(keeper_id=keeper.id, helper_id=helper.id, kind=kind.value, since=act.now))
    record_party(session, keeper, act)


def end_helping(session: Session, one: Party, other: Party, act: PartyAct) -> bool:
    """End what two parties do for each other; False if it was nothing."""
    rows = _between(session, one, other)
    for row in rows:
        row.ended_at = act.now
    for keeper in {row.keeper_id for row in rows}:
        record_party(session, session.get_one(Party, keeper), act)
    return bool(rows)


def _between(session: Session, one: Party, other: Party) -> list[Helper]:
    pairs = or_(
        and_(Helper.keeper_id == one.id, Helper.helper_id == other.id),
        and_(Helper.keeper_id == other.id, Helper.helper_id == one.id),
    )
    return list(session.scalars(select(Helper).where(pairs, Helper.ended_at.is_(None))))
