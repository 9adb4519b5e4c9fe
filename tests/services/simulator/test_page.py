"""The page /simulator in a real browser: phones that talk through the real gateway."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.storage.models import Arrival, Journal
from sms.encoding import count
from tests.services.simulator.desk import MARIA, PETER, PIG, Desk

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

# What is one unit, two units, and UCS-2 of one and of two units.
LETTERS = "aP7 \n\u00e9\u00e7\u03a9\u20ac[~\f\u2019\u4e2d\U0001f416"
EDGES = [
    *("", "x" * 160, "x" * 161, "x" * 306, "x" * 307, "x" * 152 + "\u20ac" * 3),
    *("\u20ac" * 80, "\u20ac" * 81, "\u2019" * 70, "\u2019" * 71, "\u2019" * 134, "\u2019" * 135),
    *("\U0001f416" * 35, "\U0001f416" * 36),
]


def test_two_phones__a_keeper_registers_a_pig_and_gives_it__both_are_told(desk):
    desk.write(MARIA, f"REG {PIG}")
    assert desk.read(MARIA).startswith("Pig 598000000000017 is registered at")
    assert "Send: WRONG" in desk.shown(MARIA)
    desk.write(MARIA, f"GIVE {PIG} 70000002")
    code = re.search(r"code ([0-9]{6})", desk.read(MARIA))
    desk.write(MARIA, code[1])
    assert PIG in desk.read(PETER)
    desk.keys(PETER, "left", "#", "#", "1", "left")
    assert "7000" in desk.read(PETER) or PIG in desk.shown(PETER)
    desk.wait_for(MARIA, "arrived")


def test_page__loads__nothing_from_elsewhere(desk, server):
    loaded = desk.page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert len(loaded) >= 3
    assert [one for one in loaded if not one.startswith(server)] == []


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(st.sampled_from(LETTERS), max_size=400), min_size=20))
@example(EDGES)
def test_counter__of_any_text__is_that_of_the_encoding(desk, texts):
    script = f"import('/simulator/phone.js').then(one => {json.dumps(texts)}.map(one.count))"
    found = desk.page.evaluate(script)
    expected = [count(text) for text in texts]
    assert [(one["encoding"], one["units"], one["segments"]) for one in found] == [
        (one.encoding.value, one.units, one.segments) for one in expected
    ]


def test_counter__while_writing__shows_what_is_left(desk):
    desk.page.click(f"{MARIA} .speaker")
    desk.keys(MARIA, "left")
    assert desk.page.text(f"{MARIA} .aside") == "160/1 ABC"
    desk.page.type("x" * 161)
    assert desk.page.text(f"{MARIA} .aside") == "145/2 ABC"
    desk.page.press("Backspace")
    assert desk.page.text(f"{MARIA} .aside") == "0/1 ABC"
    desk.page.type("\u2019")
    assert desk.page.text(f"{MARIA} .aside").endswith("/3 UCS-2")


def test_keypad__pressed_again_and_again__writes_letters_and_figures(desk):
    desk.keys(MARIA, "left")
    desk.keys(MARIA, *"777", *"33", *"4")
    desk.page.wait_for("!document.querySelector('.tapping')")
    desk.keys(MARIA, "4", "0", "#")
    desk.keys(MARIA, "2", "2")
    desk.keys(MARIA, "#", "5", "9", "9", "8")
    assert desk.page.evaluate(f"document.querySelector('{MARIA} .typed').textContent") == (
        "REGG b5998"
    )
    desk.keys(MARIA, *["right"] * 11)
    desk.wait_for(MARIA, "home")


def test_text__beyond_gsm_7__goes_as_a_phone_sends_it(page, serve):
    text = f"REG \u2018{PIG}\u2019 \U0001f416"
    with serve() as (url, runtime):
        desk = Desk(page, url)
        desk.write(MARIA, text)
        desk.wait_for(MARIA, "arrived")
        with runtime.database.read() as session:
            assert session.scalars(select(Arrival.payload)).one() == text


def test_texts__read_and_sent__are_in_the_list(desk):
    desk.write(PETER, "HELP")
    desk.read(PETER)
    desk.keys(PETER, "right")
    assert "→ HELP" in desk.page.text(f"{PETER} .body")
    desk.keys(PETER, "down", "left")
    assert desk.shown(PETER) == "HELP"
    desk.keys(PETER, "left")
    assert desk.shown(PETER) == "HELP"
    desk.keys(PETER, "end")
    desk.wait_for(PETER, "home")


def test_page__loaded_again__keeps_phones_texts_and_language(desk, server):
    desk.write(MARIA, "HELP 2")
    desk.read(MARIA)
    desk.page.click("#languages button:last-child")
    desk.page.click("#phones li:nth-child(3) button")
    desk.page.open(f"{server}/simulator")
    desk.page.wait_for("document.querySelectorAll('.handset').length === 3")
    assert desk.page.text(f"{MARIA} .left") == "Raitim"
    desk.keys(MARIA, "right")
    desk.page.wait_for(f"document.querySelectorAll('{MARIA} .entry').length >= 2")
    assert "→ HELP 2" in desk.page.text(f"{MARIA} .body")
    assert desk.page.evaluate(f"document.querySelectorAll('{MARIA} .unread').length") == 0


def test_first_messages__chosen_and_sent__are_ticked(desk):
    for place in (1, 2, 3):
        desk.page.click(f"#firsts li:nth-child({place}) button")
        desk.keys(MARIA, "left")
        desk.page.wait_for(f"!!document.querySelector('#firsts li:nth-child({place}).done')")
    desk.page.click("#languages button:last-child")
    assert desk.page.evaluate("document.querySelectorAll('#firsts .done').length") == 3
    assert desk.page.text("#firsts li:nth-child(3) button").startswith("ORAIT")


@pytest.mark.parametrize(
    ("written", "shown"),
    [("7000 0042", "+67570000042"), ("+61 400 000 001", "+61400000001")],
)
def test_other_number__as_people_write_it__lies_on_the_desk(desk, written, shown):
    desk.page.click("#other input")
    desk.page.type(f"{written}\n")
    desk.page.wait_for(f"""!!document.querySelector('[data-number="{shown}"].active')""")
    assert desk.page.text("#refused") == ""


@pytest.mark.parametrize("written", ["12", "Digicel", "%00", "../setup"])
def test_other_number__that_is_none__is_refused_with_a_sentence(desk, written):
    desk.page.click("#other input")
    desk.page.type(f"{written}\n")
    desk.page.wait_for("document.querySelector('#refused').textContent !== ''")
    assert desk.page.text("#refused").startswith("Write the number with its country code")
    assert desk.page.evaluate("document.querySelectorAll('.handset').length") == 2


class Forgetful:
    """A server that acts on the first SMS, and whose answer is lost on its way."""

    def __init__(self, app):
        self.app, self.lost = app, False

    def __call__(self, environ, start_response):
        lose = environ["REQUEST_METHOD"] == "POST" and not self.lost
        self.lost = self.lost or lose

        def start(status, headers, *more):
            return start_response("502 Bad Gateway" if lose else status, headers, *more)

        return self.app(environ, start)


def test_sms__whose_answer_is_lost__is_sent_again_and_counts_once(page, serve):
    with serve(Forgetful) as (url, runtime):
        desk = Desk(page, url)
        desk.write(MARIA, f"REG {PIG}")
        desk.wait_for(MARIA, "note")
        assert desk.shown(MARIA).startswith("Not sent.")
        # What the first one did is answered meanwhile.
        page.wait_for(f"document.querySelector('{MARIA} .envelope').textContent !== ''")
        desk.keys(MARIA, "left")
        assert desk.read(MARIA).startswith("Pig 598000000000017 is registered at")
        with runtime.database.read() as session:
            assert session.scalar(select(func.count()).select_from(Journal)) == 1
