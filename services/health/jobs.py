"""The scheduled work of health programmes: one chunk of each kind, each in its own transaction.

A killed process loses nothing: what is planned, asked or queued is written together with the mark
that it was.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.health.campaigns.running import run_campaigns
from services.health.care.danger_questions import pass_on_silent
from services.health.care.ladder import hold_again
from services.health.care.second_contacts import contact_again
from services.health.conversation.reminders import allocation_waits, close, remind
from services.health.courses.completion import finish
from services.health.courses.holding import release_held
from services.health.courses.plan_changes import resume_due
from services.health.courses.planner import plan
from services.health.imports.taking import take_lists
from services.health.recalls.corrections import send_corrections
from services.health.recalls.receivers import note_receivers
from services.health.recalls.waiting_texts import replace_waiting
from services.storage.database import Database
from sms.settings import SmsSettings

CHUNK = 200


def keep_programmes(
    database: Database, settings: SmsSettings, now: datetime, kinds: Collection[str] | None = None
) -> frozenset[str]:
    """Do one chunk of each kind of due work; return the kinds of which there may be more.

    Args:
        kinds: those to do; None: all.
    """
    steps = _steps(database, settings, now)
    wanted = [kind for kind in steps if kinds is None or kind in kinds]
    done = do_each([steps[kind] for kind in wanted])
    return frozenset(kind for kind, more in zip(wanted, done, strict=True) if more)


def _steps(
    database: Database, settings: SmsSettings, now: datetime
) -> Mapping[str, Callable[[], bool]]:
    """Return what does a chunk of each kind of work, and tells whether there may be more."""
    kinds: Mapping[str, Callable[[Session], bool]] = {
        "waiting texts": lambda session: replace_waiting(session, now, CHUNK) > 0,
        "silence": lambda session: pass_on_silent(session, now, CHUNK) >= CHUNK,
        "second contacts": lambda session: contact_again(session, now, CHUNK) >= CHUNK,
        "opened again": lambda session: hold_again(session, now) < 0,
        "held courses": lambda session: release_held(session, now, CHUNK) >= CHUNK,
        "pauses": lambda session: resume_due(session, now, CHUNK) >= CHUNK,
        "plans": lambda session: plan(session, database.vault, now) > 0,
        "receivers": note_receivers,
        "corrections": lambda session: send_corrections(session, now, CHUNK) > 0,
        "closing": lambda session: close(session, now, CHUNK) >= CHUNK,
        "reminders": lambda session: remind(session, now, CHUNK) >= CHUNK,
        "campaigns": lambda session: run_campaigns(session, settings, now) < 0,
        "ends": lambda session: finish(session, now, CHUNK) >= CHUNK,
    }
    return {
        **{kind: partial(database.run, step, exclusive=False) for kind, step in kinds.items()},
        "allocation": partial(_allocate, database, now),
        "lists": partial(take_lists, database, now),
    }


def _allocate(database: Database, now: datetime) -> bool:
    """Close questions after which a trial allocates: that is recorded, so it needs the lock."""
    with database.read() as session:
        if not allocation_waits(session, now):
            return False
    with database.write() as session:
        return close(session, now, CHUNK, allocating=True) >= CHUNK
