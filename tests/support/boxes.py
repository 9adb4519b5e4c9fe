"""Binds numbers to a village's box, as if an officer's list had been approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.devices.registry import find_device
from services.messaging.village_bindings import BY_LIST, BindingState, bind
from services.storage.models import VillageBinding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.runtime.container import Runtime


def bind_numbers(runtime: Runtime, box: str, numbers: Iterable[str]) -> None:
    """`box`: the device's name or public id."""
    now, vault = runtime.clock(), runtime.database.vault
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
