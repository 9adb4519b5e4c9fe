"""`bilum ledger`: the contract, its roles, its network."""

from __future__ import annotations

import click

from services.cli.lazy import Lazy

_COMMANDS = {
    "status": (
        "ledger_admin:status",
        "Show the ledger's identity, size, root, head, roles and balance, as read from the node.",
    ),
    "consistency": (
        "ledger:consistency",
        "Write the proof that the ledger only grew: its first OLD records are unchanged.",
    ),
    "deploy": ("ledger:deploy", "Deploy the ledger contract on the node of BILUM_CHAIN_URL."),
    "key": ("ledger_admin:key", "Make keys."),
    "grant": ("ledger_admin:grant", "Let ADDRESS record."),
    "revoke": ("ledger_admin:revoke", "Stop ADDRESS from recording."),
    "pause": ("ledger_admin:pause", "Pause recording; events are still accepted, and wait."),
    "unpause": ("ledger_admin:unpause", "Resume recording."),
    "fund": ("ledger_admin:fund", "Send COINS (10^18 wei each) to ADDRESS, to pay for gas."),
    "admin": (
        "ledger_admin:admin",
        "Hand the contract over to another admin: begin, wait for the delay, accept.",
    ),
    "network": (
        "ledger_network:network",
        "Make a network of several organisations' validators; no key leaves its owner.",
    ),
}


@click.group("ledger", cls=Lazy, where=_COMMANDS)
def ledger_group() -> None:
    """Look after the ledger contract."""
