"""From a batch to bytes that a node has: sign, send, offer more where blocks take more."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from chain.batch_transitions import ON_THE_WAY, BatchTransitions
from chain.errors import LedgerError, Underpriced
from chain.nonces import Nonces
from chain.ports import Batch, BatchState, LedgerClient, Repair, SignedTransaction


class Sender:
    """Signs and sends; what it signs is committed before a node hears of it.

    Args:
        moves: changes the store.
        nonces: gives each batch its own.
        stuck: for how long an offer may wait.
    """

    def __init__(
        self,
        moves: BatchTransitions,
        nonces: Nonces,
        ledger: LedgerClient,
        stuck: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._moves = moves
        self._nonces = nonces
        self._ledger = ledger
        self._stuck = stuck
        self._clock = clock

    def offer_more(self, batches: Sequence[Batch]) -> list[Batch]:
        """Sign anew, at the same nonce and for more, what waits too long for its fee.

        Raises:
            FeeTooHigh: blocks take more than may be offered.
            WalletEmpty: the fee is not what it waits for.
        """
        return [self._offer_more(batch) if self._is_stuck(batch) else batch for batch in batches]

    def sign(self, batches: Sequence[Batch], *, ask_first: bool) -> list[Batch]:
        """Sign what is batched; where nothing is on its way, the contract can be asked before.

        Raises:
            NotRecorder, RecordRefused, FeeTooHigh.
        """
        signed: dict[int, SignedTransaction] = {}
        if all(batch.state is not BatchState.BATCHED for batch in batches):
            return list(batches)
        nonces = self._nonces.give(batches)
        for place, batch in enumerate(batches):
            if batch.state is not BatchState.BATCHED:
                continue
            if ask_first and all(before.state not in ON_THE_WAY for before in batches[:place]):
                self._ledger.require_recordable(batch)
            signed[batch.id] = self._ledger.sign_record(batch, next(nonces))
        with self._moves.together():
            return [
                self._moves.sign(batch, signed[batch.id]) if batch.id in signed else batch
                for batch in batches
            ]

    def send(self, batches: Sequence[Batch]) -> list[Batch]:
        """Hand over what is signed, in order.

        Raises:
            WalletEmpty, FeeTooHigh, Underpriced, RecordRefused: the rest waits.
        """
        sent: dict[int, Batch] = {}
        try:
            for batch in batches:
                if batch.state is BatchState.SIGNED:
                    sent[batch.id] = self._send(batch)
        finally:
            # If the process dies before this line, it sends the same bytes again.
            moved = self._moves.move_all(
                list(sent.values()), dict.fromkeys(sent), BatchState.BROADCAST
            )
        now = {batch.id: batch for batch in moved}
        return [now.get(batch.id, batch) for batch in batches]

    def _send(self, batch: Batch) -> Batch:
        try:
            self._ledger.broadcast(_newest(batch))
        except Underpriced:
            batch = self._answer_refusal(batch)
        return batch

    def _answer_refusal(self, batch: Batch) -> Batch:
        """Return the batch once the node has one of its offers, or raise what it said."""
        if any(self._ledger.knows(offer) for offer in batch.offers[:-1]):
            return batch
        better = self._has_waited(batch) or self._ledger.is_outbid(_newest(batch))
        if not (self._is_ours(batch) and better):
            # A transaction we do not track holds this nonce; raise the fee once ours has waited.
            raise Underpriced(
                f"Another transaction waits at nonce {_newest(batch).nonce} for a higher fee."
            )
        batch = self._offer_more(batch)
        self._ledger.broadcast(_newest(batch))
        return batch

    def _is_stuck(self, batch: Batch) -> bool:
        if batch.state not in {BatchState.SIGNED, BatchState.BROADCAST}:
            return False
        if not self._is_ours(batch) or not self._has_waited(batch):
            return False
        if self._ledger.is_outbid(_newest(batch)):
            return True
        self._ledger.require_funds(_newest(batch))
        return False

    def _has_waited(self, batch: Batch) -> bool:
        # By its size: see `Recorder`.
        return batch.offered_at is not None and abs(self._clock() - batch.offered_at) >= self._stuck

    def _is_ours(self, batch: Batch) -> bool:
        """Check that the key of today signed it: nobody else can offer more."""
        return _newest(batch).signer == self._ledger.recorder

    def _offer_more(self, batch: Batch) -> Batch:
        stuck = _newest(batch)
        better = self._ledger.sign_record(batch, stuck.nonce, replacing=stuck)
        return self._moves.sign(batch, better, Repair.FEE_RAISED)


def _newest(batch: Batch) -> SignedTransaction:
    if batch.transaction is None:
        raise LedgerError(f"The batch from index {batch.first} lost its signed transaction.")
    return batch.transaction
