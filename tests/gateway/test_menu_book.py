"""Menus that cannot work are refused before anybody dials, with every fault named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import BadMenuBook
from gateway.menu_book import MenuBook
from gateway.menus import Ask, Choice, Form, Menu, Menus, Option, Value
from sms import encoding
from tests.gateway.small_menus import (
    COUNT_FORM,
    ENTRY,
    FEAST,
    KILL_FORM,
    MENUS,
    NOTE_FORM,
    PHRASES,
    PIGS,
    SCREENS,
    SIGNS,
    WHICH,
    book,
    both,
)


def refused(*screens, entry=ENTRY):
    with pytest.raises(BadMenuBook) as raised:
        book(*screens, entry=entry)
    return raised.value.detail


def ask(argument="text", question="What?", example="hello", **more):
    return Ask(argument, both(question), example, **more)


def one_of(*values, argument="occasion"):
    return Choice(argument, both("Which?"), values)


def test_book__of_the_small_menus__has_its_screens_below_the_first():
    made = book()
    assert [option.to for option in made.screens["home"].options] == [
        "pigs",
        "hello",
        "note",
        "pin",
    ]


def test_book__of_two_services__joins_their_lines():
    other = Menus((Option(both("Health"), "health"),), (Form("health", "hello"),))
    made = MenuBook([MENUS, other], PHRASES, SIGNS, encoding)
    assert made.screens["home"].options[-1].to == "health"


def test_book__screen_of_one_code_twice__is_refused():
    twice = Menus((), (SCREENS[0],))
    with pytest.raises(BadMenuBook, match="the screen pigs is declared twice"):
        MenuBook([MENUS, twice], PHRASES, SIGNS, encoding)


@pytest.mark.parametrize(
    ("screen", "fault"),
    [
        (replace(PIGS, options=(Option(both("Gone"), "gone"),)), "pigs: there is no screen gone"),
        (Form("alone", "hello"), "nothing leads to the screen alone"),
        (replace(COUNT_FORM, phrase="fly"), "count: there is no phrase fly"),
        (replace(NOTE_FORM, fields=(ask("noise"),)), "the phrase note has no argument noise"),
        (replace(NOTE_FORM, fields=(ask(), ask())), "the argument text is told twice"),
        (replace(NOTE_FORM, fixed={"text": "hi"}), "the argument text is told twice"),
        (replace(COUNT_FORM, fixed={}), "nothing tells the argument day"),
        (replace(COUNT_FORM, fixed={"day": "soon"}), "'soon' cannot be read as day of count"),
        (replace(NOTE_FORM, confirm=both("{words}?")), "the confirmation names words"),
        (replace(PIGS, title={"en": "Pigs"}), "'Pigs' is not told in tpi"),
        (replace(PIGS, title={"en": "Pigs", "tpi": ""}), "'Pigs' is not told in tpi"),
        (replace(PIGS, title=both("Pigs \u0928")), "is not of the alphabet GSM-7"),
        (replace(PIGS, options=()), "it has 0 options"),
        (replace(PIGS, options=PIGS.options * 5), "it has 10 options"),
        (replace(PIGS, title=both("P" * 150)), "in en a screen is 11 septets too long"),
        (replace(PIGS, title=both("[" * 75)), "in en a screen is 11 septets too long"),
        (
            replace(NOTE_FORM, fields=(ask(question="Q" * 170),)),
            "in en a screen is 3 septets too long",
        ),
        (
            replace(COUNT_FORM, fields=(ask("heads", example="many"),)),
            "'many' cannot be read as heads",
        ),
        (
            replace(NOTE_FORM, fields=(ask(written="all"),)),
            "the answer has no place in what is written of text",
        ),
        (
            replace(KILL_FORM, fields=(WHICH, one_of(Value(both("Fun"), "fun")))),
            "'fun' cannot be read as occasion",
        ),
        (
            replace(KILL_FORM, fields=(one_of(Value(both("None")), argument="tags"),)),
            "the argument tags cannot be left out",
        ),
        (
            replace(KILL_FORM, fields=(WHICH, one_of(Value(both("Both"), "feast", WHICH)))),
            "a value of occasion has a text and asks for one",
        ),
        (
            replace(KILL_FORM, fields=(WHICH, one_of(Value(both("Tag"), then=WHICH)))),
            "a value of occasion asks for tags",
        ),
        (
            replace(KILL_FORM, fields=(WHICH, replace(FEAST, values=()))),
            "it has 0 options",
        ),
    ],
)
def test_book__with_a_fault__names_it(screen, fault):
    assert fault in refused(screen)


def test_book__note_that_may_be_left_out__cannot_take_nine_as_an_answer():
    assert "the key 9 would be an answer to text" in refused(replace(NOTE_FORM, phrase="remark"))


def test_book__with_many_faults__names_each():
    told = refused(replace(COUNT_FORM, phrase="fly"), Form("alone", "hello"))
    assert "fly" in told
    assert "alone" in told


def test_book__menu_without_an_entry__is_refused():
    assert "home: it has 0 options" in refused(entry=())


def test_menu__declared_with_a_long_list__counts_the_sentence_of_a_wrong_key_too():
    longest = Menu("pigs", both("P" * 135), PIGS.options)
    assert book(longest).screens["pigs"] is longest
    assert "pigs" in refused(replace(longest, title=both("P" * 137)))
