"""Operators of USSD as a file tells them, and requests as they read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from gateway.channels.ussd import ENDED, marked, read_call
from gateway.envelope import Answer
from gateway.operators import AFRICASTALKING, Proof, read_operators
from tests.support.paths import ROOT

SECRET = "a secret of sixteen"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
LEAST = """
[[operator]]
name = "one"
session = "s"
number = "n"
text = "t"
"""


def test_operators__of_no_file__are_africas_talking_with_the_common_secret():
    networks = (ip_network("192.0.2.0/24"),)
    (only,) = read_operators("", SECRET, networks)
    assert (only.name, only.channel) == ("africastalking", "ussd-africastalking")
    assert only.proof == Proof(SECRET, networks)
    assert SECRET not in repr(only)


def test_operators__of_a_file__have_what_it_tells_and_the_common_secret():
    _, one = read_operators(LEAST, SECRET)
    assert (one.session, one.number, one.text, one.step) == ("s", "n", "t", None)
    assert one.proof == Proof(SECRET)


def test_operators__of_the_guide__can_be_read():
    page = (ROOT / "docs" / "ussd.md").read_text("utf-8")
    (document,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    _, one = read_operators(document, SECRET)
    assert (one.name, one.step, one.header, one.go_on, one.end) == (
        "digits",
        "SEQ",
        "Freeflow",
        "FC",
        "FB",
    )
    assert one.proof == Proof("at least sixteen characters", (ip_network("192.0.2.0/24"),))


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("name = ", "it is not TOML"),
        ("operator = 3", "something besides"),
        ('name = "one"', "something besides"),
        ("operator = [3]", "operator 1: it is no table"),
        ("[[operator]]", "operator 1: name is missing"),
        (LEAST.replace('text = "t"', ""), "operator 1: text is missing"),
        (LEAST + "text2 = 3", "operator 1: text2 means nothing"),
        (LEAST + "step = 3", "operator 1: step is a text of ASCII"),
        (LEAST + 'step = ""', "operator 1: step is a text of ASCII"),
        (LEAST + 'header = "a\\r\\nb"', "operator 1: header is a text of ASCII"),
        (LEAST + 'header = "Freeflow"', "operator 1: beside header"),
        (LEAST + 'secret = "short"', "operator 1: its secret is at least 16"),
        (LEAST + 'sources = "192.0.2.1"', "operator 1: sources is a list"),
        (LEAST + "sources = [3]", "operator 1: sources is a list"),
        (LEAST + 'sources = ["x"]', "operator 1: sources is a list"),
        (LEAST.replace('"one"', '"One"'), "operator 1: its name is"),
        (LEAST.replace('"one"', '"africastalking"'), "africastalking is there already"),
        (LEAST + LEAST, "operator 2: one is there already"),
    ],
)
def test_operators__with_a_fault__are_refused_with_a_sentence(document, fault):
    with pytest.raises(ValueError, match=re.escape(fault)) as raised:
        read_operators(document, SECRET)
    assert "short" not in str(raised.value)


def read(text, operator=AFRICASTALKING, **more):
    form = {operator.session: "s1", operator.number: "+67570000001", operator.text: text, **more}
    return read_call(form.items(), operator, NOW)


def test_call__of_all_that_was_typed__is_what_came_since_a_step():
    told = read("1*2*3")
    assert (told.step, told.since(None), told.since(1)) == (3, ("1", "2", "3"), ("2", "3"))
    assert told.since(3) == told.since(7) == ()
    assert "70000001" not in repr(told)


def test_call__of_the_last_key_alone__is_that_and_what_was_dialled():
    _, one = read_operators(LEAST + 'step = "q"', SECRET)
    assert read("2", one, q="5").since(4) == ("2",)
    assert read("*123*1*2#", one, q="0").since(None) == ("1", "2")
    assert read("*123#", one, q="0").since(None) == ()
    assert read("2", one, q="5").since(5) == ()


@pytest.mark.parametrize(("bound", "kept"), [(None, "1*2*3"), (2, "1*2"), (0, "")])
def test_envelope__of_a_call__holds_what_may_be_kept_and_a_key_without_it(bound, kept):
    envelope = read("1*2*3").envelope(bound)
    assert (envelope.key, envelope.text, envelope.channel) == ("s1:3", kept, "ussd-africastalking")


def test_envelope__of_the_last_key_alone__is_kept_up_to_a_step():
    _, one = read_operators(LEAST + 'step = "q"', SECRET)
    told = read("2580", one, q="5")
    assert [told.envelope(bound).text for bound in (None, 5, 4)] == ["2580", "2580", ""]


def test_bound__of_what_is_new__is_where_the_rest_begins():
    assert read("1*2*3").bound(1, 2) == 2
    _, one = read_operators(LEAST + 'step = "q"', SECRET)
    told = read("2580", one, q="5")
    assert (told.bound(1, 1), told.bound(0, 1)) == (5, 4)


def test_answer__of_an_operator__is_marked_as_it_wants():
    _, one = read_operators(LEAST + 'header = "H"\ngo_on = "C"\nend = "B"', SECRET)
    go_on, end = Answer("screen", "Pigs"), Answer(ENDED, "Bye")
    assert marked(AFRICASTALKING, go_on) == ("CON Pigs", {})
    assert marked(AFRICASTALKING, end) == ("END Bye", {})
    assert marked(one, go_on) == ("Pigs", {"H": "C"})
    assert marked(one, end) == ("Bye", {"H": "B"})
