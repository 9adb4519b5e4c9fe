"""`python -m chain verify FILE`: the auditor's command.

It needs the file, a proof of records or of consistency, and a checkpoint from the ledger: given by
hand or read from a node. Exit status 0: all that was checked is right; 1: a step failed; 2: it
could not be checked.
"""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

from chain.errors import ChainError, NoContract, VerificationError
from chain.file_claims import (
    Document,
    FileClaim,
    checkpoints_of,
    claims_of,
    load_document,
    steps_of,
)
from chain.ports import LedgerClient
from chain.proof import Proof
from chain.steps import PARSE, Step
from chain.verification import Expected, comparable, ledger_steps, own_steps, shown

EXIT_RIGHT: Final = 0
EXIT_WRONG: Final = 1
EXIT_UNCHECKED: Final = 2


def main(
    argv: Sequence[str] | None = None,
    *,
    expected: Expected | None = None,
    ask: Callable[[Document], Expected] | None = None,
) -> int:
    """Run the command and return its exit status.

    Args:
        argv: arguments, by default those of the process.
        expected: what the caller knows of the ledger; joined with what the arguments tell.
        ask: asks a ledger that the caller trusts about the parsed file; see `read_ledger`.

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
        _failed(VerificationError(PARSE, "The file is not UTF-8."))
        return EXIT_WRONG
    try:
        return _verify(text, options, expected or Expected(), ask)
    except VerificationError as error:
        _failed(error)
        return EXIT_WRONG
    except ChainError as error:
        _complain(f"cannot ask the node: {error.detail}")
        return EXIT_UNCHECKED


def _verify(
    text: str, options: Namespace, known: Expected, ask: Callable[[Document], Expected] | None
) -> int:
    document = load_document(text)
    given = _given(options)
    if strange := _strange(given, document):
        _complain(f"this is a proof of records, in which nothing is compared with {strange}")
        return EXIT_UNCHECKED
    _passed(PARSE)
    for step in own_steps(document):
        _passed(step)
    expected = _joined(document, known, given)
    if ask is not None:
        expected = _joined(document, expected, ask(document))
    if options.node is not None:
        expected = _joined(document, expected, _read_from_node(options.node, document))
    for step in ledger_steps(document, expected):
        _compared(step, document, expected)
    _summary(document, expected)
    return EXIT_RIGHT


def _strange(given: Expected, document: Document) -> str | None:
    """Name an option that a file of this kind has no value for."""
    known = {claim.name for claim in claims_of(document)}
    for field in fields(given):
        if getattr(given, field.name) is not None and field.name not in known:
            return "--" + field.name.replace("_", "-")
    return None


def _given(options: Namespace) -> Expected:
    return Expected(**{field.name: getattr(options, field.name) for field in fields(Expected)})


def _read_from_node(url: str, document: Document) -> Expected:
    """Ask a node about the contract that the file names: which one to trust it cannot say."""
    # Loading the chain's libraries takes a second, and without a node none is needed.
    from chain.ledger import Ledger, http_provider  # noqa: PLC0415

    told = read_ledger(Ledger(http_provider(url), document.ledger.contract), document)
    return replace(told, contract=None)


def read_ledger(ledger: LedgerClient, document: Document) -> Expected:
    """Read from a ledger what it holds at the file's sizes, and which ledger it is.

    Raises:
        VerificationError: no contract (the last step), or no checkpoint over so many records (its).
        LedgerError: the node does not answer.
    """
    steps = steps_of(document)
    try:
        identity = ledger.identity()
    except NoContract as error:
        raise VerificationError(steps[max(steps)], error.detail) from error
    told = Expected(
        chain_id=identity.chain_id, genesis=identity.genesis, contract=identity.contract
    )
    for claimed in checkpoints_of(document):
        size = claimed.checkpoint.size
        root = ledger.root_at(size)
        if not any(root):
            what = f"The ledger has no checkpoint over {size} records."
            raise VerificationError(claimed.step, what)
        here: dict[str, Any] = {claimed.root_name: root, claimed.size_name: size}
        told = replace(told, **here)
    return told


def _joined(document: Document, known: Expected, more: Expected) -> Expected:
    """Return both together.

    Raises:
        VerificationError: they contradict each other, so at least one source is not to be trusted.
    """
    for claim in claims_of(document):
        one, other = (comparable(getattr(source, claim.name)) for source in (known, more))
        if one is not None and other is not None and one != other:
            raise VerificationError(claim.step, f"Two sources disagree about the {claim.label}.")
    return replace(known, **{name: told for name, told in asdict(more).items() if told is not None})


def _passed(step: Step, verdict: str = "ok") -> None:
    _say(f"{step.number} {step.title} ... {verdict}")


def _failed(error: VerificationError) -> None:
    _say(f"step {error.step} failed: {error.detail} [{error.name}]")


def _compared(step: Step, document: Document, expected: Expected) -> None:
    mine = [claim for claim in claims_of(document) if claim.step == step]
    unchecked = [claim for claim in _unchecked(document, expected) if claim.step == step]
    verdict = "ok in part" if unchecked else "ok"
    _passed(step, "NOT CHECKED" if len(unchecked) == len(mine) else verdict)


def _unchecked(document: Document, expected: Expected) -> list[FileClaim]:
    return [claim for claim in claims_of(document) if getattr(expected, claim.name) is None]


def _summary(document: Document, expected: Expected) -> None:
    unchecked = _unchecked(document, expected)
    for claim in unchecked:
        prefix = "0x" if claim.name == "genesis" else ""
        _say(f"not checked: {claim.label} {prefix}{shown(claim.value)}: {claim.advice}")
    _say(_proven(document) + (", if the values above are the ledger's" if unchecked else ""))


def _proven(document: Document) -> str:
    if isinstance(document, Proof):
        count, size = len(document.records), document.checkpoint.size
        return f"{count} record(s) proven against a checkpoint over {size}"
    older, newer = document.older.size, document.newer.size
    return f"the first {older} of {newer} record(s) proven to be those of the older checkpoint"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m chain", description="Check proofs of the ledger.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check a proof file", description=__doc__)
    verify.add_argument("file", metavar="FILE", type=Path)
    older = "the same of the older checkpoint, in a proof of consistency"
    verify.add_argument("--root", metavar="HEX", type=_hash, help="the ledger's root")
    verify.add_argument("--size", metavar="N", type=_count, help="records below that root")
    verify.add_argument("--older-root", metavar="HEX", type=_hash, help=older)
    verify.add_argument("--older-size", metavar="N", type=_count, help=older)
    verify.add_argument("--node", metavar="URL", help="read what the chain can tell from a node")
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
