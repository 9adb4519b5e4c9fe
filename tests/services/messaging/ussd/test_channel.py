"""What operators may send and what they get: a table of cases, repetitions, contradictions."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import Arrival, ArrivalConflict, UssdSession
from tests.services.messaging.ussd.conftest import on_screens
from tests.services.messaging.ussd.phone import OTHER_SECRET, SECRET, Phone, call, require_screen
from tests.services.scene import PIG

FORM = {
    "sessionId": "ATUid_0123456789abcdef0123456789abcdef",
    "serviceCode": "*123#",
    "phoneNumber": "+67570000001",
    "networkCode": "53701",
    "text": "",
}
OTHER = {"SESSION": "s-1", "MSISDN": "67570000001", "INPUT": "*123#", "SEQ": "0"}
HOME = "Bilum\n1 Pigs\n2 Mine\n3 Help"
MENU = "Pigs\n1 Kill\n2 Move\n3 May it?\n4 Sell\n0 Bek 00 Stat"
WRONG = f"Ki i no stret.\n{HOME}"
BAD = "gateway.malformed_message"


@pytest.fixture
def world(world):
    return on_screens(world)


def without(name):
    return {key: value for key, value in FORM.items() if key != name}


# Label -> fields, what is shown or the code of the problem.
CASES = {
    "first request": (FORM, HOME),
    "one key": (FORM | {"text": "1"}, MENU),
    "straight to a screen": (FORM | {"text": "1*3"}, "Which pig?\n0 Bek 00 Stat"),
    "back by keys": (FORM | {"text": "1*0*1"}, MENU),
    "home by keys": (FORM | {"text": "1*1*00"}, HOME),
    "no service code": (without("serviceCode"), HOME),
    "number without a plus sign": (FORM | {"phoneNumber": "67570000001"}, HOME),
    "number with 00": (FORM | {"phoneNumber": "0067570000001"}, HOME),
    "field of another name": (FORM | {"more": "of it"}, HOME),
    "field twice": ({**FORM, "text": ["1", "2"]}, MENU),
    "key that is not there": (FORM | {"text": "7"}, WRONG),
    "stars alone": (FORM | {"text": "***"}, WRONG),
    "Devanagari digit": (FORM | {"text": "\u0967"}, WRONG),
    "digit of full width": (FORM | {"text": "\uff11"}, MENU),
    "NUL": (FORM | {"text": "\x00"}, WRONG),
    "letters": (FORM | {"text": "help"}, WRONG),
    "60,000 characters": (FORM | {"text": "1" * 60_000}, WRONG),
    "300 steps": (FORM | {"text": "*".join(["1", "0"] * 150)}, HOME),
    "1,000 steps": (FORM | {"text": "*".join(["0"] * 1000)}, BAD),
    "no session": (without("sessionId"), BAD),
    "no number": (without("phoneNumber"), BAD),
    "half a form": ({"sessionId": FORM["sessionId"], "phoneNumber": "+67570000001"}, BAD),
    "no form": ({}, BAD),
    "session with a space": (FORM | {"sessionId": "a b"}, BAD),
    "session with NUL": (FORM | {"sessionId": "a\x00"}, BAD),
    "empty session": (FORM | {"sessionId": ""}, BAD),
    "session of 129 characters": (FORM | {"sessionId": "s" * 129}, BAD),
    "name in the place of a number": (FORM | {"phoneNumber": "Digicel"}, BAD),
    "number without a country": (FORM | {"phoneNumber": "70000001"}, BAD),
    "number with NUL": (FORM | {"phoneNumber": "+6757000\x000001"}, BAD),
    "number in Devanagari": (FORM | {"phoneNumber": "+\u096c\u096d\u096b70000001"}, BAD),
}


@pytest.mark.parametrize("case", CASES)
def test_request__each_case__gets_a_screen_or_the_documented_problem(world, case):
    fields, wanted = CASES[case]
    before = world.counts()
    response = call(world, fields)
    if wanted == BAD:
        assert (response.status_code, response.json["code"]) == (400, BAD)
        assert response.content_type == "application/problem+json"
        assert world.counts() == before
        assert world.metric("bilum_gateway_refused_total", channel="ussd", reason=BAD) == 1
        return
    assert response.status_code == 200, response.text
    assert response.content_type == "text/plain; charset=utf-8"
    assert require_screen(response.text) == wanted


# What no dictionary of a form can hold, as bytes.
RAW = {
    "surrogates": (b"&text=%ED%A0%80", 200),
    "bytes that are no UTF-8": (b"&text=%FF%FE%80", 200),
    "percent sign alone": (b"&text=%", 200),
    "10 MB": (b"&text=" + b"1" * 10_000_000, 413),
}


@pytest.mark.parametrize("case", RAW)
def test_request__of_raw_bytes__never_is_a_fault(world, case):
    body, status = RAW[case]
    head = b"sessionId=s1&phoneNumber=%2B67570000001"
    response = world.app.test_client().post(
        "/gateway/ussd/africastalking",
        data=head + body,
        query_string={"secret": SECRET},
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == status
    if status == 200:
        assert require_screen(response.text) == WRONG
    else:
        assert world.counts()["envelope"] == 0


def test_request__of_json__is_a_form_without_fields(world):
    response = world.app.test_client().post(
        "/gateway/ussd/africastalking", json=FORM, query_string={"secret": SECRET}
    )
    assert (response.status_code, response.json["code"]) == (400, BAD)


@pytest.mark.parametrize(
    "secret", [None, "", SECRET[:-1], f"{SECRET} ", OTHER_SECRET, "\u00e9\x00"]
)
def test_request__secret_missing_or_wrong__stores_nothing(world, secret):
    response = call(world, FORM, secret=secret)
    assert (response.status_code, response.json["code"]) == (403, "gateway.bad_secret")
    assert SECRET not in response.text
    assert set(world.counts().values()) == {0}


@pytest.mark.parametrize(("source", "status"), [("192.0.2.7", 200), ("192.0.3.7", 403)])
def test_request__from_another_network__is_refused(world, source, status):
    response = call(world, OTHER, "digits", OTHER_SECRET, source)
    assert response.status_code == status
    assert world.counts()["envelope"] == (status == 200)


def test_request__without_a_secret_of_ours__believes_nothing(open_world):
    world = open_world()
    for secret in (None, "", SECRET):
        response = call(world, FORM, secret=secret)
        assert (response.status_code, response.json["code"]) == (403, "gateway.channel_off")


@pytest.mark.parametrize("operator", ["nobody", "Africastalking", "africastalking ", "a/b", "%00"])
def test_request__of_an_unknown_operator__finds_nothing(world, operator):
    response = call(world, FORM, operator)
    assert response.status_code in {400, 404}
    assert response.content_type == "application/problem+json"
    assert set(world.counts().values()) == {0}


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_request__of_another_method__is_not_allowed(world, method):
    send = getattr(world.app.test_client(), method)
    assert send("/gateway/ussd/africastalking", query_string={"secret": SECRET}).status_code == 405


def test_step__again__gets_the_same_screen_and_no_effect(dialled):
    phone = Phone(dialled.world, "+67570000001")
    phone.dial()
    done = phone.press("1", "2", PIG, "9", dialled.places["neighbour"], "1", "1")
    before = dialled.world.counts()
    for _ in range(3):
        assert require_screen(phone.request().text) == done
    phone.typed.append("00")
    assert require_screen(phone.request().text) == HOME
    phone.typed.pop()
    assert require_screen(phone.request().text) == done
    assert dialled.world.counts() == before | {"envelope": before["envelope"] + 1}


def test_step__again_with_other_content__is_a_conflict_kept_for_review(world):
    assert call(world, FORM | {"text": "1"}).status_code == 200
    before = world.counts()
    response = call(world, FORM | {"text": "2"})
    assert (response.status_code, response.json["code"]) == (409, "gateway.key_conflict")
    assert world.counts() == before | {"envelope_conflict": 1}


@pytest.mark.parametrize("text", ["", "1", "1*2", "1*1*1"])
def test_session__of_another_number__is_a_conflict_and_shows_nothing(world, text):
    call(world, FORM | {"text": "1*1"})
    before = world.counts()
    response = call(world, FORM | {"text": text, "phoneNumber": "+67570000002"})
    assert (response.status_code, response.json["code"]) == (409, "gateway.key_conflict")
    assert world.counts() == before | {"envelope_conflict": 1}
    with world.runtime.database.read() as session:
        assert session.scalars(select(ArrivalConflict.payload)).one() == ""


def test_step__that_was_overtaken__shows_where_the_person_is(world):
    call(world, FORM | {"text": "1*2"})
    assert require_screen(call(world, FORM | {"text": "1"}).text).startswith("Which pig?")
    with world.runtime.database.read() as session:
        row = session.scalars(select(UssdSession)).one()
        assert (row.first_step, row.step) == (1, 2)


def other(world, **changed):
    response = call(world, OTHER | changed, "digits", OTHER_SECRET)
    assert response.status_code == 200, response.text
    return response.headers["Freeflow"], response.text


def test_operator__of_the_last_key_alone__goes_through_the_same_menus(dialled):
    world = dialled.world
    assert other(world) == ("FC", HOME)
    assert other(world, INPUT="1", SEQ="1") == ("FC", MENU)
    assert other(world, INPUT="3", SEQ="2")[1].startswith("Which pig?")
    assert other(world, INPUT="3", SEQ="2")[1].startswith("Which pig?")
    assert other(world, INPUT=PIG, SEQ="3")[1].startswith(f"Which pig?\n{PIG}")
    assert other(world, INPUT="9", SEQ="4")[1].startswith(f"NO KEN. Pik {PIG}")


def test_operator__of_the_last_key_alone__takes_the_keys_behind_its_code(world):
    assert other(world, INPUT="*123*1*3#")[1].startswith("Which pig?")


def test_operator__of_the_last_key_alone__with_other_content_is_a_conflict(world):
    other(world)
    other(world, INPUT="1", SEQ="1")
    response = call(world, OTHER | {"INPUT": "2", "SEQ": "1"}, "digits", OTHER_SECRET)
    assert response.status_code == 409


@pytest.mark.parametrize("step", ["", "-1", "x", "1000", "\u0967"])
def test_operator__step_of_another_shape__is_a_bad_request(world, step):
    response = call(world, OTHER | {"SEQ": step}, "digits", OTHER_SECRET)
    assert (response.status_code, response.json["code"]) == (400, BAD)


def test_channel__of_each_operator__is_told_with_its_envelopes(world):
    call(world, FORM)
    other(world)
    with world.runtime.database.read() as session:
        found = set(session.scalars(select(Arrival.channel)))
    assert found == {"ussd-africastalking", "ussd-digits"}
    metric = "bilum_gateway_messages_total"
    assert world.metric(metric, channel="ussd-digits", outcome="screen") == 1
