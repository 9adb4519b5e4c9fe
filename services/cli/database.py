"""`bilum db`, `bilum backup` and `bilum restore`."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.common import opened, screen
from services.config import Settings
from services.maintenance.backup import back_up, missing_keys
from services.maintenance.backup import restore as restore_backup
from services.runtime import Runtime


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database's schema to this program's; makes the database where there is none."""
    runtime = Runtime.open(Settings.from_env())
    try:
        runtime.database.upgrade()
        screen.print(f"schema at {runtime.database.revision()}")
    finally:
        runtime.close()


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the keys in: the file opens every number.")
def backup(file: Path, *, with_keys: bool) -> None:
    """Write database and embedded chain to FILE; the server may go on meanwhile."""
    with opened() as runtime:
        parts = back_up(runtime.settings, runtime.database, file, keys=with_keys)
    screen.print(f"{file}: {', '.join(parts)}")
    if not with_keys:
        screen.print("Keys are not in it: keep data.key, signer.json, signer.password apart.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the backup FILE into an empty data folder and database."""
    settings = Settings.from_env()
    parts = restore_backup(settings, file)
    screen.print(f"restored: {', '.join(parts)}; run `bilum doctor`, then `bilum audit`")
    if missing := missing_keys(settings):
        screen.print(f"Missing in {settings.data_dir}: {', '.join(missing)}. Put them back first.")
