"""A small log with every kind of subject, whose salts and keys anyone can derive again."""

from hashlib import sha256
from itertools import islice

from chain.canonical import canonical_bytes, commitment, link, public_subject
from chain.consistency import ConsistencyProof
from chain.merkle import Tree, consistency_path, inclusion_path, leaf_hash
from chain.ports import Checkpoint, LedgerIdentity
from chain.proof import Proof, ProvenRecord
from chain.verification import Expected
from tests.chain.trees import Log

IDENTITY = LedgerIdentity(
    chain_id=1337,
    genesis=sha256(b"genesis").digest(),
    contract="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
)
OTHER_CONTRACT = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
PREMISES_KEY = sha256(b"key of the premises").digest()
TAG = {"kind": "animal", "scheme": "iso11784", "value": "598000000000001"}


def salt_of(index):
    return sha256(b"salt %d" % index).digest()


def _animal(number):
    return {**TAG, "value": str(598000000000000 + number)}


def _premises(index):
    return {
        "kind": "premises",
        "id": "3f0c9f4e-6a53-4a0b-9f53-0d7c1f0b8a11",
        "link": link(salt_of(index), PREMISES_KEY),
    }


_MOB = {"kind": "mob", "scheme": "bilum-mob", "value": "M-42"}
_RECORDS = (
    ({"type": "birth", "subjects": [_animal(1)]}, (0,)),
    ({"type": "arrive", "head": 12, "subjects": [_animal(1), _MOB, _premises(3)]}, (1, 2, 3)),
    ({"type": "weight", "kilograms": 42.5, "subjects": [_animal(1)]}, (4,)),
    ({"type": "check", "subjects": [_animal(2), _premises(6)]}, (5, 6)),
)


def _key(subject):
    return (
        public_subject(subject["scheme"], subject["value"]) if "scheme" in subject else PREMISES_KEY
    )


def _leaves():
    for record, indexes in _RECORDS:
        for position, index in enumerate(indexes):
            yield index, position, record, _key(record["subjects"][position])


def _grown(size):
    """The tree over the first leaves, and its nodes."""
    tree, nodes = Tree(), {}
    for index, _, record, key in islice(_leaves(), size):
        committed = commitment(salt_of(index), canonical_bytes(record))
        hashed = leaf_hash(key + committed)
        nodes[(0, index)] = hashed
        nodes.update(tree.append(hashed))
    return tree, lambda keys: {key: nodes[key] for key in keys}


def make_proof():
    """Seven leaves; proven are 0 (public, left edge), 3 (secret) and 6 (secret, right edge)."""
    tree, read = _grown(7)
    records = tuple(
        ProvenRecord(
            index=index,
            subject=key,
            salt=salt_of(index),
            position=position,
            content=canonical_bytes(record),
            path=tuple(inclusion_path(index, tree.size, read)),
        )
        for index, position, record, key in _leaves()
        if index in {0, 3, 6}
    )
    return Proof(IDENTITY, Checkpoint(tree.size, tree.root), records)


def make_consistency(old=3, new=7):
    """That the tree over `new` leaves begins with the one over `old`; up to 7, they are those of
    `make_proof`.
    """
    log = Log(new)
    older, newer = (Log(old).tree, log.tree) if new > 7 else (_grown(old)[0], _grown(new)[0])
    read = log.read if new > 7 else _grown(new)[1]
    path = tuple(consistency_path(old, new, read))
    return ConsistencyProof(
        IDENTITY, Checkpoint(old, older.root), Checkpoint(new, newer.root), path
    )


def expected_of_consistency(proof):
    """Everything that a verifier can know."""
    return Expected(
        root=proof.newer.root,
        size=proof.newer.size,
        chain_id=proof.ledger.chain_id,
        genesis=proof.ledger.genesis,
        contract=proof.ledger.contract,
        older_root=proof.older.root,
        older_size=proof.older.size,
    )


def expected_of(proof):
    """Everything that a verifier can know."""
    return Expected(
        root=proof.checkpoint.root,
        size=proof.checkpoint.size,
        chain_id=proof.ledger.chain_id,
        genesis=proof.ledger.genesis,
        contract=proof.ledger.contract,
    )
