"""`bilum db`, `bilum backup` and `bilum restore`."""

from pathlib import Path

import click

from services.cli.common import EXISTING_FILE, FILE, opened, progress_bar, screen
from services.core.errors import NotEmpty
from services.core.settings import Settings
from services.ledger.party_log import record_baseline
from services.livestock.recording.outdated import rebuild_outdated
from services.maintenance.backup import BackupOptions, back_up, missing_keys
from services.maintenance.backup import restore as restore_backup
from services.maintenance.key_rotation import RotationMode, RotationResult, rotate_key
from services.maintenance.sealing import make_identity
from services.runtime.container import Runtime
from services.storage.database import DATA_KEY


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Upgrade the database to this program's schema and rules; create it if there is none.

    Run it again to continue, if it was interrupted.
    """
    runtime = Runtime.open(Settings.from_env())
    try:
        runtime.database.upgrade()
        with runtime.database.write() as session:
            record_baseline(session, runtime.clock())
        with progress_bar() as bar:
            task = bar.add_task("animals", total=None)
            count = rebuild_outdated(runtime.database, lambda done: bar.advance(task, done))
        screen.print(f"schema at {runtime.database.revision()}")
        if count:
            screen.print(f"{count} animals brought up to date from the journal")
    finally:
        runtime.close()


@db.command("rotate-key")
@click.option(
    "--retire",
    is_flag=True,
    help="Remove older keys from the ring, once every service has restarted.",
)
@click.option(
    "--leaked", is_flag=True, help="Somebody else may have the key: change the index as well."
)
@click.option(
    "--key-file",
    type=EXISTING_FILE,
    help="File of the key, where BILUM_DATA_KEY gives it.",
)
def rotate(key_file: Path | None, *, retire: bool, leaked: bool) -> None:
    """Start using a new data key and encrypt everything with it; run again to continue.

    The services may keep running; with --leaked, stop them first.
    """
    if retire and leaked:
        raise click.UsageError("Give --retire or --leaked, not both: --leaked keeps no older key")
    mode = (
        RotationMode.LEAKED if leaked else RotationMode.RETIRE if retire else RotationMode.ROUTINE
    )
    with opened() as runtime, progress_bar() as bar:
        if runtime.settings.data_key and not key_file:
            raise click.UsageError("BILUM_DATA_KEY gives the key: name its file with --key-file")
        path = key_file or runtime.settings.data_dir / DATA_KEY
        task = bar.add_task("rows", total=None)
        done = rotate_key(runtime.database, path, mode, lambda rows: bar.advance(task, rows))
    _tell(done, path.name)


def _tell(done: RotationResult, name: str) -> None:
    screen.print(f"rows sealed anew: {done.rows}")
    if done.left:
        screen.print(f"{done.left} rows are held by other processes: run it again")
    elif done.old_keys:
        screen.print(
            f"{name} holds the older key beside the new one. Restart every process that has the "
            "database open, then run `bilum db rotate-key --retire`."
        )
    if done.leaked:
        screen.print("Indexes and digests are under a new key too; codes of passports have ended.")
    screen.print(f"Keep a copy of {name} now, apart from the backups: no older copy opens it all.")


@db.command("backup-key")
@click.argument("file", type=FILE)
def backup_key(file: Path) -> None:
    """Make the pair of keys of backups: the private one into FILE, the public one on the screen.

    Keep FILE on another machine: whoever has it reads every backup that was made for it.
    """
    try:
        public = make_identity(file)
    except FileExistsError as error:
        raise NotEmpty(f"{file} is there already: name another file") from error
    click.echo(public)
    screen.print(f"Set BILUM_BACKUP_RECIPIENTS={public}; keep {file} on another machine.")


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--to",
    "recipients",
    multiple=True,
    help="Public key (age1…) that it is encrypted to; as many as needed. Without it: those of "
    "BILUM_BACKUP_RECIPIENTS.",
)
@click.option("--plain", is_flag=True, help="Do not encrypt it.")
@click.option(
    "--with-keys",
    is_flag=True,
    help="Include the keys: anyone who opens it can read every number.",
)
def backup(file: Path, recipients: tuple[str, ...], *, plain: bool, with_keys: bool) -> None:
    """Write database and embedded chain to FILE; the server may keep running."""
    with opened() as runtime:
        readers = recipients or runtime.settings.backup_recipients
        options = BackupOptions(None if plain else readers, with_keys)
        parts = back_up(runtime.settings, runtime.database, file, options)
    screen.print(f"{file}: {', '.join(parts)}{', not encrypted' if plain else ''}")
    if not with_keys:
        screen.print("Keys are not in it: keep data.key, signer.json, signer.password apart.")


@click.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--identity", type=EXISTING_FILE, help="Private key that an encrypted FILE opens by.")
def restore(file: Path, identity: Path | None) -> None:
    """Put the backup FILE into an empty data folder and database."""
    settings = Settings.from_env()
    parts = restore_backup(settings, file, identity)
    screen.print(f"restored: {', '.join(parts)}; run `bilum doctor`, then `bilum audit`")
    if missing := missing_keys(settings):
        screen.print(f"Missing in {settings.data_dir}: {', '.join(missing)}. Put them back first.")
