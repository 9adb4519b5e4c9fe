"""`bilum backup` and `bilum restore`."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from chain.settings import ChainSettings
from services.cli.common import EXISTING_FILE, FILE, opened, screen
from services.core.settings import Settings
from services.maintenance.archive import CHAIN, SIGNER_KEYS, key_file
from services.maintenance.backup import BackupOptions, BackupSource, back_up
from services.maintenance.backup import restore as restore_backup
from services.maintenance.backup_folder import (
    Retention,
    backup_name,
    copy_backup,
    count_unnamed,
    fill,
    thin,
)
from services.maintenance.program_keys import missing_keys, needed_keys
from services.maintenance.restored_chain import chain_end
from services.runtime.container import Runtime
from services.storage.milestones import MilestoneName, reach
from services.storage.sending_right import copy_name

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_DEFAULT = Retention()
_NAMED_BY = dict(
    zip(SIGNER_KEYS, ("BILUM_SIGNER_KEYSTORE", "BILUM_SIGNER_PASSWORD_FILE"), strict=True)
)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--into", type=FOLDER, help="In place of FILE: a folder, where its time names it.")
@click.option(
    "--copy-to",
    type=click.Path(path_type=Path),
    help="A second folder, on another machine at best; the copy is read there and compared. "
    "Without it: BILUM_BACKUP_COPY.",
)
@click.option(
    "--keep",
    type=(click.IntRange(1), click.IntRange(0), click.IntRange(0)),
    default=_DEFAULT,
    show_default=True,
    metavar="DAYS WEEKS MONTHS",
    help="Of how many days, weeks and months the newest stays in these folders.",
)
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
    help="Include the keys, those of settings too: anyone who opens it can read every number.",
)
def backup(
    file: Path | None,
    into: Path | None,
    copy_to: Path | None,
    keep: tuple[int, int, int],
    recipients: tuple[str, ...],
    *,
    plain: bool,
    with_keys: bool,
) -> None:
    """Write database and embedded chain to FILE; the server may keep running."""
    if (file is None) == (into is None):
        raise click.UsageError("Give FILE, or --into FOLDER")
    if copy_to and not into:
        raise click.UsageError("--copy-to goes with --into")
    with opened() as runtime:
        now = runtime.clock()
        readers = recipients or runtime.settings.backup_recipients
        options = BackupOptions(None if plain else readers, with_keys)
        if into is not None:
            second = copy_to or runtime.settings.backup_copy
            _fill(runtime, (into, second), Retention(*keep), (options, now))
        elif file is not None:
            source = BackupSource(runtime.settings, runtime.database, now)
            _tell(file, back_up(source, file, options), options)
        with runtime.database.write(exclusive=False) as session:
            reach(session, MilestoneName.BACKUP, now)


def _fill(
    runtime: Runtime,
    folders: tuple[Path, Path | None],
    keep: Retention,
    backup: tuple[BackupOptions, datetime],
) -> None:
    """Add a backup to a folder and its copy to a second one, and remove what is too old."""
    (folder, second), (options, now) = folders, backup

    def make(target: Path, before: Callable[[Path], None]) -> None:
        source = BackupSource(runtime.settings, runtime.database, now)
        _tell(target, back_up(source, target, options, before), options)

    with runtime.database.read() as session:
        of = copy_name(session)
    made = fill(folder, backup_name(now, of, sealed=options.recipients is not None), make)
    _thin(folder, keep, made)
    if second is None:
        return
    copy = copy_backup(made, second)
    screen.print(f"{copy}: the same, read there")
    if folder.stat().st_dev == second.stat().st_dev:
        screen.print("Both folders are on one disk: when it breaks, both are gone.")
    _thin(second, keep, copy)


def _tell(file: Path, parts: list[str], options: BackupOptions) -> None:
    plain = ", not encrypted" if options.recipients is None else ""
    screen.print(f"{file}: {', '.join(parts)}{plain}")
    if not options.keys:
        screen.print("Keys are not in it: keep data.key, signer.json, signer.password apart.")


def _thin(folder: Path, keep: Retention, made: Path) -> None:
    """Remove what is too old, and say what nobody removes."""
    if gone := thin(folder, keep, made):
        screen.print(f"{folder}: {len(gone)} older ones removed")
    if unnamed := count_unnamed(folder):
        screen.print(
            f"{folder}: {unnamed} of an earlier version, whose names tell no installation, stay: "
            "remove them by hand when they are too old"
        )


@click.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--identity", type=EXISTING_FILE, help="Private key that an encrypted FILE opens by.")
def restore(file: Path, identity: Path | None) -> None:
    """Put the backup FILE into an empty data folder and database.

    A chain.db that is still there and continues the backup's is kept.
    """
    settings = Settings.from_env()
    parts = restore_backup(settings, file, identity)
    screen.print(f"restored: {', '.join(parts)}; run `bilum doctor`, then `bilum audit`")
    screen.print("It sends nothing until you say that the old one is gone: `bilum db let-send`")
    if missing := missing_keys(settings):
        screen.print(f"Missing in {settings.data_dir}: {', '.join(missing)}. Put them back first.")
    _tell_signer(settings, parts)
    if settings.chain.url is None and settings.chain.embedded.exists():
        _tell_chain(settings.chain, replaced=CHAIN in parts)


def _tell_signer(settings: Settings, parts: list[str]) -> None:
    """Say where a key was put that settings must name; that of the embedded chain is found."""
    absent = {key.name for key in needed_keys(settings) if key.where and key.content is None}
    for name, variable in _NAMED_BY.items():
        if name in absent.intersection(parts):
            screen.print(f"Worker alone: {variable}={key_file(settings.data_dir, name)}")


def _tell_chain(settings: ChainSettings, *, replaced: bool) -> None:
    end = chain_end(settings)
    at = f"{end.size}:{end.root.hex()}" if end else "no record"
    if replaced:
        click.echo(f"the chain now ends at {at}; checkpoints and receipts after it are void")
    else:
        click.echo(f"the chain that was here goes on, at {at}: the recorder reads it back")
