"""Two readers of the contract's events, one result.

`ReceiptLogReader` decodes the embedded chain's receipts, `RpcLogReader` the answers of
`eth_getLogs`. Neither goes through web3's event decoder, which costs ten times as much.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol

from eth_bloom.bloom import BloomFilter
from web3.exceptions import Web3Exception

from chain.errors import LedgerError
from chain.events import CHECKPOINT, RECORDED, Event, assemble, locate
from chain.ports import LoggedBatch, LoggedLeaf
from chain.receipts import receipt_logs
from chain.silence import unreachable

_WIDEST_WINDOW: Final = 65_536
# Many nodes refuse more than 10,000 at once.
_LOGS_AT_ONCE: Final = 8_000

RpcRequest = Callable[[str, Sequence[object]], Mapping[str, Any]]
"""Sends a JSON-RPC method and its parameters; returns the response, `result` or `error`."""


class ReceiptSource(Protocol):
    """A chain in this process, as `chain.embedded` has it."""

    def head(self) -> int:
        """Return the number of the newest block."""
        ...

    def raw_receipts(self, number: int, bloom: int) -> Sequence[bytes]:
        """Return a block's receipts (EIP-2718 bytes), none if its bloom lacks a bit of `bloom`."""
        ...


class ReceiptLogReader:
    """Reads receipts without JSON-RPC between.

    Args:
        source: the chain.
        contract: address of the ledger contract, hexadecimal.
    """

    def __init__(self, source: ReceiptSource, contract: str) -> None:
        self._source = source
        self._address = bytes.fromhex(contract.removeprefix("0x"))
        self._checkpoints = int(BloomFilter.from_iterable([self._address, CHECKPOINT]))

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        """Yield every batch that holds a record of index >= `first`, in order.

        Raises:
            LedgerError: the block's events are not those of a ledger.
        """
        head = self._source.head()
        start = _bisect(first, 0, head, self._first_index_from) if first else 0
        events = (event for number in range(start, head + 1) for event in self._events(number))
        return assemble(events, first)

    def by_subject(self, subject: bytes) -> Iterator[LoggedLeaf]:
        """Yield every entry of one 32-byte subject, in order."""
        bloom = self._checkpoints | int(BloomFilter.from_iterable([subject]))
        for number in range(self._source.head() + 1):
            if any(subject in raw for raw in self._source.raw_receipts(number, bloom)):
                yield from locate(subject, self._events(number))

    def _events(self, number: int) -> Iterator[Event]:
        position = 0
        for raw in self._source.raw_receipts(number, self._checkpoints):
            for address, topics, data in receipt_logs(raw):
                if address == self._address and topics[0] in {RECORDED, CHECKPOINT}:
                    yield Event(number, position, topics[0], topics[1], data)
                position += 1

    def _first_index_from(self, start: int, stop: int) -> int | None:
        for number in range(start, stop + 1):
            for event in self._events(number):
                if event.kind == CHECKPOINT:
                    return int.from_bytes(event.topic)
        return None


class _Window(NamedTuple):
    """Width of a request in blocks; `fitting`: the width that the density seen last allows."""

    width: int
    fitting: int = _WIDEST_WINDOW

    def after(self, blocks: int, logs: int) -> "_Window":
        """Return the next window after an answer with so many logs."""
        fitting = max(blocks * _LOGS_AT_ONCE // logs, 1) if logs else self.fitting
        # What is quiet now may be as busy again as it was: grow steadily beyond what fitted then.
        most = fitting if logs else max(self.width, fitting) + fitting
        return _Window(min(self.width * 2, most, _WIDEST_WINDOW), min(fitting, _WIDEST_WINDOW))


class RpcLogReader:
    """Reads `eth_getLogs` in windows of blocks that adapt to what the node gives at once.

    Args:
        request: how to reach the node.
        contract: address of the ledger contract, hexadecimal.
        since: number of the block that deployed it; nothing before is asked for.
        window: blocks of the first request.
    """

    def __init__(
        self, request: RpcRequest, contract: str, since: int = 0, window: int = 16
    ) -> None:
        self._request = request
        self._contract = contract
        self._since = since
        self._window = window

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        """Yield every batch that holds a record of index >= `first`, in order.

        Raises:
            NodeUnreachable: no answer.
            LedgerError: the node refuses, or a block's events are not those of a ledger.
        """
        head = self._head()
        start = self._since
        if first:
            start = _bisect(first, self._since, head, self._first_index_from)
        return assemble(self._events(start, head, [[_hex(RECORDED), _hex(CHECKPOINT)]]), first)

    def by_subject(self, subject: bytes) -> Iterator[LoggedLeaf]:
        """Yield every entry of one 32-byte subject, in order."""
        found = self._events(self._since, self._head(), [_hex(RECORDED), _hex(subject)])
        for number, entries in groupby(found, key=attrgetter("block")):
            checkpoints = self._events(number, number, [_hex(CHECKPOINT)])
            yield from locate(subject, sorted([*entries, *checkpoints]))

    def _first_index_from(self, start: int, stop: int) -> int | None:
        checkpoints = self._events(start, stop, [_hex(CHECKPOINT)])
        return next((int.from_bytes(each.topic) for each in checkpoints), None)

    def _events(self, start: int, end: int, topics: Sequence[object]) -> Iterator[Event]:
        window = _Window(self._window)
        while start <= end:
            stop = min(start + window.width - 1, end)
            try:
                logs = self._get_logs(start, stop, topics)
            except LedgerError as error:
                if stop == start or (error.retryable and not self._is_there()):
                    raise
                half = (stop - start + 1) // 2
                window = _Window(half, min(window.fitting, half))
                continue
            yield from logs
            window = window.after(stop - start + 1, len(logs))
            start = stop + 1

    def _is_there(self) -> bool:
        """Ask for the least there is: a node that answers found a window too wide to do in time."""
        try:
            self._head()
        except LedgerError:
            return False
        return True

    def _get_logs(self, start: int, stop: int, topics: Sequence[object]) -> list[Event]:
        query = {
            "address": self._contract,
            "fromBlock": hex(start),
            "toBlock": hex(stop),
            "topics": topics,
        }
        return [
            Event(
                int(log["blockNumber"], 16),
                int(log["logIndex"], 16),
                bytes.fromhex(log["topics"][0][2:]),
                bytes.fromhex(log["topics"][1][2:]),
                bytes.fromhex(log["data"][2:]),
            )
            for log in self._ask("eth_getLogs", [query])
        ]

    def _head(self) -> int:
        return int(self._ask("eth_blockNumber", []), 16)

    def _ask(self, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401 — JSON
        try:
            response = self._request(method, parameters)
        except (OSError, ValueError, Web3Exception) as error:
            raise unreachable(f"The node did not answer {method}", error) from None
        if response.get("result") is None:
            message = response.get("error", {}).get("message", "no result")
            raise LedgerError(f"The node refused {method}: {message}")
        return response["result"]


def _bisect(
    first: int, start: int, head: int, first_index_from: Callable[[int, int], int | None]
) -> int:
    """Return the last block that begins at or before index `first`; `start` where none does.

    `first_index_from` returns where the first checkpoint of a range of blocks begins.
    """
    low, high = start, head
    while low < high:
        middle = (low + high + 1) // 2
        begins = first_index_from(middle, high)
        if begins is not None and begins <= first:
            low = middle
        else:
            high = middle - 1
    return low


def _hex(word: bytes) -> str:
    return "0x" + word.hex()
