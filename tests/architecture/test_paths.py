"""How many files one request goes through: `pytest -s` prints its way, the bounds keep it short."""

from __future__ import annotations

from string import ascii_uppercase, digits

import pytest

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from sms.encoding import plain
from tests.services.conftest import (
    clock,
    migrated_file,
    migrated_folder,
    open_world,
    scene,
    settings,
    staged,
    world,
)
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import NEW_PIG, PIG, TODAY
from tests.services.world import ANIMAL, SECRET, SMS_URL
from tests.support.call_path import CallPath, trace_path

__all__ = [
    "clock",
    "migrated_file",
    "migrated_folder",
    "open_world",
    "scene",
    "settings",
    "staged",
    "world",
]

# Measured, and some returns more: numbers and receipts are drawn by chance, and a text that does
# not fit at once is measured once more.
# `messaging/answering.py` counts the answers of a number, which nothing on the way knew before.
# gateway.mood: every report is held against the mood of its words.
# Who may report it is decided in `recording/authority.py`, by a pure rule and facts in two queries.
# `sms_commands/open_questions.py`: our own question comes first; a REG answers none.
# The digest of what came holds its key, or equal texts of one number would show.
# `domain/events.py` and `recording/applying.py`: an event goes to the stored state or to a replay.
# An answer is counted where its history still is as it was read with the sender: both times of it
# are read, compared and written.
# `recording/consequences.py`: each event is held against the table of consequences.
# `recording/policy.py`: a state knows how long a standstill lasts.
# `console/browser_session.py`: Flask asks it for each request, and it is for pages alone.
# `core/correlation.py` and `storage/committed_lines.py`: its id goes with it through the log.
# Work is handed to the unit of work, which may do it once more; `messaging/api/carrier_calls.py`
# lets a text wait for the database. A text is read once before its sender is looked up: whether it
# locks (docs/adr/0078). `storage/owned_rows.py` writes an event with its leaves.
# `messaging/written_times.py`: a text that comes late answers only what was asked before it.
# `sms/local_time.py` tells days for all who name one.
REG_FILES, REG_RETURNS = 62, 127
REG_CALLERS, REG_CALLER_RETURNS = 30, 39
# A session is reviewed, and judged again where it is recorded, as the reports of every road are.
# Each event is held against the table of consequences, and its warnings are in the answer; what is
# stolen among the animals is looked for.
# `recording/rebuilding.py` knows the parts of mobs, which stood where the mobs began.
# `console/browser_session.py` and units of work, as above, and the files of the log; so is
# `storage/owned_rows.py`. `control/program_reports.py` tells what follows a report of any program.
# `domain/stays.py`: what stands at the place is counted.
CONFIRMATION_FILES, CONFIRMATION_RETURNS = 62, 187
CONFIRMATION_CALLERS, CONFIRMATION_CALLER_RETURNS = 32, 64


@pytest.mark.slow
def test_scan_confirmation__its_way__is_within_bounds(scene):
    reader = reader_of(scene, "keeper")
    assert reader.scan(PIG).status_code == 200
    address = f"/gateway/readers/{reader.device.id}/sessions/{reader.session}/confirm"
    body = {"as": "stocktake", "day": TODAY, "premises": scene.places["keeper"]}
    signed, answers = reader.device.sign(address, body), []
    path = trace_path(lambda: answers.append(reader.device.send(*signed)))
    assert [answer.status_code for answer in answers] == [200]
    check(path, CONFIRMATION_FILES, CONFIRMATION_RETURNS)
    files, returns = path.without_tools
    assert files <= CONFIRMATION_CALLERS, path.callers
    assert returns <= CONFIRMATION_CALLER_RETURNS, str(path)


def test_reg_by_sms__its_way__is_within_bounds(world):
    # The first message makes its sender known, and the command catalogue is built for it. How a
    # letter is written is kept once it was looked up, and a receipt may have any.
    plain(ascii_uppercase + digits)
    assert world.sms(f"REG {ANIMAL}").status_code == 200
    text = f"REG {NEW_PIG}"
    form = {"MessageSid": "SM2", "From": "+67570000001", "To": "+67570000009", "Body": text}
    signed = {SIGNATURE_HEADER: sign(SMS_URL, form.items(), SECRET)}
    client, answers = world.app.test_client(), []
    path = trace_path(lambda: answers.append(client.post(SMS_URL, data=form, headers=signed)))
    assert [answer.status_code for answer in answers] == [200]
    assert world.counts()["journal"] == len((ANIMAL, NEW_PIG))
    check(path, REG_FILES, REG_RETURNS)
    files, returns = path.without_tools
    assert files <= REG_CALLERS, path.callers
    assert returns <= REG_CALLER_RETURNS, str(path)


def check(path: CallPath, files: int, returns: int) -> None:
    """Print the way, and compare it with its bounds."""
    print(path, *path.files, sep="\n")  # noqa: T201 — the way is for reading
    assert len(path.files) <= files, path.files
    assert path.returns <= returns, str(path)
