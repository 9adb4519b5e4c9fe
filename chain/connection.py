"""The one place that chooses between the embedded chain and a node."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chain.administration import Administration
from chain.embedded import EmbeddedChain
from chain.errors import NoContract, NoSigner
from chain.evm import Clock
from chain.keys import own_signer
from chain.ledger import Ledger, http_provider, rpc_request
from chain.logs import ReceiptLogReader, RpcLogReader
from chain.ports import LedgerIdentity, LogReader
from chain.settings import ChainSettings
from chain.signer import KeystoreSigner, Signer
from chain.transactions import GWEI


@dataclass(frozen=True, slots=True)
class Connection:
    """A contract on a chain, ready to use.

    Attributes:
        ledger: its client; it signs only where the connection was made for writing.
        logs: the reader of its events that suits the chain.
        administration: its roles; it changes them only where the connection was made for writing,
            with the key of the settings.
    """

    ledger: Ledger
    logs: LogReader
    administration: Administration

    def identity(self) -> LedgerIdentity:
        """Return which ledger this is."""
        return self.ledger.identity()


@contextmanager
def connect(
    settings: ChainSettings, *, write: bool, clock: Clock | None = None
) -> Iterator[Connection]:
    """Open the chain that `settings` name.

    Args:
        settings: with `url` a node, without it the embedded chain.
        write: whether to record. On the embedded chain one process may, and it makes the chain
            where there is none.
        clock: seconds since 1970 for the embedded chain's blocks; None: the machine's.

    Raises:
        ChainLocked, NodeUnreachable: see `EmbeddedChain.open`.
        NoContract: a node without the contract's address.
        NoSigner: no key for a node, a key that cannot be opened, or a process that holds none.
    """
    if write and not settings.signs:
        raise NoSigner("This process serves the web and holds no key: `bilum worker` records.")
    signer = _signer(settings) if write else None
    if settings.url is not None:
        yield _node(settings, settings.url, signer)
        return
    with EmbeddedChain.open(settings.embedded, write=write, signer=signer, clock=clock) as chain:
        logs = ReceiptLogReader(chain, chain.contract)
        roles = Administration(chain.provider, chain.contract, chain.signer)
        yield Connection(chain.ledger, logs, roles)


def signer_address(settings: ChainSettings) -> str | None:
    """Return the address of the recorder's key, None where no key is set.

    Raises:
        NoSigner: the key cannot be opened.
    """
    if not settings.signs:
        return None
    if settings.keystore is None and settings.url is None:
        return own_signer(settings.embedded.parent, make=False).address
    if settings.keystore is None:
        return None
    return KeystoreSigner.open(settings.keystore, settings.keystore_password or "").address


def _node(settings: ChainSettings, url: str, signer: Signer | None) -> Connection:
    if settings.address is None:
        raise NoContract("No address of the ledger contract on the node is set.")
    provider = http_provider(url)
    ledger = Ledger(provider, settings.address, signer, int(settings.max_fee_gwei * GWEI))
    roles = Administration(provider, settings.address, signer)
    return Connection(ledger, RpcLogReader(rpc_request(provider), settings.address), roles)


def _signer(settings: ChainSettings) -> Signer | None:
    if settings.keystore is not None:
        return KeystoreSigner.open(settings.keystore, settings.keystore_password or "")
    if settings.url is not None:
        raise NoSigner("No keystore with the recorder's key is set.")
    return None
