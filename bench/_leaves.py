"""Movements made up for the ledger's benchmark: whole events, so that an audit reads contents."""

from __future__ import annotations

import csv
import random
import secrets
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from chain.ports import Leaf
from services.livestock.domain.model import Origin, Report
from services.livestock.imports import CHANNEL, import_movements
from services.livestock.recording.record import record_events
from services.runtime.container import Runtime

LEAVES_PER_MOVEMENT: Final = 4
"""A departure and an arrival, each of one animal and one premises."""

_PREMISES, _ANIMALS, _DAYS = 8_000, 50_000, 365
_FIRST_DAY: Final = date(2024, 1, 1)


def random_leaves(many: int) -> list[Leaf]:
    """Return leaves of no event."""
    return [Leaf(secrets.token_bytes(32), secrets.token_bytes(32)) for _ in range(many)]


def write_movements(path: Path, many: int, seed: int) -> None:
    """Write a CSV of movements, as `bilum import` reads it."""
    chance = random.Random(seed)  # noqa: S311 — a sample
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "destination", "id", "t"))
        for _ in range(many):
            here, there = chance.sample(range(_PREMISES), 2)
            day = _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))
            writer.writerow((here, there, f"{chance.randrange(_ANIMALS):05}", day.isoformat()))


def fill_outbox(runtime: Runtime, path: Path) -> int:
    """Import a CSV of movements; return how many leaves wait for the ledger then."""

    def write(reports: list[Report]) -> int:
        with runtime.database.write() as session:
            return len(record_events(session, reports, Origin(CHANNEL, None, runtime.clock())))

    import_movements(path, write, runtime.clock().date())
    return runtime.recorder_store.pending()
