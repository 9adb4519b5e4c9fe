"""`bilum proof`, `bilum verify`, `bilum audit` and `bilum ledger`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chain.__main__ import main as verify_main
from chain.__main__ import read_ledger
from chain.canonical import read_receipt
from chain.connection import connect
from chain.proof import dump
from chain.verification import Expected
from services.audit.comparison import Auditor
from services.audit.proofs import ReceiptFound, find_receipt, prove
from services.cli.common import opened, progress_bar, screen
from services.config import Settings
from services.programmes.events import PROGRAMME, programme_subject
from services.programmes.versions import find_version
from services.storage.receipts import ReceiptState
from services.traceability.lookup import parse_key
from services.traceability.queries import subject_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chain.connection import Connection
    from chain.proof import Proof
    from services.audit.findings import AuditReport
    from services.runtime import Runtime

_FOUND, _WAITING = 1, 3
_SHOWN = 20
_POLL_SECONDS = 0.5


@click.command()
@click.argument("tag")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the proof file.",
)
@click.option("--wait", default=0, metavar="SECONDS", help="Wait for what is not recorded yet.")
def proof(tag: str, output: Path, wait: int) -> None:
    """Write the proof of every recorded event of an animal or premises.

    TAG is a number, or `programme:CODE`: the approvals of a health programme.
    """
    with opened() as runtime:
        _wait_for_ledger(runtime, wait)
        with runtime.database.read() as session:
            made = prove(session, _subject(session, tag))
    output.write_text(dump(made), encoding="utf-8")
    count, size = len(made.records), made.checkpoint.size
    screen.print(f"{count} record(s) proven against the ledger's root at {size}: {output}")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Verify a proof file: `bilum verify FILE [OPTIONS of python -m chain verify]`.

    The same as `python -m chain verify`; where this program has a ledger, the proof must be of
    that one, and its root the one that the contract holds.
    """
    sys.exit(verify_main(["verify", *arguments], ask=_ask_own_ledger))


@click.command()
@click.option("--tag", help="Only the records of this animal, premises or programme:CODE.")
@click.option("--receipt", help="Look for what this receipt promises.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def audit(tag: str | None, receipt: str | None, *, as_json: bool) -> None:
    """Compare the database with the ledger, record by record.

    Exit status 0: they agree, or the receipt's record is on the ledger. 1: they do not, or it is
    missing. 3: the receipt's record still waits, or a part does not answer.
    """
    with opened() as runtime, connect(runtime.settings.chain, write=False) as chain:
        subject = None
        if tag:
            with runtime.database.read() as session:
                subject = _subject(session, tag)
        if receipt:
            with runtime.database.read() as session:
                found = find_receipt(read_receipt(receipt), subject, session, chain.logs)
            click.echo(json.dumps(_receipt_json(found)) if as_json else _receipt_text(found))
            sys.exit({ReceiptState.ON_CHAIN: 0, ReceiptState.WAITING: _WAITING}.get(found.state, 1))
        report = _audit(runtime, chain, subject)
    _print_report(report, as_json=as_json)
    sys.exit(0 if report.clean else _FOUND)


@click.group("ledger")
def ledger_group() -> None:
    """Look after the ledger contract."""


@ledger_group.command()
@click.option("--admin", help="Address that may grant the recorder role; default: the signer's.")
@click.option("--recorder", help="Address that may record; default: the signer's.")
@click.option(
    "--address-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the address there too; when it holds a ledger of this node, nothing is deployed.",
)
def deploy(admin: str | None, recorder: str | None, address_file: Path | None) -> None:
    """Deploy the ledger contract on the node of BILUM_CHAIN_URL."""
    from services.maintenance.deployment import deploy_ledger  # noqa: PLC0415 — slow to load, needed once

    address, path = deploy_ledger(Settings.from_env().chain, (admin, recorder), address_file)
    screen.print(f"The ledger is at {address}; written to {path}" if path else "It is there.")
    click.echo(address)


def _wait_for_ledger(runtime: Runtime, seconds: int) -> None:
    for _ in range(int(seconds / _POLL_SECONDS)):
        if runtime.recorder_store.all_recorded():
            return
        time.sleep(_POLL_SECONDS)


def _subject(session: Session, tag: str) -> bytes:
    scheme, _, code = tag.partition(":")
    if scheme.lower() == PROGRAMME:
        return programme_subject(find_version(session, code).code)
    return subject_of(session, parse_key(session, tag, "any"))


def _ask_own_ledger(proof: Proof) -> Expected:
    """Hold a proof against this program's own ledger; know nothing where it has none."""
    settings = Settings.from_env().chain
    if settings.url is None and not settings.embedded.exists():
        return Expected()
    with connect(settings, write=False) as chain:
        return read_ledger(chain.ledger, proof)


def _audit(runtime: Runtime, chain: Connection, subject: bytes | None) -> AuditReport:
    auditor = Auditor(runtime.database, chain.ledger, chain.logs)
    if subject is not None:
        return auditor.audit_subject(subject)
    with progress_bar() as bar:
        task = bar.add_task("records", total=None)
        return auditor.audit(lambda done, size: bar.update(task, completed=done, total=size))


def _receipt_json(found: ReceiptFound) -> dict[str, Any]:
    return {"receipt": found.state.value, "index": found.index, "block": found.block}


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
    for finding in report.findings[:_SHOWN]:
        click.echo(finding)
    if len(report.findings) > _SHOWN:
        click.echo(f"... and {len(report.findings) - _SHOWN} more; --json lists all")
    for flag in report.flags[:_SHOWN]:
        click.echo(f"look at this: {flag.animal} {flag.code.replace('_', ' ')} ({flag.event})")
    if len(report.flags) > _SHOWN:
        click.echo(f"... and {len(report.flags) - _SHOWN} more flags; --json lists all")
    verdict = "CLEAN" if report.clean else f"{len(report.findings)} DIFFERENCES"
    click.echo(
        f"{verdict}: {report.records} records compared with the chain, {report.waiting} waiting"
    )
