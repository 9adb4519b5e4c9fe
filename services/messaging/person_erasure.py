"""Erasure of a person; counts and ledger records stay.

An envelope has no index of its sender. It is found through the message that answers it: both have
one time, to the microsecond, so that only a handful of senders is opened. What cannot go at once,
such as the last answer, is erased by `erase_leftovers`; until then the number's refusal of
everything has the source FORGETTING, then FORGOTTEN. It stays, so that no old list brings a text. A
mark under the number's index in the health domain does the same there, and goes in the end.
"""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, delete, literal, or_, select, text, update
from sqlalchemy.orm import Session

from services.core.clock import next_second
from services.core.error_logging import isolated
from services.core.errors import WrongDataKey
from services.ledger.party_log import PartyAct, record_party, record_token
from services.messaging.answering import UNANSWERED
from services.messaging.consent import refuse
from services.messaging.envelope_erasure import (
    ENVELOPE_KEYS,
    Envelopes,
    empty_envelopes,
    erase_answers_about,
)
from services.messaging.multipart import erase_parts
from services.messaging.outbox import CONCERN, KNOWN, close_waiting, dedupe_key, lock_messages
from services.messaging.tasks.history import erase_notes_about
from services.messaging.ussd.session_step import forget_sessions
from services.messaging.village_bindings import forget_bindings
from services.messaging.village_routing import forget_phone
from services.storage.key_check import as_stored, open_each
from services.storage.locks import require_one_writer
from services.storage.models import (
    Account,
    Arrival,
    ArrivalConflict,
    AskedQuestion,
    Attempt,
    Change,
    Concern,
    Consent,
    Contact,
    DangerQuestion,
    Device,
    Helper,
    Invitation,
    LinkedSignIn,
    Listed,
    Message,
    Party,
    Passkey,
    PendingConfirmation,
    PendingErasure,
    Person,
    PersonImportRow,
    Pin,
    Premises,
    ReaderScan,
    ReaderSession,
    SecondContact,
    Subscription,
    Token,
    WrongCode,
)
from services.storage.models.confirmations import UNANSWERED_EVIDENCE
from services.storage.persons import find_person
from services.storage.read_log import ReadSubject
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
from sms.consent import ERASING, EVERYTHING
from sms.local_time import local_day, start_of_day
from sms.message import MessageState
from sms.reasons import Reason

FORGETTING, FORGOTTEN = "forgetting", "forget"

HIDDEN = "***"
"""What stands where evidence told the last digits of a number that was erased."""

_LOG = logging.getLogger(__name__)
_CHUNK = 500
_OPEN = (MessageState.QUEUED, MessageState.ATTEMPTING)
_SESSIONS = 50

# As literals: with parameters, PostgreSQL could not use the indexes of these rows alone.
_FORGETTING = Consent.source == literal(FORGETTING, literal_execute=True)
_UNANSWERED = Arrival.outcome.like(literal(f"{UNANSWERED}%", literal_execute=True))
_UNANSWERED_EVIDENCE = text(UNANSWERED_EVIDENCE)
_NAMELESS = ("animals", "act", "province", "decider", "events", "also")
"""What a command about evidence tells of no person: the journal has it too."""


def forget(unit: Unit, party: Party, number: str, now: datetime) -> None:
    """Erase the numbers, texts, tokens and the name of a person.

    Their public id stays with their animals and reports; the ledger never held more.

    `number`: of the request; another text may have erased the person a moment ago.
    """
    session = unit.session
    require_one_writer(session)
    mine = Contact.party_id == party.id
    numbers = sorted({number, *session.scalars(select(Contact.number).where(mine))})
    both = list(map(unit.vault.indexes, numbers))
    indexes = [index for each in both for index in each]
    _erase_envelopes(unit.vault, session, dict.fromkeys(indexes, now), _answered(indexes, now))
    theirs = Message.recipient_index.in_(indexes)
    close_waiting(session, theirs, MessageState.CANCELLED, Reason.FORGOTTEN)
    _erase_messages(session, indexes, now, now)
    _erase_confirmations(session, party, now)
    erase_parts(session, indexes)
    forget_sessions(session, indexes)
    for table in (Pin, PendingErasure, WrongCode, Account, Invitation, LinkedSignIn, Passkey):
        session.execute(delete(table).where(table.party_id == party.id))
    session.execute(delete(Consent).where(Consent.number_index.in_(indexes)))
    session.execute(delete(PersonImportRow).where(PersonImportRow.number_index.in_(indexes)))
    # To the second, and not before the last text.
    until = next_second(now)
    for one in both:
        refuse(session, one.ordinary, EVERYTHING, FORGETTING, until)
        refuse(session, one.health, ERASING, FORGETTING, until)
    session.execute(delete(Contact).where(mine))
    _erase_staff_view(session, party, indexes)
    _erase_health(session, party, now)
    devices = select(Device.id).where(Device.owner_id == party.id)
    while erase_keyed_in(session, ReaderSession.device_id.in_(devices)):
        pass
    # A place may be called after its keeper.
    session.execute(update(Premises).where(Premises.keeper_id == party.id).values(name=None))
    party.name = None
    _end_powers(session, party, now)


def _end_powers(session: Session, party: Party, now: datetime) -> None:
    """End the person's tokens, and whoever acts for them or they for others."""
    act = PartyAct("forgotten", party.public_id, "sms", now)
    owned = and_(Token.party_id == party.id, Token.revoked_at.is_(None))
    for token in session.scalars(select(Token).where(owned)).all():
        token.revoked_at = now
        record_token(session, token, party.public_id, act)
    either = or_(Helper.keeper_id == party.id, Helper.helper_id == party.id)
    open_ones = session.scalars(select(Helper).where(either, Helper.ended_at.is_(None))).all()
    for row in open_ones:
        row.ended_at = now
    for keeper in {party.id, *(row.keeper_id for row in open_ones)}:
        record_party(session, session.get_one(Party, keeper), act)


def erase_leftovers(session: Session, vault: Vault, now: datetime) -> int:
    """Erase rows that were in use when people were erased; runs every minute.

    Return the number of marks of people for whom a message is still on its way.

    Raises:
        WrongDataKey: the data key is another database's, so nobody is found.
    """
    marks = session.scalars(select(Consent).where(_FORGETTING).order_by(Consent.id)).all()
    over = list[Consent]()
    for mark in marks:
        work = partial(_erase_answered, session, vault, mark, now, over)
        isolated(session, _LOG, "messages of a forgotten number", work, passes=(WrongDataKey,))
    if over:
        _erase_unanswered(session, vault, over)
    for mark in over:
        isolated(session, _LOG, "the mark of a forgotten number", partial(_end, session, mark))
    return len(marks) - len(over)


def _end(session: Session, mark: Consent) -> None:
    # Only now: the last answer goes to a village by its box.
    forget_phone(session, mark.number_index)
    forget_bindings(session, mark.number_index)
    if mark.scope == ERASING:
        session.delete(mark)
    else:
        mark.source = FORGOTTEN


def _erase_answered(
    session: Session, vault: Vault, mark: Consent, now: datetime, over: list[Consent]
) -> None:
    """Erase a number's messages and the texts that they answer; it is `over` if none is left."""
    indexes, until = [mark.number_index], {mark.number_index: mark.at}
    # The last text of all, and those that came at the same moment.
    moment = Arrival.received_at.between(mark.at - timedelta(seconds=1), mark.at)
    # Each for itself: joined by OR, PostgreSQL would find neither by an index.
    for which in (moment, _answered(indexes, mark.at)):
        _erase_envelopes(vault, session, until, which)
    _erase_messages(session, indexes, mark.at, now)
    mine = and_(Message.recipient_index == mark.number_index, Message.created_at <= mark.at)
    if session.scalar(select(Message.id).where(mine).limit(1)) is None:
        over.append(mark)


def _erase_unanswered(session: Session, vault: Vault, marks: Sequence[Consent]) -> None:
    """Erase texts that got no answer: all of them are opened, once for all marks."""
    in_turn = sorted(marks, key=lambda mark: mark.at)
    until, last = {mark.number_index: mark.at for mark in in_turn}, in_turn[-1].at
    _erase_envelopes(vault, session, until, and_(_UNANSWERED, Arrival.received_at <= last))
    conflicts = ArrivalConflict.received_at <= last
    _erase_envelopes(vault, session, until, conflicts, ArrivalConflict)


def _answered(indexes: Collection[bytes], until: datetime) -> ColumnElement[bool]:
    """Select envelopes that came when a text to one of the numbers was queued."""
    times = select(Message.created_at).where(
        Message.recipient_index.in_(indexes), Message.created_at <= until
    )
    return Arrival.received_at.in_(times)


def _erase_messages(
    session: Session, indexes: Collection[bytes], until: datetime, now: datetime
) -> None:
    """Erase numbers and texts of the messages that nobody works on any more."""
    asked_about = select(Attempt.id).where(
        Attempt.message_id == Message.id, Attempt.look_at.is_not(None)
    )
    ended = and_(
        Message.recipient_index.in_(indexes),
        Message.created_at <= until,
        Message.state.not_in(_OPEN),
        or_(Message.state != MessageState.UNCERTAIN, ~asked_about.exists()),
    )
    lock_messages(session, ended)
    session.execute(
        update(Message)
        .where(ended)
        # A late report may want one sent again: it has expired.
        .values(recipient="", recipient_index=b"", body="", reply=None, expires_at=now)
    )


def _erase_confirmations(session: Session, party: Party, now: datetime) -> None:
    """End what waits for a person; an officer gets the evidence, without who left."""
    theirs = or_(
        PendingConfirmation.claimant_id == party.id, PendingConfirmation.answerer_id == party.id
    )
    session.execute(
        update(PendingConfirmation)
        .where(theirs, PendingConfirmation.state == "open")
        .values(state="expired", expires_at=now)
    )
    kept = _evidence_left(session, party, theirs)
    session.execute(update(PendingConfirmation).where(theirs).values(command="{}", question=None))
    if kept:
        session.execute(update(PendingConfirmation), kept)


def _evidence_left(
    session: Session, party: Party, theirs: ColumnElement[bool]
) -> list[dict[str, object]]:
    """Return what stays of unanswered evidence: all of it but its sender, if they are who left."""
    sealed, rows = PendingConfirmation.command, list[dict[str, object]]()
    wanted = select(
        as_stored(sealed),
        PendingConfirmation.id,
        PendingConfirmation.public_id,
        PendingConfirmation.claimant_id,
    ).where(theirs, _UNANSWERED_EVIDENCE)
    for command, row in open_each(session, _LOG, sealed, session.execute(wanted).all()):
        told = json.loads(command)
        if row.claimant_id == party.id and told:
            kept = {name: told[name] for name in _NAMELESS if name in told}
            # The message's own key leads to its sender, at the carrier too.
            kept["message"] = str(row.public_id)
            told = kept | {"phone": HIDDEN if told.get("phone") else ""}
        rows.append({"id": row.id, "command": json.dumps(told)})
    return rows


def _erase_staff_view(session: Session, party: Party, indexes: Collection[bytes]) -> None:
    """Erase what staff wrote of a person in tasks, and what their programs were answered."""
    erase_notes_about(session, party)
    person = find_person(session, party)
    read = ReadSubject(party.id, person_id=person.id if person else None)
    erase_answers_about(session, read, indexes)


def _erase_health(session: Session, party: Party, now: datetime) -> None:
    """End what programmes have of a person, and cut the link: nobody finds them by it again."""
    person = find_person(session, party)
    if person is None:
        return
    _erase_subscriptions(session, person, now)
    _erase_concerns(session, person)
    session.execute(delete(Listed).where(Listed.person_id == person.id))
    person.link = person.party = person.district = None
    session.flush()


def _erase_subscriptions(session: Session, person: Person, now: datetime) -> None:
    """End the person's courses; their counts stay, without number, place, days or list."""
    theirs = Subscription.person_id == person.id
    mine = select(Subscription.id).where(theirs)
    # By the month, as it is counted: the day would tell whose it was, for the journal has it too.
    month = start_of_day(local_day(now).replace(day=1))
    session.execute(
        update(Subscription)
        .where(theirs, Subscription.ended_at.is_(None))
        .values(state="forgotten", reason=None, ended_at=month)
    )
    session.execute(
        update(Subscription)
        .where(theirs)
        .values(
            number=None,
            number_index=b"",
            place=None,
            anchors={},
            first_dates=None,
            kept=None,
            hour=None,
            turns={},
            next_on=None,
            resumes_on=None,
            rests_until=None,
        )
    )
    session.execute(
        update(AskedQuestion)
        .where(AskedQuestion.subscription_id.in_(mine), AskedQuestion.state == "open")
        .values(state="dropped", remind_at=None)
    )
    session.execute(
        update(AskedQuestion)
        .where(AskedQuestion.subscription_id.in_(mine))
        # The code of an answer is counted; a day or a number may tell who it was.
        .values(number_index=b"", value=None)
    )
    session.execute(update(Change).where(Change.subscription_id.in_(mine)).values(details={}))


def _erase_concerns(session: Session, person: Person) -> None:
    """Erase the messages to clinicians that hold the person's number, and what they were asked."""
    mine = session.scalars(select(Concern.public_id).where(Concern.person_id == person.id))
    names = (f"{CONCERN}\0{public_id}{known}" for public_id in mine for known in ("", KNOWN))
    keys = [dedupe_key(name) for name in names]
    for start in range(0, len(keys), _CHUNK):
        told = Message.dedupe_key.in_(keys[start : start + _CHUNK])
        close_waiting(session, told, MessageState.CANCELLED, Reason.FORGOTTEN)
        ended = and_(told, Message.state.not_in(_OPEN))
        session.execute(update(Message).where(ended).values(body=""))
    session.execute(update(Concern).where(Concern.person_id == person.id).values(note=None))
    session.execute(delete(SecondContact).where(SecondContact.person_id == person.id))
    theirs = DangerQuestion.person_id == person.id
    session.execute(update(DangerQuestion).where(theirs).values(arrival=b""))


def _erase_envelopes(
    vault: Vault,
    session: Session,
    until: Mapping[bytes, datetime],
    which: ColumnElement[bool],
    table: Envelopes = Arrival,
) -> None:
    """Erase envelopes of some numbers, by blind index, each until an instant."""
    wanted = (as_stored(table.sender), ENVELOPE_KEYS[table], table.received_at)
    found = session.execute(select(*wanted).where(table.sender.is_not(None), which))

    def is_theirs(sender: str, at: datetime) -> bool:
        return any(index in until and at <= until[index] for index in vault.indexes(sender))

    opened = open_each(session, _LOG, table.sender, found.yield_per(_CHUNK))
    keys = [key for sender, (_, key, at) in opened if is_theirs(sender, at)]
    empty_envelopes(session, table, keys)


def erase_keyed_in(session: Session, which: ColumnElement[bool]) -> int:
    """Erase what was keyed in beside scans in some sessions, a few at most; return how many."""
    wanted = (
        select(ReaderScan.session_id)
        .join(ReaderSession, ReaderSession.id == ReaderScan.session_id)
        .where(ReaderScan.said.is_not(None), which)
        .distinct()
        .limit(_SESSIONS)
    )
    found = session.scalars(wanted).all()
    session.execute(update(ReaderScan).where(ReaderScan.session_id.in_(found)).values(said=None))
    return len(found)
