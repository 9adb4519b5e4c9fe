"""Calls of the page /simulator, on an operator's side that answers by what was typed."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from tests.services.simulator.desk import MARIA, PIG, Desk

pytestmark = [pytest.mark.browser, pytest.mark.sockets]


class OfAnOperator:
    """Answers calls of *123# by what was typed; hands everything else on."""

    SCREENS: ClassVar = {
        "": b"CON Bilum\n1 Pigs\n2 Health\n0 End",
        "1": b"CON Which pig?",
        "1*104276": b"END Pig 104276 lives in Kudjip.",
        "2": b"HELLO",
        "7*8": b"END Straight there.",
    }

    def __init__(self, app):
        self.app, self.forms = app, []

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith("/gateway/ussd/"):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        form = {name: value for name, (value,) in parse_qs(body, keep_blank_values=True).items()}
        self.forms.append(form)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [self.SCREENS.get(form["text"], b"END ?")]


@pytest.fixture
def operator(page, serve):
    """The desk on a server whose calls are answered as `OfAnOperator` does; what it was asked."""
    made = []

    def wrap(app):
        made.append(OfAnOperator(app))
        return made[0]

    with serve(wrap) as (url, _):
        yield Desk(page, url), made[0].forms


def test_call__by_the_keypad__goes_from_screen_to_screen(operator):
    desk, forms = operator
    desk.keys(MARIA, *"*123#", "call")
    desk.wait_for(MARIA, "call")
    assert desk.shown(MARIA).startswith("Bilum 1 Pigs 2 Health")
    desk.keys(MARIA, "1", "left")
    desk.page.wait_for(f"document.querySelector('{MARIA} .body').innerText.includes('Which')")
    # Figures are what is pressed in a call; letters are there for a name.
    assert desk.page.text(f"{MARIA} .aside") == "123"
    desk.keys(MARIA, *"104276", "#", "2", "right", "ok")
    desk.wait_for(MARIA, "ended")
    assert desk.shown(MARIA) == "Pig 104276 lives in Kudjip."
    assert [form["text"] for form in forms] == ["", "1", "1*104276"]
    assert len({form["sessionId"] for form in forms}) == 1
    assert forms[0] | {"sessionId": ""} == {
        "sessionId": "",
        "phoneNumber": "+67570000001",
        "serviceCode": "*123#",
        "networkCode": "53701",
        "text": "",
    }
    desk.keys(MARIA, "left")
    desk.wait_for(MARIA, "home")


def test_call__hung_up_or_malformed_or_longer__ends_as_on_a_phone(operator):
    desk, forms = operator
    desk.keys(MARIA, *"*123#", "call")
    desk.wait_for(MARIA, "call")
    desk.keys(MARIA, "end")
    desk.wait_for(MARIA, "home")
    desk.keys(MARIA, *"*123*2#", "call")
    desk.wait_for(MARIA, "ended")
    assert desk.shown(MARIA) == "Connection problem or wrong code."
    desk.keys(MARIA, "left", *"*123*7*8#", "call")
    desk.page.wait_for(f"document.querySelector('{MARIA} .body').innerText.includes('Straight')")
    desk.keys(MARIA, "left", *"*99#", "call")
    desk.wait_for(MARIA, "note")
    assert "codes alone" in desk.shown(MARIA)
    assert [form["text"] for form in forms] == ["", "2", "7*8"]


def test_call__of_our_own_menus__shows_the_first_screen(desk):
    desk.keys(MARIA, *"*123#", "call")
    desk.wait_for(MARIA, "call")
    assert desk.shown(MARIA).startswith("Bilum 1 ")


def test_call__of_our_own_menus__registers_a_pig_and_sends_the_receipt(desk):
    desk.keys(MARIA, *"*123*1*6*1#", "call")
    desk.wait_for(MARIA, "call")
    # The tag, its sex, today, yes; then the receipt by SMS.
    for keys, shown in ((PIG, "1 Meri"), ("2", "1 Tude"), ("1", PIG), ("1", "RONG"), ("1", "SMS")):
        desk.keys(MARIA, *keys, "left")
        desk.wait_for(MARIA, "call")
        desk.page.wait_for(f"document.querySelector('{MARIA} .body').innerText.includes('{shown}')")
    desk.keys(MARIA, "end")
    assert desk.read(MARIA).startswith("Pik 598000000000017 i stap long buk")
