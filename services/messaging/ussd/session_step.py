"""One USSD request, its effect and the next screen, and the session that it belongs to.

The envelopes of a session answer requests that come twice. Their effects are in the journal, so
they are emptied with the session, a day later.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from gateway.channels.ussd import ENDED, Dialled, key_of
from gateway.envelope import Answer, Envelope
from gateway.intake import Prepared
from gateway.pages import lines
from gateway.ussd_state import KeyStep, ShownText, State
from services.messaging.command_router import CommandContext, context_of
from services.messaging.consent import note_alive
from services.messaging.envelope_erasure import empty_envelopes
from services.messaging.ussd.actions import DANGER, KeyPress, KeyResult, Screens, act_on
from services.messaging.ussd.pins import Hasher
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import Arrival, Contact, Party, UssdSession
from services.storage.parties import Sender, party_of, sender_of
from services.storage.read_log import owner_of
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault, vault_of
from services.texts.catalogue import explain_fault, language_of, say

_LIKE_A_PIN = re.compile(r"\s*[0-9]{4,6}\s*")

# Made once: each call that begins asks.
_KNOWN_OR_BEGUN = select(
    or_(
        exists().where(Contact.number_index == bindparam("number_index")),
        exists().where(
            UssdSession.channel == bindparam("channel"), UssdSession.session == bindparam("session")
        ),
    )
)

ScreensOf = Callable[[Session, Party], Screens]

RESUMED = timedelta(minutes=10)
"""Time in which a person who dials again goes on where they were."""
KEPT = timedelta(days=1)
"""Time in which a repeated request gets its first answer."""

_CHUNK = 500


class _SessionStep(NamedTuple):
    """State before a request, and the step that its keys lead to."""

    row: UssdSession
    sender: Sender
    screens: Screens
    before: State
    fresh: Sequence[str]
    step: KeyStep


class UssdExchange:
    """One request; see `foresee`."""

    def __init__(self, dialled: Dialled, screens_of: ScreensOf) -> None:
        self._dialled = dialled
        self._screens_of = screens_of

    def foresee(self, database: Database) -> Callable[[Unit], Prepared[Unit]]:
        """Do the slow work before the unit of work, whose locks keep others waiting.

        It adds the party of an unknown caller, and hashes digits that may be a PIN.
        """
        hasher, typed = Hasher(), self._dialled.typed
        if not typed:
            self._introduce(database)
        elif _LIKE_A_PIN.fullmatch(typed[-1]):
            self._foresee_hash(database, hasher, typed[-1])
        return partial(self._prepare, hasher)

    def _foresee_hash(self, database: Database, hasher: Hasher, typed: str) -> None:
        dialled = self._dialled
        with database.read() as session:
            state = peek(session, dialled)
            if state is not None and state.secret:
                party = owner_of(session, database.vault.index(dialled.number))
                if party is not None:
                    hasher.foresee(session, party, dialled.number, typed)

    def _introduce(self, database: Database) -> None:
        # Who makes the same party meanwhile waits until the unit ends; this unit is short.
        with database.write(exclusive=False) as session:
            unit = Unit(session, database.vault)
            if not known_or_begun(unit, self._dialled):
                party_of(unit, self._dialled.number)

    def _prepare(self, hasher: Hasher, unit: Unit) -> Prepared[Unit]:
        """Lock the session, and return the envelope of what may be kept with its handler.

        Nothing is kept from the point on where a PIN may be typed.
        """
        dialled, index = self._dialled, unit.vault.index(self._dialled.number)
        row = lock_session(unit, dialled)
        if row.step is None:
            row.number_index = index
        elif row.number_index not in {None, index}:
            # Another phone uses the id of this session: a conflict.
            return Prepared(_keyed(unit.vault, dialled.envelope(0, row.step)), _never)
        found = self._look(unit, row)
        envelope = _keyed(unit.vault, dialled.envelope(row.kept))
        return Prepared(envelope, partial(self._act, found, hasher))

    def _look(self, unit: Unit, row: UssdSession) -> _SessionStep:
        """Find the person's state and the step of the keys, without any effect.

        Keys after the first effect are dropped: they were typed before its question was seen. Keys
        that come a second time lead nowhere.
        """
        dialled = self._dialled
        fresh = dialled.since(row.step)
        sender = sender_of(unit.session, unit.vault.indexes(dialled.number), dialled.number)
        screens = self._screens_of(unit.session, sender.party)
        if row.step is not None:
            saved = State.read(row.state or "")
        else:
            # A caller who dials straight to a screen means that screen.
            saved = State() if fresh else broken_off(unit, dialled)
        before = screens.machine.fitted(saved)
        step, taken = screens.machine.advance(before, fresh, language_of(sender.party.language))
        kept = 0 if before.secret else taken
        if row.kept is None and kept < len(fresh):
            row.kept = dialled.bound(kept, len(fresh))
        return _SessionStep(row, sender, screens, before, fresh[:taken], step)

    def _act(self, found: _SessionStep, hasher: Hasher, unit: Unit, envelope: Envelope) -> Answer:
        """Carry out the effect, save the state, and return the screen."""
        dialled, row, sender = self._dialled, found.row, found.sender
        party = sender.party
        if sender.dead:
            note_alive(unit.session, sender.number_index, envelope.received_at)
        context = context_of(unit, envelope, sender, language_of(party.language))
        press = KeyPress(context, envelope, found.screens, found.step.state, hasher)
        shown = _danger(found, context) or _shown(found, press)
        row.first_step = min(dialled.step, row.first_step)
        row.step = max(dialled.step, row.step or 0)
        row.saved_at = envelope.received_at
        if row.number_index is None:
            # The person was just erased: keep nothing of the session.
            told = shown.state.told
            return Answer(ENDED, lines(*told.texts) if told else say("ussd.done", context.language))
        row.state = shown.state.text()
        if shown.state.secret and row.kept is None:
            row.kept = dialled.bound(0, 0)
        language = language_of(party.language)
        text = found.screens.machine.show(shown.state, language, shown.notice)
        return Answer(shown.outcome, text)


def _keyed(vault: Vault, envelope: Envelope) -> Envelope:
    """Return an envelope with a key that its session does not tell.

    A session stands beside the number's ordinary index, and what it did in a course beside the
    envelope's time.
    """
    return replace(envelope, key=vault.digest(envelope.key.encode()).hex())


def _shown(found: _SessionStep, press: KeyPress) -> KeyResult:
    step, language = found.step, press.context.language
    if step.effect is not None:
        return act_on(press, step.effect)
    if step.unread is not None:
        phrase, fault, example = step.unread
        return KeyResult("unread", step.state, explain_fault(phrase, fault, example, language))
    if step.wrong:
        return KeyResult("wrong_key", step.state, say("ussd.wrong", language))
    return KeyResult("screen", step.state)


def _never(_unit: Unit, _envelope: Envelope) -> Answer:
    raise RuntimeError("the key of this envelope is taken: it is a conflict")


def _danger(found: _SessionStep, context: CommandContext) -> KeyResult | None:
    """Return the advice if a typed text names a danger; it is shown before all else."""
    for text in found.fresh if not found.before.secret else ():
        danger = found.screens.danger.find(context, text) if any(map(str.isalpha, text)) else None
        if danger is not None:
            prompt = DANGER if danger.asks else ""
            told = ShownText(tuple(said.text for said in danger.reply), prompt)
            return KeyResult("danger", replace(found.before, page=0, told=told))
    return None


def lock_session(unit: Unit, call: Dialled) -> UssdSession:
    """Lock the session of a request until the unit ends; insert it if it is new."""
    which = select(UssdSession).where(_of(call)).with_for_update()
    # Only the first step of a session inserts it.
    known = unit.session.scalars(which).one_or_none()
    if known is not None:
        return known
    made = unit.session.scalars(
        upsert(unit.session, UssdSession)
        .values(
            channel=call.channel,
            session=call.session,
            number_index=unit.vault.index(call.number),
            first_step=call.step,
            saved_at=call.received_at,
        )
        .on_conflict_do_nothing(index_elements=["channel", "session"])
        .returning(UssdSession)
    ).one_or_none()
    return made or unit.session.scalars(which).one()


def known_or_begun(unit: Unit, call: Dialled) -> bool:
    """Tell whether the caller's number has a party, or the session is stored already."""
    named = {"channel": call.channel, "session": call.session}
    number = {"number_index": unit.vault.index(call.number)}
    return bool(unit.session.connection().execute(_KNOWN_OR_BEGUN, named | number).scalar())


def peek(session: Session, call: Dialled) -> State | None:
    """Return a session's state without waiting for its lock; None: the session is new."""
    state = session.scalar(select(UssdSession.state).where(_of(call)))
    return None if state is None else State.read(state)


def _of(call: Dialled) -> ColumnElement[bool]:
    return and_(UssdSession.channel == call.channel, UssdSession.session == call.session)


def broken_off(unit: Unit, call: Dialled) -> State:
    """Return the state of a phone's last session if it broke off lately, else the first screen."""
    last = unit.session.scalars(
        select(UssdSession.state)
        .where(
            UssdSession.number_index == unit.vault.index(call.number),
            UssdSession.saved_at > call.received_at - RESUMED,
            UssdSession.step.is_not(None),
        )
        .order_by(UssdSession.saved_at.desc(), UssdSession.id.desc())
        .limit(1)
    ).first()
    return State.read(last or "")


def expire_sessions(session: Session, now: datetime) -> int:
    """Erase states past their resumption; delete sessions of yesterday, and return how many."""
    session.execute(
        update(UssdSession)
        .where(UssdSession.saved_at <= now - RESUMED, UssdSession.state.is_not(None))
        .values(state=None)
    )
    old = _taken(session, UssdSession.saved_at <= now - KEPT)
    _empty_envelopes(session, old)
    session.execute(delete(UssdSession).where(UssdSession.id.in_([row.id for row in old])))
    return len(old)


def forget_sessions(session: Session, indexes: Collection[bytes]) -> None:
    """Erase the sessions of numbers; one that is in use is skipped, and ends with the day."""
    rows = _taken(session, UssdSession.number_index.in_(indexes))
    _empty_envelopes(session, rows)
    for row in rows:
        row.number_index, row.state = None, None


def _taken(session: Session, which: ColumnElement[bool]) -> list[UssdSession]:
    """Lock sessions that are not in use; a request locks its own before anything else."""
    wanted = select(UssdSession).where(which).order_by(UssdSession.id).limit(_CHUNK)
    return list(session.scalars(wanted.with_for_update(skip_locked=True)))


def _empty_envelopes(session: Session, rows: Collection[UssdSession]) -> None:
    vault = vault_of(session)
    empty_envelopes(session, Arrival, [one for row in rows for one in _digests(vault, row)])


def _digests(vault: Vault, row: UssdSession) -> list[bytes]:
    """Return the key digests of a session's envelopes."""
    last = row.first_step if row.step is None else row.step
    made = (
        Envelope(row.channel, key_of(row.session, step), "", "", row.saved_at)
        for step in range(row.first_step, last + 1)
    )
    return [_keyed(vault, envelope).key_digest for envelope in made]
