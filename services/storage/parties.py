"""Parties by their phone numbers, and what is kept of a number that writes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Row, bindparam, exists, false, literal, select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.core.roles import Role
from services.storage.bulk import add_new_of
from services.storage.models import AnswerCount, Consent, Contact, Helper, Party, VillagePhone
from services.storage.models.base import Octets
from services.storage.unit_of_work import Unit
from services.storage.vault import NumberIndexes
from sms.answering import AnswerHistory
from sms.consent import REACHABLE


class Sender(NamedTuple):
    """A number that wrote, and what is kept of it.

    Attributes:
        party: whose it is.
        number_index: its ordinary blind index.
        seen_by_box: whether a village box ever served it.
        helps: whether its party acts for any keeper.
        dead: whether a carrier's last word is that it reaches nobody.
        answers: that it got so far, as of now: nothing is locked.
    """

    party: Party
    number_index: bytes
    seen_by_box: bool
    helps: bool
    dead: bool
    answers: AnswerHistory | None


ANSWER_COLUMNS = tuple(getattr(AnswerCount, field.name) for field in fields(AnswerHistory))
"""The columns of an `AnswerHistory`, in its order."""

_ORDINARY = bindparam("ordinary", type_=Octets)
_REACHED = (
    select(Consent.granted)
    .where(Consent.number_index == _ORDINARY, Consent.scope == REACHABLE)
    .order_by(Consent.id.desc())
    .limit(1)
    .scalar_subquery()
)
# One row for every number: each message and each key on a screen asks.
_SENDER = (
    select(
        Party,
        exists().where(VillagePhone.number_index == _ORDINARY),
        exists().where(Helper.helper_id == Party.id, Helper.ended_at.is_(None)),
        _REACHED.is_(false()),
        *ANSWER_COLUMNS,
    )
    .select_from(select(literal(1)).subquery())
    .outerjoin(Contact, Contact.number_index == _ORDINARY)
    .outerjoin(Party, Party.id == Contact.party_id)
    .outerjoin(AnswerCount, AnswerCount.number_index == bindparam("health", type_=Octets))
)


def find_party(session: Session, public_id: UUID) -> Party:
    """Return the party of an id.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(Party).where(Party.public_id == public_id)).first()
    if row is None:
        raise NotFound("No party has this id")
    return row


def party_of(unit: Unit, number: str) -> Party:
    """Return the party that an E.164 number belongs to; make a keeper where there is none."""
    return sender_of(unit.session, unit.vault.indexes(number), number).party


def sender_of(session: Session, indexes: NumberIndexes, number: str) -> Sender:
    """Return the sender of a text by the number's indexes; make a keeper where nobody has it.

    Of two who make the keeper of one number at once, the second waits at its unique index and takes
    what the first made. Where that is erased meanwhile, it makes another.
    """
    row = _look_up(session, indexes)
    while row[0] is None:
        if made := add_keepers(session, {indexes.ordinary: number}):
            return _sender((made[indexes.ordinary], *row[1:]), indexes)
        row = _look_up(session, indexes)
    return _sender(row, indexes)


def find_sender(session: Session, indexes: NumberIndexes) -> Sender | None:
    """Return the sender of a text by the number's indexes; None: nobody has it yet."""
    row = _look_up(session, indexes)
    return None if row[0] is None else _sender(row, indexes)


def _sender(row: Sequence[Any], indexes: NumberIndexes) -> Sender:
    party, seen_by_box, helps, dead, *counted = row
    known = None if counted[0] is None else AnswerHistory(*counted)
    return Sender(party, indexes.ordinary, seen_by_box, helps, bool(dead), known)


def _look_up(session: Session, indexes: NumberIndexes) -> Row[*tuple[Any, ...]]:
    return session.execute(_SENDER, indexes._asdict()).one()


def add_keepers(session: Session, numbers: Mapping[bytes, str]) -> dict[bytes, Party]:
    """Make the keepers of E.164 numbers, by blind index; leave out those that somebody has by now.

    In the order of the indexes, so that two who make the same ones do not wait for each other.
    """
    made = {index: Party(public_id=uuid4(), role=Role.KEEPER.value) for index in sorted(numbers)}
    session.add_all(made.values())
    session.flush()
    contacts = [
        {"party_id": party.id, "number": numbers[index], "number_index": index}
        for index, party in made.items()
    ]
    kept = add_new_of(session, Contact, "number_index", contacts)
    for index in made.keys() - kept:
        session.delete(made.pop(index))
    session.flush()
    return made
