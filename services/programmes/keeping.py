"""The clock of the programmes: a chunk of everything that is due, each in its own transaction.

Killed anywhere, the next one goes on: what is planned, asked or queued is written together with the
mark that it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.programmes.campaigns.running import run_campaigns
from services.programmes.planning.changing import resume_due
from services.programmes.planning.finishing import finish
from services.programmes.planning.planner import plan
from services.programmes.talking.reminding import close, remind

if TYPE_CHECKING:
    from datetime import datetime

    from services.storage.database import Database
    from sms.settings import SmsSettings

CHUNK = 200


def keep_programmes(database: Database, settings: SmsSettings, now: datetime) -> bool:
    """Do what is due, a chunk of each kind; tell whether there may be more.

    Args:
        database: every kind of work is a transaction of its own.
        settings: quiet hours and prices, for campaigns.
        now: UTC.
    """
    with database.write() as session:
        left = resume_due(session, now, CHUNK) >= CHUNK
    with database.write() as session:
        left |= plan(session, database.vault, now) > 0
    with database.write() as session:
        left |= close(session, now, CHUNK) >= CHUNK
    with database.write() as session:
        left |= remind(session, now, CHUNK) >= CHUNK
    with database.write() as session:
        run_campaigns(session, settings, now)
    with database.write() as session:
        left |= finish(session, now, CHUNK) >= CHUNK
    return bool(left)
