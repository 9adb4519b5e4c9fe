"""`bilum db verify-backup`."""

import sys
from datetime import datetime
from pathlib import Path

import click
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from rich.console import Console
from rich.markup import escape

from services.cli.common import EXISTING_FILE, FILE, FOUND, opened
from services.cli.doctor import SHOWN_WEIGHTS
from services.core.clock import utc_now
from services.core.settings import Settings
from services.doctor.backup_check import BackupTrial, TriedBackup
from services.doctor.checks import Weight
from services.maintenance.backup_folder import newest
from services.runtime.container import Runtime
from services.runtime.machine_metrics import VERIFIED
from services.storage.milestones import MilestoneName, reach, read_milestone
from services.storage.sending_right import copy_name


@click.command("verify-backup")
@click.argument("backup", type=click.Path(exists=True, path_type=Path))
@click.option("--identity", type=EXISTING_FILE, help="Private key that an encrypted one opens by.")
@click.option(
    "--metrics",
    type=FILE,
    help="Write the time of a good one here, for the node exporter's textfile collector, and not "
    "into the database: on a machine that has the private key and no installation.",
)
def verify_backup(backup: Path, identity: Path | None, metrics: Path | None) -> None:
    """Restore BACKUP into a scratch place and check it; the installation is left alone.

    BACKUP is a file, or a folder of `bilum backup --into`, of which this installation's newest is
    taken; with --metrics the newest of all. Exit status 1: something is wrong with it.
    """
    if metrics is not None:
        trial = BackupTrial(identity, Settings.from_env(), utc_now())
        _write(metrics, _try(_chosen(backup, None), trial))
        return
    with opened() as runtime:
        now = runtime.clock()
        file = _chosen(backup, runtime)
        _note(runtime, _try(file, BackupTrial(identity, runtime.settings, now)), now)


def _chosen(backup: Path, runtime: Runtime | None) -> Path:
    if not backup.is_dir():
        return backup
    if runtime is None:
        return newest(backup, None)
    with runtime.database.read() as session:
        return newest(backup, copy_name(session))


def _try(file: Path, trial: BackupTrial) -> datetime | None:
    """Print what is found; return when the backup was made. Ends the program if it is not good."""
    console, tried = Console(), TriedBackup(file, trial)
    console.print(escape(str(file)), highlight=False, soft_wrap=True)
    sick = False
    for found in tried.findings():
        sick = sick or found.weight is Weight.WRONG
        console.print(
            f"{SHOWN_WEIGHTS[found.weight]}{found.part}: {escape(found.sentence)}",
            highlight=False,
            soft_wrap=True,
        )
    if sick:
        console.print("This backup is not good: make one now, and look why.", highlight=False)
        sys.exit(FOUND)
    return tried.made


def _note(runtime: Runtime, made: datetime | None, now: datetime) -> None:
    """Keep the time of the newest good backup; one that is to come was a wrong clock's."""
    if made is None:
        return
    with runtime.database.write(exclusive=False) as session:
        before = read_milestone(session, MilestoneName.VERIFIED)
        if before is None or not made <= before <= now:
            reach(session, MilestoneName.VERIFIED, made)


def _write(file: Path, made: datetime | None) -> None:
    if made is None:
        return
    registry, (name, told) = CollectorRegistry(), VERIFIED
    Gauge(f"bilum_{name}", told, registry=registry).set(made.timestamp())
    write_to_textfile(str(file), registry)
    # Its reader is another user; a time is no secret.
    file.chmod(0o644)
