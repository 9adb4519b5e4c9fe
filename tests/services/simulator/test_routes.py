"""The simulator's own routes: nothing elsewhere, and what is wrong is refused with a sentence."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest

from services.messaging.forget_command import DELAY, erase_due
from services.simulator.setup import make_setup
from sms.encoding import count

ROUTES = [
    "/simulator",
    "/simulator/phone.css",
    "/simulator/phone.js",
    "/simulator/setup",
    "/simulator/phones/+67570000001/texts",
]
FILES = [("/simulator", "text/html"), *((one, "text/") for one in ROUTES[1:3])]
ARRIVED = "/simulator/phones/+67570000001/texts"
FROM_SMSBOX = {"from": "+67570000001", "to": "16345", "id": "4549ced3-00d5-46b2-923a-1072292e6f50"}


def texts(world, number):
    return world.get(f"/simulator/phones/{quote(number, safe='')}/texts")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_route__outside_development__is_not_there(world, path, method):
    response = world.app.test_client().open(path, method=method)
    # What nobody may call by this method says so everywhere.
    assert response.status_code == (404 if method in {"GET", "HEAD"} else 405)
    assert response.content_type == "application/problem+json"
    assert set(world.counts().values()) == {0}


def test_route__outside_development__is_answered_like_no_address_at_all(world):
    nowhere = world.get("/simulators")
    assert [world.get(path).json for path in ROUTES] == [nowhere.json] * len(ROUTES)


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_file__in_development__loads_nothing_from_elsewhere(alone, path, kind):
    response = alone.get(path)
    assert response.status_code == 200
    assert response.content_type.startswith(kind)
    policy = response.headers.getlist("Content-Security-Policy")
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy[0]
    assert "http" not in response.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        pytest.param("+67570000001", "+67570000001", id="e164"),
        pytest.param("70000001", "+67570000001", id="national"),
        pytest.param("675 7000 0001", "+67570000001", id="no-plus-and-blanks"),
        pytest.param("0067570000001", "+67570000001", id="international-prefix"),
        pytest.param("(+675) 7000-0001", "+67570000001", id="as-on-a-card"),
        pytest.param("+61400000001", "+61400000001", id="another-country"),
    ],
)
def test_texts__of_a_number_as_people_write_it__are_those_of_the_number(alone, written, number):
    response = texts(alone, written)
    assert (response.status_code, response.json) == (200, {"number": number, "texts": []})


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("x", id="a-letter"),
        pytest.param("12", id="too-short"),
        pytest.param("+", id="a-plus"),
        pytest.param("+0123456789", id="begins-with-zero"),
        pytest.param("+" + "1" * 16, id="sixteen-digits"),
        pytest.param("१" * 8, id="devanagari-digits"),
        pytest.param("\uff17" * 8, id="fullwidth-digits"),
        pytest.param("7000\n0001;", id="line-break-and-more"),
        pytest.param("+67570000001' OR 1=1", id="sql"),
        pytest.param("9" * 10_000, id="ten-thousand-digits"),
        pytest.param("Digicel", id="a-sender-by-name"),
    ],
)
def test_texts__of_what_is_no_number__are_refused_with_what_to_write(alone, written):
    response = texts(alone, written)
    assert (response.status_code, response.json["code"]) == (422, "sms.number")
    assert "+675 and eight digits" in response.json["detail"]
    assert set(alone.counts().values()) == {0}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/simulator/phones//texts", 404, id="no-number"),
        pytest.param("/simulator/phones/%00/texts", 400, id="nul"),
        pytest.param("/simulator/phones/%ED%A0%80/texts", 422, id="surrogate"),
        pytest.param("/simulator/phones/%FF/texts", 422, id="no-utf-8"),
        pytest.param("/simulator/phones/..%2Fsetup/texts", 404, id="a-way-up"),
        pytest.param("/simulator/phone.html", 404, id="a-file-by-its-name"),
        pytest.param("/simulator/", 404, id="a-slash-more"),
    ],
)
def test_address__out_of_shape__is_refused(alone, path, status):
    response = alone.get(path)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")


def test_texts__to_one_phone__are_its_own_and_in_order(alone, terminal, dispatch):
    for text in ("HELP", "HELP 2"):
        terminal.enter(text)
        dispatch()
    first, second = alone.get(ARRIVED).json["texts"]
    assert first["text"].startswith("Pig sick: SICK 3")
    assert second["text"] != first["text"]
    assert texts(alone, "+67570000002").json["texts"] == []


def test_texts__that_were_queued_and_not_sent__have_not_arrived(alone, terminal):
    terminal.enter("HELP")
    assert alone.counts()["message"] == 1
    assert alone.get(ARRIVED).json["texts"] == []


def test_texts__of_who_was_forgotten__are_gone(alone, terminal, paper, dispatch, clock):
    terminal.enter("FORGET")
    dispatch()
    terminal.look()
    [asked] = alone.get(ARRIVED).json["texts"]
    terminal.enter(f"FORGET {paper.last.split('FORGET ')[1][:6]}")
    clock.pass_by(DELAY.total_seconds())
    assert erase_due(alone.runtime.database, clock()) == 1
    dispatch()
    assert asked not in alone.get(ARRIVED).json["texts"]


def test_texts__asked_every_second__fill_no_log(alone, caplog):
    with caplog.at_level(logging.INFO, "bilum.access"):
        alone.get(ARRIVED)
        alone.get("/simulator/setup")
    assert [one.getMessage().split()[1] for one in caplog.records] == ["/simulator/setup"]
    with caplog.at_level(logging.DEBUG, "bilum.access"):
        alone.get(ARRIVED)
    assert "70000001" not in caplog.text


def test_setup__in_development__opens_the_real_gateway(alone):
    setup = alone.get("/simulator/setup").json
    query = "&".join(f"{name}={quote(value)}" for name, value in FROM_SMSBOX.items())
    answer = alone.app.test_client().post(f"{setup['sms']['address']}&{query}", data="HELP")
    assert (answer.status_code, answer.data) == (200, b"")
    assert alone.counts()["envelope"] == 1


def test_setup__alphabet__is_that_of_the_encoding(alone):
    alphabet = make_setup(alone.runtime.settings.gateway)["alphabet"]
    assert count(alphabet["basic"]).units == len(alphabet["basic"])
    assert count(alphabet["extension"]).units == 2 * len(alphabet["extension"])


def test_setup__words_and_firsts__are_there_in_both_languages(alone):
    setup = alone.get("/simulator/setup").json
    english, tok_pisin = setup["words"]["en"], setup["words"]["tpi"]
    assert english.keys() == tok_pisin.keys()
    assert all(english.values())
    assert all(tok_pisin.values())
    assert len(setup["firsts"]["en"]) == len(setup["firsts"]["tpi"]) == 4


@pytest.mark.parametrize("language", ["en", "tpi"])
def test_firsts__sent_in_their_order__are_understood(alone, terminal, dispatch, language):
    for first in alone.get("/simulator/setup").json["firsts"][language][:3]:
        terminal.enter(first["text"])
        dispatch()
    for outcome in ("place", "register", "ok"):
        metric = alone.metric("bilum_gateway_messages_total", outcome=outcome)
        assert metric == 1, outcome
