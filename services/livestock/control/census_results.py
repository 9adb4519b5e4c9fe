"""Results of a census by district: who answered, who is silent and why, pigs told and known."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from services.livestock.control.censuses import homes_in
from services.livestock.domain.census import CensusArea
from services.livestock.recording.census_counts import heads_known
from services.messaging.outbox import MAY_STILL_COME
from services.storage.models import Census, CensusKeeper, Contact, Message, Premises

UNANSWERED = CensusKeeper.journal_id.is_(None)
_PHONE = exists().where(Contact.party_id == CensusKeeper.party_id)
# Also of somebody who was asked and has been forgotten since.
_WITHOUT_PHONE = and_(UNANSWERED, ~_PHONE)
_UNREACHED = and_(UNANSWERED, _PHONE, or_(Message.id.is_(None), ~MAY_STILL_COME))
_ANSWERED = and_(~UNANSWERED, CensusKeeper.late.is_(False))


class CensusFigures(NamedTuple):
    """Figures of a census in a district; None: of places whose district is not known.

    Attributes:
        keepers: whom it counts; the next five make them up.
        answered: in time.
        late: after its end; their pigs stand in no figure.
        silent: who may have read the question.
        unreached: whom no text reached: they stopped all texts, or their phone is dead.
        without_phone: who have none, and whom nobody has counted.
        pigs: as answered in time.
        known: pigs of the places of those who answered in time, by the book then.
        contradicting: answers in time that differ from what the book knew.
        in_book: pigs that the book has in the whole district now.
    """

    province: str | None
    district: str | None
    keepers: int
    answered: int
    late: int
    silent: int
    unreached: int
    without_phone: int
    pigs: int
    known: int
    contradicting: int
    in_book: int


COLUMNS = CensusFigures._fields


def census_figures(session: Session, row: Census) -> list[CensusFigures]:
    """Return the figures of a census, a row for each district."""
    return [_figures(session, one) for one in _counted(session, row)]


def total_of(rows: Sequence[CensusFigures]) -> CensusFigures:
    """Return the sum of figures."""
    sums = [sum(column) for column in zip(*(row[2:] for row in rows), strict=True)]
    return CensusFigures(None, None, *(sums or [0] * len(COLUMNS[2:])))


def table_of(rows: Sequence[CensusFigures]) -> Iterator[tuple[object, ...]]:
    """Yield the lines of a table of figures, the total last."""
    yield COLUMNS
    yield from rows
    yield ("total", *total_of(rows)[1:])


def _figures(session: Session, one: "_Counted") -> CensusFigures:
    area = CensusArea(one.province, one.district)
    homes = homes_in(area)
    if one.district is None:
        homes &= Premises.district.is_(None)
    if one.province is None:
        homes &= Premises.province.is_(None)
    in_book = heads_known(session, select(Premises.id).where(homes))
    silent = one.keepers - one.answered - one.late - one.unreached - one.without_phone
    return CensusFigures(
        one.province,
        one.district,
        one.keepers,
        one.answered,
        one.late,
        silent,
        one.unreached,
        one.without_phone,
        one.pigs,
        one.known,
        one.contradicting,
        in_book,
    )


class _Counted(NamedTuple):
    """Sums over the keepers of a district."""

    province: str | None
    district: str | None
    keepers: int
    answered: int
    late: int
    unreached: int
    without_phone: int
    pigs: int
    known: int
    contradicting: int


def _counted(session: Session, row: Census) -> Iterator[_Counted]:
    # Names of one district may be written in large letters or small ones.
    folded = func.lower(Premises.district)
    differing = _ANSWERED & (CensusKeeper.known > 0) & (CensusKeeper.known != CensusKeeper.heads)
    rows = session.execute(
        select(
            Premises.province,
            func.max(Premises.district),
            func.count(),
            _count(_ANSWERED),
            _count(and_(~UNANSWERED, CensusKeeper.late)),
            _count(_UNREACHED),
            _count(_WITHOUT_PHONE),
            func.coalesce(func.sum(case((_ANSWERED, CensusKeeper.heads), else_=0)), 0),
            func.coalesce(func.sum(case((_ANSWERED, CensusKeeper.known), else_=0)), 0),
            _count(differing),
        )
        .join(Premises, Premises.id == CensusKeeper.premises_id)
        .outerjoin(Message, Message.dedupe_key == CensusKeeper.message_key)
        .where(CensusKeeper.census_id == row.id)
        .group_by(Premises.province, folded)
        .order_by(Premises.province, folded)
    )
    for one in rows:
        yield _Counted(one[0], one[1], *map(int, one[2:]))


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)
