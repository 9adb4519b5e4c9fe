"""`bilum receipt`: the way of one report, and its lines in a log of several processes."""

from __future__ import annotations

import json
import re

from sqlalchemy import select

from services.storage.models import LedgerLeaf
from tests.factories import official
from tests.services.cli.test_inbox import phones

__all__ = ["phones"]


def test_receipt__of_a_report__shows_its_id_and_the_lines_about_it(bilum, phones, tmp_path):
    reply = phones.say(f"REG {official(1)}")
    code = re.search("[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", reply)[0]
    with phones.database.read() as session:
        newest = select(LedgerLeaf.correlation).order_by(LedgerLeaf.id.desc())
        number = session.scalars(newest).first()
    correlation = f"{number:016x}"
    lines = [
        {"time": "2", "event": "in a block", "ids": ["0", correlation], "batch": 4, "block": 9},
        {"time": "1", "event": "taken in\x1b[2J", "id": correlation, "channel": "twilio-sms"},
        {"time": "1", "event": "another's", "id": "0" * 16},
    ]
    log = tmp_path / "log"
    written = [json.dumps(line) for line in lines]
    log.write_text("\n".join([f"worker-1 | {written[0]}", *written[1:], f"{correlation} {{"]))
    shown = bilum("receipt", code, "--log", log)
    assert shown.status == 0
    assert correlation in shown.out
    assert "not yet" in shown.out
    assert "1 taken in [2J channel=twilio-sms\n2 in a block batch=4 block=9\n" in shown.out
    assert "another's" not in shown.out
    assert bilum("receipt", "0000-0000-0000-0000").status == 1
    assert bilum("receipt", "no receipt").status == 2
