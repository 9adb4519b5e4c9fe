from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import traceback
from itertools import count

import pytest
from web3 import Web3

from chain.embedded import EmbeddedChain
from chain.errors import ChainLocked, NodeUnreachable, NoSigner, NotRecorder
from chain.logs import ReceiptLogReader
from chain.ports import SignedTransaction
from chain.recorder import Recorder
from chain.signer import LocalSigner
from tests.chain.scene import Clock, batches, leaf, logged_leaves, record, settings
from tests.fakes.recorder_store import MemoryRecorderStore
from tests.support.environment import KILL_STEP
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def fresh_chain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh")
    with EmbeddedChain.open(folder / "chain.db", write=True):
        pass
    return folder


@pytest.fixture
def path(fresh_chain, tmp_path):
    shutil.copytree(fresh_chain, tmp_path / "chain")
    return tmp_path / "chain" / "chain.db"


def block_hashes(chain):
    blocks = Web3(chain.provider).eth
    return [blocks.get_block(number)["hash"] for number in range(chain.head() + 1)]


def assert_holds(path, sizes):
    with EmbeddedChain.open(path, write=False) as chain:
        leaves = logged_leaves(ReceiptLogReader(chain, chain.contract))
        assert leaves == [leaf(number) for number in range(sum(sizes))]
        assert chain.ledger.size() == len(leaves)
        assert chain.head() == 1 + len(sizes)


@pytest.mark.slow
def test_import__of_the_chain__leaves_python_s_recursion_limit():
    code = "import sys, chain.{}; print(sys.getrecursionlimit(), 'eth' in sys.modules)"
    for module in ("evm", "ledger"):
        command = [sys.executable, "-c", code.format(module)]
        assert subprocess.check_output(command, text=True, cwd=ROOT) == "1000 True\n"


def test_open__first_time_for_writing__makes_a_chain_with_an_empty_ledger(path):
    with EmbeddedChain.open(path, write=True) as chain:
        assert (chain.ledger.size(), chain.head()) == (0, 1)
        assert chain.ledger.identity().contract == chain.contract


def test_open__two_chains__have_different_identities(path, tmp_path):
    with (
        EmbeddedChain.open(path, write=False) as one,
        EmbeddedChain.open(tmp_path / "other" / "chain.db", write=True) as other,
    ):
        ours, theirs = one.ledger.identity(), other.ledger.identity()
    assert ours.genesis != theirs.genesis
    assert ours.chain_id != theirs.chain_id


def test_open__again__has_the_same_blocks_and_goes_on(path):
    made = batches([3, 2])
    with EmbeddedChain.open(path, write=True) as chain:
        record(chain.ledger, made[:1])
        before = block_hashes(chain)
        identity = chain.ledger.identity()
    with EmbeddedChain.open(path, write=True) as chain:
        assert block_hashes(chain) == before
        assert chain.ledger.identity() == identity
        record(chain.ledger, made[1:])
        assert chain.ledger.root_at(5) == made[1].root
    assert_holds(path, [3, 2])


def test_open__clock_given__stamps_genesis_and_blocks_in_order(tmp_path):
    moments = iter([1_000, 1_000, 900, *range(2_000, 2_100)])
    with EmbeddedChain.open(
        tmp_path / "chain.db", write=True, clock=lambda: next(moments)
    ) as chain:
        record(chain.ledger, batches([1]))
        blocks = Web3(chain.provider).eth
        times = [blocks.get_block(number)["timestamp"] for number in range(3)]
    assert times[0] == 1_000
    assert times == sorted(set(times))


def test_open__second_writer__is_locked_out_and_told_by_which_file(path):
    with (
        EmbeddedChain.open(path, write=True),
        pytest.raises(ChainLocked, match=r"chain\.db\.lock"),
        EmbeddedChain.open(path, write=True),
    ):
        pass
    with EmbeddedChain.open(path, write=True) as chain:
        assert chain.head() == 1


def test_open__for_reading_where_there_is_none__says_so(tmp_path):
    with (
        pytest.raises(NodeUnreachable, match="No embedded chain"),
        EmbeddedChain.open(tmp_path / "chain.db", write=False),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_open__for_reading__cannot_sign(path):
    with EmbeddedChain.open(path, write=False) as chain, pytest.raises(NoSigner):
        _ = chain.ledger.recorder


def test_open__own_key__is_private_and_kept(path):
    for name in ("signer.json", "signer.password"):
        assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600
    with EmbeddedChain.open(path, write=True) as chain:
        first = chain.ledger.recorder
    with EmbeddedChain.open(path, write=True) as chain:
        assert chain.ledger.recorder == first


def test_open__folder_for_the_key__keeps_it_there_and_an_older_one_beside_the_chain(tmp_path):
    for folder in (tmp_path / "new", tmp_path / "older"):
        folder.mkdir()
    (tmp_path / "new" / "signer").mkdir()
    first = {}
    for _ in range(2):
        for folder in (tmp_path / "new", tmp_path / "older"):
            with EmbeddedChain.open(folder / "chain.db", write=True) as chain:
                assert chain.ledger.recorder == first.setdefault(folder, chain.ledger.recorder)
        (tmp_path / "older" / "signer").mkdir(exist_ok=True)
    names = ["signer.json", "signer.password"]
    assert sorted(path.name for path in (tmp_path / "new" / "signer").iterdir()) == names
    assert [name for name in names if (tmp_path / "new" / name).exists()] == []
    assert [name for name in names if (tmp_path / "older" / name).exists()] == names
    assert list((tmp_path / "older" / "signer").iterdir()) == []


def test_open__another_key_beside_the_chain__is_not_taken_in_place_of_the_one_apart(tmp_path):
    (tmp_path / "signer").mkdir()
    with EmbeddedChain.open(tmp_path / "chain.db", write=True) as chain:
        recorder = chain.ledger.recorder
    (tmp_path / "signer.json").write_text("planted")
    with EmbeddedChain.open(tmp_path / "chain.db", write=True) as chain:
        assert chain.ledger.recorder == recorder


def test_open__password_of_own_key_is_gone__says_so(path):
    (path.parent / "signer.password").unlink()
    with pytest.raises(NoSigner), EmbeddedChain.open(path, write=True):
        pass


def test_open__key_given__is_the_recorder_and_another_one_is_not(tmp_path):
    with EmbeddedChain.open(
        tmp_path / "chain.db", write=True, signer=LocalSigner(b"\1" * 32)
    ) as chain:
        record(chain.ledger, batches([1]))
        assert chain.ledger.size() == 1
    with (
        EmbeddedChain.open(
            tmp_path / "chain.db", write=True, signer=LocalSigner(b"\2" * 32)
        ) as chain,
        pytest.raises(NotRecorder),
    ):
        chain.ledger.require_recordable(batches([1, 1])[1])
    assert not (tmp_path / "signer.json").exists()


def test_reader__while_another_writes__sees_each_block_once_it_is_there(path):
    with (
        EmbeddedChain.open(path, write=True) as writer,
        EmbeddedChain.open(path, write=False) as reader,
    ):
        ledger = reader.ledger
        for batch in batches([2, 1, 4]):
            record(writer.ledger, [batch])
            assert ledger.size() == batch.size
            assert ledger.root_at(batch.size) == batch.root
            assert reader.head() == writer.head()
        assert len(logged_leaves(ReceiptLogReader(reader, reader.contract))) == 7


def test_broadcast__same_bytes_twice__makes_one_block(path):
    with EmbeddedChain.open(path, write=True) as chain:
        [sent] = record(chain.ledger, batches([1]))
        chain.ledger.broadcast(sent)
        assert (chain.head(), chain.ledger.size()) == (2, 1)


def test_broadcast__other_bytes_with_a_used_nonce__changes_nothing(path):
    with EmbeddedChain.open(path, write=True) as chain:
        [sent] = record(chain.ledger, batches([1]))
        other = chain.ledger.sign_record(batches([1, 1])[1], sent.nonce)
        chain.ledger.broadcast(other)
        assert chain.ledger.inclusion(other) is None
        assert chain.head() == 2


def test_inclusion__recorded_and_reverted__agree_with_the_receipts(path):
    with EmbeddedChain.open(path, write=True) as chain:
        sent = record(chain.ledger, [batches([2])[0], batches([2])[0]])
        found = [chain.ledger.inclusion(transaction) for transaction in sent]
        assert [(each.block_number, each.succeeded) for each in found] == [(2, True), (3, False)]
        for transaction, each in zip(sent, found, strict=True):
            receipt = Web3(chain.provider).eth.get_transaction_receipt(transaction.hash)
            assert each.gas_used == receipt["gasUsed"]
            assert each.block_hash == receipt["blockHash"]
        unknown = SignedTransaction(sent[0].signer, 0, b"", bytes(32))
        assert chain.ledger.inclusion(unknown) is None


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """Passes calls on, and dies before or after one of them."""

    def __init__(self, wrapped, steps):
        self._wrapped = wrapped
        self._steps = steps

    def __getattr__(self, name):
        member = getattr(self._wrapped, name)
        if name not in {"make_batch", "save_signed", "move", "remember_identity", "broadcast"}:
            return member

        def call(*arguments):
            self._live()
            result = member(*arguments)
            self._live()
            return result

        return call

    def _live(self):
        if next(self._steps, None) is None:
            raise Killed


def recorder(store, chain, clock, steps):
    logs = ReceiptLogReader(chain, chain.contract)
    sizes = settings(batch_records=2, confirmations=1)
    return Recorder(Mortal(store, steps), Mortal(chain.ledger, steps), logs, sizes, clock)


def drain(path, store, clock, steps):
    with EmbeddedChain.open(path, write=True) as chain:
        recorder(store, chain, clock, steps).drain(wait=pytest.fail)


@pytest.mark.slow
def test_recorder__killed_at_each_commit_point__records_each_leaf_once(fresh_chain, tmp_path):
    for lifetime in count(1, KILL_STEP):
        path = tmp_path / str(lifetime) / "chain.db"
        shutil.copytree(fresh_chain, path.parent)
        clock = Clock()
        store = MemoryRecorderStore(clock)
        store.add(*map(leaf, range(5)))
        try:
            drain(path, store, clock, iter(range(lifetime)))
            killed = False
        except Killed:
            killed = True
            drain(path, store, clock, count())
        assert_holds(path, [2, 2, 1])
        assert store.records == [leaf(number) for number in range(5)]
        assert store.open_batches() == []
        if not killed:
            break
    assert lifetime > 30


@pytest.mark.slow
def test_recorder__killed_at_each_commit_point_again_and_again__still_ends(path):
    clock = Clock()
    store = MemoryRecorderStore(clock)
    store.add(*map(leaf, range(5)))
    for lifetime in count(1):
        try:
            drain(path, store, clock, iter(range(lifetime)))
            break
        except Killed:
            continue
    assert_holds(path, [2, 2, 1])


def in_child(work):
    """Run `work(tell)` in a forked process; return its pid and where it tells a byte at a time."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            work(lambda: os.write(writing, b"."))
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(0)
    os.close(writing)
    return pid, os.fdopen(reading, "rb", buffering=0)


@pytest.mark.slow
@pytest.mark.parametrize("told", range(1, 9))
def test_writer__killed_by_the_system__leaves_the_last_whole_block(path, told):
    made = batches([7] * 60)

    def write(tell):
        with EmbeddedChain.open(path, write=True) as chain:
            for batch in made:
                record(chain.ledger, [batch])
                tell()

    pid, pipe = in_child(write)
    with pipe:
        for _ in range(told):
            assert pipe.read(1) == b"."
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        told += len(pipe.read())
    with EmbeddedChain.open(path, write=True) as chain:
        blocks = chain.head() - 1
        assert told <= blocks <= told + 1
        record(chain.ledger, made[blocks : blocks + 1])
    assert_holds(path, [7] * (blocks + 1))


@pytest.mark.parametrize("kill_at", range(6))
def test_open__killed_while_it_makes_the_chain__is_finished_the_next_time(tmp_path, kill_at):
    """The commits are counted from the disk's side; the kill comes right before one of them."""
    path = tmp_path / "chain.db"

    def make(_):
        os.fsync = dying(os.fsync, kill_at)
        from chain.disk import Disk  # noqa: PLC0415 — patched in the child alone

        Disk.commit = dying(Disk.commit, kill_at - 2)
        with EmbeddedChain.open(path, write=True):
            pass

    pid, pipe = in_child(make)
    with pipe:
        pipe.read()
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) == (kill_at < 5)
    with EmbeddedChain.open(path, write=True) as chain:
        record(chain.ledger, batches([2]))
        assert chain.ledger.size() == 2


def dying(function, calls):
    left = iter(range(max(calls, 0))) if calls >= 0 else count()

    def call(*arguments, **facts):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **facts)

    return call


@pytest.mark.slow
def test_reader__in_another_process_while_this_one_writes__sees_only_whole_blocks(path):
    made = batches([3] * 20)
    roots = {batch.size: batch.root for batch in made}

    def read(tell):
        with EmbeddedChain.open(path, write=False) as chain:
            tell()
            ledger, seen = chain.ledger, 0
            while seen < 60:
                size = ledger.size()
                if size < seen or (size and ledger.root_at(size) != roots[size]):
                    return
                seen = size
            logged_leaves(ReceiptLogReader(chain, chain.contract))
            tell()

    pid, pipe = in_child(read)
    with pipe:
        assert pipe.read(1) == b"."
        with EmbeddedChain.open(path, write=True) as chain:
            record(chain.ledger, made)
        assert pipe.read(1) == b"."
    os.waitpid(pid, 0)
