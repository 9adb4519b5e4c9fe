"""Signed transactions of a batch: one nonce, and every offer for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chain.ports import SignedTransaction
from services.storage.models import LedgerOffer, LedgerTransaction


class BatchOffers(NamedTuple):
    """Signed transactions of a batch, the newest last, and the time of that one."""

    signed: tuple[SignedTransaction, ...] = ()
    newest_at: datetime | None = None


def add_offer(session: Session, batch_id: int, signed: SignedTransaction, now: datetime) -> None:
    """Keep signed bytes; their nonce becomes the batch's if it is not yet.

    Raises:
        IntegrityError: the nonce is another batch's.
    """
    row = session.scalars(
        select(LedgerTransaction).where(
            LedgerTransaction.batch_id == batch_id,
            LedgerTransaction.signer == signed.signer,
            LedgerTransaction.nonce == signed.nonce,
        )
    ).first()
    if row is None:
        row = LedgerTransaction(batch_id=batch_id, signer=signed.signer, nonce=signed.nonce)
        session.add(row)
        session.flush()
    session.add(
        LedgerOffer(transaction_id=row.id, hash=signed.hash, raw=signed.raw, offered_at=now)
    )


def forget_nonce(session: Session, batch_id: int) -> None:
    """Forget the nonce of a batch, and what was signed for it."""
    own = select(LedgerTransaction.id).where(LedgerTransaction.batch_id == batch_id)
    session.execute(delete(LedgerOffer).where(LedgerOffer.transaction_id.in_(own)))
    session.execute(delete(LedgerTransaction).where(LedgerTransaction.batch_id == batch_id))


def read_offers(session: Session, batch_ids: Sequence[int]) -> Mapping[int, BatchOffers]:
    """Read what was signed for batches, by their ids."""
    rows = session.execute(
        select(
            LedgerTransaction.batch_id,
            LedgerTransaction.signer,
            LedgerTransaction.nonce,
            LedgerOffer.raw,
            LedgerOffer.hash,
            LedgerOffer.offered_at,
        )
        .join(LedgerOffer, LedgerOffer.transaction_id == LedgerTransaction.id)
        .where(LedgerTransaction.batch_id.in_(batch_ids))
        .order_by(LedgerTransaction.batch_id, LedgerOffer.id)
    ).all()
    return {
        batch_id: BatchOffers(
            tuple(SignedTransaction(row.signer, row.nonce, row.raw, row.hash) for row in offers),
            offers[-1].offered_at,
        )
        for batch_id, found in groupby(rows, attrgetter("batch_id"))
        if (offers := list(found))
    }
