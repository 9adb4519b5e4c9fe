"""One sync of a village's box: reports, items, what is handed over, and the lists that changed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from gateway.envelope import DEVICE_CHANNEL, Answer, Envelope, key_digest
from services.core.clock import write_time
from services.devices.calls import CallDescription, DeviceCall, DeviceCallDispatcher, FieldCall
from services.devices.registry import DeviceKind
from services.health.versions.store import current_versions
from services.livestock.domain.movement_decision import Policy
from services.messaging.dispatch.village_handover import Handed, HandOver, apply_reports
from services.messaging.village_bindings import bound_numbers
from services.storage.models import Arrival, VillageAnswer, VillageBox
from services.storage.unit_of_work import Unit
from services.village.lists import FEW, give_block, read_statuses, read_words
from services.village.protocol import (
    LONGEST_BODY,
    MOST_ITEMS,
    PATH,
    SMS,
    VillageSyncedSchema,
    VillageSyncSchema,
)
from services.village.received_items import ReceivedItems
from services.village.senders import BoxCaps, Senders, open_day
from services.village.signed import RelayedRequests, lock_signers
from sms.carriers.village import report_from_box
from sms.settings import SmsSettings

FRESH = timedelta(minutes=10)
"""For how long the statuses of a box that brings nothing are not looked up again.

Those of one that always brings something are not looked up for as long either.
"""

_EXAMPLE = {
    "box": {"version": "0.1.0", "queued": 1, "free_bytes": 123456789},
    "items": [
        {
            "seq": 815,
            "kind": "sms",
            "at": "2026-11-25T01:02:03Z",
            "from": "+67570000001",
            "text": "REG 598000000000017",
            "answered": "kept",
            "numbers": ["104373"],
        }
    ],
    "reports": [
        {"message": "00000000-0000-4000-8000-000000000001", "state": "delivered", "code": None}
    ],
    "have": {"statuses": 17, "programmes": 3, "numbers": 40, "bound": 1},
}
_ANSWER = {
    "taken": [815],
    "refused": [],
    "messages": [
        {
            "id": "00000000-0000-4000-8000-000000000002",
            "to": "+67570000001",
            "text": "Mipela raitim pinis pik 104373.",
            "expires_at": "2026-11-28T01:05:00Z",
        }
    ],
    "statuses": {
        "version": 18,
        "rows": [
            {
                "numbers": ["104373", "598000000000017"],
                "status": "alive",
                "province": "Jiwaka",
                "barred": False,
                "as_of": "2026-11-25T01:05:00Z",
            }
        ],
    },
    "programmes": None,
    "numbers": None,
    "bound": {"version": 2, "numbers": ["+67570000001"]},
    "time": "2026-11-25T01:05:00Z",
}


@dataclass(frozen=True, slots=True)
class Sync:
    """Handles what boxes send."""

    answer: Callable[[Unit, Envelope], Answer]
    signed: RelayedRequests
    settings: SmsSettings
    policy: Policy
    caps: BoxCaps

    def __call__(self, call: FieldCall) -> Mapping[str, object]:
        """Take one batch, all of it or nothing; return what the box is answered."""
        _empty_answers(call)
        box = _note_box(call)
        # A batch that came before those that it waited for takes effect after them.
        call = replace(call, now=box.synced_at)
        told = call.told
        name = str(call.device.public_id)
        reports = [
            report_from_box(UUID(one["message"]), one["state"], one["code"])
            for one in told["reports"]
        ]
        apply_reports(call.unit.session, reports, name, call.now)
        taken, refused = self._take(call, box)
        messages = HandOver(call.unit.session, call.unit.vault, self.settings, call.now).run(
            call.device.id, name
        )
        return {
            "taken": taken,
            "refused": refused,
            "messages": [_message(one) for one in messages],
            **self._lists(call, box),
            "time": write_time(call.now),
        }

    def _take(self, call: FieldCall, box: VillageBox) -> tuple[list[int], list[dict[str, object]]]:
        numbers = {item["sender"] for item in call.told["items"] if item["kind"] == SMS}
        senders = Senders(call.unit, call.device, box, self.caps, numbers)
        items = ReceivedItems(call.unit, senders, call.now, self.answer, self.signed)
        taken: list[int] = []
        refused: list[dict[str, object]] = []
        for item in sorted(call.told["items"], key=lambda item: item["seq"]):
            refusal = items.take(item)
            if refusal is None:
                taken.append(item["seq"])
            else:
                refused.append({"seq": item["seq"], **refusal._asdict()})
        return taken, refused

    def _lists(self, call: FieldCall, box: VillageBox) -> dict[str, object]:
        """Return the lists that the box has not; while more of its queue comes, they wait."""
        told = call.told
        later = _brings_or_needs(call) and _put_off(box, call.now)
        if len(told["items"]) == MOST_ITEMS:
            return dict.fromkeys(("statuses", "programmes", "numbers", "bound"))
        return {
            "statuses": None if later else self._statuses(call, box),
            "programmes": _programmes(call, box),
            "numbers": give_block(
                call.unit.session, call.device.id, told["have"]["numbers"], call.now
            ),
            "bound": _bound(call, box),
        }

    def _statuses(self, call: FieldCall, box: VillageBox) -> dict[str, object] | None:
        mine = call.told["have"]["statuses"] == box.statuses_version
        if mine and _is_fresh(box, call.now):
            # It takes long, and a box comes every minute.
            return None
        box.statuses_at = call.now
        rows = read_statuses(call.unit.session, call.device.id, self.policy, call.now)
        digest = _digest(rows)
        if digest != box.statuses_digest:
            box.statuses_version, box.statuses_digest = box.statuses_version + 1, digest
        if call.told["have"]["statuses"] == box.statuses_version:
            return None
        as_of = write_time(call.now)
        return {
            "version": box.statuses_version,
            "rows": [{**row, "as_of": as_of} for row in rows],
        }


def _brings_or_needs(call: FieldCall) -> bool:
    """Tell whether a sync writes what the lock protects: it brings items, or needs numbers.

    An idle box reads its lists and takes its messages; its device's row keeps its syncs in order.
    """
    return bool(call.told["items"]) or call.told["have"]["numbers"] < FEW


def _put_off(box: VillageBox, now: datetime) -> bool:
    """Leave the statuses to the next sync that brings nothing; False: none came for too long.

    All writers would wait while they are looked up, and a box that gets answers comes at once.
    """
    stale = now - FRESH
    box.statuses_at = min(box.statuses_at or stale, stale)
    return now - box.statuses_at < 2 * FRESH


def _is_fresh(box: VillageBox, now: datetime) -> bool:
    return box.statuses_at is not None and now - box.statuses_at < FRESH


def _bound(call: FieldCall, box: VillageBox) -> dict[str, object] | None:
    if call.told["have"]["bound"] == box.bound_version:
        return None
    numbers = bound_numbers(call.unit.session, call.device.id)
    return {"version": box.bound_version, "numbers": numbers}


def _programmes(call: FieldCall, box: VillageBox) -> dict[str, object] | None:
    now = current_versions(call.unit.session)
    digest = _digest([[one.language, one.digest.hex(), one.recalled] for one in now])
    if digest != box.programmes_digest:
        box.programmes_version, box.programmes_digest = box.programmes_version + 1, digest
    if call.told["have"]["programmes"] == box.programmes_version:
        return None
    return {"version": box.programmes_version, **read_words(call.unit.session, now)}


def _note_box(call: FieldCall) -> VillageBox:
    """Keep what the box says of itself."""
    session, told = call.unit.session, call.told["box"]
    box = session.get(VillageBox, call.device.id)
    last = box.synced_at if box else None
    if box is None:
        box = VillageBox(
            device_id=call.device.id,
            synced_at=call.now,
            statuses_version=0,
            programmes_version=0,
            bound_version=1,
        )
        session.add(box)
    open_day(box, last, call.now)
    if last is not None and call.now - last >= FRESH:
        # Boxes come back together, after a network was down: see `_put_off`.
        box.statuses_at = None
    box.synced_at, box.version = max(box.synced_at, call.now), told["version"]
    box.queued, box.free_bytes = told["queued"], told["free_bytes"]
    return box


def _empty_answers(call: FieldCall) -> None:
    """Empty what the box was answered before it sent this: it has it. This answer is kept.

    Batches that came out of order take effect together: then no answer has reached the box yet.
    """
    session = call.unit.session
    had = (
        select(VillageAnswer.key_digest)
        .join(Arrival, Arrival.key_digest == VillageAnswer.key_digest)
        .where(VillageAnswer.device_id == call.device.id, Arrival.received_at < call.now)
    )
    keys = session.scalars(had).all()
    session.execute(update(Arrival).where(Arrival.key_digest.in_(keys)).values(answer=None))
    session.execute(delete(VillageAnswer).where(VillageAnswer.key_digest.in_(keys)))
    own = key_digest(DEVICE_CHANNEL, call.key)
    session.add(VillageAnswer(key_digest=own, device_id=call.device.id))
    session.flush()


def _message(one: Handed) -> dict[str, object]:
    return {**one._asdict(), "id": str(one.id), "expires_at": write_time(one.expires_at)}


def _digest(content: object) -> bytes:
    return hashlib.sha256(json.dumps(content).encode()).digest()


_DESCRIPTION = CallDescription(
    "Take one batch of a box. The same counter and body again get the first answer.",
    _EXAMPLE,
    VillageSyncedSchema,
    _ANSWER,
)


def sync_call(
    relayed: Iterable[DeviceCall],
    answer: Callable[[Unit, Envelope], Answer],
    settings: SmsSettings,
    policy: Policy,
    caps: BoxCaps,
) -> DeviceCall:
    """Return the call of a village's box, which may bring the calls `relayed` of readers."""
    signed = RelayedRequests(DeviceCallDispatcher(relayed))
    return DeviceCall(
        "village.sync",
        PATH,
        VillageSyncSchema(),
        Sync(answer, signed, settings, policy, caps),
        frozenset({DeviceKind.VILLAGE}),
        LONGEST_BODY,
        keeps_payload=False,
        description=_DESCRIPTION,
        exclusive=_brings_or_needs,
        lock_first=lock_signers,
    )
