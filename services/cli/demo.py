"""`bilum demo`: the whole road, from six SMS to a proof, and two dishonest operators found out."""

import io
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from rich.console import Console

from chain.verification import Expected
from services.audit.findings import AuditReport
from services.cli.demo_stage import Stage
from services.core.errors import DemoFailed
from services.core.roles import Role
from services.ledger.receipts import ReceiptState

_MARIA, _PETER, _INSPECTOR = "+67570000001", "+67570000002", "+67570000003"
_PIG, _SECOND, _THIRD = "598000000000017", "598000000000025", "598000000000033"
_STORY = (
    ("Maria, a farmer", _MARIA, f"REG {_PIG}"),
    ("Maria, a farmer", _MARIA, f"RAITIM {_SECOND}"),
    ("Maria, a farmer", _MARIA, f"reg {_THIRD[:3]} {_THIRD[3:]}"),
    ("Maria, a farmer", _MARIA, "MOVE {pig} to 7000 0002"),
    ("Peter, a farmer", _PETER, "KISIM {pig}"),
)
_SHORT_NUMBER = re.compile(r"short number is ([0-9]+)")
_RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to play it; kept afterwards. Default: a temporary folder.",
)
def demo(folder: Path | None) -> None:
    """Play the story: two farmers, an inspector, three pigs, six SMS; then prove it."""
    console, began = Console(highlight=False), time.monotonic()
    if folder is not None:
        _play(console, folder)
    else:
        with tempfile.TemporaryDirectory(prefix="bilum-demo-") as temporary:
            _play(console, Path(temporary))
    console.print(f"\nDone in {time.monotonic() - began:.0f} s.")


def _play(console: Console, folder: Path) -> None:
    stage = Stage(folder / "honest", sys.stdout)
    stage.appoint(_INSPECTOR, Role.INSPECTOR)
    console.rule("1. Messages from the field, and what the phones show")
    replies: list[str] = []
    pig = ""
    for who, number, body in _STORY:
        replies.append(_send(console, stage, (who, number, body.format(pig=pig))))
        pig = pig or _SHORT_NUMBER.findall(replies[0])[0]
    with stage.copy("omitting", io.StringIO()) as omitting:
        console.rule("2. On the ledger")
        size, known = stage.record(), stage.newest_checkpoint()
        console.print(f"{size} records on contract {known.contract}, root {_hex(known.root)}")
        _send(console, stage, ("An inspector at a roadblock", _INSPECTOR, f"TRACE {pig}"))
        _prove(console, stage, folder / "proof.json", known)
        _show_edit(console, stage)
        _show_omission(console, omitting, _RECEIPT.findall(replies[-1])[-1])
    stage.runtime.close()


def _send(console: Console, stage: Stage, sms: tuple[str, str, str]) -> str:
    who, number, body = sms
    console.print(f"\n[bold]{who}[/] sends: [cyan]{body}[/]")
    return stage.send(number, body)


def _prove(console: Console, stage: Stage, path: Path, known: Expected) -> None:
    console.rule("3. A proof file, verified offline")
    console.print(f"{stage.prove(_PIG, path)} records of pig {_PIG} proven in {path.name}")
    command = [sys.executable, "-m", "chain", "verify", str(path)]
    command += ["--root", _hex(known.root), "--size", str(known.size)]
    command += ["--chain-id", str(known.chain_id), "--genesis", f"0x{_hex(known.genesis)}"]
    command += ["--contract", str(known.contract)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 — our own module
    console.print(checked.stdout.strip(), markup=False)
    _must(checked.returncode == 0, "the proof does not verify")
    report = stage.audit()
    console.print(f"Audit: {_verdict(report)}")
    _must(report.clean, "the honest database has differences")


def _show_edit(console: Console, stage: Stage) -> None:
    console.rule("4. Somebody edits one byte in a copy of the database")
    with stage.copy("edited", io.StringIO()) as edited:
        edited.edit_one_byte()
        report = edited.audit()
    for finding in report.findings:
        console.print(f"[red]{finding}[/]")
    _must(not report.clean, "the edit was not found")


def _show_omission(console: Console, omitting: Stage, receipt: str) -> None:
    console.rule("5. An operator drops a report before it is recorded")
    omitting.drop_report(receipt)
    omitting.record()
    console.print(f"Audit of that database against its own chain: {_verdict(omitting.audit())}")
    found = omitting.find(receipt)
    console.print(f"But Peter holds receipt {receipt}: [red]{found.state.upper()}[/]")
    _must(found.state is ReceiptState.OMITTED, "the omission was not found")


def _verdict(report: AuditReport) -> str:
    state = "clean" if report.clean else f"{len(report.findings)} differences"
    return f"{state}, {report.records} records compared with the chain"


def _hex(digest: bytes | None) -> str:
    return (digest or b"").hex()


def _must(shown: bool, otherwise: str) -> None:  # noqa: FBT001 — reads as a sentence
    if not shown:
        raise DemoFailed(f"The demonstration failed: {otherwise}")
