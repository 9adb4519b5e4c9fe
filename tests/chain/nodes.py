"""A node that answers from memory, and the list of entries that it has of a file's records."""

from collections import defaultdict
from types import SimpleNamespace

from chain.canonical import commitment
from chain.ports import Leaf, LoggedLeaf


class FakeLedger:
    """What the contract tells: which ledger it is, and its roots by size."""

    def __init__(self, identity, roots):
        self._identity, self._roots = identity, roots

    def identity(self):
        return self._identity

    def root_at(self, size):
        return self._roots.get(size, bytes(32))


class FakeNode:
    """The ledger and the lists of a node, which a test may change, and what was opened there."""

    def __init__(self, proof):
        self.serve(proof)
        self.opened = []

    def serve(self, proof):
        """Have what a file claims, and no entry of its subjects but its records."""
        self.ledger = FakeLedger(proof.ledger, {proof.checkpoint.size: proof.checkpoint.root})
        self.lists = defaultdict(list)
        for one in proof.records:
            leaf = Leaf(one.subject, commitment(one.salt, one.content))
            self.lists[one.subject].append(LoggedLeaf(one.index, leaf, 1))

    def open_ledger(self, url, address):
        self.opened.append((url, address))
        return self.ledger

    def open_logs(self, url, address):
        self.opened.append((url, address))
        return SimpleNamespace(by_subject=lambda subject: iter(self.lists[subject]))
