"""`bilum db`."""

import sys
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from services.cli.common import (
    EXISTING_FILE,
    FILE,
    FOUND,
    find_party,
    opened,
    progress_bar,
    ready,
    screen,
)
from services.core.errors import Forbidden, NotEmpty
from services.core.roles import Role
from services.core.settings import Settings
from services.ledger.party_log import record_baseline
from services.livestock.recording.outdated import rebuild_outdated
from services.maintenance.key_rotation import RotationMode, RotationResult
from services.maintenance.key_rotation import rotate_key as change_key
from services.maintenance.sealing import make_identity
from services.messaging.dispatch.restored import MOST_COUNTED, close_doubtful, count_doubtful
from services.runtime.container import Runtime
from services.storage.database import DATA_KEY, UNFINISHED
from services.storage.models import Party
from services.storage.sending_right import (
    REASONS,
    give_right,
    is_of_copy,
    refusal,
    refused_since,
)
from services.storage.sending_right import stop_sending as hold_texts


@click.command()
@click.option(
    "--finish",
    is_flag=True,
    help="Also take away what older programs need; there is no way back to them.",
)
def upgrade(*, finish: bool) -> None:
    """Upgrade the database to this program's schema and rules; create it if there is none.

    On PostgreSQL the programs of before may keep running. Run it again to continue, if it was
    interrupted.
    """
    runtime = Runtime.open(Settings.from_env())
    database = runtime.database
    try:
        database.upgrade(finish=finish)
        screen.print(f"schema at {database.revision()}")
        database.require_schema()
        with database.write() as session:
            record_baseline(session, runtime.clock())
        with progress_bar() as bar:
            task = bar.add_task("animals", total=None)
            count = rebuild_outdated(database, lambda done: bar.advance(task, done))
        if count:
            screen.print(f"{count} animals brought up to date from the journal")
        if not database.is_finished:
            screen.print(UNFINISHED)
    finally:
        runtime.close()


@click.command("let-send")
@click.option("--by", metavar="PARTY|PHONE", required=True, help="The administrator who decides.")
@click.option("--old-is-gone", is_flag=True, help="Do not ask: it is stopped for good.")
@click.option(
    "--waiting",
    type=click.Choice(["send", "close"]),
    help="For texts that the old one may have sent already: send them, perhaps for the second "
    "time, or close them.",
)
def let_send(by: str, waiting: str | None, *, old_is_gone: bool) -> None:
    """Let a restored copy send texts, records and figures: the old one is gone for good.

    While both run, people get each text twice, and the ledger takes the records of one alone.
    After `bilum db stop-sending`, let texts go again.
    """
    with ready() as runtime:
        with runtime.database.read() as session:
            _administrator(session, runtime, by)
            why = refusal(session)
            if why is None:
                screen.print("This database may send already; nothing changes.")
                return
            since = refused_since(session) or runtime.clock()
            copy = is_of_copy(why)
            many = count_doubtful(session, since, runtime.clock()) if copy else 0
        screen.print(f"Nothing is sent: {REASONS[why]}.")
        if many and waiting is None:
            raise click.UsageError(f"{_counted(many)}: add --waiting send, or --waiting close")
        if copy and not old_is_gone:
            click.confirm("Is the old one stopped, so that nothing starts it again?", abort=True)
        _give(runtime, by, since, close=waiting == "close")


@click.command("stop-sending")
@click.option("--by", metavar="PARTY|PHONE", required=True, help="The administrator who decides.")
def stop_sending(by: str) -> None:
    """Stop all texts at once, on every machine, until `bilum db let-send`.

    Reports are taken in and recorded meanwhile; answers to them wait.
    """
    with ready() as runtime, runtime.database.write() as session:
        party = _administrator(session, runtime, by)
        why = refusal(session)
        if why is None:
            hold_texts(session, party.id, runtime.clock())
    if why is None:
        screen.print("No text goes from now on, until `bilum db let-send`")
    else:
        screen.print(f"Nothing is sent already: {REASONS[why]}.")


def _counted(many: int) -> str:
    told = f"more than {MOST_COUNTED}" if many > MOST_COUNTED else str(many)
    return f"The old one may have sent texts that wait here, {told} of them"


def _give(runtime: Runtime, by: str, since: datetime, *, close: bool) -> None:
    now = runtime.clock()
    with runtime.database.write() as session:
        party = _administrator(session, runtime, by)
        if refusal(session) is None:
            # Somebody else said so meanwhile, and decided about what waits.
            screen.print("This database may send already; nothing changes.")
            return
        closed = close_doubtful(session, since, now) if close else 0
        give_right(session, party.id, now)
    screen.print(f"This database sends from now on; {closed} texts closed as uncertain")


def _administrator(session: Session, runtime: Runtime, by: str) -> Party:
    party = find_party(session, runtime.database.vault, by)
    if party.role != Role.ADMINISTRATOR:
        raise Forbidden("Only an administrator decides this: see `bilum party add --role`")
    return party


@click.command("rotate-key")
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
def rotate_key(key_file: Path | None, *, retire: bool, leaked: bool) -> None:
    """Start using a new data key and encrypt everything with it; run again to continue.

    The services may keep running; with --leaked, stop them first. What does not open stays as it
    was: its rows are named at the end, with status 1.
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
        done = change_key(runtime.database, path, mode, lambda rows: bar.advance(task, rows))
    _tell(done, path.name)
    if done.shut:
        sys.exit(FOUND)


def _tell(done: RotationResult, name: str) -> None:
    screen.print(f"rows sealed anew: {done.rows}")
    if done.left:
        screen.print(f"{done.left} rows are held by other processes: run it again")
    elif done.old_keys:
        screen.print(
            f"{name} holds the older key beside the new one. Restart every process that has the "
            "database open, then run `bilum db rotate-key --retire`."
        )
    if done.shut:
        screen.print(f"{len(done.shut)} rows hold what does not open; that stays as it was:")
        screen.print("\n".join(done.shut))
    if done.leaked:
        screen.print("Indexes and digests are under a new key too; codes of passports have ended.")
    screen.print(f"Keep a copy of {name} now, apart from the backups: no older copy opens it all.")


@click.command("backup-key")
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
