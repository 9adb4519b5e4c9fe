"""`python -m chain verify FILE`: the auditor's command.

It needs the file, a proof of records or of consistency, and from elsewhere the ledger's contract
and its checkpoint: root and size, given by hand or read from a node. Exit status 0: the file is
right, and root, size and contract are those given; 1: a step failed, the file is of another animal
than --tag, or it holds a record that the node does not list; 2: it could not be checked. One of
root, size and contract was compared with nothing (give --root and --size, or --node, and
--contract), the node did not answer, or --tag and --node were given and not all of the animal's
records are in the file.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Final

from chain.disclosure import (
    SubjectEntries,
    compare_entries,
    describe,
    describe_entries,
    other_than,
    subjects_of,
)
from chain.errors import ChainError, NoContract, VerificationError
from chain.file_claims import (
    Document,
    FileClaim,
    checkpoints_of,
    claims_of,
    is_decisive,
    load_document,
    steps_of,
)
from chain.options import parser
from chain.ports import LedgerClient
from chain.proof import Proof
from chain.steps import PARSE, Step
from chain.verification import Expected, comparable, ledger_steps, own_steps, shown

EXIT_RIGHT: Final = 0
EXIT_WRONG: Final = 1
EXIT_UNCHECKED: Final = 2

_ANYONE: Final = "Anyone can make such a file: take these values from elsewhere."
_RENUMBERED: Final = "An animal keeps the number here under which it was first recorded."


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
    options = parser(__doc__).parse_args(argv)
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
    if strange := _strange(options, document):
        _complain(f"a file of this kind has nothing to compare with {strange}")
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
    told = _tell_records(document, options) if isinstance(document, Proof) else EXIT_RIGHT
    return _summary(document, expected, told)


def _strange(options: Namespace, document: Document) -> str | None:
    """Name an option that a file of this kind has no value for."""
    known = {claim.name for claim in claims_of(document)}
    if isinstance(document, Proof):
        known.add("tag")
    for name in (*(field.name for field in fields(Expected)), "tag"):
        if getattr(options, name) is not None and name not in known:
            return "--" + name.replace("_", "-")
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


def _tell_records(proof: Proof, options: Namespace) -> int:
    """Say of what the records are and, with a node, which others it lists; return a status."""
    for record in proof.records:
        _say(describe(record))
    if options.tag is not None and (other := other_than(proof, options.tag)):
        _say(f"OTHER ANIMAL: record {other.index} is not of {options.tag}. {_RENUMBERED}")
        return EXIT_WRONG
    if options.node is None:
        _say("Records can be left out of a file: --node compares it with the chain's own list.")
        return EXIT_RIGHT
    return _tell_entries(proof, options)


def _tell_entries(proof: Proof, options: Namespace) -> int:
    try:
        found = _compare_with_node(options.node, proof)
    except ChainError as error:
        _complain(f"the node gives no list of records, and some may be left out: {error.detail}")
        return EXIT_RIGHT if options.tag is None else EXIT_UNCHECKED
    for entries in found:
        _say(describe_entries(entries))
    if any(entries.false for entries in found):
        return EXIT_WRONG
    left_out = any(entries.left_out for entries in found)
    return EXIT_UNCHECKED if left_out and options.tag is not None else EXIT_RIGHT


def _compare_with_node(url: str, proof: Proof) -> list[SubjectEntries]:
    from chain.ledger import http_provider, rpc_request  # noqa: PLC0415 — see `_read_from_node`
    from chain.logs import RpcLogReader  # noqa: PLC0415

    logs = RpcLogReader(rpc_request(http_provider(url)), proof.ledger.contract)
    return [
        compare_entries(proof, subject, list(logs.by_subject(subject)))
        for subject in subjects_of(proof)
    ]


def _summary(document: Document, expected: Expected, told: int) -> int:
    """Say what was proven, and return the exit status; `told`: that of the records."""
    unchecked = _unchecked(document, expected)
    for claim in unchecked:
        prefix = "0x" if claim.name == "genesis" else ""
        _say(f"not checked: {claim.label} {prefix}{shown(claim.value)}: {claim.advice}")
    if told == EXIT_WRONG:
        return EXIT_WRONG
    if missing := [claim.label for claim in unchecked if is_decisive(claim)]:
        _say(f"NOT PROVEN: nothing was compared with its {', '.join(missing)}. {_ANYONE}")
        return EXIT_UNCHECKED
    condition = ", if the values above are the ledger's" if unchecked else ""
    doubt = "" if told == EXIT_RIGHT else "; NOT PROVEN: that these are all of the animal's"
    _say(f"{_proven(document)}{condition}{doubt}")
    return told


def _proven(document: Document) -> str:
    if isinstance(document, Proof):
        count, size = len(document.records), document.checkpoint.size
        return f"{count} record(s) proven against a checkpoint over {size}"
    older, newer = document.older.size, document.newer.size
    return f"the first {older} of {newer} record(s) proven to be those of the older checkpoint"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
