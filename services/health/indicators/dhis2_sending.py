"""Sending figures to DHIS2 once for each order, with a history: who, when, what came of it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.errors import KeyConflict
from services.core.errors import NotFound
from services.health.errors import Dhis2Refused, Dhis2Unreachable, OtherPeriods
from services.health.indicators.dhis2 import (
    Changes,
    Export,
    Sent,
    compare,
    document,
    make_export,
    send_changes,
)
from services.health.indicators.dhis2_client import Dhis2Client
from services.health.indicators.dhis2_links import PERIODS, find_link
from services.health.indicators.dhis2_summary import ImportSummary
from services.health.indicators.disaggregation import Period, iso_period
from services.health.indicators.kept_reports import kept_report
from services.storage.database import Database
from services.storage.models import Dhis2Sending
from services.storage.sending_right import require_right

_KINDS = {4: "Yearly", 6: "Monthly", 8: "Daily"}
_LETTERS = {"Q": "Quarterly", "S": "SixMonthly", "W": "Weekly"}

LONGEST = timedelta(minutes=10)
"""After it, a sending without an end was cut off: the program stopped while DHIS2 was asked."""


class SendingState(StrEnum):
    """State of a sending; CUT_OFF is computed: nobody knows what DHIS2 took."""

    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut_off"


class SendOrder(NamedTuple):
    """An order to send; the same `key` again sends nothing.

    Attributes:
        by_id: database key of who sends; None: a command on the server.
        everything: send what was accepted before, too.
    """

    key: str
    by_id: int | None
    now: datetime
    everything: bool = False


class SendContent(NamedTuple):
    """Content of an order to send; `period`: as DHIS2 writes it."""

    programme: str
    period: str
    everything: bool


class Trial(NamedTuple):
    """Effect that sending would have, by our marks and DHIS2's word; None: nothing to ask it."""

    export: Export
    changes: Changes
    summary: ImportSummary | None


def export_of(database: Database, programme: str, period: Period, now: datetime) -> Export:
    """Put a programme's figures where the saved mapping says.

    Those of few people are counted at once, those of many were counted at most ten minutes ago.

    Raises:
        UnknownProgramme: there is none.
        StillCounting: a worker counts them; ask again.
        BadMapping: the mapping is not whole.
        BadPeriod: DHIS2 has no such period.
        OtherPeriods: the data set takes those of another kind.
    """
    kind = kind_of(iso_period(period))
    with database.read() as session:
        link = find_link(session, programme)
        needed = link.names.get(PERIODS, kind)
        if needed != kind:
            raise OtherPeriods(needed)
        mapping = link.mapping()
    kept = kept_report(database, (programme, period), now, life=timedelta())
    return make_export(kept.report, mapping)


def kind_of(period: str) -> str:
    """Return what DHIS2 calls the kind of a period that it wrote: `202610` is Monthly."""
    letter = next((one for one in period if one in _LETTERS), None)
    return _LETTERS[letter] if letter else _KINDS[len(period)]


def try_out(database: Database, client: Dhis2Client, export: Export) -> Trial:
    """Ask DHIS2 what it would do with the changes; nothing is kept there or here.

    Raises:
        Dhis2Refused, Dhis2Unreachable: see the client.
    """
    with database.read() as session:
        changes = compare(session, client.url, export)
    told = client.try_out(document(export, changes.changed)) if changes.changed else None
    return Trial(export, changes, told)


def send_once(database: Database, client: Dhis2Client, export: Export, order: SendOrder) -> UUID:
    """Send what changed, and note what came of it; return the public id of the note.

    No transaction is open while DHIS2 is called. A refusal is noted, and told by the note alone.

    Raises:
        KeyConflict: an order with this key sent something else.
    """
    row_id, public_id, is_new = _claim(database, client.url, export, order)
    if is_new:
        with suppress(Dhis2Refused, Dhis2Unreachable):
            _send(database, client, export, order, row_id)
    return public_id


def send_by_command(database: Database, client: Dhis2Client, export: Export, now: datetime) -> Sent:
    """Send what changed by a command on the server, and note what came of it.

    Raises:
        Dhis2Refused, Dhis2Unreachable: see the client.
    """
    order = SendOrder(f"command {uuid4()}", None, now)
    row_id, _, _ = _claim(database, client.url, export, order)
    return _send(database, client, export, order, row_id)


def _send(
    database: Database, client: Dhis2Client, export: Export, order: SendOrder, row_id: int
) -> Sent:
    told: _Noted
    try:
        done = send_changes(database, client, export, order.now, everything=order.everything)
    except Dhis2Refused as error:
        told = SendingState.REFUSED, error.kind, {}, [dict(one) for one in error.conflicts]
        _note(database, row_id, told, order.now)
        raise
    except Dhis2Unreachable as error:
        _note(database, row_id, (SendingState.UNREACHABLE, error.kind, {}, []), order.now)
        raise
    _note(database, row_id, (SendingState.SENT, None, _counts(done), []), order.now)
    return done


def _note(database: Database, row_id: int, told: "_Noted", now: datetime) -> None:
    with database.write() as session:
        row = session.get_one(Dhis2Sending, row_id)
        row.state, row.kind, row.counts, row.conflicts = told
        row.ended_at = now


def find_sending(session: Session, programme: str, public_id: UUID) -> Dhis2Sending:
    """Return one of a programme's sendings; raise NotFound where there is none."""
    wanted = select(Dhis2Sending).where(
        Dhis2Sending.public_id == public_id, Dhis2Sending.programme == programme
    )
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("Nothing was sent under this id")
    return found


def earlier_sending(session: Session, key: str, content: SendContent) -> Dhis2Sending | None:
    """Return what an order with this key sent before; None: nothing.

    Raises:
        KeyConflict: it ordered something else.
    """
    row = session.scalars(select(Dhis2Sending).where(Dhis2Sending.key == key)).first()
    if row and content != SendContent(row.programme, row.period, row.everything):
        raise KeyConflict("this key was used before to send something else")
    return row


def sendings(session: Session, programme: str, before: int, most: int) -> Sequence[Dhis2Sending]:
    """Return sendings of a programme, the newest first; `before`: how many are left out."""
    wanted = select(Dhis2Sending).where(Dhis2Sending.programme == programme)
    return session.scalars(wanted.order_by(Dhis2Sending.id.desc()).offset(before).limit(most)).all()


def state_of(row: Dhis2Sending, now: datetime) -> SendingState:
    """Return how far a sending came."""
    if row.state == SendingState.SENDING and now - row.began_at > LONGEST:
        return SendingState.CUT_OFF
    return SendingState(row.state)


def _claim(
    database: Database, system: str, export: Export, order: SendOrder
) -> tuple[int, UUID, bool]:
    """Note that somebody sends, before anything is sent; False: the same order did before."""
    with database.write() as session:
        require_right(session, order.now)
        content = SendContent(export.mapping.programme, export.period, order.everything)
        row = earlier_sending(session, order.key, content)
        if row is not None:
            return row.id, row.public_id, False
        row = Dhis2Sending(
            public_id=uuid4(),
            key=order.key,
            **content._asdict(),
            system=system,
            data_set=export.mapping.data_set,
            state=SendingState.SENDING,
            counts={},
            conflicts=[],
            sent_by_id=order.by_id,
            began_at=order.now,
        )
        session.add(row)
        session.flush()
        return row.id, row.public_id, True


_Noted = tuple[SendingState, str | None, dict[str, int], list[dict[str, str]]]


def _counts(done: Sent) -> dict[str, int]:
    return {
        "changed": len(done.changed),
        "gone": len(done.gone),
        "same": done.same,
        "imported": done.imported,
        "updated": done.updated,
        "deleted": done.deleted,
    }
