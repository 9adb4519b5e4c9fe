from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies
from web3 import HTTPProvider, Web3

from chain.embedded import EmbeddedChain
from chain.errors import LedgerError, NodeUnreachable
from chain.events import CHECKPOINT, RECORDED, Event, assemble, locate
from chain.ledger import Ledger, deploy, http_provider
from chain.logs import ReceiptLogReader, RpcLogReader
from chain.ports import LoggedBatch, LoggedLeaf
from tests.anvil import RICH_SIGNER, running_anvil
from tests.chain.scene import batches, leaf, record

SIZES = [3, 1, 4, 2, 5]
TOTAL = sum(SIZES)


def subject_of(number):
    """Subjects 0, 1 and 2 in turn: each is in most of the batches."""
    return number % 3


MADE = batches(SIZES, subject_of)


def events(made, block=1, position=0):
    """Write batches as the contract does, one block each."""
    written = []
    for block_number, batch in enumerate(made, block):
        for place, (subject, commitment) in enumerate(batch.leaves, position):
            written.append(Event(block_number, place, RECORDED, subject, commitment))
        last = position + len(batch.leaves)
        data = batch.size.to_bytes(32) + batch.root
        written.append(Event(block_number, last, CHECKPOINT, batch.first.to_bytes(32), data))
    return written


def logged(made, block=1):
    return [
        LoggedBatch(batch.first, batch.leaves, batch.root, number)
        for number, batch in enumerate(made, block)
    ]


def plain_json(value):
    """Write what eth-tester answers as nodes do: numbers in hexadecimal."""
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, dict):
        return {key: plain_json(item) for key, item in value.items()}
    return hex(value) if isinstance(value, int) else value


class Node:
    """JSON-RPC onto an embedded chain, with a limit to what it gives at once."""

    def __init__(self, chain, most_logs=10_000, most_blocks=10_000):
        web3 = Web3(chain.provider, middleware=[])
        self._ask = chain.provider.request_func(web3, web3.middleware_onion)
        self._most_logs, self._most_blocks = most_logs, most_blocks
        self.ranges = []

    def __call__(self, method, parameters):
        if method == "eth_getLogs":
            first, last = (int(parameters[0][name], 16) for name in ("fromBlock", "toBlock"))
            self.ranges.append((first, last))
            if last - first >= self._most_blocks:
                return {"error": {"code": -32005, "message": "block range is too wide"}}
        answer = plain_json(self._ask(method, parameters))
        if method == "eth_getLogs" and len(answer["result"]) > self._most_logs:
            return {"error": {"code": -32005, "message": "query returned more than 10 results"}}
        return answer


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "chain.db"
    with EmbeddedChain.open(path, write=True) as chain:
        record(chain.ledger, [*MADE[:2], MADE[0], *MADE[2:]])  # the third reverts, block 4
        yield chain


@pytest.fixture(params=["receipts", "rpc", "rpc of a narrow node"])
def reader(request, chain):
    if request.param == "receipts":
        return ReceiptLogReader(chain, chain.contract)
    limits = {} if request.param == "rpc" else {"most_logs": 6, "most_blocks": 3}
    return RpcLogReader(Node(chain, **limits), chain.contract)


ON_CHAIN = [*logged(MADE[:2], block=2), *logged(MADE[2:], block=5)]


def test_batches__whole_log__is_what_was_recorded(reader):
    assert list(reader.batches()) == ON_CHAIN


@pytest.mark.parametrize("first", range(TOTAL + 2))
def test_batches__from_an_index__begins_with_the_batch_that_holds_it(reader, first):
    expected = [batch for batch in ON_CHAIN if batch.first + len(batch.leaves) > first]
    assert list(reader.batches(first)) == expected


def test_by_subject__in_several_batches__gives_each_index(reader):
    for subject in range(3):
        numbers = range(subject, TOTAL, 3)
        found = list(reader.by_subject(leaf(0, subject).subject))
        assert [each.index for each in found] == list(numbers)
        assert [each.leaf for each in found] == [leaf(number, subject) for number in numbers]


def test_by_subject__nobody_s__is_empty(reader):
    assert list(reader.by_subject(bytes(32))) == []


def test_batches__node_gives_little_at_once__asks_for_less(chain):
    node = Node(chain, most_blocks=3)
    list(RpcLogReader(node, chain.contract, since=1, window=16).batches())
    widths = [last - first + 1 for first, last in node.ranges]
    assert node.ranges[0][0] == 1
    assert max(widths[:2]) > 3
    assert widths[-1] <= 3


def test_batches__node_refuses_a_single_block__says_why(chain):
    node = Node(chain, most_logs=2)
    with pytest.raises(LedgerError, match="query returned more"):
        list(RpcLogReader(node, chain.contract).batches())


@pytest.mark.parametrize(
    "error", [ConnectionError("https://node/key"), TimeoutError(), ValueError()]
)
def test_batches__no_answer__is_retryable_and_tells_no_address(error):
    def request(_method, _parameters):
        raise error

    with pytest.raises(NodeUnreachable) as caught:
        list(RpcLogReader(request, "0x00").batches())
    assert "node/key" not in str(caught.value)
    assert caught.value.__cause__ is None


class Timed:
    """A node with a batch of so many records in each block of `busy`, which has a time-out.

    Attributes:
        gone: whether it answers nothing at all.
        lost: how many requests took longer than the time-out.
    """

    def __init__(self, busy, head, records=500, most=20_000):
        self._busy, self._head, self._records, self._most = busy, head, records, most
        self.gone, self.lost, self.asked = False, 0, []

    def __call__(self, method, parameters):
        if self.gone:
            raise TimeoutError
        if method == "eth_blockNumber":
            return {"result": hex(self._head)}
        first, last = (int(parameters[0][name], 16) for name in ("fromBlock", "toBlock"))
        self.asked.append(last - first + 1)
        blocks = [number for number in self._busy if first <= number <= last]
        if len(blocks) * (self._records + 1) > self._most:
            self.lost += 1
            raise TimeoutError
        kinds = parameters[0]["topics"][0]
        logs = [log for number in blocks for log in self._logs(number)]
        return {"result": [log for log in logs if log["topics"][0] in kinds]}

    def _logs(self, number):
        first = self._busy.index(number) * self._records
        for place in range(self._records):
            yield self._log(number, place, (RECORDED, bytes(32)), bytes(32))
        data = (first + self._records).to_bytes(32) + bytes(32)
        yield self._log(number, self._records, (CHECKPOINT, first.to_bytes(32)), data)

    def _log(self, number, place, topics, data):
        return {
            "blockNumber": hex(number),
            "logIndex": hex(place),
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + data.hex(),
        }


def read(node):
    return len(list(RpcLogReader(node, "0x00").batches()))


@pytest.mark.slow
def test_batches__busy_after_a_quiet_year__asks_for_less_where_the_node_takes_too_long():
    node = Timed(range(70_000, 70_300), 70_400)
    assert read(node) == 300
    assert 0 < node.lost < 16


@pytest.mark.slow
def test_batches__quiet_nights__takes_no_day_for_one():
    days = [block for day in range(0, 40_000, 8_000) for block in range(day, day + 40)]
    node = Timed(days, 40_000, most=200_000)
    assert read(node) == len(days)
    assert node.lost == 0
    assert len(node.asked) < 300


def test_batches__quiet_for_good_after_a_busy_day__goes_faster_and_faster():
    node = Timed(range(40), 2_000_000)
    assert read(node) == 40
    assert len(node.asked) < 800


def test_batches__newest_of_a_long_log__is_found_without_reading_all_before():
    node = Timed(range(0, 400_000, 100), 400_000, records=3)
    newest = next(RpcLogReader(node, "0x00").batches(4_000 * 3 - 1))
    assert newest.block_number == 399_900
    assert sum(node.asked) < 4_000


def test_batches__a_block_that_takes_too_long__is_unreachable():
    node = Timed([50], 100, most=400)
    with pytest.raises(NodeUnreachable, match="eth_getLogs"):
        read(node)
    assert node.asked[-1] == 1


def test_batches__node_that_goes__is_not_asked_for_less_and_less():
    node = Timed(range(40), 100)
    batches = RpcLogReader(node, "0x00").batches()
    next(batches)
    node.gone, asked = True, len(node.asked)
    with pytest.raises(NodeUnreachable):
        list(batches)
    assert len(node.asked) == asked


@pytest.mark.parametrize("index", range(TOTAL + len(SIZES) - 1))
def test_assemble__one_event_missing__names_the_block_where_it_shows(index):
    written = events(MADE)
    gone = written.pop(index)
    block = gone.block + (gone.kind == CHECKPOINT)
    with pytest.raises(LedgerError, match=f"Block {block}: . entries where the checkpoint has"):
        list(assemble(written, 0))


def test_assemble__last_checkpoint_missing__is_noticed():
    with pytest.raises(LedgerError, match="ends with 5 entries"):
        list(assemble(events(MADE)[:-1], 0))


def test_assemble__batch_missing__names_the_block_after_it():
    with pytest.raises(LedgerError, match="Block 3 goes on at index 4 where 3 was due"):
        list(assemble(events([MADE[0]]) + events([MADE[2]], block=3), 0))


def test_assemble__first_batch_missing__is_noticed():
    with pytest.raises(LedgerError, match="Block 2 goes on at index 3 where 0 was due"):
        list(assemble(events(MADE)[4:], 0))


def test_assemble__data_of_the_wrong_length__is_refused():
    for index in (0, 3):
        written = events(MADE)
        written[index] = written[index]._replace(data=written[index].data + b"\0")
        with pytest.raises(LedgerError, match="Block 1 has an event of the wrong length"):
            list(assemble(written, 0))


@given(
    sizes=strategies.lists(strategies.integers(1, 5), max_size=6),
    position=strategies.integers(0, 9),
)
def test_locate__any_batches__agrees_with_assemble(sizes, position):
    made = batches(sizes, subject_of)
    whole = [each for batch in made for each in batch.leaves]
    for block, batch in enumerate(made, 1):
        written = events([batch], block, position)
        for subject in {each.subject for each in batch.leaves}:
            expected = [
                LoggedLeaf(index, whole[index], block)
                for index in range(batch.first, batch.size)
                if whole[index].subject == subject
            ]
            assert list(locate(subject, written)) == expected


def test_locate__no_checkpoint_after_it__is_refused():
    with pytest.raises(LedgerError, match="Block 1"):
        list(locate(MADE[0].leaves[0].subject, events(MADE)[:3]))


@pytest.mark.anvil
def test_rpc_reader__on_a_node__agrees_with_what_was_recorded():
    with running_anvil() as url:
        provider = http_provider(url)
        ledger = Ledger(provider, deploy(provider, RICH_SIGNER), RICH_SIGNER)
        record(ledger, MADE)
        logs = RpcLogReader(HTTPProvider(url).make_request, ledger.address)
        assert [replace(each, block_number=0) for each in logs.batches()] == [
            replace(each, block_number=0) for each in logged(MADE)
        ]
        for first in range(TOTAL + 1):
            found = list(logs.batches(first))
            assert [each.first for each in found] == [
                batch.first for batch in MADE if batch.size > first
            ]
        subject = leaf(0, 1).subject
        assert [each.index for each in logs.by_subject(subject)] == list(range(1, TOTAL, 3))
