"""Deploying the ledger contract on a node."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from chain.errors import NoContract, NodeUnreachable, NoSigner
from chain.ledger import Ledger, deploy, http_provider
from chain.ports import LedgerIdentity
from chain.settings import ChainSettings
from chain.signer import KeystoreSigner
from services.core.errors import NotInPlace

DEPLOYMENTS = Path("contracts/deployments")


def deploy_ledger(
    settings: ChainSettings,
    roles: tuple[str | None, str | None],
    address_file: Path | None = None,
    announce: Callable[[str], None] = lambda _address: None,
) -> tuple[str, Path | None]:
    """Deploy, and write `<chain id>.json` into `contracts/deployments` or else the data folder.

    Where the settings have an address, or `address_file` holds that of a ledger on this node,
    nothing is deployed, and no file is returned with the address.

    Args:
        settings: name the node and the key.
        roles: addresses of admin and recorder; None: the signer's.
        address_file: is written in place of that file.
        announce: called with the address at once, since what follows may fail.

    Raises:
        NodeUnreachable, NoSigner, LedgerError.
        NoContract: no ledger is at the address of the settings.
        NotInPlace: the contract is on the chain, and the file cannot be written.
    """
    if settings.url is None:
        raise NodeUnreachable("BILUM_CHAIN_URL is not set: the embedded chain deploys by itself.")
    if settings.keystore is None:
        raise NoSigner("BILUM_SIGNER_KEYSTORE is not set: make a keystore v3 file and fund it.")
    provider = http_provider(settings.url)
    if there := _there(provider, settings.address, address_file):
        announce(there)
        return there, None
    signer = KeystoreSigner.open(settings.keystore, settings.keystore_password or "")
    admin, recorder = roles
    address = deploy(provider, signer, admin, recorder)
    announce(address)
    identity = Ledger(provider, address).identity()
    folder = DEPLOYMENTS if os.access(DEPLOYMENTS, os.W_OK) else settings.embedded.parent
    path = address_file or folder / f"{identity.chain_id}.json"
    try:
        _write(identity, path, alone=address_file is not None)
    except OSError as error:
        raise NotInPlace(
            f"The ledger is at {address}, but {path} cannot be written: {error.strerror}. Set "
            "BILUM_LEDGER_ADDRESS to it, and do not deploy again."
        ) from error
    return address, path


def _there(provider: object, given: str | None, address_file: Path | None) -> str | None:
    if given:
        return Ledger(provider, given).identity().contract  # type: ignore[arg-type]
    if address_file is None or not address_file.exists():
        return None
    address = address_file.read_text(encoding="ascii").strip()
    try:
        Ledger(provider, address).identity()  # type: ignore[arg-type]
    except NoContract:
        return None
    return address


def _write(identity: LedgerIdentity, path: Path, *, alone: bool) -> None:
    """Write the address alone, or with what tells the chain from others."""
    if alone:
        path.write_text(identity.contract + "\n", encoding="ascii")
        return
    facts = {
        "address": identity.contract,
        "chainId": identity.chain_id,
        "genesis": f"0x{identity.genesis.hex()}",
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
