"""`bilum village propose`, `bind`, `unbind` and `numbers`: two people bind numbers to a box."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.core.settings import Settings
from services.devices.registry import DeviceKind, add_device
from services.ledger.party_log import PartyAct
from services.messaging.offices import appoint
from services.runtime.container import Runtime
from services.storage.models import Message, VillageBinding
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.numbers import mask

KEEPER = "+67570000320"
OWNER, FIRST, SECOND, FARAWAY, CHIEF = (f"+67570000{number}" for number in range(301, 306))
ONE, TWO, THREE = "+67570000311", "+67570000312", "+67570000313"


@pytest.fixture
def village(bilum, tmp_path):
    """A runtime on the folder of the command, with a box, a reader, its owner and officers."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    with runtime.database.write() as session:
        unit, now = Unit(session, runtime.database.vault), runtime.clock()
        for number, role, province in (
            (FIRST, Role.VETERINARY_OFFICER, "Jiwaka"),
            (SECOND, Role.INSPECTOR, "Jiwaka"),
            (FARAWAY, Role.VETERINARY_OFFICER, "Enga"),
            (CHIEF, Role.ADMINISTRATOR, None),
        ):
            party = party_of(unit, number)
            party.province = province
            appoint(session, party, role, PartyAct("role", None, "test", now))
        owner, _ = party_of(unit, OWNER), party_of(unit, KEEPER)
        add_device(session, "Kudjip", DeviceKind.VILLAGE, owner, now)
        add_device(session, "stick", DeviceKind.READER, owner, now)
    yield runtime
    runtime.close()


@pytest.fixture
def propose(bilum, village, tmp_path):
    """Propose numbers; the id of the list."""

    def run(*numbers, by=FIRST, box="Kudjip", province="Jiwaka"):
        path = tmp_path / "numbers.txt"
        path.write_text("phone,name\n" + "".join(f"{one},Maria\n" for one in numbers))
        return bilum("village", "propose", box, path, "--province", province, "--by", by)

    return run


def states(runtime):
    with runtime.database.read() as session:
        rows = session.scalars(select(VillageBinding).order_by(VillageBinding.id)).all()
        return {row.number: row.state for row in rows}


def told(runtime, number):
    with runtime.database.read() as session:
        rows = session.scalars(select(Message).where(Message.purpose == "box"))
        return [row.body for row in rows if row.recipient == number]


def test_propose_and_bind__by_two_officers__binds_and_tells_each_number(bilum, village, propose):
    proposed = propose(ONE, "7000 0312")
    assert (proposed.status, "2 numbers to bind, 0 bound already" in proposed.err) == (0, True)
    listed = proposed.out.strip()
    assert states(village) == {ONE: "seen", TWO: "seen"}
    shown = bilum("village", "bind", listed, "--by", SECOND, "--dry-run")
    assert (shown.status, "nothing is changed" in shown.err) == (0, True)
    assert states(village) == {ONE: "seen", TWO: "seen"}
    bound = bilum("village", "bind", listed, "--by", SECOND)
    assert (bound.status, "each is told by SMS" in bound.err) == (0, True)
    assert states(village) == {ONE: "bound", TWO: "bound"}
    assert ["Kudjip" in text for text in (*told(village, ONE), *told(village, TWO))] == [True] * 2
    again = bilum("village", "bind", listed, "--by", CHIEF)
    assert (again.status, "decided on before" in again.err) == (2, True)


@pytest.mark.parametrize(
    "who", [FIRST, OWNER, FARAWAY, KEEPER], ids=["proposer", "owner", "far", "keeper"]
)
def test_bind__by_the_proposer_the_owner_or_no_officer_of_the_province__is_refused(
    bilum, village, propose, who
):
    listed = propose(ONE).out.strip()
    refused = bilum("village", "bind", listed, "--by", who)
    assert (refused.status, "not_for_boxes" in refused.err) == (2, True)
    assert (states(village), told(village, ONE)) == ({ONE: "seen"}, [])


def test_bind__turned_down__binds_nothing_and_tells_nobody(bilum, village, propose):
    listed = propose(ONE).out.strip()
    refused = bilum("village", "bind", listed, "--by", SECOND, "--refuse")
    assert (refused.status, "turned down" in refused.err) == (0, True)
    assert (states(village), told(village, ONE)) == ({ONE: "seen"}, [])
    assert listed not in bilum("village", "numbers").out


def test_propose__by_a_keeper_for_a_reader_or_without_numbers__is_refused(village, propose):
    assert "not_for_boxes" in propose(ONE, by=KEEPER).err
    assert "no village box stick" in propose(ONE, box="stick").err
    assert "Give 1 to 500 numbers" in propose().err
    assert propose("12").status == 2
    assert states(village) == {}
    assert propose(ONE, by=OWNER).status == 0


def test_unbind__one_number_then_all__ends_what_the_box_is_believed_for(bilum, village, propose):
    listed = propose(ONE, TWO, THREE).out.strip()
    bilum("village", "bind", listed, "--by", CHIEF)
    assert bilum("village", "unbind", "Kudjip", "7000 0311").status == 0
    assert states(village) == {ONE: "ended", TWO: "bound", THREE: "bound"}
    unknown = bilum("village", "unbind", "Kudjip", "+67570000399")
    assert (unknown.status, "no text of this number" in unknown.err) == (2, True)
    every = bilum("village", "unbind", "Kudjip", "--all")
    assert (every.status, "2 numbers are unbound" in every.err) == (0, True)
    assert set(states(village).values()) == {"ended"}
    assert bilum("village", "unbind", "Kudjip").status == 2
    assert bilum("village", "unbind", "Kudjip", ONE, "--all").status == 2


def test_numbers__of_all_and_of_one_box__are_counted_and_masked(bilum, village, propose):
    listed = propose(ONE, TWO).out.strip()
    shown = bilum("village", "numbers").out
    assert listed in shown
    [row] = [line for line in shown.splitlines() if "Kudjip" in line]
    assert row.replace("│", " ").split() == ["Kudjip", "2", "0", "0", "0", "0", "0"]
    bilum("village", "bind", listed, "--by", SECOND)
    one = bilum("village", "numbers", "Kudjip").out
    assert (one.count("bound"), ONE in one, mask(ONE) in one) == (2, False, True)
    assert "stick" not in bilum("village", "numbers").out
