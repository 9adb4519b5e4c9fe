from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from chain.canonical import canonical_bytes, parse_canonical
from services.ledger.journal import name_public
from services.livestock.domain.model import EventType, Key, Occurred, Origin, Precision, Report
from services.livestock.recording.journal import canonical_record, name_secret


def test_canonical_record__of_a_report__is_this_and_nothing_more():
    event, party, premises = (UUID(int=number) for number in (1, 2, 3))
    animal = Key("iso11784", "598000000000001")
    occurred = Occurred("2026-11-24T09:30:00", Precision.SECOND, "Pacific/Bougainville")
    report = Report(event, EventType.ARRIVE, (animal,), Key("bilum", "1068"), None, occurred)
    record = canonical_record(
        report,
        Origin("twilio-sms", party, datetime(2026, 11, 25, 2, 0, tzinfo=UTC)),
        [
            name_public("animal", *animal),
            name_secret("premises", premises, "ab" * 32),
        ],
        {"at": {"premises": str(premises), "number": "1068"}},
    )
    assert record == {
        "event": str(event),
        "type": "arrive",
        "occurred": {
            "at": "2026-11-24T09:30:00",
            "precision": "second",
            "zone": "Pacific/Bougainville",
        },
        "recorded": "2026-11-25T02:00:00.000000Z",
        "channel": "twilio-sms",
        "reporter": str(party),
        "at": {"premises": str(premises), "number": "1068"},
        "subjects": [
            {"kind": "animal", "scheme": "iso11784", "value": "598000000000001"},
            {"kind": "premises", "id": str(premises), "link": "ab" * 32},
        ],
    }
    assert parse_canonical(canonical_bytes(record)) == record
    assert report.occurred.day == date(2026, 11, 24)
