"""The scheduled work of health programmes: one chunk of each kind, each in its own transaction.

A killed process loses nothing: what is planned, asked or queued is written together with the mark
that it was.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.health.campaigns.running import run_campaigns
from services.health.care.danger_questions import pass_on_silent
from services.health.care.second_contacts import contact_again
from services.health.conversation.reminders import allocation_waits, close, remind
from services.health.courses.completion import finish
from services.health.courses.holding import release_held
from services.health.courses.plan_changes import resume_due
from services.health.courses.planner import plan
from services.health.imports.taking import take_lists
from services.health.recalls.corrections import send_corrections
from services.health.recalls.waiting_texts import replace_waiting
from services.storage.database import Database
from sms.settings import SmsSettings

CHUNK = 200


def keep_programmes(database: Database, settings: SmsSettings, now: datetime) -> bool:
    """Do one chunk of each kind of due work; return whether there may be more."""
    steps: Sequence[Callable[[Session], bool]] = (
        lambda session: replace_waiting(session, now, CHUNK) > 0,
        lambda session: pass_on_silent(session, now, CHUNK) >= CHUNK,
        lambda session: contact_again(session, now, CHUNK) >= CHUNK,
        lambda session: release_held(session, now, CHUNK) >= CHUNK,
        lambda session: resume_due(session, now, CHUNK) >= CHUNK,
        lambda session: plan(session, database.vault, now) > 0,
        lambda session: send_corrections(session, now, CHUNK) > 0,
        lambda session: close(session, now, CHUNK) >= CHUNK,
        lambda session: remind(session, now, CHUNK) >= CHUNK,
        lambda session: run_campaigns(session, settings, now) < 0,
        lambda session: finish(session, now, CHUNK) >= CHUNK,
    )
    work = [partial(database.run, step, exclusive=False) for step in steps]
    return any(
        do_each([*work, partial(_allocate, database, now), partial(take_lists, database, now)])
    )


def _allocate(database: Database, now: datetime) -> bool:
    """Close questions after which a trial allocates: that is recorded, so it needs the lock."""
    with database.read() as session:
        if not allocation_waits(session, now):
            return False
    with database.write() as session:
        return close(session, now, CHUNK, allocating=True) >= CHUNK
