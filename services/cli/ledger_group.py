"""`bilum ledger`: the contract, its roles, its network."""

from __future__ import annotations

import click

from services.cli.lazy import Lazy

_COMMANDS = {
    "status": "ledger_admin:status",
    "consistency": "ledger:consistency",
    "deploy": "ledger:deploy",
    "key": "ledger_admin:key",
    "grant": "ledger_admin:grant",
    "revoke": "ledger_admin:revoke",
    "pause": "ledger_admin:pause",
    "unpause": "ledger_admin:unpause",
    "fund": "ledger_admin:fund",
    "admin": "ledger_admin:admin",
    "network": "ledger_network:network",
}


@click.group("ledger", cls=Lazy, where=_COMMANDS)
def ledger_group() -> None:
    """Look after the ledger contract."""
