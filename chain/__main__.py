"""`python -m chain verify FILE`: the auditor's command.

It needs the file, and a checkpoint root from the ledger: given by hand or read from a node. Exit
status 0: all that was checked is right; 1: a step failed; 2: it could not be checked.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chain.errors import ChainError, NoContract, VerificationError
from chain.proof import load
from chain.verification import STEPS, Expected, ledger_steps, record_steps

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence

    from chain.ports import LedgerClient
    from chain.proof import Proof

EXIT_RIGHT: Final = 0
EXIT_WRONG: Final = 1
EXIT_UNCHECKED: Final = 2


@dataclass(frozen=True, slots=True)
class _Claim:
    """A value of the proof that only a source outside it can confirm."""

    step: int
    name: str
    advice: str


_CLAIMS: Final = {
    "root": _Claim(7, "root", "compare this root with the ledger's: --root or --node"),
    "size": _Claim(7, "size", "compare the number of records below the root: --size or --node"),
    "chain_id": _Claim(8, "chain id", "compare it with the chain's: --chain-id or --node"),
    "genesis": _Claim(
        8, "genesis hash", "compare it with the chain's block 0: --genesis or --node"
    ),
    "contract": _Claim(8, "contract", "compare it with the address published: --contract"),
}


def main(
    argv: Sequence[str] | None = None,
    *,
    expected: Expected | None = None,
    ask: Callable[[Proof], Expected] | None = None,
) -> int:
    """Run the command and return its exit status.

    Args:
        argv: arguments, by default those of the process.
        expected: what the caller knows of the ledger; joined with what the arguments tell.
        ask: asks a ledger that the caller trusts about the parsed proof; see `read_ledger`.

    Raises:
        SystemExit: with status 2 on wrong usage.
    """
    options = _parser().parse_args(argv)
    try:
        text = options.file.read_text(encoding="utf-8")
    except OSError as error:
        _complain(f"cannot read the file: {error.strerror}")
        return EXIT_UNCHECKED
    except UnicodeDecodeError:
        _say("step 1 failed: The file is not UTF-8.")
        return EXIT_WRONG
    try:
        _verify(text, options, expected or Expected(), ask)
    except VerificationError as error:
        _say(f"step {error.step} failed: {error.detail}")
        return EXIT_WRONG
    except ChainError as error:
        _complain(f"cannot ask the node: {error.detail}")
        return EXIT_UNCHECKED
    return EXIT_RIGHT


def _verify(
    text: str, options: Namespace, known: Expected, ask: Callable[[Proof], Expected] | None
) -> None:
    proof = load(text)
    _passed(1)
    for step in record_steps(proof.records, proof.checkpoint):
        _passed(step)
    expected = _joined(known, _given(options))
    if ask is not None:
        expected = _joined(expected, ask(proof))
    if options.node is not None:
        expected = _joined(expected, _read_from_node(options.node, proof))
    for step in ledger_steps(proof, expected):
        _passed(step, sum(1 for _ in _unchecked(step, expected)))
    _summary(proof, expected)


def _given(options: Namespace) -> Expected:
    return Expected(
        root=options.root,
        size=options.size,
        chain_id=options.chain_id,
        genesis=options.genesis,
        contract=options.contract,
    )


def _read_from_node(url: str, proof: Proof) -> Expected:
    """Ask a node about the contract that the proof names: which one to trust it cannot say."""
    # Loading the chain's libraries takes a second, and without a node none is needed.
    from chain.ledger import Ledger, http_provider  # noqa: PLC0415

    told = read_ledger(Ledger(http_provider(url), proof.ledger.contract), proof)
    return replace(told, contract=None)


def read_ledger(ledger: LedgerClient, proof: Proof) -> Expected:
    """Read from a ledger what it holds at the proof's size, and which ledger it is.

    Raises:
        VerificationError: no contract (8), or no checkpoint over so many records (7).
        LedgerError: the node does not answer.
    """
    try:
        identity = ledger.identity()
    except NoContract as error:
        raise VerificationError(8, error.detail) from error
    size = proof.checkpoint.size
    root = ledger.root_at(size)
    if root is None:
        raise VerificationError(7, f"The ledger has no checkpoint over {size} records.")
    return Expected(root, size, identity.chain_id, identity.genesis, identity.contract)


def _joined(known: Expected, more: Expected) -> Expected:
    """Return both together.

    Raises:
        VerificationError: they contradict each other, so at least one source is not to be trusted.
    """
    for name, claim in _CLAIMS.items():
        one, other = _comparable(known, name), _comparable(more, name)
        if one is not None and other is not None and one != other:
            raise VerificationError(claim.step, f"Two sources disagree about the {claim.name}.")
    values = {field.name: getattr(more, field.name) for field in fields(more)}
    return replace(known, **{name: value for name, value in values.items() if value is not None})


def _comparable(expected: Expected, name: str) -> object:
    value = getattr(expected, name)
    return value.lower() if isinstance(value, str) else value


def _unchecked(step: int, expected: Expected) -> Iterator[str]:
    for name, claim in _CLAIMS.items():
        if claim.step == step and getattr(expected, name) is None:
            yield name


def _passed(step: int, unchecked: int = 0) -> None:
    claims = sum(claim.step == step for claim in _CLAIMS.values())
    verdict = "ok" if unchecked == 0 else "NOT CHECKED" if unchecked == claims else "ok in part"
    _say(f"{step} {STEPS[step]} ... {verdict}")


def _summary(proof: Proof, expected: Expected) -> None:
    values = {
        "root": proof.checkpoint.root.hex(),
        "size": proof.checkpoint.size,
        "chain_id": proof.ledger.chain_id,
        "genesis": "0x" + proof.ledger.genesis.hex(),
        "contract": proof.ledger.contract,
    }
    names = [*_unchecked(7, expected), *_unchecked(8, expected)]
    for name in names:
        claim = _CLAIMS[name]
        _say(f"not checked: {claim.name} {values[name]}: {claim.advice}")
    _say(
        f"{len(proof.records)} record(s) proven against a checkpoint over {proof.checkpoint.size}"
        + (", if the values above are the ledger's" if names else "")
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m chain", description="Check proofs of the ledger.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check a proof file", description=__doc__)
    verify.add_argument("file", metavar="FILE", type=Path)
    verify.add_argument("--root", metavar="HEX", type=_hash, help="the ledger's root")
    verify.add_argument("--size", metavar="N", type=_count, help="records below that root")
    verify.add_argument("--node", metavar="URL", help="read root, chain id and genesis from a node")
    verify.add_argument("--chain-id", metavar="N", type=_count, help="the EIP-155 chain id")
    verify.add_argument("--genesis", metavar="HEX", type=_hash, help="hash of block 0")
    verify.add_argument(
        "--contract", metavar="ADDRESS", type=_address, help="the ledger's contract"
    )
    return parser


def _hash(text: str) -> bytes:
    digits = text.lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ArgumentTypeError("expected 64 hexadecimal digits")
    return bytes.fromhex(digits)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise ArgumentTypeError("expected a whole number")
    return int(text)


def _address(text: str) -> str:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise ArgumentTypeError("expected 0x and 40 hexadecimal digits")
    return text


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
