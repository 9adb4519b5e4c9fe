"""Enrolment of a box, also after its code was spent and the answer lost."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, update

from services.box.pending_requests import COUNTER
from services.box.store import Store, get_state, set_state
from services.box.sync_loop import PROBLEM, STOPPED
from services.box.tables import NUMBER, REQUEST, TEXT
from services.core.errors import Invalid
from services.devices.signing_client import Identity, enrol_key, load_identity, save_identity

IDENTITY = "identity.json"
COMMAND = "bilum village enrol URL CODE"
_BEGUN = "enrolling.json"
DEVICE = "device"
"""Name of the state that holds which device the rows were kept for."""


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
