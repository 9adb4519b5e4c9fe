"""A log in memory, and RFC 9162, section 2.1, word for word, to compare with."""

from hashlib import sha256

from chain.merkle import Tree, leaf_hash


class Log:
    """A log in memory; it counts how often and for how much it is asked."""

    def __init__(self, size):
        self.data = [b"leaf %d" % index for index in range(size)]
        self.hashes = [leaf_hash(data) for data in self.data]
        self.tree = Tree()
        self.nodes = {}
        self.reads = []
        for index, hashed in enumerate(self.hashes):
            self.nodes[(0, index)] = hashed
            self.nodes.update(self.tree.append(hashed))

    def read(self, keys):
        self.reads.append(list(keys))
        return {key: self.nodes[key] for key in keys}


LARGE = Log(1100)


def reference_root(hashes):
    # RFC 9162, section 2.1.1, word for word.
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = reference_split(len(hashes))
    return sha256(b"\x01" + reference_root(hashes[:k]) + reference_root(hashes[k:])).digest()


def reference_split(size):
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def reference_path(index, hashes):
    # RFC 9162, section 2.1.3.1.
    if len(hashes) == 1:
        return []
    k = reference_split(len(hashes))
    if index < k:
        return [*reference_path(index, hashes[:k]), reference_root(hashes[k:])]
    return [*reference_path(index - k, hashes[k:]), reference_root(hashes[:k])]


def reference_consistency(old, hashes, *, whole=True):
    # RFC 9162, section 2.1.4.1.
    if old == len(hashes):
        return [] if whole else [reference_root(hashes)]
    k = reference_split(len(hashes))
    if old <= k:
        below = reference_consistency(old, hashes[:k], whole=whole)
        return [*below, reference_root(hashes[k:])]
    below = reference_consistency(old - k, hashes[k:], whole=False)
    return [*below, reference_root(hashes[:k])]
