"""Questions of censuses: asked in slices, asked once more, and the silent listed for officers.

Keepers are chosen outside the writers' lock, a slice at a time: a census of the country never holds
up a report. A slice and the place where the next one begins are one transaction, and each text has
a name of its own, so that nobody is asked twice, whatever is repeated or killed. The silent ones of
a ward are listed in a transaction of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.core.geography import zone_of
from services.livestock.control.affected import phones_of
from services.livestock.control.census_tasks import (
    SilentWard,
    end_census_tasks,
    find_silent,
    open_silent,
    silent_by_recorder,
    tell_recorders,
)
from services.livestock.control.censuses import (
    AGAIN,
    ASK,
    area_of_census,
    clock_act,
    close_census,
    end_of,
    homes_in,
    open_ones,
    question,
    question_name,
)
from services.livestock.domain.census import CensusState, chased_from, listed_from
from services.livestock.domain.model import Act, Origin
from services.messaging.outbox import OutboundMessage, SendOptions, dedupe_key, enqueue_messages
from services.storage.database import Database
from services.storage.models import Census, CensusKeeper, Party, Premises
from services.texts.catalogue import language_of
from sms.local_time import DEFAULT_ZONE, local_day

PURPOSE = "census"
AT_ONCE = 500
_MOST_SLICES = 40

Step = Callable[[Database, int, datetime], bool]


class _Picked(NamedTuple):
    """A keeper whom a census asks, and the first of their places there, by database keys."""

    id: int
    place: int


class _Due(NamedTuple):
    """A census that is open, and the local day there."""

    id: int
    first: bool
    chase: bool
    list: bool
    over: bool


def keep_censuses(database: Database, now: datetime, days: int) -> None:
    """Do what open censuses have due: ask, ask again, list who is silent, close.

    Args:
        days: after so many the silent are asked again; after as many more they are listed.
    """
    with database.read() as session:
        due = [_due(row, now, days) for row in open_ones(session)]
    for one in due:
        if one.over:
            _close(database, one.id, now)
        elif one.first and not _repeat(ask_slice, database, one.id, now):
            if one.chase:
                _repeat(chase_slice, database, one.id, now)
            if one.list:
                list_silent(database, one.id, now)
    end_census_tasks(database, now)


def _due(row: Census, now: datetime, days: int) -> _Due:
    today = local_day(now, zone_of(row.province) if row.province else DEFAULT_ZONE)
    return _Due(
        row.id,
        row.first_day <= today,
        chased_from(row.first_day, days) <= today and row.chased_at is None,
        listed_from(row.first_day, row.last_day, days) <= today and row.listed_at is None,
        end_of(row) <= now,
    )


def _repeat(step: Step, database: Database, census: int, now: datetime) -> bool:
    """Take slices until none is left; True: there are more than one run of the clock takes."""
    return all(step(database, census, now) for _ in range(_MOST_SLICES))


def ask_slice(database: Database, census: int, now: datetime) -> bool:
    """Choose the next keepers of a census and ask them; False: all are chosen."""
    with database.read() as session:
        row = session.get_one(Census, census)
        if row.chosen_at is not None:
            return False
        start, picked = row.chosen_to, _pick(session, row)
    with database.write(exclusive=False) as session:
        row = _locked(session, census)
        if row.state != CensusState.OPEN or row.chosen_to != start:
            return row.state == CensusState.OPEN
        _ask(session, row, picked, now)
        row.chosen_to = picked[-1].id if picked else start
        row.chosen_at = now if len(picked) < AT_ONCE else None
        return row.chosen_at is None


def _pick(session: Session, row: Census) -> Sequence[_Picked]:
    """Return the next keepers of a census, each with the first of their places there."""
    mine = homes_in(area_of_census(row)) & (Premises.keeper_id > row.chosen_to)
    first = func.min(Premises.id).label("place")
    kept = select(Premises.keeper_id.label("id"), first).where(mine)
    rows = kept.group_by(Premises.keeper_id).order_by(Premises.keeper_id).limit(AT_ONCE)
    return [_Picked(key, place) for key, place in session.execute(rows) if key is not None]


def _locked(session: Session, census: int) -> Census:
    """Lock a census: two workers take its slices one after the other."""
    return session.scalars(select(Census).where(Census.id == census).with_for_update()).one()


def _ask(session: Session, row: Census, picked: Sequence[_Picked], now: datetime) -> None:
    # Read here, not with the slice: who was forgotten since has no number any more.
    phones = phones_of(session, [one.id for one in picked])
    people = {one.id: one for one in _people(session, [one.id for one in picked])}
    texts, rows = [], []
    for one in picked:
        message = _text(row, ASK, people[one.id], phones[one.id]) if one.id in phones else None
        texts += [message] if message else []
        rows.append(
            {
                "census_id": row.id,
                "party_id": one.id,
                "premises_id": one.place,
                "message_key": dedupe_key(message.dedupe) if message else None,
                "asked_at": now if message else None,
            }
        )
    if rows:
        session.execute(insert(CensusKeeper), rows)
    enqueue_messages(session, texts, SendOptions(PURPOSE, now, end_of(row)))


def chase_slice(database: Database, census: int, now: datetime) -> bool:
    """Ask the next silent keepers of a census once more; False: all are asked."""
    with database.write(exclusive=False) as session:
        row = _locked(session, census)
        if row.state != CensusState.OPEN or row.chased_at is not None:
            return False
        wanted = select(CensusKeeper).where(
            CensusKeeper.census_id == row.id,
            CensusKeeper.journal_id.is_(None),
            CensusKeeper.asked_at.is_not(None),
            CensusKeeper.party_id > row.chased_to,
        )
        found = session.scalars(wanted.order_by(CensusKeeper.party_id).limit(AT_ONCE)).all()
        keys = [one.party_id for one in found]
        phones = phones_of(session, keys)
        texts = [
            _text(row, AGAIN, person, phones[person.id])
            for person in _people(session, keys)
            if person.id in phones
        ]
        enqueue_messages(session, texts, SendOptions(PURPOSE, now, end_of(row)))
        session.execute(
            update(CensusKeeper)
            .where(CensusKeeper.census_id == row.id, CensusKeeper.party_id.in_(list(phones)))
            .values(chased_at=now)
        )
        row.chased_to = keys[-1] if keys else row.chased_to
        row.chased_at = now if len(keys) < AT_ONCE else None
        return row.chased_at is None


def list_silent(database: Database, census: int, now: datetime) -> None:
    """Open the next tasks about who is silent, one for each ward; tell recorders after the last."""
    with database.read() as session:
        wards, more = find_silent(session, session.get_one(Census, census))
    do_each(partial(_list_ward, database, census, one, now) for one in wards)
    if more:
        return
    # After the wards, in which places got their numbers.
    with database.read() as session:
        silent = silent_by_recorder(session, session.get_one(Census, census))
    with database.write(exclusive=False) as session:
        row = _locked(session, census)
        if _is_listing(row):
            tell_recorders(session, row, silent, now)
            row.listed_at = now


def _list_ward(database: Database, census: int, ward: SilentWard, now: datetime) -> None:
    with database.write() as session:
        row = _locked(session, census)
        if _is_listing(row):
            open_silent(session, row, ward, now)


def _is_listing(row: Census) -> bool:
    return row.state == CensusState.OPEN and row.listed_at is None


def _close(database: Database, census: int, now: datetime) -> None:
    with database.write() as session:
        row = _locked(session, census)
        act = Act(row.public_id, local_day(now), Origin("clock", None, now))
        close_census(session, row, clock_act(row, "closed", act))


def _people(session: Session, keys: Sequence[int]) -> Iterator[Party]:
    yield from session.scalars(select(Party).where(Party.id.in_(keys)).order_by(Party.id))


def _text(row: Census, code: str, person: Party, phone: tuple[str, bytes]) -> OutboundMessage:
    dedupe = question_name(row, code, person.public_id)
    zone = zone_of(row.province) if row.province else DEFAULT_ZONE
    return OutboundMessage(*phone, question(row, code, language_of(person.language)), dedupe, zone)
