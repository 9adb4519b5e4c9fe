"""Attacks on the people who hold an office, and on those who act for a keeper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text

from services.api.tokens import create_token, revoke_token
from services.audit.findings import AuditReport
from services.audit.parties import compare_parties
from services.core.roles import Role
from services.doctor.checks import lacking as _lacking
from services.ledger.party_log import PartyAct, record_baseline
from services.messaging.consent import refuse
from services.messaging.offices import appoint
from services.messaging.operator_alarms import raise_alarms
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Animal, Contact, Helper, Journal, Message
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.consent import channel_scope
from sms.dispatch import Dispatcher
from sms.message import Kind
from tests.factories import NOW, Phones, official
from tests.fakes.carriers import CountingCarrier
from tests.fakes.recorder_store import MemoryRecorderStore

if TYPE_CHECKING:
    from tests.services.world import World

KEEPER, VET, BOSS, THIEF = "+67570000001", "+67570000021", "+67570000022", "+67570000066"
PEOPLE = {"keeper": KEEPER, "vet": VET, "thief": THIEF}


@dataclass
class Village:
    """A keeper in Jiwaka, their officers, and a thief who can write any sender's number."""

    world: World
    numbers: count[int] = field(default_factory=lambda: count(1))

    def sms(self, text: str, sender: str = KEEPER) -> str:
        """Send one SMS by the webhook, as anybody may in anybody's name; return the reply."""
        seen = self.last()
        answer = self.world.sms(text, f"SM{next(self.numbers)}", sender)
        assert answer.status_code < 300, answer.text
        new = [body for key, to, body in self.texts() if key > seen and to == sender]
        return new[0] if new else ""

    def give(self, number: str, role: Role, province: str | None = None) -> None:
        with self.world.runtime.database.write() as session:
            row = party_of(Unit(session, self.world.runtime.database.vault), number)
            row.province, row.language = province, "en"
            appoint(session, row, role, PartyAct("role", None, "cli", self.world.runtime.clock()))

    def party(self, number: str) -> int:
        """The database key of the party of a number."""
        with self.world.runtime.database.write() as session:
            return party_of(Unit(session, self.world.runtime.database.vault), number).id

    def compared(self) -> list[str]:
        """What the audit finds of offices, phones, helpers and tokens."""
        report = AuditReport(size=0)
        with self.world.runtime.database.read() as session:
            compare_parties(session, report)
        return [str(one) for one in report.findings]

    def texts(self, *, sent: bool = False) -> list[tuple[int, str, str]]:
        """Every text of the outbox, or those that a carrier took: key, number, body."""
        rows = select(Message.id, Message.recipient, Message.body).order_by(Message.id)
        if sent:
            rows = rows.where(Message.state == "sent")
        with self.world.runtime.database.read() as session:
            return [tuple(row) for row in session.execute(rows)]

    def last(self) -> int:
        return max((key for key, _, _ in self.texts()), default=0)

    def deliver(self) -> list[tuple[str, str]]:
        """Send all that may go now; return number and text of what a carrier took."""
        runtime, before = self.world.runtime, self.texts(sent=True)
        carrier = CountingCarrier("console")
        worker = Dispatcher(runtime.dispatch_store, {"console": carrier}, runtime.clock, "w")
        worker.drain()
        worker.close()
        return [
            (to, body) for key, to, body in self.texts(sent=True) if (key, to, body) not in before
        ]


@pytest.fixture
def village(world):
    made = Village(world)
    made.sms("PLACE Jiwaka")
    made.give(VET, Role.VETERINARY_OFFICER, "Jiwaka")
    return made


@pytest.mark.parametrize("text", ["STOP ALL", "STOPIM OLGETA", "CANCEL"])
def test_stop_all_in_an_officers_name__does_not_silence_the_alarm_of_an_outbreak(village, text):
    """Threat: whoever writes STOP ALL with an officer's number as sender silences the officer."""
    reply = village.sms(text, VET)
    assert "veterinary officer" in reply or "vet ofisa" in reply
    village.sms("SICK 3 swine fever")
    assert any(to == VET and body.startswith("AL") for to, body in village.deliver())


def test_stop_all_of_an_officer__still_ends_what_is_no_part_of_the_office(village):
    """An officer is a person, too: programmes and ordinary texts end."""
    village.sms("STOP ALL", VET)
    runtime = village.world.runtime
    now = runtime.clock()
    with runtime.database.write() as session:
        message = OutboundMessage(VET, runtime.database.vault.index(VET), "News", "news")
        options = SendOptions("news", now, now.replace(year=2030), Kind.URGENT)
        enqueue_messages(session, [message], options)
    assert (VET, "News") not in village.deliver()


@pytest.mark.slow
def test_stop_all_while_an_alarm_waits__does_not_close_the_alarm(village):
    """Threat: STOP ALL in an officer's name a second after the alarm was queued."""
    village.sms("SICK 3 swine fever")
    village.sms("STOP ALL", VET)
    assert any(to == VET and body.startswith("ALARM") for to, body in village.deliver())


def test_office_that_ended__gets_no_alarm_any_more(village):
    """The texts of an office end with the office."""
    village.give(VET, Role.KEEPER)
    village.sms("SICK 3 swine fever")
    assert VET not in [to for to, _ in village.deliver()]


def test_carriers_opt_out_of_an_officer__is_told_to_the_administrators(village):
    """Threat: STOP to the carrier itself (21610) silences an officer, and nobody notices."""
    village.give(BOSS, Role.ADMINISTRATOR)
    runtime = village.world.runtime
    index, now = runtime.database.vault.index(VET), runtime.clock()
    with runtime.database.write() as session:
        refuse(session, index, channel_scope("twilio"), "carrier", now)
    for _ in range(2):
        with runtime.database.write() as session:
            recorder = MemoryRecorderStore(runtime.clock)
            raise_alarms(session, recorder, runtime.settings.sms, now)
    told = [body for _, to, body in village.texts() if to == BOSS]
    assert len(told) == 1
    assert "veterinary officer of Jiwaka" in told[0]


BY_HAND = {
    "an office": "UPDATE party SET role = 'administrator' WHERE id = {thief}",
    "an office that was another": "UPDATE party SET role = 'administrator' WHERE id = {vet}",
    "a province": "UPDATE party SET province = NULL WHERE id = {vet}",
    "the phone of an officer": "UPDATE contact SET number = (SELECT number FROM contact WHERE "
    "party_id = {thief}) WHERE party_id = {vet}",
    "one phone more": "UPDATE contact SET party_id = {vet} WHERE party_id = {thief}",
    "a second phone of a keeper": "UPDATE contact SET party_id = {keeper} WHERE party_id = {thief}",
    "no officer any more": "UPDATE party SET role = 'keeper' WHERE id = {vet}",
    "a token's role": "UPDATE token SET role = 'administrator'",
    "a token's owner": "UPDATE token SET party_id = {thief}",
    "a token that was revoked": "UPDATE token SET revoked_at = NULL",
    "a token of nobody": "INSERT INTO token (digest, role, created_at) VALUES "
    "(x'00', 'administrator', '2026-01-01 00:00:00.000000')",
    "no token any more": "DELETE FROM token",
    "a helper": "INSERT INTO helper (keeper_id, helper_id, kind, since) VALUES "
    "({keeper}, {thief}, 'family', '2026-01-01 00:00:00.000000')",
}


@pytest.mark.parametrize("change", BY_HAND.values(), ids=BY_HAND)
def test_office_phone_or_token_set_by_hand__is_found_by_the_audit(village, change):
    """Threat: who can write to the database makes themselves an administrator."""
    village.sms("HELP", THIEF)
    database = village.world.runtime.database
    with database.write() as session:
        create_token(session, Role.AUDITOR, NOW)
        revoke_token(session, 1, NOW)
    assert village.compared() == []
    parties = {name: village.party(number) for name, number in PEOPLE.items()}
    with database.write() as session:
        assert session.execute(text(change.format(**parties))).rowcount == 1
    assert village.compared()


def test_offices_at_an_upgrade__are_written_once(village):
    """An upgrade writes what is there; the next one does not make right what was set by hand."""
    database = village.world.runtime.database
    with database.write() as session:
        assert record_baseline(session, NOW) == 0
    with database.write() as session:
        session.execute(text("UPDATE party SET role = 'administrator' WHERE role = 'keeper'"))
        assert record_baseline(session, NOW) == 0
    assert village.compared()


def test_records_of_offices__hold_no_name_number_or_token(village):
    """Threat: who gets a proof of a change reads whose phone it is."""
    database = village.world.runtime.database
    with database.write() as session:
        secret = create_token(session, Role.AUDITOR, NOW)
        content = b"".join(session.scalars(select(Journal.content)).all()).decode()
    assert "veterinary-officer" in content
    for hidden in (VET, VET.removeprefix("+675"), secret, secret.removeprefix("bilum_")):
        assert hidden not in content


WIFE, AGNES = "+67570000031", "+67570000032"


def code_in(reply: str) -> str:
    return re.search(r"(?:code|kod) (\d{4,6})", reply)[1]


def helpers(village: Village) -> list[str]:
    """The kinds of help that hold now."""
    with village.world.runtime.database.read() as session:
        return list(session.scalars(select(Helper.kind).where(Helper.ended_at.is_(None))))


def test_family_phone__added_by_its_keeper_and_agreed__helps_until_removed(village):
    asked = village.sms("ADD PHONE 70000031")
    village.sms(code_in(asked))
    assert helpers(village) == []
    assert "70000001" in [body for _, to, body in village.texts() if to == WIFE][-1]
    village.sms("1", WIFE)
    assert helpers(village) == ["family"]
    assert village.compared() == []
    village.sms("REMOVE 70000001", WIFE)
    assert helpers(village) == []
    assert village.compared() == []
    assert "any more" in [body for _, to, body in village.texts() if to == KEEPER][-1]


def test_family_phone_added_by_a_forged_number__gets_nothing(village):
    """Threat: a thief writes ADD PHONE with the keeper's number as sender, then agrees."""
    village.sms("ADD PHONE 70000066", KEEPER)
    told = [body for _, to, body in village.texts() if to == KEEPER][-1]
    assert "NOT added yet" in told
    for guess in ("1", "YES", "4827", "482739"):
        village.sms(guess, THIEF)
    assert helpers(village) == []
    assert not [body for _, to, body in village.texts() if to == THIEF and "report pigs" in body]


def test_family_phone_that_does_not_agree__gets_nothing_and_the_keeper_is_told(village):
    village.sms(code_in(village.sms("ADD PHONE 70000031")))
    village.sms("2", WIFE)
    assert helpers(village) == []
    assert "does not want" in [body for _, to, body in village.texts() if to == KEEPER][-1]


def test_stranger_accepts_in_a_keepers_name__gives_no_recorder_any_power(village):
    """Threat: a dishonest recorder writes ACCEPT with the keeper's number as sender."""
    village.give(AGNES, Role.RECORDER, "Jiwaka")
    asked = village.sms("ACCEPT 70000032", KEEPER)
    assert helpers(village) == []
    village.sms("1", AGNES)
    village.sms(code_in(asked), THIEF)
    assert helpers(village) == []
    village.sms(code_in(asked), KEEPER)
    assert helpers(village) == ["recorder"]
    assert "accepted you" in [body for _, to, body in village.texts() if to == AGNES][-1]
    assert village.compared() == []


def test_accept_of_somebody_who_is_no_recorder__is_refused(village):
    """Threat: a thief talks a keeper into accepting him as if he were the recorder."""
    village.sms("HELP", THIEF)
    assert "no village recorder" in village.sms("ACCEPT 70000066")
    assert helpers(village) == []


def test_officer_who_becomes_a_keepers_recorder_no_more__is_ended_by_the_recorder_too(village):
    village.give(AGNES, Role.RECORDER, "Jiwaka")
    village.sms(code_in(village.sms("ACCEPT 70000032")))
    village.sms("REMOVE 70000001", AGNES)
    assert helpers(village) == []


@pytest.fixture
def callers(scene):
    return scene


def phones_of(scene, name: str) -> list[str]:
    return scene.administrator.get(f"/api/v1/parties/{scene.callers[name].party}").json["phones"]


def test_inspector_adds_their_own_phone_to_a_keeper__counts_only_once_the_keeper_agreed(callers):
    """Threat: an inspector makes their second phone a phone of a keeper, and gets the codes."""
    village, path = Village(callers.world), f"/api/v1/parties/{callers.keeper.party}"
    before = phones_of(callers, "keeper")
    done = callers.inspector.post(path, {"phone": THIEF})
    assert (done.status_code, done.json["phone_waits"]) == (200, True)
    assert phones_of(callers, "keeper") == before
    [(told, question)] = [(to, body) for _, to, body in village.texts() if "70000066" in body]
    assert told == before[0]
    assert "Ofisa i laik putim fon" in question
    # Nobody else's answer counts.
    Phones(callers.world.runtime.database).send("1", THIEF)
    assert phones_of(callers, "keeper") == before


@pytest.mark.parametrize(("answer", "added"), [("1", True), ("2", False)])
def test_person_who_is_asked_about_a_phone__decides(callers, answer, added):
    village, path = Village(callers.world), f"/api/v1/parties/{callers.keeper.party}"
    callers.officer.post(path, {"phone": WIFE})
    phones = Phones(callers.world.runtime.database, callers.world.runtime.clock())
    phones.say(answer, phones_of(callers, "keeper")[0])
    assert (WIFE in phones_of(callers, "keeper")) is added
    assert village.compared() == []


def test_person_without_a_phone__gets_one_by_two_officers(callers):
    """Threat: one officer alone makes a phone that speaks for somebody who has none."""
    village, path = Village(callers.world), f"/api/v1/parties/{callers.keeper.party}"
    with callers.world.runtime.database.write() as session:
        session.execute(delete(Contact).where(Contact.party_id == 1))
    for _ in range(2):
        done = callers.inspector.post(path, {"phone": WIFE})
        assert (done.status_code, done.json["phone_waits"]) == (200, True)
    done = callers.officer.post(path, {"phone": WIFE})
    assert (done.json["phone_waits"], done.json["phones"]) == (False, [WIFE])
    assert village.compared() == []


def test_token_of_nobody__adds_no_phone_to_who_has_none(callers):
    with callers.world.runtime.database.write() as session:
        session.execute(delete(Contact).where(Contact.party_id == 1))
    world = callers.world
    done = world.post(
        f"/api/v1/parties/{callers.keeper.party}", {"phone": WIFE}, Role.ADMINISTRATOR
    )
    assert done.status_code == 403


def test_no_officer_can_be_reached__no_reply_promises_one(village):
    """Threat: nobody comes, because nobody was told, and the keeper waits for the call."""
    village.give(VET, Role.KEEPER)
    village.sms("LANG EN")
    for told in (village.sms("SICK 3 fever"), village.sms("DEAD 3 pigs")):
        assert "An officer will" not in told
        assert "Call NAQIA 1801332." in told
    assert "We reach no officer" in village.sms("PERMIT 3 pigs 70000066")


def test_officer_is_promised__the_officer_is_told_once_an_hour_a_place(village):
    """Threat: "An officer will look" is said of each odd report, and nobody is told of any."""
    village.sms("LANG EN")
    for _ in range(3):
        assert "An officer will look" in village.sms(f"REG {official(1)}") or _ == 0
    told = [body for _, to, body in village.texts() if to == VET]
    assert len(told) == 1
    assert told[0].startswith("CHECK pig ")
    assert "Sent by 70000001" in told[0]


def test_sale_to_somebody_whom_no_text_reaches__is_not_said_to_be_asked(village):
    """Threat: "We asked the owner" is said of a text that STOP ALL ended."""
    village.sms("LANG EN")
    village.sms(f"REG {official(1)}")
    village.sms("STOP ALL", WIFE)
    told = village.sms(code_in(village.sms(f"GIVE {official(1)} 70000031")))
    assert "gets no texts from us" in told


def ended_on(village: Village) -> list[object]:
    with village.world.runtime.database.read() as session:
        return list(session.scalars(select(Animal.ended_on)))


def test_family_phone__reports_for_its_keeper_and_cannot_kill_by_its_own_code(village):
    """Threat: a relative's stolen phone kills or sells the keeper's pigs."""
    village.sms("LANG EN")
    registered = village.sms(f"REG {official(1)}")
    village.sms(code_in(village.sms("ADD PHONE 70000031")))
    village.sms("1", WIFE)
    asked = village.sms(f"KILL {official(1)}", WIFE)
    assert "code" not in asked
    assert [body for _, to, body in village.texts() if to == KEEPER][-1] != asked
    assert ended_on(village) == [None]
    dead = village.sms(f"DEAD {official(1)}", WIFE)
    assert ended_on(village) != [None]
    # The pig died where it stands, not at a place of the relative's.
    [place] = re.findall(r"registered at (\d+)", registered)
    assert (f"died at {place}" in dead, "odd" in dead) == (True, False)


def test_doctor__names_provinces_without_an_officer_and_the_lack_of_an_administrator(village):
    runtime = village.world.runtime
    assert [line for line in _lacking(runtime) if "veterinary" in line] == []
    assert [line for line in _lacking(runtime) if "administrator" in line]
    village.give(VET, Role.KEEPER)
    village.give(BOSS, Role.ADMINISTRATOR)
    assert list(_lacking(runtime)) == [
        "no veterinary officer can be reached in Jiwaka: alarms go to nobody",
        (
            "no health officer can be reached in Jiwaka: of diseases of pigs that people get, "
            "those of other provinces are told, or nobody"
        ),
    ]
    village.give(VET, Role.HEALTH_OFFICER, "Jiwaka")
    assert [line for line in _lacking(runtime) if "health officer" in line] == []
