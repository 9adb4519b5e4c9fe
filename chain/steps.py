"""The numbered steps of verifying a file, each with the name of its error.

Numbers and names are those of docs/proof-format.md; another verifier says the same ones.
"""

from typing import Final, NamedTuple


class Step(NamedTuple):
    """One step.

    Attributes:
        number: its place in the order, from 1.
        name: of the error, where it fails; never changes.
        title: what it checks, for people.
    """

    number: int
    name: str
    title: str


def _numbered(*steps: tuple[str, str]) -> dict[int, Step]:
    return {number: Step(number, *step) for number, step in enumerate(steps, start=1)}


PARSE: Final = Step(1, "parse", "parse")
"""The first step of every kind of file, taken before the kind is known."""

STEPS: Final = _numbered(
    PARSE[1:],
    ("canonical", "canonical bytes"),
    ("commitment", "commitment"),
    ("subject", "subject"),
    ("leaf", "leaf"),
    ("inclusion", "inclusion path to the root"),
    ("checkpoint", "root is the ledger's"),
    ("ledger", "chain id, genesis, contract"),
)
"""Steps of a proof of records, by number."""

CONSISTENCY_STEPS: Final = _numbered(
    PARSE[1:],
    ("path", "sizes and length of the path"),
    ("older", "path leads to the older root"),
    ("newer", "path leads to the newer root"),
    ("older_checkpoint", "older root is the ledger's"),
    ("newer_checkpoint", "newer root is the ledger's"),
    ("ledger", "chain id, genesis, contract"),
)
"""Steps of a proof of consistency, by number."""
