"""Binds numbers to a village's box, as if an officer's list had been approved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.devices.registry import find_device
from services.messaging.village_bindings import BY_LIST, BindingState, bind
from services.storage.models import VillageBinding

LONG_AGO = timedelta(days=90)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.runtime.container import Runtime


def bind_numbers(runtime: Runtime, box: str, numbers: Iterable[str]) -> None:
    """Bind them long ago, so that what a box dates back is believed; `box`: name or public id."""
    now, vault = runtime.clock() - LONG_AGO, runtime.database.vault
    with runtime.database.write() as session:
        device = find_device(session, box)
        for number in numbers:
            row = VillageBinding(
                device_id=device.id,
                number_index=vault.index(number),
                number=number,
                state=BindingState.SEEN.value,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            bind(session, row, BY_LIST, now)
