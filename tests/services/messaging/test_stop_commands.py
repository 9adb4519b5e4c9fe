"""STOP, STOP ALL and START, as people write them."""

from __future__ import annotations

import pytest

from services.storage.models import Consent, Message
from sms.consent import EVERYTHING, channel_scope
from sms.message import Kind, MessageState
from tests.factories import BUYER, FARMER, rows
from tests.services.messaging.scene import Mail
from tests.support.texts import assert_one_segment

ALL = {EVERYTHING: False}
STOPPED_ALL = {
    "en": "OK. We send you no more messages. When you write to us, we still answer. "
    "To get messages again, send: START",
    "tpi": "Orait. Mipela no salim moa mesej long yu. Taim yu salim mesej, mipela bai bekim. "
    "Long kisim mesej gen, salim: STATIM",
}
STOPPED = {
    "en": "OK. We stopped all messages of quit-smoking. To stop all, send: STOP ALL",
    "tpi": "Orait. Mipela stopim ol mesej bilong quit-smoking. "
    "Long stopim olgeta, salim: STOPIM OLGETA",
}
NONE = {
    "en": "You get no messages of a programme. To stop all, send: STOP ALL",
    "tpi": "I no gat program i salim mesej long yu. Long stopim olgeta, salim: STOPIM OLGETA",
}
STARTED = {
    "en": "OK. You get messages again. Programmes that you left do not come back by themselves: "
    "join them anew.",
    "tpi": "Orait. Ol mesej bai kam long yu gen. Ol kos yu lusim pinis i no kam bek long laik "
    "bilong ol yet: yu mas joinim gen.",
}


@pytest.fixture
def mail(phones):
    return Mail(phones)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("STOP", STOPPED["en"]),
        ("Stop.", STOPPED["en"]),
        ("stop please", STOPPED["en"]),
        ("STOP quit smoking", STOPPED["en"]),
        ("STOP sending me this", STOPPED["en"]),
        ("STOPIM", STOPPED["tpi"]),
        ("stopim ol mesej", STOPPED["tpi"]),
        ("STOPIM quit-smoking", STOPPED["tpi"]),
    ],
)
def test_stop__in_a_programme__ends_it_and_names_it(mail, text, answer):
    mail.join("quit-smoking")
    assert mail.phones.say(text) == answer
    assert_one_segment(answer)
    assert mail.consents() == {"quit-smoking": False}


def test_stop__of_who_keeps_pigs__says_that_texts_about_them_go_on(mail):
    mail.join("quit-smoking")
    mail.phones.say("PLACE Kudjip, Jiwaka")
    go_on = "Messages about pigs still come. To stop all"
    assert mail.phones.say("STOP") == STOPPED["en"].replace("To stop all", go_on)
    assert mail.phones.say("STOP") == NONE["en"].replace("To stop all", go_on)


@pytest.mark.parametrize(("text", "answer"), [("STOP", NONE["en"]), ("STOPIM", NONE["tpi"])])
def test_stop__in_no_programme__says_so_and_refuses_nothing(mail, text, answer):
    mail.join("quit-smoking", number=BUYER)
    assert mail.phones.say(text) == answer
    assert mail.consents() == {}
    assert mail.consents(BUYER) == {"quit-smoking": True}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *((text, STOPPED_ALL["en"]) for text in ("STOP ALL", "stopall", "Stop all messages.")),
        *((text, STOPPED_ALL["en"]) for text in ("UNSUBSCRIBE", "stop everything now")),
        *((text, STOPPED_ALL["tpi"]) for text in ("STOPIM OLGETA", "stopim olgeta mesej")),
        *((text, STOPPED_ALL["tpi"]) for text in ("STOP OLGETA", "stopim all")),
        *((text, STOPPED_ALL["tpi"]) for text in ("CANCEL", "End", "quit.")),
    ],
)
def test_stop_all__however_written__refuses_everything_and_each_programme(mail, text, answer):
    mail.join("quit-smoking", "malaria")
    assert mail.phones.say(text) == answer
    assert_one_segment(answer)
    assert mail.consents() == ALL | {"quit-smoking": False, "malaria": False}


@pytest.mark.parametrize(
    "text",
    [
        *("STAP", "LUSIM", "PINIS", "STAP OLGETA", "STOP ALL movements", "STOP 1553", "STOPIN"),
        *("CANCEL 1844", "END of it", "START 1553", "FORGET it all", "RAUSIM 104276", "STAT"),
    ],
)
def test_words__that_are_none_of_these__have_no_effect(mail, text):
    mail.join("quit-smoking")
    assert mail.phones.send(text).outcome == "not_understood"
    assert mail.consents() == {"quit-smoking": True}


def test_stop__of_several__ends_the_one_whose_text_came_last(mail):
    mail.join("malaria", "quit-smoking", "mothers")
    mail.put(kind=Kind.PROGRAMME, scope="quit-smoking", state=MessageState.DELIVERED, days=1)
    mail.put(kind=Kind.PROGRAMME, scope="malaria", state=MessageState.SENT, days=2)
    # Neither what waits nor what others got tells what this phone heard of.
    mail.put(kind=Kind.PROGRAMME, scope="mothers")
    mail.put(kind=Kind.PROGRAMME, scope="mothers", state=MessageState.SENT, to=BUYER)
    assert mail.phones.say("STOP") == STOPPED["en"]
    assert mail.consents() == {"malaria": True, "mothers": True, "quit-smoking": False}


def test_stop__that_one_again__ends_the_next_and_then_none(mail):
    mail.join("malaria", "mothers")
    assert "mothers" in mail.phones.say("STOP")
    assert "malaria" in mail.phones.say("STOP")
    assert mail.phones.say("STOP") == NONE["en"]


def test_stop__with_a_name__ends_that_one(mail):
    mail.join("malaria", "mothers")
    assert "malaria" in mail.phones.say("stop the Malaria programme")
    assert mail.consents() == {"malaria": False, "mothers": True}


def test_stop__with_texts_that_wait__closes_those_of_the_programme_alone(mail):
    mail.join("malaria", "mothers")
    mine = mail.put(kind=Kind.PROGRAMME, scope="malaria")
    others = [
        mail.put(kind=Kind.PROGRAMME, scope="mothers"),
        mail.put(kind=Kind.SERVICE),
        mail.put(kind=Kind.ANSWER, scope="malaria"),
        mail.put(kind=Kind.PROGRAMME, scope="malaria", to=BUYER),
    ]
    sent = mail.put(kind=Kind.PROGRAMME, scope="malaria", state=MessageState.SENT)
    mail.phones.say("STOP malaria")
    assert mail.state(mine) == ("suppressed", "stopped")
    assert {mail.state(other) for other in others} == {("queued", None)}
    assert mail.state(sent) == ("sent", None)


def test_stop_all__with_texts_that_wait__closes_all_but_answers(mail):
    mine = [
        mail.put(kind=Kind.PROGRAMME, scope="malaria"),
        mail.put(kind=Kind.SERVICE),
        mail.put(kind=Kind.URGENT),
    ]
    others = [mail.put(kind=Kind.ANSWER), mail.put(to=BUYER)]
    mail.phones.say("STOP ALL")
    assert {mail.state(message) for message in mine} == {("suppressed", "stopped_all")}
    assert {mail.state(other) for other in others} == {("queued", None)}


@pytest.mark.parametrize("text", ["STOP ALL", "CANCEL", "STOP", "STOPIM OLGETA"])
def test_stop_all__said_already__gets_no_answer(mail, text):
    mail.phones.say("STOP ALL")
    before = rows(mail.database, Message), rows(mail.database, Consent)
    answer = mail.phones.send(text)
    assert (answer.outcome, answer.text) == ("unanswered", "")
    assert (rows(mail.database, Message), rows(mail.database, Consent)) == before


def test_stop_all__after_joining_again__ends_that_and_is_answered(mail):
    mail.phones.say("STOP ALL")
    mail.join("malaria")
    assert mail.phones.say("STOP ALL") == STOPPED_ALL["en"]
    assert mail.consents() == ALL | {"malaria": False}


def test_other_texts__after_stop_all__are_answered(mail):
    mail.phones.say("STOP ALL")
    assert mail.phones.say("HELP").startswith("Pig sick: SICK 3")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("START", STARTED["en"]), ("unstop", STARTED["en"]), ("STATIM", STARTED["tpi"])],
)
def test_start__after_stop_all__brings_messages_back_and_no_programme(mail, text, answer):
    mail.join("malaria")
    mail.join(channel_scope("twilio"), granted=False)
    mail.phones.say("STOP ALL")
    assert mail.phones.say(text) == answer
    assert_one_segment(answer)
    wanted = {EVERYTHING: True, "malaria": False, channel_scope("twilio"): True}
    assert mail.consents() == wanted
    assert mail.phones.say(text) == answer
    assert mail.consents() == wanted


def test_stop_all__same_sms_twice__is_answered_as_the_first_time(mail):
    first = mail.phones.send("STOP ALL", FARMER, "SM-once")
    assert mail.phones.send("STOP ALL", FARMER, "SM-once") == first
