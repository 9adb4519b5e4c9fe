"""Uploads of scans: reading, storage, and the answer with a view of each animal."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from gateway.errors import ScanError
from gateway.readers.files import decode
from gateway.readers.formats import AUTO, LINES, format_of
from gateway.readers.lines import clean, read_lines, read_tag
from gateway.readers.moments import DateOrder, read_moment
from gateway.readers.presets import presets
from gateway.readers.scans import FaultyLine, Readings, Scan
from gateway.readers.sessions import read_session
from services.core.geography import zone_of
from services.core.roles import Role
from services.devices.calls import FieldCall
from services.livestock.domain.access import Viewer
from services.livestock.readers import session_store
from services.livestock.readers.animal_views import seen_animals
from services.livestock.readers.clocks import ahead_seconds, clock_answer
from services.livestock.readers.errors import TooManyScans, WrongFields
from services.livestock.readers.request_schemas import MOST_LINES, SCANS
from services.livestock.readers.session_store import Kept, Scanned
from services.storage.models import ReaderScan
from services.texts.catalogue import say_in_all
from sms.local_time import local_day

_LINES = re.compile(r"[\r\n\x02\x03]+")
_HEADER_LINES = 20


def take_scans(call: FieldCall) -> dict[str, object]:
    """Store an upload, and answer with the whole session.

    Raises:
        SessionConfirmed, TooManyScans: see `keeping`.
        NotASessionFile: no column of the file holds tags.
        WrongFields: the file is not in base64.
    """
    told, session = call.told, call.unit.session
    readings = read_upload(told)
    row = session_store.begin_session(call, told["session"])
    session_store.keep_readings(session, row, readings, MOST_LINES)
    moments = [scan.at for scan in readings.scans]
    ahead = ahead_seconds(told["clock"], moments, call.now, zone_of(call.owner.province))
    row.ahead_seconds = ahead if ahead is not None else row.ahead_seconds
    row.started_at = row.started_at or told["started_at"]
    session.flush()
    return session_answer(call, session_store.read_session(session, row))


def read_upload(told: Mapping[str, Any]) -> Readings:
    """Read an upload in the format that the client names, or in a detected one.

    Raises:
        TooManyScans: it has more lines than a session holds.
        NotASessionFile, WrongFields: see `take_scans`.
    """
    order = DateOrder(told["date_order"]) if told["date_order"] else None
    if told["format"] == SCANS:
        return _read_scans(told["scans"], order or DateOrder.DMY)
    text = told["text"] if told["file"] is None else decode(_bytes(told["file"]))
    # Count before reading: a refusal must not take long.
    if sum(bool(line.strip()) for line in _LINES.split(text)) > MOST_LINES + _HEADER_LINES:
        raise TooManyScans(most=MOST_LINES)
    form = format_of(text) if told["format"] == AUTO else told["format"]
    if form == LINES:
        return read_lines(text, order)
    return read_session(text, presets()[form], order)


def session_answer(call: FieldCall, kept: Kept) -> dict[str, object]:
    """Make the answer on a session, with the owner's view of each animal."""
    known = seen_animals(
        call.unit.session,
        Viewer(Role(call.owner.role), call.owner.id, call.owner.province),
        [one.key for one in kept.animals],
        local_day(call.now),
    )
    return {
        "session": str(kept.row.public_id),
        "state": "open",
        "parts": kept.row.parts,
        "scans": kept.scans,
        "animals": len(kept.animals),
        "duplicates": kept.scans - len(kept.animals),
        "faults": [_fault_answer(one) for one in kept.faults],
        "clock": clock_answer(kept.row.ahead_seconds),
        "seen": [_scan_answer(one) | known[one.key] for one in kept.animals],
    }


def _read_scans(scans: list[dict[str, Any]], order: DateOrder) -> Readings:
    good, faults = [], []
    for line, told in enumerate(scans, start=1):
        at = told["at"]
        try:
            tag = read_tag(told["tag"])
        except ScanError as error:
            faults.append(FaultyLine(line, error.fault, error.count))
            continue
        moment = read_moment(at, order) if at else None
        good.append(Scan(line, tag, moment, clean(at or ""), told["kilograms"]))
    return Readings(tuple(good), tuple(faults))


def _bytes(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongFields({"file": "It is not base64."}) from error


def _fault_answer(line: ReaderScan) -> dict[str, object]:
    return {
        "part": line.part,
        "line": line.line,
        "code": line.fault,
        "texts": say_in_all(f"scan.{line.fault}", line=line.line, count=line.count),
    }


def _scan_answer(one: Scanned) -> dict[str, object]:
    scan = one.scan
    return {
        "tag": scan.tag,
        "part": scan.part,
        "line": scan.line,
        "at": scan.at,
        "written": one.said.get("written"),
        "times": one.times,
        "kilograms": one.kilograms,
        "visual": one.said.get("visual"),
        "note": one.said.get("note"),
    }
