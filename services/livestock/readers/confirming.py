"""A session is reviewed, and confirmed: once, with a receipt for each event."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.devices.calls import FieldCall
from services.livestock.control.program_reports import record_and_tell
from services.livestock.domain.actors import Strength
from services.livestock.domain.model import Key, Origin, Recorded, Report
from services.livestock.domain.movement_decision import Policy
from services.livestock.queries.premises import place_shown, read_places
from services.livestock.readers.clocks import clock_warnings
from services.livestock.readers.confirmation_input import (
    CHANNEL,
    ConfirmationInput,
    read_confirmation,
)
from services.livestock.readers.errors import NothingToRecord, ReviewChanged
from services.livestock.readers.plan import (
    Plan,
    plan_inspection,
    plan_movement,
    reports_of,
)
from services.livestock.readers.request_schemas import INSPECTION, MOVEMENT, SLAUGHTER, STOCKTAKE
from services.livestock.readers.session_store import open_session
from services.livestock.readers.slaughter import plan_slaughter
from services.livestock.readers.stocktake import plan_stocktake
from services.livestock.reporting.reporting import (
    Reporter,
    ask_for_program,
    flags_of,
    standing_of,
    unregistered,
    warnings_in,
)
from services.storage.models import Premises
from sms.local_time import local_day

PLANS: Mapping[str, Callable[[ConfirmationInput], Plan]] = {
    MOVEMENT: plan_movement,
    STOCKTAKE: plan_stocktake,
    INSPECTION: plan_inspection,
    SLAUGHTER: plan_slaughter,
}
RECORD, REFUSED, LEFT_OUT = "record", "refused", "left_out"
_DIGEST_DIGITS = 16


def review_session(call: FieldCall, policy: Policy) -> dict[str, Any]:
    """Review a confirmation: what it would record. Nothing is recorded.

    Raises:
        NoSession, SessionConfirmed: it is not open.
        Forbidden: the device's owner may not report this, or not there.
        Invalid, NotFound: see `read_confirmation` and the kinds' own modules.
    """
    asked = read_confirmation(call, open_session(call, UUID(call.of["session"])), policy)
    plan = PLANS[call.told["kind"]](asked)
    return _answer(asked, plan, reports_of(asked, plan))


def confirm_session(call: FieldCall, policy: Policy) -> dict[str, Any]:
    """Record a session, and close it.

    Raises:
        ReviewChanged: what would be recorded is not what the person saw.
        NothingToRecord: no animal may be recorded so.
        NoSession, SessionConfirmed, Forbidden, Invalid, NotFound: see `review_session`.
    """
    row = open_session(call, UUID(call.of["session"]))
    asked = read_confirmation(call, row, policy)
    plan = PLANS[call.told["kind"]](asked)
    reports = reports_of(asked, plan)
    answer = _answer(asked, plan, reports)
    if call.told["review"] not in {None, answer["review"]}:
        raise ReviewChanged
    if not reports:
        raise NothingToRecord
    done = _record(asked, reports)
    row.confirmed_as, row.confirmed_on, row.confirmed_at = call.told["kind"], asked.day, call.now
    recorded = {key: one.known.animals[key] for one in done for key in one.report.animals}
    return answer | {
        "recorded": [_recorded(one, part) for one in done for part in (one, *one.beside)],
        "registration_wanted": unregistered(asked.session, {**asked.known, **recorded}),
        "sheet": _with_receipts(plan.sheet, done),
    }


def _record(asked: ConfirmationInput, reports: Sequence[Report]) -> list[Recorded]:
    """Record the events; of the animals of others they are evidence, and keepers are asked."""
    call = asked.call
    origin = Origin(CHANNEL, call.owner.public_id, call.now, asked.viewer.acting(Strength.SIGNED))
    reporter = Reporter(call.unit, asked.viewer, origin, call.key)
    return ask_for_program(reporter, record_and_tell(asked.session, reports, origin))


def _answer(asked: ConfirmationInput, plan: Plan, reports: Sequence[Report]) -> dict[str, Any]:
    row, animals = asked.kept.row, [_verdict(asked, plan, one.key) for one in asked.kept.animals]
    scanned, today = [one.scan.at for one in asked.animals], local_day(asked.call.now)
    counted = Counter(one["verdict"] for one in animals)
    told = {
        "session": str(row.public_id),
        "as": asked.body["kind"],
        "day": asked.day.isoformat(),
        "premises": _place_answer(asked, asked.premises),
        "other": _place_answer(asked, asked.other),
        "animals": animals,
        "counts": {verdict: counted[verdict] for verdict in (RECORD, REFUSED, LEFT_OUT)},
        "events": [{"type": one.type.value, "animals": len(one.animals)} for one in reports],
        "not_seen": plan.not_seen,
        "not_expected": [key.value for key in plan.not_expected],
        "warnings": clock_warnings(row.ahead_seconds, scanned, asked.day, today),
        "faults": len(asked.kept.faults),
        "sheet": plan.sheet,
    }
    return told | {"review": _digest(told, reports)}


def _verdict(asked: ConfirmationInput, plan: Plan, key: Key) -> dict[str, Any]:
    if key in asked.left_out:
        return {"tag": key.value, "verdict": LEFT_OUT, "reasons": []}
    refused = plan.refused.get(key)
    reasons = refused or plan.warned.get(key, [])
    return {
        "tag": key.value,
        "verdict": REFUSED if refused else RECORD,
        "reasons": [one._asdict() for one in reasons],
    }


def _place_answer(asked: ConfirmationInput, premises: Premises | None) -> dict[str, object] | None:
    if premises is None:
        return None
    place = read_places(asked.session, [premises.id])[premises.id]
    # A caller who named premises knows their number.
    return place_shown(asked.viewer, place) or {"number": place.number, "name": None}


def _digest(told: Mapping[str, Any], reports: Sequence[Report]) -> str:
    """Return a short digest of the whole review, and of each event's content."""
    events = [(str(one.event_id), one.animals, dict(one.details)) for one in reports]
    # A clock that was looked at again meanwhile changes nothing that is recorded.
    shown = {name: value for name, value in told.items() if name != "warnings"}
    text = json.dumps([shown, events], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]


def _recorded(one: Recorded, part: Recorded) -> dict[str, Any]:
    return {
        "id": str(part.report.event_id),
        "type": part.report.type.value,
        "receipt": part.receipt,
        "animals": len(part.report.animals),
        "flags": flags_of(part),
        "warnings": warnings_in(part),
        **standing_of(one, part),
    }


def _with_receipts(sheet: dict[str, Any] | None, done: Sequence[Recorded]) -> dict[str, Any] | None:
    if sheet is None:
        return None
    receipts = {
        key.value: one.receipt
        for one in done
        for key in one.report.animals
        if one.report.type.value == SLAUGHTER
    }
    lines = [line | {"receipt": receipts.get(line["tag"])} for line in sheet["lines"]]
    return sheet | {"lines": lines}
