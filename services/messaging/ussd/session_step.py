"""One request of an operator: what may be kept of it, what it does, the screen that answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from gateway.channels.ussd import ENDED, Dialled
from gateway.envelope import Answer, Envelope
from gateway.intake import Prepared
from gateway.pages import lines
from gateway.ussd_state import ShownText, State, Step
from services.messaging.command_router import CommandContext, call_of
from services.messaging.consent import note_alive
from services.messaging.ussd.actions import Moment, Screens, Shown, act_on
from services.messaging.ussd.pins import Hasher
from services.messaging.ussd.sessions import begun, broken_off, lock_session, peek
from services.storage.database import Database
from services.storage.models import Party, UssdSession
from services.storage.parties import party_of
from services.storage.read_log import owner_of
from services.storage.unit_of_work import Unit
from services.texts.catalogue import explain_fault, language_of, say

_LIKE_A_PIN = re.compile(r"\s*[0-9]{4,6}\s*")

ScreensOf = Callable[["Session", "Party"], Screens]


class _SessionStep(NamedTuple):
    """State before a request, and the step that its keys lead to."""

    row: UssdSession
    party: Party
    screens: Screens
    before: State
    fresh: Sequence[str]
    step: Step


class UssdExchange:
    """One request; `foresee` is called first, and returns how the one door prepares it.

    Args:
        dialled: the request.
        screens_of: returns what a party meets on the screens.
    """

    def __init__(self, dialled: Dialled, screens_of: ScreensOf) -> None:
        self._dialled = dialled
        self._screens_of = screens_of

    def foresee(self, database: Database) -> Callable[[Unit], Prepared[Unit]]:
        """Do before the unit of work what would keep others waiting for it.

        That is to make the party of a stranger who dials, and the hash of what may be a PIN.
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
        # Who makes a party keeps all writers waiting to the end of the unit; this one is short.
        with database.write(exclusive=False) as session:
            if not begun(session, self._dialled):
                party_of(Unit(session, database.vault), self._dialled.number)

    def _prepare(self, hasher: Hasher, unit: Unit) -> Prepared[Unit]:
        """Return what may be kept: nothing from where a PIN may be typed on.

        Other requests of the session wait until the end of the unit.
        """
        dialled, index = self._dialled, unit.vault.index(self._dialled.number)
        row = lock_session(unit, dialled)
        if row.step is None:
            row.number_index = index
        elif row.number_index not in {None, index}:
            # It contradicts what this session's own phone sent last.
            return Prepared(dialled.envelope(0, row.step), _never)
        place = self._look(unit, row)
        return Prepared(dialled.envelope(row.kept), partial(self._act, place, hasher))

    def _look(self, unit: Unit, row: UssdSession) -> _SessionStep:
        """Find out where the person is and where the keys lead; nothing is done yet.

        What follows the first thing that is to be done is dropped: it was typed before anybody saw
        what would be asked. What comes a second time leads nowhere.
        """
        dialled = self._dialled
        fresh = dialled.since(row.step)
        party = party_of(unit, dialled.number)
        screens = self._screens_of(unit.session, party)
        if row.step is not None:
            saved = State.read(row.state or "")
        else:
            # Who dials straight to a screen means that screen, wherever he was.
            saved = State() if fresh else broken_off(unit, dialled)
        before = screens.machine.fitted(saved)
        step, taken = screens.machine.advance(before, fresh, language_of(party.language))
        kept = 0 if before.secret else taken
        if row.kept is None and kept < len(fresh):
            row.kept = dialled.bound(kept, len(fresh))
        return _SessionStep(row, party, screens, before, fresh[:taken], step)

    def _act(self, place: _SessionStep, hasher: Hasher, unit: Unit, envelope: Envelope) -> Answer:
        """Do what the keys set off, save where the person is, and return the screen."""
        dialled, row, party = self._dialled, place.row, place.party
        note_alive(unit.session, unit.vault.index(envelope.sender), envelope.received_at)
        call = call_of(unit, envelope, party, language_of(party.language))
        shown = _danger(place, call) or _shown(
            place, Moment(call, envelope, place.screens, place.step.state, hasher)
        )
        row.first_step = min(dialled.step, row.first_step)
        row.step = max(dialled.step, row.step or 0)
        row.saved_at = envelope.received_at
        if row.number_index is None:
            # The person was just forgotten: nothing of the session is kept.
            told = shown.state.told
            return Answer(ENDED, lines(*told.texts) if told else say("ussd.done", call.language))
        row.state = shown.state.text()
        if shown.state.secret and row.kept is None:
            row.kept = dialled.bound(0, 0)
        language = language_of(party.language)
        text = place.screens.machine.show(shown.state, language, shown.notice)
        return Answer(shown.outcome, text)


def _shown(place: _SessionStep, moment: Moment) -> Shown:
    step, language = place.step, moment.call.language
    if step.effect is not None:
        return act_on(moment, step.effect)
    if step.unread is not None:
        phrase, fault, example = step.unread
        return Shown("unread", step.state, explain_fault(phrase, fault, example, language))
    if step.wrong:
        return Shown("wrong_key", step.state, say("ussd.wrong", language))
    return Shown("screen", step.state)


def _never(_unit: Unit, _envelope: Envelope) -> Answer:
    raise RuntimeError("the key of this envelope is taken: it is a conflict")


def _danger(place: _SessionStep, context: CommandContext) -> Shown | None:
    """Hear danger in what was typed, wherever it was: what to do is shown before all else."""
    for text in place.fresh if not place.before.secret else ():
        heard = place.screens.alarm(context, text) if any(map(str.isalpha, text)) else None
        if heard is not None:
            told = ShownText(tuple(said.text for said in heard))
            return Shown("danger", replace(place.before, page=0, told=told))
    return None
