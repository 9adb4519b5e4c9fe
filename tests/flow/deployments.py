"""The two deployments that every journey is tested on: embedded, and real servers."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eth_account import Account

from chain.settings import ChainSettings
from services.cli.demo_stage import Stage
from services.core.clock import utc_now
from services.maintenance.deployment import deploy_ledger
from services.storage.data_key import load_or_make_key
from services.storage.database import DATA_KEY
from tests.anvil import RICH_SIGNER, running_anvil
from tests.support.migrated import with_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.core.clock import Clock

PASSWORD = "for-tests"
DAY = date(2026, 1, 1)


@contextmanager
def embedded(folder: Path, clock: Clock = utc_now) -> Iterator[Stage]:
    """SQLite and eth-tester in process; a folder without a database gets the schema."""
    stage = Stage(with_schema(folder), io.StringIO(), clock=clock)
    try:
        yield stage
    finally:
        stage.runtime.close()


def make_keystore(folder: Path) -> Path:
    """Write the key that anvil funds, as an operator keeps it."""
    folder.mkdir(parents=True, exist_ok=True)
    sealed = Account.encrypt(RICH_SIGNER._account.key, PASSWORD, kdf="pbkdf2", iterations=1_000)
    keystore = folder / "keystore.json"
    keystore.write_text(json.dumps(sealed), encoding="ascii")
    return keystore


def on_node(url: str, address: str, keystore: Path) -> dict[str, str]:
    """Return the settings of a ledger on a node."""
    return {
        "BILUM_CHAIN_URL": url,
        "BILUM_LEDGER_ADDRESS": address,
        "BILUM_SIGNER_KEYSTORE": str(keystore),
        "BILUM_SIGNER_PASSWORD": PASSWORD,
        "BILUM_CONFIRMATIONS": "1",
    }


@contextmanager
def servers(folder: Path, migrated_url: str, clock: Clock = utc_now) -> Iterator[Stage]:
    """PostgreSQL and an anvil node; the contract is deployed as an operator would."""
    keystore = make_keystore(folder)
    # The database has the schema already, and so makes no key.
    load_or_make_key(folder / DATA_KEY)
    with running_anvil() as url:
        chain = ChainSettings(
            url=url, embedded=folder / "unused", keystore=keystore, keystore_password=PASSWORD
        )
        address, _ = deploy_ledger(chain, (None, None), folder / "address")
        stage = Stage(
            folder,
            io.StringIO(),
            {"BILUM_DATABASE_URL": migrated_url, **on_node(url, address, keystore)},
            clock,
        )
        try:
            yield stage
        finally:
            stage.runtime.close()
