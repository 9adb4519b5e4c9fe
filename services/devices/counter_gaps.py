"""Gaps in the counters of devices: later requests wait for a day, then take effect."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.envelope import Answer, Envelope
from gateway.intake import take_waiting
from services.storage.database import Database
from services.storage.device_queue import ready_devices, skip_gap, stuck_devices
from services.storage.unit_of_work import Unit, Units

_LOG = logging.getLogger("bilum.devices")
WAIT = timedelta(days=1)
"""A batch that comes by another way than the one before it is seldom later than this."""


def skip_stale_gaps(
    units: Units,
    database: Database,
    handle: Callable[[Unit, Envelope], Answer],
    now: datetime,
) -> None:
    """Let requests take effect that have waited for a day; the gap before them stays on record.

    What is missing may still come: it takes effect then. What was ready when the process died that
    was at it takes effect as well.
    """
    with database.read() as session:
        stuck, ready = stuck_devices(session, now - WAIT), ready_devices(session)
    for device in ready:
        take_waiting(device, units, handle)
    for device in stuck:
        with units() as unit:
            skip_gap(unit.session, device)
        take_waiting(device, units, handle)
        _LOG.warning("device %s: requests are missing, those after them took effect", device)
