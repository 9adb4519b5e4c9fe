"""Deploying the ledger contract on a node."""

import json
from pathlib import Path

from chain.errors import NoContract, NodeUnreachable, NoSigner
from chain.ledger import Ledger, deploy, http_provider
from chain.ports import LedgerIdentity
from chain.settings import ChainSettings
from chain.signer import KeystoreSigner

DEPLOYMENTS = Path("contracts/deployments")


def deploy_ledger(
    settings: ChainSettings,
    roles: tuple[str | None, str | None],
    address_file: Path | None = None,
) -> tuple[str, Path | None]:
    """Deploy, and write `contracts/deployments/<chain id>.json` where that folder is.

    Where `address_file` holds the address of a ledger on this node, nothing is deployed, and no
    file is returned with the address.

    Args:
        roles: addresses of admin and recorder; None: the signer's.

    Raises:
        NodeUnreachable, NoSigner, LedgerError.
    """
    if settings.url is None:
        raise NodeUnreachable("BILUM_CHAIN_URL is not set: the embedded chain deploys by itself.")
    if settings.keystore is None:
        raise NoSigner("BILUM_SIGNER_KEYSTORE is not set: make a keystore v3 file and fund it.")
    provider = http_provider(settings.url)
    if address_file and (there := _there(provider, address_file)):
        return there, None
    signer = KeystoreSigner.open(settings.keystore, settings.keystore_password or "")
    admin, recorder = roles
    address = deploy(provider, signer, admin, recorder)
    identity = Ledger(provider, address).identity()
    return address, _write(identity, address_file)


def _there(provider: object, address_file: Path) -> str | None:
    if not address_file.exists():
        return None
    address = address_file.read_text(encoding="ascii").strip()
    try:
        Ledger(provider, address).identity()  # type: ignore[arg-type]
    except NoContract:
        return None
    return address


def _write(identity: LedgerIdentity, address_file: Path | None) -> Path:
    facts = {
        "address": identity.contract,
        "chainId": identity.chain_id,
        "genesis": f"0x{identity.genesis.hex()}",
    }
    if address_file:
        address_file.write_text(identity.contract + "\n", encoding="ascii")
        return address_file
    folder = DEPLOYMENTS if DEPLOYMENTS.is_dir() else Path()
    path = folder / f"{identity.chain_id}.json"
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return path
