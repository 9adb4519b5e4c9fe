"""Concerns for staff, and the clinicians on call who are notified of them.

Concerns are red flags, requests for a call and alarming answers. A programme has one clinician for
each province, or for anywhere.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.care.known_facts import known_in_words
from services.health.care.rota import DutyHours
from services.health.care.task_sources import open_concern_task
from services.health.care.urgency import danger_of, is_discreet
from services.health.courses.subscriptions import OPEN
from services.health.errors import NotAClinician
from services.messaging.consent import consents
from services.messaging.outbox import (
    CONCERN,
    KNOWN,
    OutboundMessage,
    SendOptions,
    Trace,
    enqueue_messages,
)
from services.messaging.postings import ANYWHERE, reachable_postings
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import (
    Clinician,
    Concern,
    Contact,
    Party,
    Person,
    ProgrammeVersion,
    Subscription,
    Task,
)
from services.texts.catalogue import language_of, say
from sms.consent import may_reach
from sms.message import Kind

# A person in need writes again and again; the clinician gets one text in this time.
QUIET = timedelta(minutes=30)
_LIFE = timedelta(hours=24)
_NO_HOURS: Mapping[str, DutyHours] = {}


class ConcernKind(StrEnum):
    """Cause of a concern."""

    FLAG = "flag"
    CALL = "call"
    ANSWER = "answer"


class NewConcern(NamedTuple):
    """A concern before it is stored.

    Attributes:
        code: of the flag or alert; empty for a request for a call.
        person_id: of whom it tells.
        number: E.164, to call the person.
        programme: code, if it belongs to one; `title` is its title.
        silent: the person is told nothing of it, so that no call was promised.
    """

    kind: ConcernKind
    code: str
    person_id: int
    number: str
    programme: str | None = None
    title: str = ""
    subscription_id: int | None = None
    silent: bool = False


def raise_concern(session: Session, concern: NewConcern, now: datetime) -> Concern:
    """Store a concern, and notify the clinician of the programme and province at once.

    A repeat within half an hour is stored without another text.
    """
    place = session.scalar(select(Person.province).where(Person.id == concern.person_id))
    clinician = clinician_for(session, concern.programme, place)
    lately = _was_notified_lately(session, concern, now)
    made = Concern(
        public_id=uuid4(),
        person_id=concern.person_id,
        subscription_id=concern.subscription_id,
        programme=concern.programme,
        kind=concern.kind.value,
        code=concern.code,
        at=now,
        told_id=clinician.party_id if clinician else None,
    )
    session.add(made)
    session.flush()
    opened = open_concern_task(session, made, place, now, told=clinician is not None)
    if clinician and not lately:
        _text_clinician(session, clinician, made, concern, opened.id)
    return made


def open_flags(session: Session, person_id: int) -> list[str]:
    """Return the codes of a person's red flags of which no clinician has written a note."""
    wanted = select(Concern.code).where(
        Concern.person_id == person_id,
        Concern.kind == ConcernKind.FLAG.value,
        Concern.handled_at.is_(None),
    )
    return [*session.scalars(wanted)]


def _is_discreet(session: Session, concern: NewConcern) -> bool:
    """Tell whether nobody may call: whoever harms the person would hear it.

    A flag tells for itself, since another danger may be greater. Where nobody was promised a call,
    the flags that are open do.
    """
    own = [concern.code] if concern.kind is ConcernKind.FLAG else []
    codes = open_flags(session, concern.person_id) if concern.silent else own
    return any(is_discreet(danger_of(code)) for code in codes)


def _text_clinician(
    session: Session, clinician: "OnCall", made: Concern, concern: NewConcern, task: int
) -> None:
    """Text what happened and whom to call, then what else is known of the person."""
    language = language_of(clinician.language)
    first = say(
        "concern.discreet" if _is_discreet(session, concern) else f"concern.{concern.kind.value}",
        language,
        title=concern.title or say("concern.no_title", language),
        what=concern.code.replace("_", " "),
        number=concern.number,
    )
    number = session.scalar(select(Task.number).where(Task.id == task))
    known = known_in_words(session, made, language)
    second = say("concern.known", language, number=concern.number, task=number, **known)
    trace = Trace(subscription_id=concern.subscription_id)
    to, name = (clinician.number, clinician.number_index), f"{CONCERN}\0{made.public_id}"
    messages = [
        OutboundMessage(*to, first, name, trace=trace),
        OutboundMessage(*to, second, f"{name}{KNOWN}", trace=trace),
    ]
    options = SendOptions(CONCERN, made.at, made.at + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, messages, options)


def _was_notified_lately(session: Session, concern: NewConcern, now: datetime) -> bool:
    lately = select(Concern.code).where(
        Concern.person_id == concern.person_id,
        Concern.kind == concern.kind.value,
        Concern.told_id.is_not(None),
        Concern.at > now - QUIET,
    )
    # A code is sealed: no statement finds it.
    return concern.code in session.scalars(lately)


class OnCall(NamedTuple):
    """A clinician to notify: database key, language, and number with its blind index."""

    party_id: int
    language: str | None
    number: str
    number_index: bytes


class ClinicianPosting(NamedTuple):
    """A clinician's province, or ANYWHERE, the party's public id, and hours; None: not set."""

    province: str
    party: UUID
    hours: DutyHours | None = None


def clinician_for(session: Session, programme: str | None, province: str | None) -> OnCall | None:
    """Return the clinician of a programme in a province, or else the one for anywhere.

    Those without the role, or a phone that can be reached, are skipped. `programme` None: any.
    """
    provinces = {ANYWHERE, province or ANYWHERE}
    wanted = (
        select(Party.id, Party.language, SEALED_NUMBER, Contact.number_index)
        .join(Clinician, Clinician.party_id == Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(Party.role == Role.CLINICIAN.value, Clinician.province.in_(provinces))
        # ANYWHERE is the empty text, which sorts last.
        .order_by(Clinician.province.desc(), Clinician.programme, Contact.id)
    )
    if programme is not None:
        wanted = wanted.where(Clinician.programme == programme)
    rows = open_numbers(session, session.execute(wanted))
    near = [OnCall._make(row)._replace(number=number) for row, number in rows]
    said = consents(session, [one.number_index for one in near])
    return next((one for one in near if may_reach(said.get(one.number_index, {}))), None)


def lacking_clinicians(session: Session) -> dict[str, list[str | None]]:
    """Return the provinces, by programme, whose members no clinician that can be reached covers.

    None among them: members whose province is not known.
    """
    postings = reachable_postings(session)
    everywhere = {one.programme for one in postings if one.province == ANYWHERE}
    # Programmes are few and their people are many: of those looked after nobody is read.
    known = {*session.scalars(select(ProgrammeVersion.code).distinct())}
    homes = session.execute(
        select(Subscription.programme, Person.province)
        .outerjoin(Person, Person.id == Subscription.person_id)
        .where(Subscription.state.in_(OPEN), Subscription.programme.in_(sorted(known - everywhere)))
        .distinct()
    ).all()
    lacking: dict[str, list[str | None]] = {}
    for programme, province in sorted(homes, key=lambda row: (row[0], row[1] or "")):
        if not any(one.covers(frozenset({programme}), province) for one in postings):
            lacking.setdefault(programme, []).append(province)
    return lacking


def clinicians_of(session: Session, programme: str) -> list[ClinicianPosting]:
    """Return the clinicians of a programme, the one for anywhere first."""
    rows = session.execute(
        select(Clinician, Party.public_id)
        .join(Party, Party.id == Clinician.party_id)
        .where(Clinician.programme == programme)
        .order_by(Clinician.province)
    )
    return [ClinicianPosting(row.province, party, _hours(row)) for row, party in rows]


def _hours(row: Clinician) -> DutyHours | None:
    if row.opens is None or row.closes is None or not row.weekdays:
        return None
    return DutyHours(row.opens, row.closes, row.weekdays)


def set_clinicians(
    session: Session,
    programme: str,
    wanted: Mapping[str, UUID],
    hours: Mapping[str, DutyHours] = _NO_HOURS,
) -> None:
    """Replace the clinicians of a programme by parties' public ids, by province or ANYWHERE.

    `hours`: by the same, in which they call and read the inbox; none are kept of before.

    Raises:
        NotAClinician: one of them has another role, or no phone number.
    """
    rows = session.execute(
        select(Party.public_id, Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(Party.public_id.in_(wanted.values()), Party.role == Role.CLINICIAN.value)
    )
    keys = {row.public_id: row.id for row in rows}
    if not keys.keys() >= set(wanted.values()):
        raise NotAClinician("Give each the role clinician and a phone number first")
    session.execute(delete(Clinician).where(Clinician.programme == programme))
    session.add_all(
        Clinician(
            programme=programme,
            province=province,
            party_id=keys[party],
            **(hours[province]._asdict() if province in hours else {}),
        )
        for province, party in wanted.items()
    )
    session.flush()
