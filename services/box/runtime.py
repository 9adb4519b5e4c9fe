"""The parts of a box, opened once, and its enrolment. A composition root."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, update

from services.box.apply_sync import LAST_SYNC
from services.box.pending_requests import COUNTER
from services.box.store import Reserve, Store, get_state, set_state
from services.box.sync_loop import PROBLEM, STOPPED
from services.box.tables import NUMBER, REQUEST, TEXT
from services.core.clock import BoxClock, Clock, read_time, utc_now
from services.core.errors import BoxFull, Invalid, SettingsError
from services.core.settings import Settings
from services.devices.signing_client import (
    Identity,
    SigningClient,
    enrol_key,
    load_identity,
    save_identity,
)
from sms.carriers.console import ConsoleCarrier
from sms.carriers.kannel import KannelCarrier
from sms.ports import Carrier

FOLDER = "box"

IDENTITY = "identity.json"
COMMAND = "bilum village enrol URL CODE"
_BEGUN = "enrolling.json"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DEVICE = "device"
"""Name of the state that holds which device the rows were kept for."""


@dataclass(frozen=True)
class Box:
    """One box's parts. `close` it at the end."""

    settings: Settings
    folder: Path
    store: Store
    reserve: Reserve
    clock: BoxClock

    @classmethod
    def open(
        cls,
        settings: Settings,
        own: Clock = utc_now,
        passed: Callable[[], float] = time.monotonic,
        boot: str | None = None,
    ) -> "Box":
        """Open the box in the data folder of `settings`; make it where there is none.

        `passed` counts from a start of the machine, which `boot` names; None: the machine does.
        """
        folder = settings.data_dir / FOLDER
        reserve = Reserve(folder)
        store = _open_store(folder, settings, reserve)
        with store.read() as unit:
            last = get_state(unit, LAST_SYNC)
        reserve.restore()
        told = read_time(last) if last else None
        return cls(settings, folder, store, reserve, BoxClock(own, passed, told, boot or _boot()))

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


def _boot() -> str:
    """Return the name of the machine's start; where it has none, that of the program's."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return uuid4().hex


def _open_store(folder: Path, settings: Settings, reserve: Reserve) -> Store:
    try:
        return Store(folder, settings.data_key)
    except BoxFull:
        if not reserve.let_go():
            raise
        return Store(folder, settings.data_key)


def enrol(folder: Path, store: Store, url: str, code: str) -> Identity:
    """Bring a fresh key to the server and keep the identity that comes back.

    The key is kept before it is sent: where the answer is lost, the same key comes again.

    Raises:
        ServerUnreachable: there is no whole answer; the same call goes on.
        Invalid: the server takes no key for this code.
    """
    begun = folder / _BEGUN
    private = _key_of(begun, url, code)
    identity, counter = enrol_key(url, code, private)
    with store.write() as unit:
        _begin(unit, identity, counter)
    save_identity(identity, folder / IDENTITY)
    begun.unlink(missing_ok=True)
    return identity


def _key_of(begun: Path, url: str, code: str) -> Ed25519PrivateKey:
    try:
        kept = load_identity(begun, COMMAND)
    except Invalid:
        kept = None
    if kept is not None and kept.device == code:
        return kept.private
    begun.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Identity.of(url, code, Ed25519PrivateKey.generate())
    save_identity(fresh, begun)
    return fresh.private


def _begin(unit: Connection, identity: Identity, counter: int) -> None:
    """Go on with what is kept, under the identity that the box has from now on."""
    same = get_state(unit, DEVICE) == identity.device
    if not same:
        # What was promised and handed over belongs to the device of before.
        unit.execute(delete(NUMBER).where(NUMBER.c.tag.is_(None)))
        unit.execute(update(TEXT).values(of_server=False))
    if not same or get_state(unit, STOPPED) is not None:
        # The server refused what was on its way, or never saw it: its items go in another.
        unit.execute(delete(REQUEST))
    own = get_state(unit, COUNTER) or 1
    set_state(unit, COUNTER, max(counter, own) if same else counter)
    set_state(unit, DEVICE, identity.device)
    set_state(unit, STOPPED, None)
    set_state(unit, PROBLEM, None)
