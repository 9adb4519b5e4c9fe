"""Settings of the ledger; built by `core.settings`, never read from the environment here."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Place of the ledger, and how to write to it.

    Attributes:
        url: JSON-RPC address of a node; None: the embedded chain. Hidden, it may hold a key.
        embedded: file of the embedded chain.
        address: the contract on the node; unused on the embedded chain, which knows its own.
        keystore: keystore v3 file of the recorder's key.
        keystore_password: its password.
        confirmations: blocks after which an inclusion is final; None: 12, or 1 embedded.
        batch_records: most records in one transaction.
        batch_seconds: how long the oldest record may wait for others.
        max_fee_gwei: most that is offered for a gas, in gwei.
        signs: whether this process may hold the recorder's key; a web process may not.
        stuck_seconds: after which a transaction that blocks do not take is offered for more.
    """

    url: str | None = field(repr=False)
    embedded: Path
    address: str | None = None
    keystore: Path | None = None
    keystore_password: str | None = field(default=None, repr=False)
    confirmations: int | None = None
    batch_records: int = 500
    batch_seconds: float = 5.0
    max_fee_gwei: float = 200.0
    signs: bool = True
    stuck_seconds: float = 60.0

    @property
    def depth(self) -> int:
        """Confirmations that make an inclusion final."""
        if self.confirmations is not None:
            return self.confirmations
        return 12 if self.url else 1
