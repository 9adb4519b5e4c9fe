"""What is due by the clock, whether anything came or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.gaps import pass_over_gaps
from services.joining import settle_parts
from services.messaging.alarms import raise_alarms
from services.programmes.keeping import keep_programmes
from services.storage.forgetting import erase_leftovers
from services.storage.retention import erase_old_payloads
from services.storage.ussd_sessions import expire_sessions
from services.storage.villages import free_mail
from services.traceability.control.evening import send_evening

if TYPE_CHECKING:
    from services.runtime import Runtime


def keep_time(runtime: Runtime) -> None:
    """Put out what is due by the clock; what has gone out never goes twice."""
    with runtime.database.write() as session:
        send_evening(session, runtime.clock())
    settle_parts(runtime.units, runtime.conversation.answer, runtime.clock())
    with runtime.database.write() as session:
        expire_sessions(session, runtime.clock())
    with runtime.database.write() as session:
        erase_leftovers(session, runtime.database.vault, runtime.clock())
        raise_alarms(session, runtime.recorder_store, runtime.clock())
        erase_old_payloads(session, runtime.clock())
        free_mail(session, runtime.clock())
    pass_over_gaps(runtime.units, runtime.database, runtime.field.answer, runtime.clock())


def keep_courses(runtime: Runtime) -> bool:
    """Plan and ask what the health programmes have due, a chunk of each; False: nothing was."""
    return keep_programmes(runtime.database, runtime.settings.sms, runtime.clock())
