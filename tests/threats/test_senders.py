"""Texts under a name or a short code, by every carrier."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select
from sqlalchemy import text as text_of

from services.messaging.command_router import NOT_A_PHONE
from services.messaging.lost_texts import LostTexts
from services.storage.models import Arrival, Message
from sms.ports import ReceivedText
from tests.services.world import SECRET, open_folder


def kannel(sender, text, number):
    query = {"from": sender, "id": f"00000000-0000-4000-8000-{number:012}", "text": text}
    return "GET", "/gateway/kannel/mo", {"query_string": {**query, "charset": "UTF-8"}}


def africastalking(sender, text, number):
    form = {"id": f"AT{number}", "from": sender, "to": "21512", "text": text}
    return "POST", "/gateway/africastalking/sms", {"data": form}


@pytest.mark.parametrize("door", ["twilio", "kannel", "africastalking"])
@pytest.mark.parametrize("sender", ["NAQIA", "1801", "1801332", "Digicel PNG"])
def test_text_of_a_name_or_a_short_code__is_taken_kept_counted_and_does_nothing(
    staged, tmp_path, door, sender
):
    """Threat: anybody can send under a name; and a carrier repeats or drops what is refused."""
    settings = {"BILUM_KANNEL_SECRET": SECRET, "BILUM_AFRICASTALKING_SECRET": SECRET}
    folder = shutil.copytree(staged[0], tmp_path / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET, **settings)
    before = world.counts()
    for number, text in enumerate(("DEAD 598000000000017", "STOP ALL", "swine fever here", "HELP")):
        if door == "twilio":
            answer = world.sms(text, f"SM9{number}", sender)
            again = world.sms(text, f"SM9{number}", sender)
        else:
            make = kannel if door == "kannel" else africastalking
            method, path, more = make(sender, text, number)
            headers = {"Bilum-Secret": SECRET}
            client = world.app.test_client()
            answer = client.open(path, method=method, headers=headers, **more)
            again = client.open(path, method=method, headers=headers, **more)
        assert (answer.status_code, again.status_code) == (200, 200), answer.text
    after = world.counts()
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed == {"envelope": 4}
    with world.runtime.database.read() as session:
        rows = session.scalars(select(Arrival).where(Arrival.outcome == NOT_A_PHONE)).all()
        assert {row.sender for row in rows} == {sender}
        assert {(row.service, row.answer) for row in rows} == {(None, "")}
        assert "HELP" in {row.payload for row in rows}
        stored = text_of("SELECT sender FROM envelope WHERE outcome LIKE '%phone'")
        sealed = session.execute(stored).all()
        assert not any(sender.encode() in row.sender for row in sealed)
    counted = world.metric(
        "bilum_gateway_messages_total", channel=f"{door}-sms", outcome=NOT_A_PHONE
    )
    assert counted == 8
    world.runtime.close()


def test_text_of_a_name__that_twilio_lists__is_kept_and_does_nothing(world):
    """Threat: a text under a name that had not come is fetched, and then acts."""
    listed = ReceivedText("SM9", "NAQIA", "+67570000009", "STOP ALL", world.runtime.clock())
    runtime = world.runtime

    class Carrier:
        def received(self, _since):
            return [listed]

    lost = LostTexts(runtime.database, runtime.units, runtime.conversation.answer, runtime.clock)
    assert lost.fetch({"twilio": Carrier()}) == 1
    with runtime.database.read() as session:
        assert session.scalars(select(Arrival.outcome)).all() == [NOT_A_PHONE]
        assert session.scalars(select(Message)).all() == []
