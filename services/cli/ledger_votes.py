"""`bilum ledger network validators`, `vote` and `withdraw`: at a validator's own node."""

from __future__ import annotations

from collections.abc import Callable

import click

from chain.ledger import http_provider
from chain.votes import ValidatorNode

_NODE = "http://127.0.0.1:8545"


def _of_node(command: Callable[..., None]) -> Callable[..., None]:
    told = "JSON-RPC address of your own validator."
    return click.option("--node", default=_NODE, show_default=True, help=told)(command)


@click.command()
@_of_node
def validators(node: str) -> None:
    """List who makes blocks, and how this node votes."""
    asked = ValidatorNode(http_provider(node))
    for address in asked.validators():
        click.echo(address)
    for address, add in asked.votes().items():
        click.echo(f"votes to {'add' if add else 'drop'} {address}", err=True)


@click.command()
@click.argument("choice", type=click.Choice(["add", "drop"]))
@click.argument("address")
@_of_node
def vote(choice: str, address: str, node: str) -> None:
    """Vote to add ADDRESS to the validators or to drop it; more than half must vote alike."""
    ValidatorNode(http_provider(node)).vote(address, add=choice == "add")


@click.command()
@click.argument("address")
@_of_node
def withdraw(address: str, node: str) -> None:
    """Withdraw the vote on ADDRESS, when the vote is over or was a mistake."""
    ValidatorNode(http_provider(node)).withdraw(address)
