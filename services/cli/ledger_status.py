"""`bilum ledger status`: what the contract says of itself, without the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from chain.connection import connect, signer_address
from services.cli.ledger_admin import handover_text
from services.core.clock import utc_now
from services.core.settings import Settings

if TYPE_CHECKING:
    from chain.connection import Connection


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(*, as_json: bool) -> None:
    """Tell identity, size, root, head, roles and balance of the ledger, as the node has them.

    Ages are seconds by this machine's clock, balances wei.
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
    root = chain.ledger.root_at(size) or b""
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
        "handover": begun and handover_text(begun),
    }


def _age(chain: Connection, block: int | None, now: int) -> int:
    return max(now - chain.administration.block_time(block), 0)
