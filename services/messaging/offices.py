"""Holders of an office who can be reached, and the texts that they get because they hold it.

A text of an office goes on after STOP ALL, which anybody can send in an officer's name, and ends
with the office. A sentence that promises somebody's act is said only where one can be reached.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.core.roles import Role
from services.ledger.party_log import PartyAct, record_party
from services.messaging.consent import consents
from services.messaging.outbox import OutboundMessage, close_waiting, dedupe_key
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import Consent, Contact, Message, Party
from services.storage.rowsets import digests
from services.storage.sign_ins import end_sign_in_before
from sms.consent import EVERYTHING, may_reach
from sms.message import MessageState
from sms.reasons import Reason


class OfficeHolder(NamedTuple):
    """A holder of an office, and a phone of theirs that can be reached.

    `party_id` and `contact_id` are database keys; `province` is that of duty, None: the country.
    """

    party_id: int
    public_id: UUID
    role: str
    province: str | None
    language: str | None
    contact_id: int
    number: str
    number_index: bytes


class OnDuty(NamedTuple):
    """The holders of an office to tell of something in a province.

    `local`: whether one of them has that province, or the place has none.
    """

    holders: Sequence[OfficeHolder]
    local: bool


_PHONES = (
    select(
        Party.id,
        Party.public_id,
        Party.role,
        Party.province,
        Party.language,
        Contact.id,
        SEALED_NUMBER,
        Contact.number_index,
    )
    .join(Contact, Contact.party_id == Party.id)
    .order_by(Party.id, Contact.id)
)


def _near(holder: type[Party]) -> ColumnElement[bool]:
    """Return the condition of holders whose duty is a province, or the whole country."""
    return or_(holder.province.is_(None), holder.province == bindparam("province"))


_other, _phone = aliased(Party), aliased(Contact)
_SOMEBODY_NEAR = exists().where(
    _other.role == bindparam("role"), _near(_other), _phone.party_id == _other.id
)
# Made once: every alarm asks.
_IN_OFFICE = _PHONES.where(Party.role == bindparam("role"))
# Of the whole country only where nobody near has a phone: each number is sealed.
_NEAR = _IN_OFFICE.where(or_(_near(Party), ~_SOMEBODY_NEAR))


HOLDS_OFFICE = Party.role.in_([role.value for role in Role if role is not Role.KEEPER])
"""The condition on `Party` of holders of an office; a keeper holds none."""


def is_office(role: str) -> bool:
    """Tell whether a role is an office; a keeper holds none."""
    return role != Role.KEEPER


def reachable_holders(session: Session, *which: ColumnElement[bool]) -> list[OfficeHolder]:
    """Return parties, each with the first of their phones that can be reached.

    A phone that opted out at a carrier, or that a carrier calls dead, cannot be.
    """
    return _reachable(session, session.execute(_PHONES.where(*which)))


def _opened(session: Session, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[OfficeHolder]:
    return [
        OfficeHolder(*row)._replace(number=number) for row, number in open_numbers(session, rows)
    ]


def _reachable(session: Session, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[OfficeHolder]:
    found = _opened(session, rows)
    said = consents(session, [one.number_index for one in found]) if found else {}
    first: dict[int, OfficeHolder] = {}
    for one in found:
        if may_reach(said.get(one.number_index, {})):
            first.setdefault(one.party_id, one)
    return list(first.values())


def can_text(session: Session, party: Party) -> bool:
    """Tell whether a text of ours can reach a party: STOP ALL ends it but for an office."""
    return phone_to_text(session, party) is not None


def phone_to_text(session: Session, party: Party) -> tuple[str, bytes] | None:
    """Return the first phone on which a text of ours reaches a party, and its blind index."""
    rows = session.execute(
        select(Contact.party_id, SEALED_NUMBER, Contact.number_index)
        .where(Contact.party_id == party.id)
        .order_by(Contact.id)
    )
    phones = [(number, row.number_index) for row, number in open_numbers(session, rows)]
    said = consents(session, [index for _, index in phones])
    refuses = not is_office(party.role)
    for number, index in phones:
        words = said.get(index, {})
        if may_reach(words) and not (refuses and words.get(EVERYTHING) is False):
            return number, index
    return None


def unreachable_holders(session: Session) -> list[tuple[OfficeHolder, datetime]]:
    """Return the holders of offices of whose phones none can be reached, and since when (UTC)."""
    found = _opened(session, session.execute(_PHONES.where(HOLDS_OFFICE)))
    said = consents(session, [one.number_index for one in found])
    reached = {one.party_id for one in found if may_reach(said.get(one.number_index, {}))}
    silent = {one.party_id: one for one in found if one.party_id not in reached}
    phones = [one.number_index for one in found if one.party_id in silent]
    since = _refused_since(session, phones) if phones else {}
    return [(one, since[key]) for key, one in silent.items()]


def _refused_since(session: Session, indexes: Sequence[bytes]) -> dict[int, datetime]:
    """Return the last time that a carrier refused one of the phones, by party."""
    rows = session.execute(
        select(Contact.party_id, func.max(Consent.at))
        .join(Consent, Consent.number_index == Contact.number_index)
        .where(Contact.number_index.in_(indexes), Consent.scope != EVERYTHING)
        .where(Consent.granted.is_(False))
        .group_by(Contact.party_id)
    )
    return {row[0]: row[1] for row in rows}


def on_duty(session: Session, role: Role, province: str | None) -> OnDuty:
    """Return the reachable holders of an office in a province and of the whole country.

    Where there is none, those of other provinces; so too where the province is not known.
    """
    wanted = {"role": role.value}
    if province is None:
        return OnDuty(_reachable(session, session.execute(_IN_OFFICE, wanted)), local=True)
    rows = session.execute(_NEAR, wanted | {"province": province}).all()
    holders = _reachable(session, rows)
    if rows and not holders:
        holders = _reachable(session, session.execute(_IN_OFFICE, wanted))
    return OnDuty(holders, local=any(one.province == province for one in holders))


def messages_for(
    holders: Iterable[OfficeHolder], about: str, text: Callable[[OfficeHolder], str]
) -> list[OutboundMessage]:
    """Make one message for each holder of an office.

    Args:
        about: subject of the messages: each holder gets one about it.
        text: for one holder, in their language.
    """
    return [
        OutboundMessage(one.number, one.number_index, text(one), f"{about}\0{one.public_id}")
        for one in holders
    ]


def texted_about(
    session: Session, holders: Iterable[OfficeHolder], *about: str
) -> list[OfficeHolder]:
    """Return those for whom a message about something was queued before: see `messages_for`.

    Args:
        about: subjects of which any is enough.
    """
    keys = {dedupe_key(f"{subject}\0{one.public_id}"): one for one in holders for subject in about}
    wanted = digests(session, keys)
    known = session.scalars(select(Message.dedupe_key).where(Message.dedupe_key.in_(wanted)))
    return list({keys[key].party_id: keys[key] for key in known}.values())


def appoint(session: Session, party: Party, role: Role, act: PartyAct) -> None:
    """Give a party a role, end what it had by the one before, and write it to the journal."""
    take_office(session, party, role)
    record_party(session, party, act)


def take_office(session: Session, party: Party, role: Role) -> None:
    """Give a party a role.

    With another role end the texts that wait for the holder of the office, and what must not sign
    its next holder in.
    """
    if party.role != role:
        _end_office_texts(session, party)
        end_sign_in_before(session, party, role)
    party.role = role.value


def _end_office_texts(session: Session, party: Party) -> None:
    phones = select(Contact.number_index).where(Contact.party_id == party.id)
    theirs = and_(Message.office, Message.recipient_index.in_(phones))
    close_waiting(session, theirs, MessageState.CANCELLED, Reason.CANCELLED)
