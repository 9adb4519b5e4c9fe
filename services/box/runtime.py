"""The parts of a box, opened once. A composition root."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from services.box.apply_sync import LAST_SYNC
from services.box.enrolment import COMMAND, IDENTITY
from services.box.store import Reserve, Store, get_state
from services.core.clock import BoxClock, Clock, read_time, utc_now
from services.core.errors import BoxFull, SettingsError
from services.core.settings import Settings
from services.devices.signing_client import Identity, SigningClient, load_identity
from sms.carriers.console import ConsoleCarrier
from sms.carriers.kannel import KannelCarrier
from sms.ports import Carrier

FOLDER = "box"


@dataclass(frozen=True)
class Box:
    """One box's parts. `close` it at the end."""

    settings: Settings
    folder: Path
    store: Store
    reserve: Reserve
    own_clock: Clock
    clock: BoxClock

    @classmethod
    def open(
        cls,
        settings: Settings,
        own: Clock = utc_now,
        passed: Callable[[], float] = time.monotonic,
    ) -> Box:
        """Open the box in the data folder of `settings`; make it where there is none."""
        folder = settings.data_dir / FOLDER
        reserve = Reserve(folder)
        store = _open_store(folder, settings, reserve)
        with store.read() as unit:
            last = get_state(unit, LAST_SYNC)
        reserve.restore()
        told = read_time(last) if last else None
        return cls(settings, folder, store, reserve, own, BoxClock(own, passed, told))

    def identity(self) -> Identity:
        """Read who the box is.

        Raises:
            Invalid: it is not enrolled.
        """
        return load_identity(self.folder / IDENTITY, COMMAND)

    def client(self) -> SigningClient:
        """Make what signs and sends.

        Raises:
            Invalid: the box is not enrolled.
        """
        return SigningClient(self.identity())

    def carrier(self, screen: TextIO) -> Carrier:
        """Make the way to phones: the first channel of BILUM_ROUTES.

        Raises:
            SettingsError: it is none that a box has.
        """
        makers: dict[str, Callable[[], Carrier]] = {
            "console": lambda: ConsoleCarrier(screen),
            "kannel": lambda: KannelCarrier(self.settings.sms, self.clock),
        }
        channel = self.settings.sms.channels[0]
        if channel not in makers:
            raise SettingsError(["BILUM_ROUTES of a box must be: + kannel, or: + console"])
        return makers[channel]()

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def _open_store(folder: Path, settings: Settings, reserve: Reserve) -> Store:
    try:
        return Store(folder, settings.data_key)
    except BoxFull:
        if not reserve.let_go():
            raise
        return Store(folder, settings.data_key)
