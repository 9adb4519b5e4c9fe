"""Dispatchers killed at random moments: no number gets a text twice, and none is lost.

`make faults` kills a thousand times on each database, the other runs a hundred.
"""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.storage.database import Database
from services.storage.vault import Vault
from tests.factories import KEY
from tests.fakes.file_carrier import FileCarrier
from tests.flow.dispatching import Campaign, seconds_of, spawn
from tests.support.environment import KILLS

if TYPE_CHECKING:
    from pathlib import Path

EACH, MOST_UNCERTAIN = 6, 0.001


def kill_again_and_again(url: str, folder: Path) -> Campaign:
    database = Database(url, Vault(KEY))
    database.upgrade()
    database.close()
    campaign, dice = Campaign(url, FileCarrier(folder / "phones")), random.SystemRandom()
    campaign.queue(EACH)
    whole = seconds_of(campaign.work)
    killed = 0
    while killed < KILLS:
        campaign.queue(EACH)
        child = spawn(campaign.work)
        time.sleep(dice.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        campaign.ahead += timedelta(minutes=dice.choice([1, 3, 11]))
    return campaign


def prove(campaign: Campaign) -> None:
    campaign.reconcile()
    tally = campaign.tally()
    print(f"{KILLS} kills: {tally}, {campaign.in_doubt()} attempts proven absent or in doubt")  # noqa: T201
    assert tally.twice == 0
    assert tally.lost == 0
    assert tally.uncertain <= tally.queued * MOST_UNCERTAIN


@pytest.mark.slow
def test_dispatcher__killed_at_random_on_sqlite__sends_each_message_once(tmp_path):
    file = tmp_path / "bilum.db"
    file.touch()
    prove(kill_again_and_again(f"sqlite:///{file}", tmp_path))


@pytest.mark.postgres
def test_dispatcher__killed_at_random_on_postgresql__sends_each_message_once(
    migrated_url, tmp_path
):
    prove(kill_again_and_again(migrated_url, tmp_path))
