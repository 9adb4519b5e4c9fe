"""`bilum ledger status`, `grant`, `revoke`, `pause`, `unpause`, `fund`, `admin` and `key`."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any

import click

from chain.administration import Administration, Handover
from chain.connection import Connection, connect, signer_address
from chain.errors import NodeUnreachable
from chain.files import write_private
from chain.keys import create_keystore
from chain.transactions import ETHER
from services.cli.common import screen
from services.core.clock import utc_now
from services.core.settings import Settings

_FILE = click.Path(dir_okay=False, path_type=Path)


@contextmanager
def _administered(keystore: Path | None, password_file: Path | None) -> Iterator[Administration]:
    settings = Settings.from_env().chain
    if settings.url is None and not settings.embedded.exists():
        raise NodeUnreachable("There is no chain yet: it is made when recording first starts.")
    if (keystore is None) != (password_file is None):
        raise click.UsageError("Give --keystore and --password-file together.")
    if keystore and password_file:
        password = _read_password(password_file)
        settings = replace(settings, keystore=keystore, keystore_password=password)
    with connect(settings, write=True) as chain:
        yield chain.administration


def _by_admin(command: Callable[..., None]) -> Callable[..., None]:
    """Hand a command the contract, opened to change what only the admin may.

    Without the options that name a key, BILUM_SIGNER_KEYSTORE's signs.
    """

    @click.option(
        "--keystore", type=_FILE, help="Keystore of the signing key; default: the signer's."
    )
    @click.option("--password-file", type=_FILE, help="File of its password.")
    @wraps(command)
    def signed(keystore: Path | None, password_file: Path | None, **told: object) -> None:
        with _administered(keystore, password_file) as roles:
            command(roles, **told)

    return signed


@click.command()
@click.argument("address")
@_by_admin
def grant(roles: Administration, address: str) -> None:
    """Let ADDRESS record."""
    roles.grant(address)
    screen.print(f"{address} may record")


@click.command()
@click.argument("address")
@_by_admin
def revoke(roles: Administration, address: str) -> None:
    """Stop ADDRESS from recording."""
    roles.revoke(address)
    screen.print(f"{address} may not record")


@click.command()
@_by_admin
def pause(roles: Administration) -> None:
    """Pause recording; events are still accepted, and wait."""
    roles.pause()
    screen.print("recording is paused")


@click.command()
@_by_admin
def unpause(roles: Administration) -> None:
    """Resume recording."""
    roles.unpause()
    screen.print("recording goes on")


@click.command()
@click.argument("address")
@click.argument("coins", type=Decimal)
@_by_admin
def fund(roles: Administration, address: str, coins: Decimal) -> None:
    """Send COINS (10^18 wei each) to ADDRESS, to pay for gas."""
    roles.fund(address, int(coins * ETHER))
    screen.print(f"{address} owns {Decimal(roles.balance(address)) / ETHER} coins")


@click.group()
def admin() -> None:
    """Hand the contract over to another admin: begin, wait for the delay, accept."""


@admin.command()
@click.argument("heir")
@_by_admin
def begin(roles: Administration, heir: str) -> None:
    """Name HEIR, the address of the next admin."""
    screen.print(_handover_text(roles.begin_handover(heir)))


@admin.command()
@_by_admin
def cancel(roles: Administration) -> None:
    """Undo `begin`, unless the heir has accepted."""
    roles.cancel_handover()
    screen.print("no handing over is on its way")


@admin.command()
@_by_admin
def accept(roles: Administration) -> None:
    """Become the admin; sign with the heir's key."""
    roles.accept_handover()
    screen.print(f"{roles.admin()} is the admin")


@click.group()
def key() -> None:
    """Make keys."""


@key.command()
@click.option("--keystore", type=_FILE, required=True, help="Where to write the key, sealed.")
@click.option(
    "--password-file",
    type=_FILE,
    required=True,
    help="File of its password; made if there is none.",
)
def create(keystore: Path, password_file: Path) -> None:
    """Make a key, write it as a keystore file (version 3, scrypt), and print its address.

    Nothing is overwritten.
    """
    try:
        if not password_file.exists():
            write_private(password_file, secrets.token_urlsafe(24))
        click.echo(create_keystore(keystore, _read_password(password_file)))
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error


def _handover_text(handover: Handover) -> str:
    since = datetime.fromtimestamp(handover.since, UTC)
    return f"{handover.to} may accept after {since:%Y-%m-%d %H:%M:%S}Z"


def _read_password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from error


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(*, as_json: bool) -> None:
    """Show the ledger's identity, size, root, head, roles and balance, as read from the node.

    Ages are in seconds by this machine's clock, balances in wei.
    """
    settings = Settings.from_env().chain
    with connect(settings, write=False) as chain:
        told = _ledger(chain) | _roles(chain, signer_address(settings))
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        click.echo(f"{name.replace('_', ' ')}: {'-' if value is None else value}")


def _ledger(chain: Connection) -> dict[str, Any]:
    identity, size = chain.identity(), chain.ledger.size()
    root = chain.ledger.root_at(size)
    newest = next(iter(chain.logs.batches(size - 1)), None) if size else None
    now = int(utc_now().timestamp())
    return {
        "contract": identity.contract,
        "chain_id": identity.chain_id,
        "genesis": f"0x{identity.genesis.hex()}",
        "size": size,
        "root": root.hex(),
        "newest_record_age": None if newest is None else _age(chain, newest.block_number, now),
        "head": chain.ledger.head(),
        "head_age": _age(chain, None, now),
        "paused": chain.ledger.paused(),
    }


def _roles(chain: Connection, recorder: str | None) -> dict[str, Any]:
    roles = chain.administration
    begun = roles.handover()
    return {
        "recorder": recorder,
        "recorder_may_record": recorder and chain.ledger.has_recorder_role(recorder),
        "recorder_balance": None if recorder is None else roles.balance(recorder),
        "admin": roles.admin(),
        "admin_delay": roles.delay(),
        "handover": begun and _handover_text(begun),
    }


def _age(chain: Connection, block: int | None, now: int) -> int:
    return max(now - chain.administration.block_time(block), 0)
