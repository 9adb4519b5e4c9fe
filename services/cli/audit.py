"""`bilum audit`: the database against the ledger, all of it or a part."""

import json
import re
import sys
from typing import Any

import click

from chain.canonical import read_receipt
from chain.connection import Connection, connect
from services.audit.batches import HeldCheckpoint
from services.audit.checkpoints import bare_checkpoint
from services.audit.comparison import Auditor
from services.audit.findings import AuditReport
from services.audit.proofs import ReceiptFound, find_receipt
from services.audit.sampling import SampleRequest
from services.audit.tags import TagSubjects, read_tag
from services.cli.common import FOUND, opened, progress_bar
from services.ledger.receipts import ReceiptState, look_up_receipt
from services.livestock.domain.errors import UnknownNumber
from services.runtime.container import Runtime

_WAITING = 3
_SHOWN = 20
_SEED = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


def _checkpoint(text: str) -> HeldCheckpoint:
    """Read SIZE or SIZE:ROOT, as `ROOT` answers by SMS and the API gives it."""
    found = bare_checkpoint(text)
    if found is None:
        raise click.BadParameter("it is written SIZE or SIZE:ROOT, ROOT in 64 hexadecimal digits")
    return found


def _block_hash(text: str) -> bytes:
    """Read 32 bytes in hexadecimal."""
    found = _SEED.fullmatch(text)
    if found is None:
        raise click.BadParameter("a block hash has 64 hexadecimal digits")
    return bytes.fromhex(found[1])


@click.command()
@click.option("--tag", help="Only the records of this animal, premises or programme:CODE.")
@click.option("--receipt", help="Look for this receipt's record.")
@click.option(
    "--since",
    type=_checkpoint,
    metavar="SIZE[:ROOT]",
    help="Check that the ledger continues a checkpoint that you hold; compare later records.",
)
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Compare N records, by --seed.")
@click.option(
    "--seed",
    type=_block_hash,
    metavar="BLOCKHASH",
    help="Seed of the sample: docs/audit.md names one that nobody can choose.",
)
@click.option(
    "--among",
    type=click.IntRange(1),
    metavar="SIZE",
    help="Draw from the first SIZE records: the size before anybody knew the seed.",
)
@click.option("--projections", is_flag=True, help="Replay the journal; compare tables of state.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def audit(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401 — as the options above have them
    """Compare the database with the ledger, record by record.

    Exit status 0: they agree, or the receipt's record is on the ledger. 1: they differ, or the
    record is missing. 2: the options contradict each other. 3: the receipt's record still waits, or
    database or ledger does not answer.
    """
    _require_one_kind(options)
    with opened() as runtime, connect(runtime.settings.chain, write=False) as chain:
        tag = None
        if options["tag"]:
            with runtime.database.read() as session:
                tag = read_tag(session, options["tag"])
        if options["receipt"]:
            subject = tag.subjects[0] if tag else None
            _find(runtime, chain, (options["receipt"], subject), as_json=as_json)
        report = _audit(runtime, chain, tag, options)
    _print_report(report, as_json=as_json)
    sys.exit(0 if report.clean else FOUND)


def _require_one_kind(options: dict[str, Any]) -> None:
    """Refuse options that ask for two kinds of audit at once.

    Raises:
        click.UsageError: it names them.
    """
    given = {name for name, value in options.items() if value not in {None, False}}
    if ("sample" in given) != ("seed" in given):
        raise click.UsageError("--sample and --seed go together.")
    if "among" in given and "sample" not in given:
        raise click.UsageError("--among goes with --sample.")
    kinds = given - {"seed", "among"}
    if len(kinds) > 1 and kinds != {"tag", "receipt"}:
        named = " and ".join(f"--{name}" for name in sorted(kinds))
        raise click.UsageError(f"{named} do not go together: each is an audit of its own.")


def _find(
    runtime: Runtime, chain: Connection, wanted: tuple[str, bytes | None], *, as_json: bool
) -> None:
    receipt, subject = wanted
    prefix = read_receipt(receipt)
    with runtime.database.read() as session:
        known = look_up_receipt(session, prefix)
    # No transaction is open while the chain is read: that may take hours.
    found = find_receipt(prefix, subject, known, chain.logs)
    told = {"receipt": found.state.value, "index": found.index, "block": found.block}
    click.echo(json.dumps(told) if as_json else _receipt_text(found))
    sys.exit({ReceiptState.ON_CHAIN: 0, ReceiptState.WAITING: _WAITING}.get(found.state, FOUND))


def _audit(
    runtime: Runtime, chain: Connection, tag: TagSubjects | None, options: dict[str, Any]
) -> AuditReport:
    auditor = Auditor(runtime.database, chain.ledger, chain.logs)
    if tag is not None:
        report = auditor.audit_tag(tag)
        if tag.stored is None and not report.records + report.waiting:
            raise UnknownNumber(number=options["tag"])
        return report
    if options["sample"]:
        return auditor.audit_sample(
            SampleRequest(options["sample"], options["seed"], options["among"])
        )
    with progress_bar() as bar:
        task = bar.add_task("records", total=None)

        def show(done: int, size: int) -> None:
            bar.update(task, completed=done, total=size)

        if options["since"] is not None:
            return auditor.audit_since(options["since"], show)
        return auditor.audit(show, projections=options["projections"])


def _receipt_text(found: ReceiptFound) -> str:
    if found.state is ReceiptState.ON_CHAIN:
        return f"On the ledger: record {found.index}, block {found.block}."
    if found.state is ReceiptState.WAITING:
        return "Not on the ledger yet: it waits to be recorded."
    return (
        "OMITTED: whoever holds this receipt reported something that is not on the ledger "
        "and not waiting for it."
    )


def _print_report(report: AuditReport, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
        return
    flags = [f"{one.animal} {one.code.replace('_', ' ')} ({one.event})" for one in report.flags]
    _print_some("", [str(finding) for finding in report.findings])
    _print_some("look at this: ", flags)
    _print_some("erased, as the ledger says: record ", [str(index) for index in report.erased])
    _print_some("not comparable, since events were erased: ", report.not_comparable)
    _print_some("not checked: ", report.not_checked)
    scope = dict(report.scope)
    for subject, count in scope.pop("subjects", {}).items():
        click.echo(f"subject {subject}: {count} records on the chain")
    for name, value in scope.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        click.echo(f"{name}: {shown}")
    if report.checkpoint is not None:
        click.echo(f"keep this for --since: {report.checkpoint}")
    since = f", the oldest since {report.waiting_since}" if report.waiting_since else ""
    verdict = "CLEAN" if report.clean else f"{len(report.findings)} DIFFERENCES"
    click.echo(
        f"{verdict}: {report.records} records compared with the chain, "
        f"{report.waiting} waiting{since}"
    )


def _print_some(what: str, lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(f"{what}{line}")
    if len(lines) > _SHOWN:
        click.echo(f"... and {len(lines) - _SHOWN} more; --json lists all")
