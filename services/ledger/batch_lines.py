"""Lines of the log about batches: which messages' records went into one, and which block has it."""

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from chain.ports import BatchState
from services.core.correlation import written
from services.storage.committed_lines import tell_once_committed
from services.storage.models import LedgerBatch, LedgerLeaf

_IDS_A_LINE = 50
# Made once: each batch asks three times.
_FOLLOWED = (
    select(LedgerBatch.first, LedgerBatch.size, LedgerBatch.block_number, LedgerLeaf.correlation)
    .join(
        LedgerLeaf,
        and_(LedgerLeaf.index >= LedgerBatch.first, LedgerLeaf.index < LedgerBatch.size),
    )
    .where(LedgerBatch.id == bindparam("batch"), LedgerLeaf.correlation.is_not(None))
    .order_by(LedgerLeaf.index)
)
_TOLD = {
    BatchState.BATCHED: "in a batch",
    BatchState.INCLUDED: "in a block",
    BatchState.FINAL: "final",
}


def tell_batch(session: Session, batch_id: int, state: BatchState) -> None:
    """Tell, once it is committed, that a batch came into a state, with the ids of its messages."""
    sentence = _TOLD.get(state)
    if sentence is None:
        return
    rows = session.execute(_FOLLOWED, {"batch": batch_id}).all()
    ids = list(dict.fromkeys(written(row.correlation) for row in rows))
    for start in range(0, len(ids), _IDS_A_LINE):
        tell_once_committed(
            session,
            sentence,
            correlation=None,
            ids=ids[start : start + _IDS_A_LINE],
            batch=batch_id,
            first=rows[0].first,
            size=rows[0].size,
            block=rows[0].block_number,
        )
