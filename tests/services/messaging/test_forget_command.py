"""FORGET: what is asked, what goes, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

from gateway.envelope import Envelope
from services.api.tokens import create_token
from services.core.errors import WrongDataKey
from services.core.roles import Role
from services.messaging import forget_command, person_erasure
from services.messaging.person_erasure import erase_leftovers
from services.storage.database import Database
from services.storage.models import (
    Arrival,
    ArrivalConflict,
    Attempt,
    Consent,
    Contact,
    Journal,
    Message,
    Party,
    PendingConfirmation,
    PendingErasure,
    Premises,
    Token,
)
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
from sms.consent import ERASING, EVERYTHING
from sms.message import Kind, MessageState
from tests.factories import (
    BUYER,
    FARMER,
    NOW,
    STRANGER,
    Phones,
    in_threads,
    official,
    rows,
)
from tests.services.messaging.forgetting import (
    ASK,
    DONE,
    Ticking,
    code_of,
    mine,
    notice,
    three_days_later,
)
from tests.services.messaging.scene import Mail
from tests.support.round_trips import counted
from tests.support.texts import assert_one_segment


@pytest.fixture
def phones(database):
    return Ticking(database)


@pytest.fixture
def mail(phones):
    return Mail(phones)


def confirm(phones, sender=FARMER):
    """Ask to be forgotten and send the code; the answer."""
    return phones.say(f"FORGET {code_of(phones.say('FORGET', sender))}", sender)


def leave(phones, sender=FARMER):
    """Ask to be forgotten, send the code, and let the three days go by."""
    confirm(phones, sender)
    with phones.database.write() as session:
        answers = Message.purpose.in_(["reply", "forget"])
        session.execute(update(Message).where(answers).values(state="delivered"))
    assert three_days_later(phones) == 1


def end_everything(database, state=MessageState.DELIVERED):
    """All that was queued went."""
    with database.write() as session:
        queued = Message.state == MessageState.QUEUED
        session.execute(update(Message).where(queued).values(state=state.value))


def leftovers(database):
    with database.write() as session:
        return erase_leftovers(session, database.vault, NOW + timedelta(days=9))


def everything_sealed(database):
    """Every sealed text and number that the database holds."""
    sealed = [
        *(
            Party.name,
            Contact.number,
            Premises.name,
            PendingConfirmation.command,
            PendingConfirmation.question,
        ),
        *(Arrival.sender, Arrival.payload, Arrival.answer),
        *(ArrivalConflict.sender, ArrivalConflict.payload, Message.recipient, Message.body),
    ]
    with database.read() as session:
        texts = [text for column in sealed for text in session.scalars(select(column)) if text]
    # What is left of the command of a claim.
    return [text for text in texts if text != "{}"]


@pytest.mark.parametrize(
    ("word", "language"),
    [("FORGET", "en"), ("Forget me", "en"), ("FORGET YES", "en"), ("RAUSIM MI", "tpi")],
)
def test_forget__asked_and_confirmed__says_so(phones, word, language):
    asked = phones.say(word)
    code = code_of(asked)
    assert asked == ASK[language].format(C=code)
    told = phones.say(f"{word} {code}")
    assert told == notice(phones, language)
    assert mine(phones.database, Contact)
    assert three_days_later(phones) == 1
    [last] = [row.body for row in mine(phones.database, Message)]
    assert last == DONE[language]
    for text in (asked, told, last):
        assert_one_segment(text)


@pytest.mark.parametrize("role", [one for one in Role if one not in {Role.KEEPER, Role.RECORDER}])
def test_forget__somebody_in_office__asks_the_administrator(phones, role):
    phones.say("INGLIS")
    with phones.database.write() as session:
        session.execute(update(Party).values(role=role.value))
    assert phones.say("FORGET") == (
        "Your number belongs to your work, so it cannot be erased by SMS. Ask your administrator."
    )
    assert phones.say("RAUSIM MI") == (
        "Namba bilong yu i bilong wok, olsem na SMS i no inap rausim. Askim bosman bilong sistem."
    )
    assert mine(phones.database, Contact)


def live(phones):
    """Live here for a while: places, a pig, a sale, a name, a token, another phone; her party."""
    phones.say("PLACE Marias garden, Jiwaka")
    phones.say("PLES Goroka, Eastern Highlands", BUYER)
    phones.say(f"REG {official(1)}")
    phones.say("SELL 1262 1165")
    phones.send("what is this, says Maria")
    phones.send("HELP", FARMER, "SM-same")
    database = phones.database
    with database.write() as session:
        other = Envelope("twilio-sms", "SM-same", FARMER, "something else", phones.now)
        Unit(session, database.vault).keep_conflict(other)
        party = session.scalars(select(Contact.party_id).order_by(Contact.id)).first()
        session.get_one(Party, party).name = "Maria Kaupa"
        create_token(session, Role.KEEPER, NOW, party_id=party)
        index = database.vault.index(STRANGER)
        session.add(Contact(party_id=party, number=STRANGER, number_index=index))
    phones.say("HELP", STRANGER)
    phones.say("SELL 1262 1165")
    end_everything(database)
    return party


@pytest.mark.slow
def test_forget__person_with_a_life_here__leaves_no_trace_of_her(phones):
    live(phones)
    leave(phones)
    [last] = [row for row in mine(phones.database, Message) if row.state == "queued"]
    assert last.body == DONE["en"]
    end_everything(phones.database)
    assert leftovers(phones.database) == 0
    left = everything_sealed(phones.database)
    for trace in (FARMER, STRANGER, "Maria", "Kaupa", "FORGET", official(1)):
        assert [text for text in left if trace in text] == []
    assert BUYER in left


def test_forget__person_with_a_life_here__keeps_counts_and_what_she_has(phones):
    party, database = live(phones), phones.database
    before = {
        table: rows(database, table)
        for table in (Message, Arrival, Journal, Party, PendingConfirmation)
    }
    leave(phones)
    after = {table: rows(database, table) for table in before}
    # Two texts of hers, two answers, a notice to her other phone, the last text, what waited for
    # the code, and the end of her token more; nothing less.
    more = {Message: 4, Arrival: 2, PendingConfirmation: 1, Journal: 1}
    assert after == before | {table: before[table] + count for table, count in more.items()}
    with database.read() as session:
        assert session.scalars(select(Token.revoked_at)).one() == phones.now
        kept = session.execute(
            select(
                PendingConfirmation.state, PendingConfirmation.command, PendingConfirmation.question
            )
        ).all()
        assert {state for state, *_ in kept} == {"expired", "replaced", "done"}
        assert {tuple(texts) for _, *texts in kept} == {("{}", None)}
        garden = session.scalars(select(Premises).order_by(Premises.id)).first()
        assert (garden.keeper_id, garden.province) == (party, "Jiwaka")


def test_forget__texts_that_wait__are_cancelled_and_what_went_keeps_its_state(mail):
    waits = [mail.put(kind=kind) for kind in (Kind.ANSWER, Kind.URGENT, Kind.PROGRAMME)]
    went = [mail.put(state=state) for state in (MessageState.DELIVERED, MessageState.FAILED)]
    others = mail.put(to=BUYER)
    leave(mail.phones)
    assert {mail.state(message) for message in waits} == {("cancelled", "forgotten")}
    assert [mail.state(message)[0] for message in went] == ["delivered", "failed"]
    for row in map(mail.read, [*waits, *went]):
        assert (row.recipient, row.body, row.recipient_index) == ("", "", b"")
        assert row.expires_at <= mail.phones.now
    assert mail.read(others).recipient == BUYER


def test_forget__text_that_is_on_its_way__is_erased_once_it_arrived(mail):
    on_its_way = mail.put(state=MessageState.ATTEMPTING)
    asked_about = mail.put(state=MessageState.UNCERTAIN)
    with mail.database.write() as session:
        row = session.scalars(select(Message).where(Message.public_id == asked_about)).one()
        doubt = Attempt(
            public_id=asked_about,
            message_id=row.id,
            channel="twilio",
            state="uncertain",
            started_at=NOW,
            look_at=NOW + timedelta(minutes=10),
        )
        session.add(doubt)
    leave(mail.phones)
    end_everything(mail.database)
    assert leftovers(mail.database) == 1
    assert {mail.read(one).recipient for one in (on_its_way, asked_about)} == {FARMER}
    assert mail.phones.database.vault.index(FARMER) == mail.read(on_its_way).recipient_index

    with mail.database.write() as session:
        session.execute(update(Message).where(Message.state == "attempting").values(state="sent"))
        session.execute(update(Attempt).values(look_at=None))
    assert leftovers(mail.database) == 0
    assert {mail.read(one).recipient for one in (on_its_way, asked_about)} == {""}
    assert [mail.state(one)[0] for one in (on_its_way, asked_about)] == ["sent", "uncertain"]


def test_forget__last_answer_still_waits__is_sent_before_it_is_erased(phones):
    leave(phones)
    assert leftovers(phones.database) == 1
    [last] = mine(phones.database, Message)
    assert (last.recipient, last.body, last.state) == (FARMER, DONE["en"], "queued")
    # What she sent is gone already.
    with phones.database.read() as session:
        assert session.scalars(select(Arrival.payload)).all() == [None, None]


def test_forget__consent__is_a_refusal_of_everything_and_nothing_else(mail):
    mail.join("malaria")
    mail.join("malaria", number=BUYER)
    leave(mail.phones)
    assert mail.consents() == {EVERYTHING: False, ERASING: False}
    marks = mine(mail.database, Consent)
    assert {(mark.source, mark.at) for mark in marks} == {("forgetting", mail.phones.now)}
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    assert [mark.source for mark in mine(mail.database, Consent)] == ["forget"]
    assert mail.consents(BUYER) == {"malaria": True}


def test_forget__then_back__is_somebody_new_whose_texts_stay(mail):
    phones = mail.phones
    phones.say("ME")
    leave(phones)
    phones.say("START")
    assert mail.consents() == {EVERYTHING: True, ERASING: False}
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    [kept] = mine(mail.database, Message)
    assert (kept.recipient, kept.state) == (FARMER, "delivered")
    assert rows(mail.database, Party) == 2
    # And again.
    phones.now += timedelta(days=1)
    leave(phones)
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    assert everything_sealed(mail.database) == []


def test_forget__text_that_got_no_answer__goes_too(mail):
    mail.phones.say("STOP ALL")
    assert mail.phones.send("STOP ALL").text == ""
    leave(mail.phones)
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    with mail.database.read() as session:
        assert set(session.scalars(select(Arrival.sender))) == {None}


def test_erase_due__fault_of_one__keeps_nobody_else_waiting(phones, monkeypatch):
    for sender in (FARMER, BUYER):
        confirm(phones, sender)
    real, failed = forget_command.forget, []

    def faulty(unit, party, number, now):
        if number == FARMER and not failed:
            failed.append(number)
            raise RuntimeError("a fault")
        real(unit, party, number, now)

    monkeypatch.setattr(forget_command, "forget", faulty)
    assert three_days_later(phones) == 1
    assert rows(phones.database, PendingErasure) == 1
    assert forget_command.erase_due(phones.database, phones.now) == 1
    assert rows(phones.database, PendingErasure) == 0


def test_forget__same_sms_again_afterwards__changes_nothing(phones):
    sent = f"FORGET {code_of(phones.say('FORGET'))}"
    phones.send(sent, FARMER, "SM-last")
    three_days_later(phones)
    end_everything(phones.database)
    leftovers(phones.database)
    before = rows(phones.database, Message)
    assert phones.send(sent, FARMER, "SM-last").text == ""
    assert rows(phones.database, Message) == before
    assert mine(phones.database, Contact) == []


@pytest.mark.postgres
def test_forget__code_sent_twice_at_once__leaves_nothing_of_either(open_database):
    database = open_database("postgresql")
    phones = Phones(database)
    sent = f"FORGET {code_of(phones.say('FORGET'))}"
    answers = in_threads(*(lambda: phones.send(sent).text for _ in range(4)))
    assert all("will be erased on" in one for one in answers)
    assert three_days_later(phones) == 1
    end_everything(database)
    assert leftovers(database) == 0
    assert [text for text in everything_sealed(database) if FARMER in text] == []


def test_erase_leftovers__of_two_at_once__keeps_what_one_sent_after_she_came_back(mail):
    phones = mail.phones
    leave(phones)
    for text in ("START", "STOP ALL", "STOP ALL"):
        phones.send(text)
    leave(phones, BUYER)
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    with mail.database.read() as session:
        senders = set(session.scalars(select(Arrival.sender)))
        unanswered = Arrival.outcome.startswith("unanswered")
        assert session.scalars(select(Arrival.sender).where(unanswered)).all() == [FARMER]
    assert senders == {FARMER, None}


def test_erase_leftovers__of_many_at_once__opens_what_got_no_answer_once(phones):
    for sender in (FARMER, BUYER, STRANGER):
        leave(phones, sender)
    end_everything(phones.database)
    with counted() as sent:
        assert leftovers(phones.database) == 0
    assert len([one for one in sent if "unanswered" in one and one.startswith("SELECT")]) == 1


def leave_unanswered(phones, sender):
    """Send a text that gets no answer; return when."""
    phones.say("STOP ALL", sender)
    assert phones.send("STOP ALL", sender).text == ""
    return phones.now


def test_erase_leftovers__text_that_does_not_open__ends_nobodys_erasure(mail, caplog):
    damaged = Arrival.received_at == leave_unanswered(mail.phones, STRANGER)
    stored, junk = type_coerce(Arrival.sender, LargeBinary()), b"\x02" + bytes(40)
    with mail.database.write() as session:
        broken = type_coerce(junk, LargeBinary)
        session.execute(update(Arrival).where(damaged).values(sender=broken))
    leave_unanswered(mail.phones, FARMER)
    leave(mail.phones)
    end_everything(mail.database)
    assert leftovers(mail.database) == 0
    assert [mark.source for mark in mine(mail.database, Consent)] == ["forget"]
    assert "1 values of Arrival.sender do not open" in caplog.text
    with mail.database.read() as session:
        unanswered = Arrival.outcome.startswith("unanswered"), Arrival.sender.is_not(None)
        assert session.scalars(select(stored).where(*unanswered)).all() == [junk]


def test_erase_leftovers__key_of_another_database__ends_nothing_and_says_so(mail):
    leave_unanswered(mail.phones, BUYER)
    leave(mail.phones)
    end_everything(mail.database)
    url = mail.database.engine.url.render_as_string(hide_password=False)
    other = Database(url, Vault(bytes(range(1, 33))))
    with pytest.raises(WrongDataKey):
        leftovers(other)
    other.close()
    assert {mark.source for mark in mine(mail.database, Consent)} == {"forgetting"}


def test_erase_leftovers__fault_of_one_number__keeps_no_other_waiting(phones, monkeypatch):
    for sender in (FARMER, BUYER):
        leave(phones, sender)
    end_everything(phones.database)
    index, real = phones.database.vault.index(FARMER), person_erasure.forget_phone

    def faulty(session, of):
        if of == index:
            raise RuntimeError("a fault")
        real(session, of)

    monkeypatch.setattr(person_erasure, "forget_phone", faulty)
    leftovers(phones.database)
    with phones.database.read() as session:
        wanted = select(Consent.source).where(Consent.scope == EVERYTHING).order_by(Consent.id)
        assert session.scalars(wanted).all() == ["forgetting", "forget"]


def test_erase_leftovers__nobody_asked__finds_nobody(phones):
    phones.say("HELP")
    assert leftovers(phones.database) == 0
    assert FARMER in everything_sealed(phones.database)
