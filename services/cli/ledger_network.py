"""`bilum ledger network`: the keys and files of a network of Besu validators (QBFT)."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from chain.errors import NetworkError
from chain.files import write_private
from chain.network import PORT, Validator, genesis, static_nodes, tolerated, validator_of
from services.cli.lazy import Lazy

_FILE = click.Path(dir_okay=False, path_type=Path)
_KEY_BYTES = 32


_ELSEWHERE = {
    "validators": ("ledger_votes:validators", "List who makes blocks, and how this node votes."),
    "vote": (
        "ledger_votes:vote",
        "Vote to add ADDRESS to the validators or to drop it; more than half must vote alike.",
    ),
    "withdraw": (
        "ledger_votes:withdraw",
        "Withdraw the vote on ADDRESS, when the vote is over or was a mistake.",
    ),
}


@click.group(cls=Lazy, where=_ELSEWHERE)
def network() -> None:
    """Make a network of several organisations' validators; no key leaves its owner."""


@network.command()
@click.argument("file", type=_FILE)
@click.option("--host", required=True, help="IP address that the other validators call.")
@click.option("--port", default=PORT, show_default=True, help="TCP port that they call.")
def key(file: Path, host: str, port: int) -> None:
    """Make a validator's private key in FILE, unless it exists; print its enode URL.

    Give the URL to the other organisations; never give away the file.
    """
    if not file.exists():
        _write(file, f"0x{secrets.token_hex(_KEY_BYTES)}\n", private=True)
    made = validator_of(_read_key(file), host, port)
    click.echo(f"validator {made.address}", err=True)
    click.echo(made.enode)


@network.command("genesis")
@click.argument("file", type=_FILE)
@click.argument("enodes", nargs=-1, required=True)
@click.option("--chain-id", type=click.IntRange(1), required=True, help="EIP-155 chain id.")
@click.option("--fund", multiple=True, metavar="ADDRESS", help="Owns coins from the start.")
def make_genesis(file: Path, enodes: tuple[str, ...], chain_id: int, fund: tuple[str, ...]) -> None:
    """Write Besu's genesis file for the validators with these ENODES, in any order.

    The same arguments give the same file, byte for byte. A different file is not overwritten.
    """
    validators = [Validator.parse(url) for url in enodes]
    text = genesis(chain_id, validators, fund)
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise NetworkError(f"{file} is another genesis already: a chain cannot change its own.")
    _write(file, text)
    down = tolerated(len(validators))
    click.echo(f"{len(validators)} validators; {down} of them may be down", err=True)


@network.command()
@click.argument("file", type=_FILE)
@click.argument("enodes", nargs=-1, required=True)
def peers(file: Path, enodes: tuple[str, ...]) -> None:
    """Write Besu's file of static nodes, the peers of a validator. It is overwritten each time."""
    _write(file, static_nodes([Validator.parse(url) for url in enodes]))


def _write(path: Path, text: str, *, private: bool = False) -> None:
    try:
        write_private(path, text)
        if not private:
            path.chmod(0o644)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from error


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except (OSError, ValueError) as error:
        raise NetworkError(f"{path} cannot be read as a validator's key.") from error
    if len(key) != _KEY_BYTES:
        raise NetworkError(f"{path} does not hold a key of 32 bytes.")
    return key
