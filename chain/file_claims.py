"""The values of a file that only a source outside it can confirm."""

from dataclasses import dataclass

from chain import consistency, proof
from chain.consistency import ConsistencyProof
from chain.document import fault, parsed
from chain.ports import Checkpoint, LedgerIdentity
from chain.proof import Proof
from chain.steps import CONSISTENCY_STEPS, STEPS, Step

Document = Proof | ConsistencyProof
"""A parsed file of either kind."""


@dataclass(frozen=True, slots=True)
class FileClaim:
    """One such value.

    Attributes:
        step: which compares it.
        name: its member of `chain.verification.Expected`.
        value: what the file says.
        label: what it is, for people.
        advice: how to have it compared.
    """

    step: Step
    name: str
    value: int | str | bytes
    label: str
    advice: str


@dataclass(frozen=True, slots=True)
class ClaimedCheckpoint:
    """A checkpoint that a file claims to be the ledger's, and where its two values are expected."""

    step: Step
    checkpoint: Checkpoint
    root_name: str
    size_name: str


def load_document(text: str) -> Document:
    """Read a file of either kind.

    Raises:
        VerificationError: of step 1, naming the place that is wrong.
    """
    file = parsed(text)
    if "format" not in file:
        raise fault("the file", "lacks format")
    if file["format"] == consistency.FORMAT:
        return consistency.read(file)
    if file["format"] == proof.FORMAT:
        return proof.read(file)
    raise fault("format", f'is neither "{proof.FORMAT}" nor "{consistency.FORMAT}"')


def steps_of(document: Document) -> dict[int, Step]:
    """Return the steps of verifying a file of this kind, by number."""
    return STEPS if isinstance(document, Proof) else CONSISTENCY_STEPS


def checkpoints_of(document: Document) -> tuple[ClaimedCheckpoint, ...]:
    """Return the checkpoints of a file, in the order of their steps."""
    if isinstance(document, Proof):
        return (ClaimedCheckpoint(STEPS[7], document.checkpoint, "root", "size"),)
    return (
        ClaimedCheckpoint(CONSISTENCY_STEPS[5], document.older, "older_root", "older_size"),
        ClaimedCheckpoint(CONSISTENCY_STEPS[6], document.newer, "root", "size"),
    )


def claims_of(document: Document) -> tuple[FileClaim, ...]:
    """Return every such value of a file, in the order in which they are compared."""
    last = steps_of(document)[max(steps_of(document))]
    compared = [
        claim
        for claimed in checkpoints_of(document)
        for claim in (_root_claim(claimed), _size_claim(claimed))
    ]
    return (*compared, *_ledger_claims(last, document.ledger))


def is_decisive(claim: FileClaim) -> bool:
    """Tell whether a file that was not compared with this value proves nothing.

    A contract's checkpoint binds its chain; chain id and genesis only say which one it is.
    """
    return claim.name not in {"chain_id", "genesis"}


def _root_claim(claimed: ClaimedCheckpoint) -> FileClaim:
    label = claimed.root_name.replace("_", " ")
    option = "--" + claimed.root_name.replace("_", "-")
    advice = f"compare this root with the ledger's: {option} or --node"
    return FileClaim(claimed.step, claimed.root_name, claimed.checkpoint.root, label, advice)


def _size_claim(claimed: ClaimedCheckpoint) -> FileClaim:
    label = claimed.size_name.replace("_", " ")
    option = "--" + claimed.size_name.replace("_", "-")
    advice = f"compare the number of records below the root: {option} or --node"
    return FileClaim(claimed.step, claimed.size_name, claimed.checkpoint.size, label, advice)


def _ledger_claims(step: Step, ledger: LedgerIdentity) -> tuple[FileClaim, ...]:
    return (
        FileClaim(
            step,
            "chain_id",
            ledger.chain_id,
            "chain id",
            "compare it with the chain's: --chain-id or --node",
        ),
        FileClaim(
            step,
            "genesis",
            ledger.genesis,
            "genesis hash",
            "compare it with the chain's block 0: --genesis or --node",
        ),
        FileClaim(
            step,
            "contract",
            ledger.contract,
            "contract",
            "compare it with the address published: --contract",
        ),
    )
