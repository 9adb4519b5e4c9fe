"""Attacks on the inboxes: who reads whose messages, and who may answer them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from services.core.roles import Role
from services.doctor.warnings import clinician_warnings, free_warnings
from services.health.care.concerns import set_clinicians
from services.ledger.party_log import PartyAct
from services.messaging.offices import appoint
from services.messaging.operator_alarms import raise_alarms
from services.messaging.postings import ANYWHERE
from services.storage.models import (
    Access,
    Clinician,
    Concern,
    Message,
    Party,
    Subscription,
)
from services.storage.parties import party_of
from services.storage.persons import person_of
from services.storage.unit_of_work import Unit
from sms.numbers import mask
from sms.settings import SmsSettings
from tests.fakes.recorder_store import MemoryRecorderStore
from tests.services.health.scene import SMALL, publish
from tests.services.scene import Caller
from tests.services.world import SECRET, open_folder

if TYPE_CHECKING:
    from tests.services.world import World

INBOX = "/api/v1/inbox"
PROVINCES = ("Jiwaka", "Enga")
DIABETES = (
    SMALL.replace("code: tobacco", "code: diabetes")
    .replace("QUIT", "SUGARS")
    .replace("LUSIM SIMUK", "SUGAS")
)

# Who reads, by name: role, province of duty, and the programme and province that they look after.
READERS = {
    "vet of Jiwaka": (Role.VETERINARY_OFFICER, "Jiwaka", None),
    "vet of Enga": (Role.VETERINARY_OFFICER, "Enga", None),
    "inspector of Jiwaka": (Role.INSPECTOR, "Jiwaka", None),
    "vet of the country": (Role.VETERINARY_OFFICER, None, None),
    "clinician of tobacco in Jiwaka": (Role.CLINICIAN, None, ("tobacco", "Jiwaka")),
    "clinician of tobacco in Enga": (Role.CLINICIAN, None, ("tobacco", "Enga")),
    "clinician of tobacco anywhere": (Role.CLINICIAN, None, ("tobacco", ANYWHERE)),
    "clinician of diabetes in Jiwaka": (Role.CLINICIAN, None, ("diabetes", "Jiwaka")),
    "clinician of nothing": (Role.CLINICIAN, None, None),
    "administrator": (Role.ADMINISTRATOR, None, None),
    **{
        role.value: (role, None, None)
        for role in Role
        if role not in {Role.VETERINARY_OFFICER, Role.INSPECTOR, Role.CLINICIAN, Role.ADMINISTRATOR}
    },
}
# Who wrote: their premises, and their course with the province that they live in.
SENDERS = {
    "keeper in Jiwaka": ("Jiwaka", None),
    "keeper in Enga": ("Enga", None),
    "smoker in Jiwaka": (None, ("tobacco", "Jiwaka")),
    "smoker in Enga": (None, ("tobacco", "Enga")),
    "diabetic in Jiwaka": (None, ("diabetes", "Jiwaka")),
    "keeper and smoker in Jiwaka": ("Jiwaka", ("tobacco", "Jiwaka")),
    "stranger": (None, None),
}
PLAIN, SICK, ILL = "wanem samting", "my pigs vomit blood", "mi gat suga na mi no save"
_JOINS = {"tobacco": "QUIT", "diabetes": "SUGARS"}

# Senders of a plain text that each reader sees; of everybody else none.
SEES = {
    "vet of Jiwaka": {"keeper in Jiwaka"},
    "inspector of Jiwaka": {"keeper in Jiwaka"},
    "vet of Enga": {"keeper in Enga"},
    "vet of the country": {"keeper in Jiwaka", "keeper in Enga", "stranger"},
    "clinician of tobacco in Jiwaka": {"smoker in Jiwaka", "keeper and smoker in Jiwaka"},
    "clinician of tobacco in Enga": {"smoker in Enga"},
    "clinician of tobacco anywhere": {
        "smoker in Jiwaka",
        "smoker in Enga",
        "keeper and smoker in Jiwaka",
    },
    "clinician of diabetes in Jiwaka": {"diabetic in Jiwaka"},
    "administrator": {"stranger"},
}


@dataclass
class Country:
    """People who write, and those who read, each with a phone; readers with a token."""

    world: World
    readers: dict[str, Caller] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    ids: count[int] = field(default_factory=lambda: count(1))

    def send(self, who: str, text: str) -> None:
        answer = self.world.sms(text, f"SM{next(self.ids)}", self.numbers[who])
        assert answer.status_code == 200, answer.text
        self.world.runtime.clock.pass_by(600)

    def sees(self, reader: str, query: str = "") -> set[str]:
        """Who wrote what a reader sees, by masked phone; 403: nobody."""
        answer = self.readers[reader].get(f"{INBOX}{query}")
        if answer.status_code == 403:
            return set()
        assert answer.status_code == 200, answer.text
        assert not any(number in answer.text for number in self.numbers.values())
        shown = [one["phone"] for one in answer.json["items"]]
        return {who for who, number in self.numbers.items() if mask(number) in shown}

    def ids_of(self, reader: str) -> list[str]:
        return [one["id"] for one in self.readers[reader].get(INBOX).json["items"]]

    def texts(self, who: str, purpose: str) -> list[str]:
        with self.world.runtime.database.read() as session:
            rows = session.scalars(select(Message).where(Message.purpose == purpose))
            return [row.body for row in rows if row.recipient == self.numbers[who]]


def appointed(world: World, number: str, role: Role, province: str | None) -> Caller:
    database, now = world.runtime.database, world.runtime.clock()
    with database.write() as session:
        row = party_of(Unit(session, database.vault), number)
        row.province, row.language = province, "en"
        appoint(session, row, role, PartyAct("role", None, "cli", now))
        session.flush()
        key, party = row.id, str(row.public_id)
    return Caller(world.app, world.bearer(role, key), party)


def lives_in(world: World, number: str, province: str) -> None:
    database = world.runtime.database
    with database.write() as session:
        person_of(session, party_of(Unit(session, database.vault), number)).province = province


def set_country(world: World) -> Country:
    made = Country(world)
    publish(world.runtime.database)
    publish(world.runtime.database, DIABETES)
    posts: dict[str, dict[str, str]] = {}
    for number, (name, (role, province, posting)) in enumerate(READERS.items(), 100):
        made.readers[name] = appointed(world, f"+6757{number}0{number}", role, province)
        if posting:
            posts.setdefault(posting[0], {})[posting[1]] = made.readers[name].party
    with world.runtime.database.write() as session:
        parties = {str(one): one for one in session.scalars(select(Party.public_id))}
        for programme, wanted in posts.items():
            set_clinicians(session, programme, {at: parties[one] for at, one in wanted.items()})
    for number, (name, (place, course)) in enumerate(SENDERS.items(), 200):
        made.numbers[name] = f"+6757{number}0{number}"
        if place:
            made.send(name, f"PLACE {place}")
        if course:
            for text in (_JOINS[course[0]], "1", "yes", "Maria", "2", "5 Dec"):
                made.send(name, text)
            lives_in(world, made.numbers[name], course[1])
    return made


@pytest.fixture(scope="module")
def settled(migrated_folder, tmp_path_factory):
    """The country, once, in a folder to copy."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("country") / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    made = set_country(world)
    world.runtime.close()
    return folder, made


@pytest.fixture
def country(settled, tmp_path):
    folder, made = settled
    copied = shutil.copytree(folder, tmp_path / "data")
    world = open_folder(copied, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    world.runtime.clock.now = made.world.runtime.clock.now
    readers = {name: replace(one, app=world.app) for name, one in made.readers.items()}
    yield replace(made, world=world, readers=readers, ids=count(1000))
    world.runtime.close()


@pytest.mark.slow
def test_reader__of_each_role_service_and_province__sees_their_own_messages_alone(country):
    """Threat: staff of one service, programme or province read the messages of another."""
    for who in SENDERS:
        country.send(who, PLAIN)
    for reader in READERS:
        assert country.sees(reader) == SEES.get(reader, set()), reader


@pytest.mark.slow
@pytest.mark.parametrize("service", ["livestock", "health", "unknown"])
def test_service_of_others__asked_for_by_name__is_refused(country, service):
    """Threat: an officer asks for the messages of health, or a clinician for those of pigs."""
    for who in SENDERS:
        country.send(who, PLAIN)
    theirs = {
        "livestock": {Role.VETERINARY_OFFICER, Role.INSPECTOR},
        "health": {Role.CLINICIAN},
        "unknown": {Role.VETERINARY_OFFICER, Role.INSPECTOR, Role.ADMINISTRATOR},
    }
    for reader, (role, _, _) in READERS.items():
        answer = country.readers[reader].get(f"{INBOX}?service={service}")
        assert answer.status_code == (200 if role in theirs[service] else 403), reader
        if answer.status_code == 200:
            assert {one["service"] for one in answer.json["items"]} <= {service}


def test_disease_of_pigs__from_a_member_of_a_course__is_the_officers_alone(country):
    """Threat: sick pigs stand where no officer reads, since their keeper is in a course."""
    country.send("keeper and smoker in Jiwaka", SICK)
    who = {"keeper and smoker in Jiwaka"}
    assert country.sees("vet of Jiwaka") == country.sees("inspector of Jiwaka") == who
    for reader, (role, _, _) in READERS.items():
        if role is Role.CLINICIAN:
            assert country.sees(reader) == set(), reader


def test_health_of_a_keeper__in_words__is_shown_to_no_officer(country):
    """Threat: a keeper writes of their own health, and the officers of pigs read it."""
    for text in (ILL, "my wife is pregnant and sad", "mi sik tru na mi les"):
        country.send("keeper in Jiwaka", text)
    for reader, (role, _, _) in READERS.items():
        if role is not Role.CLINICIAN:
            assert country.sees(reader) == set(), reader


@pytest.mark.slow
def test_message__that_a_reader_does_not_see__cannot_be_read_or_answered_by_its_id(country):
    """Threat: an id that was heard of opens a message of another service."""
    for who in SENDERS:
        country.send(who, PLAIN)
    seen = {reader: country.ids_of(reader) for reader in SEES}
    every = {one for ids in seen.values() for one in ids}
    assert len(every) == len(SENDERS)
    for reader, (role, _, _) in READERS.items():
        caller = country.readers[reader]
        hidden = every - set(seen.get(reader, ()))
        reads = role in {Role.VETERINARY_OFFICER, Role.INSPECTOR, Role.CLINICIAN}
        for one in sorted(hidden)[:3]:
            expected = 404 if reads else 403
            assert caller.get(f"{INBOX}/{one}").status_code == expected, reader
            answered = caller.post(f"{INBOX}/{one}/answer", {"text": "Yes."})
            assert answered.status_code == expected, reader
    assert not any(country.texts(who, "inbox") for who in SENDERS)


def test_list__of_every_reader__masks_numbers_and_one_message_has_it_and_is_noted(country):
    """Threat: a list of messages is a list of phone numbers."""
    country.send("keeper in Jiwaka", PLAIN)
    reader = country.readers["vet of Jiwaka"]
    (one,) = country.ids_of("vet of Jiwaka")
    read = reader.get(f"{INBOX}/{one}")
    assert (read.status_code, read.json["phone"]) == (200, country.numbers["keeper in Jiwaka"])
    with country.world.runtime.database.read() as session:
        noted = session.scalars(select(Access.what)).all()
    assert sorted(noted) == [f"GET {INBOX}", f"GET {INBOX}/<arrival>"]


def test_administrator__sees_counts_of_all_and_texts_of_none_with_a_service(country):
    """Threat: an administrator reads what people write of their health."""
    for who in SENDERS:
        country.send(who, PLAIN)
    answer = country.readers["administrator"].get(f"{INBOX}/counts")
    counts = {(one["service"], one["province"]): one["messages"] for one in answer.json["items"]}
    assert counts == {
        ("livestock", "Jiwaka"): 1,
        ("livestock", "Enga"): 1,
        ("health", "Jiwaka"): 3,
        ("health", "Enga"): 1,
        ("unknown", None): 1,
    }
    for reader, (role, _, _) in READERS.items():
        status = country.readers[reader].get(f"{INBOX}/counts").status_code
        assert status == (200 if role is Role.ADMINISTRATOR else 403), reader


def test_answer__of_an_officer__names_the_service_and_of_a_clinician_names_none(country):
    """Threat: a person takes an officer's answer for one of their course, or the other way."""
    for who in ("keeper in Jiwaka", "smoker in Jiwaka"):
        country.send(who, PLAIN)
    for who, reader in (
        ("keeper in Jiwaka", "inspector of Jiwaka"),
        ("smoker in Jiwaka", "clinician of tobacco in Jiwaka"),
    ):
        (one,) = country.ids_of(reader)
        done = country.readers[reader].post(f"{INBOX}/{one}/answer", {"text": "Call me."})
        assert done.status_code == 201, done.text
        again = country.readers[reader].post(f"{INBOX}/{one}/answer", {"text": "Call me."})
        assert (again.status_code, again.json["code"]) == (409, "answered_already")
        assert country.texts(who, "inbox") == [
            "Livestock officer: Call me." if "keeper" in who else "Call me."
        ]


def test_answer__longer_than_one_sms_with_the_name__is_refused_with_its_room(country):
    """Threat: a long answer goes as two SMS, or loses its end."""
    country.send("keeper in Jiwaka", PLAIN)
    (one,) = country.ids_of("vet of Jiwaka")
    path, reader = f"{INBOX}/{one}/answer", country.readers["vet of Jiwaka"]
    refused = reader.post(path, {"text": "a" * 150})
    assert (refused.status_code, refused.json["code"]) == (422, "answer_too_long")
    assert "at most 141 letters" in refused.json["detail"]
    assert reader.post(path, {"text": "a" * 141}).status_code == 201
    (said,) = country.texts("keeper in Jiwaka", "inbox")
    assert len(said) == 160


def test_province_without_an_officer__its_messages_stand_with_all_officers(country):
    """Threat: a message of sick pigs stands where nobody reads."""
    country.send("keeper in Enga", SICK)
    country.send("stranger", "pik i dai nating")
    with country.world.runtime.database.write() as session:
        for row in session.scalars(select(Party).where(Party.role == "veterinary-officer")):
            row.role = "keeper" if row.province in {None, "Enga"} else row.role
    assert country.sees("vet of Jiwaka") == {"keeper in Enga", "stranger"}


# Members whose course each clinician reads; nobody else reads of any.
COURSES = {
    "clinician of tobacco in Jiwaka": {"smoker in Jiwaka", "keeper and smoker in Jiwaka"},
    "clinician of tobacco in Enga": {"smoker in Enga"},
    "clinician of tobacco anywhere": {
        "smoker in Jiwaka",
        "smoker in Enga",
        "keeper and smoker in Jiwaka",
    },
    "clinician of diabetes in Jiwaka": {"diabetic in Jiwaka"},
}
MEMBERS = [name for name, (_, course) in SENDERS.items() if course]
NOTE = {"note": "Called; now at the clinic."}


@pytest.mark.slow
def test_concern__of_each_programme_and_province__is_read_and_handled_by_its_clinicians_alone(
    country,
):
    """Threat: a clinician reads what people of another programme or province suffer from."""
    ids = {}
    for who in MEMBERS:
        country.send(who, "I have chest pain")
        with country.world.runtime.database.read() as session:
            newest = session.scalars(select(Concern).order_by(Concern.id.desc())).first()
            ids[who] = str(newest.public_id)
    for reader, (role, _, _) in READERS.items():
        caller, theirs = country.readers[reader], COURSES.get(reader, set())
        listed = caller.get("/api/v1/concerns")
        assert listed.status_code == (200 if role is Role.CLINICIAN else 403), reader
        shown = {one["id"] for one in listed.json.get("items", ())}
        assert shown == {ids[who] for who in theirs}, reader
        for who in set(MEMBERS) - theirs:
            refused = 404 if role is Role.CLINICIAN else 403
            path = f"/api/v1/concerns/{ids[who]}"
            assert caller.get(path).status_code == refused, (reader, who)
            assert caller.post(f"{path}/handled", NOTE).status_code == refused, (reader, who)
        for who in theirs:
            assert caller.get(f"/api/v1/concerns/{ids[who]}").json["phone"] == country.numbers[who]
    owner = country.readers["clinician of tobacco in Enga"]
    handled = owner.post(f"/api/v1/concerns/{ids['smoker in Enga']}/handled", NOTE)
    assert (handled.status_code, handled.json["note"]) == (200, NOTE["note"])


@pytest.mark.slow
def test_course__of_each_programme_and_province__is_read_and_changed_by_its_clinicians_alone(
    country,
):
    """Threat: a clinician looks up, pauses or ends the course of somebody they do not care for."""
    with country.world.runtime.database.read() as session:
        rows = session.scalars(select(Subscription)).all()
        by_number = {row.number: str(row.public_id) for row in rows}
    ids = {who: by_number[country.numbers[who]] for who in MEMBERS}
    for reader, (role, _, _) in READERS.items():
        caller, theirs = country.readers[reader], COURSES.get(reader, set())
        for who in MEMBERS:
            path, number = f"/api/v1/subscriptions/{ids[who]}", country.numbers[who]
            found = caller.post("/api/v1/subscriptions/search", {"phone": number})
            assert found.status_code == (200 if role is Role.CLINICIAN else 403), reader
            assert [one["id"] for one in found.json.get("items", ())] == [ids[who]] * (
                who in theirs
            )
            refused = 404 if role is Role.CLINICIAN else 403
            expected = 200 if who in theirs else refused
            assert caller.get(path).status_code == expected, (reader, who)
            if who not in theirs:
                for act in ("plan", "pause", "resume", "end"):
                    body = {"discreet": True} if act == "plan" else {}
                    assert caller.post(f"{path}/{act}", body).status_code == refused, (reader, who)


def unreachable(country: Country, *programmes: str) -> None:
    """Take the clinicians of programmes away, but for those of anywhere or Enga."""
    with country.world.runtime.database.write() as session:
        gone = Clinician.province.not_in([ANYWHERE, "Enga"]) | (Clinician.programme == "diabetes")
        session.execute(delete(Clinician).where(Clinician.programme.in_(programmes), gone))


def test_province_without_a_clinician__doctor_says_which_programme_lacks_whom_where(country):
    """Threat: a programme promises that somebody is called, where nobody can be told."""
    runtime = country.world.runtime
    assert [*clinician_warnings(runtime)] == []
    unreachable(country, "diabetes")
    with runtime.database.write() as session:
        session.execute(delete(Clinician).where(Clinician.province == ANYWHERE))
    [line] = clinician_warnings(runtime)
    assert line == (
        "no clinician of diabetes can be reached for people in Jiwaka: nobody is told of their red "
        "flags, and no call is promised (bilum programme clinicians diabetes)"
    )
    lives_in(country.world, country.numbers["smoker in Enga"], "Gulf")
    (_, tobacco) = clinician_warnings(runtime)
    assert tobacco.startswith("no clinician of tobacco can be reached for people in Gulf: ")


def test_course__that_says_it_is_free__doctor_says_that_an_answer_costs(country):
    """Threat: people answer in the belief that it costs them nothing."""
    [line] = free_warnings(country.world.runtime)
    assert line.startswith("courses that say that they are free, though an answer costs: diabetes")


def test_concern__that_no_clinician_can_be_told_of__promises_no_call_and_alarms_the_operator(
    country,
):
    """Threat: "a health worker will call you" is said, and nobody will."""
    boss = "+67570000999"
    appointed(country.world, boss, Role.ADMINISTRATOR, None)
    unreachable(country, "diabetes")
    runtime = country.world.runtime
    country.send("diabetic in Jiwaka", "CALL ME")
    assert "no health worker can be reached" in country.texts("diabetic in Jiwaka", "reply")[-1]
    for _ in range(2):
        with runtime.database.write() as session:
            raise_alarms(
                session, MemoryRecorderStore(runtime.clock), SmsSettings(), runtime.clock()
            )
    with runtime.database.read() as session:
        rows = session.scalars(select(Message).where(Message.purpose == "system"))
        alarms = [row.body for row in rows if row.recipient == boss and "clinician" in row.body]
    assert len(alarms) == 1
    assert alarms[0].startswith("Bilum: no clinician of diabetes in Jiwaka can be told; 1 people")
    assert country.sees("clinician of diabetes in Jiwaka") == set()
