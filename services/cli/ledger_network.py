"""`bilum ledger network`: keys, files and votes of a network of Besu validators (QBFT)."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chain.errors import NetworkError
from chain.files import write_private
from chain.network import PORT, Validator, genesis, static_nodes, tolerated, validator_of

if TYPE_CHECKING:
    from chain.votes import ValidatorNode

_FILE = click.Path(dir_okay=False, path_type=Path)
_KEY_BYTES = 32
_NODE = "http://127.0.0.1:8545"


@click.group()
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


def _of_node(command: Callable[..., None]) -> Callable[..., None]:
    told = "JSON-RPC address of your own validator."
    return click.option("--node", default=_NODE, show_default=True, help=told)(command)


def _open_node(node: str) -> "ValidatorNode":
    from chain.ledger import http_provider  # noqa: PLC0415 — slow to load, for a node alone
    from chain.votes import ValidatorNode  # noqa: PLC0415 — same

    return ValidatorNode(http_provider(node))


@network.command()
@_of_node
def validators(node: str) -> None:
    """List who makes blocks, and how this node votes."""
    asked = _open_node(node)
    for address in asked.validators():
        click.echo(address)
    for address, add in asked.votes().items():
        click.echo(f"votes to {'add' if add else 'drop'} {address}", err=True)


@network.command()
@click.argument("choice", type=click.Choice(["add", "drop"]))
@click.argument("address")
@_of_node
def vote(choice: str, address: str, node: str) -> None:
    """Vote to add ADDRESS to the validators or to drop it; more than half must vote alike."""
    _open_node(node).vote(address, add=choice == "add")


@network.command()
@click.argument("address")
@_of_node
def withdraw(address: str, node: str) -> None:
    """Withdraw the vote on ADDRESS, when the vote is over or was a mistake."""
    _open_node(node).withdraw(address)
