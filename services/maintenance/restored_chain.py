"""The embedded chain at a restore: the old one stays where it continues the backup's."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from chain.connection import connect
from chain.errors import LedgerError
from chain.ports import Checkpoint
from chain.settings import ChainSettings


def continues(settings: ChainSettings, backup: Path) -> bool:
    """Tell whether the chain that is in its place has all blocks of a backup's, and maybe more.

    A file that is no chain, or a damaged one, does not.
    """
    if settings.url is not None or not settings.embedded.exists() or not backup.exists():
        return False
    copy = replace(settings, embedded=backup)
    try:
        with connect(copy, write=False) as old, connect(settings, write=False) as here:
            head = old.ledger.head()
            same = here.identity() == old.identity()
            return same and here.ledger.block_hash(head) == old.ledger.block_hash(head)
    except (LedgerError, sqlite3.Error):
        return False


def chain_end(settings: ChainSettings) -> Checkpoint | None:
    """Return the checkpoint at which the embedded chain ends, None: it has no record."""
    with connect(settings, write=False) as chain:
        size = chain.ledger.size()
        return Checkpoint(size, chain.ledger.root_at(size)) if size else None
