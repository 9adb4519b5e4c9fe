"""`bilum proof`, `bilum verify`, `bilum ledger consistency` and `bilum ledger deploy`."""

import sys
import time
from pathlib import Path

import click

from chain.__main__ import main as verify_main
from chain.__main__ import read_ledger
from chain.connection import connect
from chain.consistency import dump as dump_consistency
from chain.file_claims import Document
from chain.proof import dump
from chain.verification import Expected
from services.audit.proofs import not_disclosed, prove, prove_consistency, subject_named
from services.cli.common import FILE, opened, screen
from services.core.settings import Settings
from services.runtime.container import Runtime

_POLL_SECONDS = 0.5


@click.command()
@click.argument("tag")
@click.option("-o", "--output", required=True, type=FILE, help="Where to write the proof file.")
@click.option(
    "--wait",
    default=0,
    metavar="SECONDS",
    help="Wait this long for records that are not on the ledger yet.",
)
def proof(tag: str, output: Path, wait: int) -> None:
    """Write the proof of every recorded event of an animal or premises.

    TAG is a number, or `programme:CODE`: the approvals of a health programme. Records whose
    content was lost or altered are named by their indexes, and are not in the file.
    """
    with opened() as runtime:
        _wait_for_ledger(runtime, wait)
        with runtime.database.read() as session:
            subject = subject_named(session, tag)
            made, hidden = prove(session, subject), not_disclosed(session, subject)
    output.write_text(dump(made), encoding="utf-8")
    count, size = len(made.records), made.checkpoint.size
    screen.print(f"{count} record(s) proven against the ledger's root at {size}: {output}")
    if hidden:
        places = ", ".join(map(str, hidden))
        screen.print(f"[red]on the ledger and NOT disclosed, lost or altered here: {places}[/]")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    """Verify a proof file of either kind: `bilum verify FILE [OPTIONS of python -m chain verify]`.

    The same as `python -m chain verify`. If this program has a ledger, the proof must come from
    it, and its root must be the contract's.
    """
    sys.exit(verify_main(["verify", *arguments], ask=_ask_own_ledger))


@click.command()
@click.argument("old", metavar="OLD", type=click.IntRange(1))
@click.argument("new", metavar="[NEW]", type=click.IntRange(1), required=False)
@click.option("-o", "--output", required=True, type=FILE, help="Where to write the file.")
def consistency(old: int, new: int | None, output: Path) -> None:
    """Write the proof that the ledger only grew: its first OLD records are unchanged.

    OLD and NEW are sizes of checkpoints, as in the answer to ROOT and in every proof. NEW is the
    newest by default.
    """
    with opened() as runtime, runtime.database.read() as session:
        made = prove_consistency(session, old, new)
    output.write_text(dump_consistency(made), encoding="utf-8")
    screen.print(f"From {made.older.size} to {made.newer.size} record(s): {output}")


@click.command()
@click.option("--admin", help="Address that may grant the recorder role; default: the signer's.")
@click.option("--recorder", help="Address that may record; default: the signer's.")
@click.option(
    "--address-file",
    type=FILE,
    help="Write the address there too; when it holds a ledger of this node, nothing is deployed.",
)
def deploy(admin: str | None, recorder: str | None, address_file: Path | None) -> None:
    """Deploy the ledger contract on the node of BILUM_CHAIN_URL."""
    from services.maintenance.deployment import deploy_ledger  # noqa: PLC0415 — slow to load, needed once

    chain = Settings.from_env().chain
    _, path = deploy_ledger(chain, (admin, recorder), address_file, announce=click.echo)
    screen.print(f"Written to {path}; set BILUM_LEDGER_ADDRESS." if path else "It is there.")


def _wait_for_ledger(runtime: Runtime, seconds: int) -> None:
    for _ in range(int(seconds / _POLL_SECONDS)):
        if runtime.recorder_store.all_recorded():
            return
        time.sleep(_POLL_SECONDS)


def _ask_own_ledger(proof: Document) -> Expected:
    """Hold a file against this program's own ledger; know nothing where it has none."""
    settings = Settings.from_env().chain
    if settings.url is None and not settings.embedded.exists():
        return Expected()
    with connect(settings, write=False) as chain:
        return read_ledger(chain.ledger, proof)
