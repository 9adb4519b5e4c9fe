"""Permits: asked by a keeper, and issued, refused or revoked by an officer.

Texts tell officers of requests, and keepers of answers.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import OFFICERS, Role
from services.livestock.control.affected import officers_of
from services.livestock.control.alarm_senders import tame
from services.livestock.control.errors import PermitDecided, SameOfficer
from services.livestock.control.permit_deciders import require_decider
from services.livestock.control.task_sources import open_permit_task
from services.livestock.domain.actors import Actor
from services.livestock.domain.errors import SamePlace, UnknownNumber
from services.livestock.domain.model import Act, Key, Recorded, Scheme
from services.livestock.domain.permits import Permit as Rule
from services.livestock.domain.permits import PermitState
from services.livestock.queries.premises import PremisesSummary, read_places
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.identity import ensure_animals, ensure_premises
from services.livestock.recording.permit_subjects import find_permit, heads_named, permit_report
from services.livestock.recording.permit_uses import count_permit
from services.livestock.recording.record import record_events
from services.livestock.recording.short_numbers import issue_short_number
from services.messaging.offices import can_text, messages_for, phone_to_text
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.messaging.tasks.model import Outcome, Source, TaskEnd
from services.messaging.tasks.settling import close_source
from services.storage.locks import require_one_writer
from services.storage.models import (
    Identifier,
    Party,
    Permit,
    PermitAnimal,
    PermitRoute,
    Premises,
)
from services.texts.catalogue import Listing, day_and_month, language_of, say, say_count
from sms.message import Kind
from sms.numbers import local

_ALLOWED = {
    PermitState.ISSUED: {PermitState.ASKED},
    PermitState.REFUSED: {PermitState.ASKED},
    PermitState.REVOKED: {PermitState.ASKED, PermitState.ISSUED},
}

_LIFE = timedelta(days=3)
_LONGEST_NAME = 15


@dataclass(frozen=True, slots=True)
class PermitDraft:
    """Journey that a permit is asked for.

    Attributes:
        animals: named animals; none: any `head_count` pigs.
        origin, destination: premises.
        first, last: local days on which the journey may be made.
        route: roadblocks that it leads by.
        asked_by: database key of the keeper.
        phone: their number, which officers may call; None: not known.
    """

    animals: tuple[Key, ...]
    origin: Key
    destination: Key
    first: date
    last: date
    head_count: int | None = None
    route: tuple[Key, ...] = ()
    asked_by: int | None = None
    phone: str | None = None


def ask_permit(session: Session, draft: PermitDraft, act: Act) -> tuple[Permit, Recorded]:
    """Store a permit that a keeper asks for, give it a number, and text the officers.

    Raises:
        UnknownNumber, WrongKind: of an animal or of premises.
        SamePlace: it would lead to where it begins.
        UncountedMob: nobody has counted a mob that it names.
    """
    require_one_writer(session)
    animals = ensure_animals(session, draft.animals)
    places = ensure_premises(session, {draft.origin, draft.destination, *draft.route})
    if places[draft.origin].id == places[draft.destination].id:
        raise SamePlace(number=draft.destination)
    row = Permit(
        public_id=uuid4(),
        subject_key=secrets.token_bytes(32),
        state=PermitState.ASKED.value,
        asked_by_id=draft.asked_by,
        origin_id=places[draft.origin].id,
        destination_id=places[draft.destination].id,
        first_day=draft.first,
        last_day=draft.last,
        head_count=heads_named(session, animals.values()) if draft.animals else draft.head_count,
    )
    session.add(row)
    session.flush()
    session.add(Identifier(**issue_short_number(session)._asdict(), permit_id=row.id))
    for animal in {ref.id for ref in animals.values()}:
        session.add(PermitAnimal(permit_id=row.id, animal_id=animal))
    for place in {places[key].id for key in draft.route}:
        session.add(PermitRoute(permit_id=row.id, premises_id=place))
    session.flush()
    done = record_events(session, [permit_report(session, row, "asked", act)], act.origin)
    text_officers(session, row, draft.phone, act.origin.recorded_at)
    return row, done[0]


class PermitDecision(NamedTuple):
    """An officer's decision on a permit.

    Attributes:
        state: issued, refused or revoked.
        officer: whose decision it is, by their code or token; None: the program's own.
        reasons: why it is refused or revoked, of `details.PERMIT_REASONS`; the asker is told.
    """

    state: PermitState
    officer: Actor | None = None
    reasons: Sequence[str] = ()


def decide_permit(
    session: Session, number: str, decision: PermitDecision, act: Act
) -> tuple[Permit, Recorded]:
    """Issue, refuse or revoke a permit, and text its asker.

    Raises:
        UnknownNumber: no permit has it.
        OfficersOnly, NotYourProvince: see `require_decider`.
        PermitDecided: it was refused, revoked or used before, or issued already.
        SameOfficer: the officer asked for it.
    """
    # Two officers at once: the second sees the decision of the first.
    require_one_writer(session)
    state, reasons = decision.state, decision.reasons
    officer = decision.officer.party_id if decision.officer else None
    row = find_permit(session, number)
    if row is None:
        raise UnknownNumber(number=Key(Scheme.SHORT, number))
    if decision.officer is not None:
        require_decider(session, row, decision.officer)
    if officer is not None and officer == row.asked_by_id:
        raise SameOfficer
    require_open(number, PermitState(row.state), state)
    row.state, row.decided_by_id = state.value, officer
    session.flush()
    done = record_events(
        session, [permit_report(session, row, state.value, act, reasons)], act.origin
    )
    if state is PermitState.ISSUED:
        # What arrived before it was issued may have used it up.
        record_events(session, count_permit(session, row, act.origin), act.origin)
    text_keeper(session, row, act.origin.recorded_at, reasons)
    end = TaskEnd(Outcome.SETTLED, act.origin.recorded_at, officer)
    close_source(session, Source(permit_id=row.id), end)
    return row, done[0]


def require_open(number: str, state: PermitState, wanted: PermitState) -> None:
    """Refuse a step that a permit cannot take any more.

    Raises:
        PermitDecided: from `state` it cannot come to `wanted`.
    """
    if state not in _ALLOWED[wanted]:
        raise PermitDecided(number=number, state=state)


def may_read(session: Session, row: Permit, party: int | None, role: str) -> bool:
    """Tell whether somebody may read a permit, whose number is easily guessed.

    Officers, abattoirs and auditors may, and so may its asker and the keepers at both ends.

    Args:
        party: database key of the reader; None: nobody in particular.
    """
    if role in {*OFFICERS, Role.ABATTOIR, Role.AUDITOR}:
        return True
    keepers = session.scalars(
        select(Premises.keeper_id).where(Premises.id.in_([row.origin_id, row.destination_id]))
    )
    return party is not None and party in {row.asked_by_id, *keepers}


def permit_text(session: Session, row: Permit, code: str, language: str, **values: object) -> str:
    """Write a sentence about a permit.

    Args:
        values: of the sentence, beside number, pigs, places and days.
    """
    rule = read_permits(session, Permit.id == row.id)[0]
    places = read_places(session, [row.origin_id, row.destination_id])
    first, last = (day_and_month(day, language) for day in (rule.first, rule.last))
    known: dict[str, object] = {
        "permit": rule.number,
        "pig": rule.heads,
        "pigs": pigs_text(rule, language),
        "place": places[row.origin_id].number,
        "other": places[row.destination_id].number,
        "to": places[row.destination_id].number,
        "first": first,
        "last": last,
        "day": f"{first} - {last}",
    }
    return say(code, language, **known | values)


def pigs_text(permit: Rule, language: str) -> str:
    """Write the number of pigs that a permit covers."""
    return say_count("herd.count", language, permit.heads)


def state_text(session: Session, row: Permit, language: str, today: date) -> str:
    """Write a permit's journey and state."""
    code = "permit.asked_for" if row.state == PermitState.ASKED else f"permit.{row.state}"
    if row.state == PermitState.ISSUED and row.last_day < today:
        code = "no.permit_expired"
    return permit_text(session, row, code, language)


def text_officers(session: Session, row: Permit, phone: str | None, now: datetime) -> None:
    """Text a permit request to the veterinary officers of its origin, whose task it is."""
    province = session.get_one(Premises, row.origin_id).province
    code, holders = "permit.to_officer", officers_of(session, province).holders
    messages = messages_for(
        holders,
        f"{code}\0{row.public_id}",
        lambda officer: _request_text(session, row, phone, language_of(officer.language)),
    )
    enqueue_messages(session, messages, _options(now, office=True))
    open_permit_task(session, row, now, told=bool(holders))


def _request_text(session: Session, row: Permit, phone: str | None, language: str) -> str:
    """Write a request for its officers: places by name, the end with its province, and a phone."""
    places = read_places(session, [row.origin_id, row.destination_id])
    end = places[row.destination_id]
    return permit_text(
        session,
        row,
        "permit.to_officer",
        language,
        place=_named(places[row.origin_id]),
        other=", ".join(filter(None, [_named(end), end.province])),
        phone=say("permit.keeper", language, other=local(phone))
        if phone
        else say("alarm.no_phone", language),
    )


def _named(place: PremisesSummary) -> str:
    name = tame(place.name or "", _LONGEST_NAME)
    return f"{place.number} {name}" if name else place.number


def can_tell(session: Session, row: Permit) -> bool:
    """Tell whether a text of ours reaches a permit's asker."""
    asker = _asker(session, row)
    return asker is not None and can_text(session, asker)


def _asker(session: Session, row: Permit) -> Party | None:
    return session.get(Party, row.asked_by_id) if row.asked_by_id else None


def text_keeper(session: Session, row: Permit, now: datetime, reasons: Sequence[str] = ()) -> None:
    """Text an officer's decision to the permit's asker, if they can be reached."""
    asker = _asker(session, row)
    phone = phone_to_text(session, asker) if asker else None
    if asker is None or phone is None:
        return
    code, language = f"permit.{row.state}", language_of(asker.language)
    if reasons:
        why = Listing(tuple(say(f"short.{one}", language) for one in reasons))
        text = permit_text(session, row, f"{code}.because", language, list=why)
    else:
        text = permit_text(session, row, code, language)
    about = f"{code}\0{row.public_id}\0{asker.public_id}"
    enqueue_messages(session, [OutboundMessage(*phone, text, about)], _options(now))


def _options(now: datetime, *, office: bool = False) -> SendOptions:
    return SendOptions("permit", now, now + _LIFE, Kind.URGENT, office=office)
