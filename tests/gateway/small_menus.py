"""A small book of menus, of no service: what the tests of screens dial."""

from __future__ import annotations

from gateway.argument_parsers import choice, count, rest
from gateway.dates import day
from gateway.grammar import Argument, Phrase
from gateway.menu_book import MenuBook
from gateway.menus import Ask, Choice, Form, Menu, Menus, Option, Pin, SharedWords, Value
from gateway.tags import tag
from sms import encoding


def both(english: str, tok_pisin: str | None = None) -> dict[str, str]:
    return {"en": english, "tpi": english if tok_pisin is None else tok_pisin}


SIGNS = SharedWords(
    title=both("Bilum"),
    back=both("0 Back", "0 Bek"),
    home=both("00 Home", "00 As"),
    more=both("9 More", "9 Moa"),
    go_on=both("9 Go on", "9 Go"),
    yes=both("1 Yes"),
    by_sms=both("1 SMS"),
    wrong=both("No such key.", "Nogat dispela ki."),
)
# A keyword so that each can be said by SMS; a filler so that `pig 1262` is read.
KILL = Phrase(
    "kill",
    {"en": ("KILL",), "tpi": ("KILIM",)},
    (
        Argument("tags", tag(), many=True),
        Argument("occasion", choice({"feast": "feast", "home": "home"}), required=False),
        Argument("day", day, required=False),
    ),
    fillers=("pig",),
)
COUNT = Phrase("count", {"en": ("COUNT",)}, (Argument("heads", count()), Argument("day", day)))
NOTE = Phrase("note", {"en": ("NOTE",)}, (Argument("text", rest),))
REMARK = Phrase("remark", {"en": ("REMARK",)}, (Argument("text", rest, required=False),))
HELLO = Phrase("hello", {"en": ("HELLO",)})
PHRASES = (KILL, COUNT, NOTE, REMARK, HELLO)

WHICH = Ask("tags", both("Number of the pig?", "Namba bilong pik?"), "1262")
WHEN = Choice(
    "day",
    both("When?", "Wanem taim?"),
    (
        Value(both("Today", "Tude")),
        Value(both("Yesterday", "Asde"), "yesterday"),
        Value(both("Another day", "Narapela de"), then=Ask("day", both("Which day?"), "25/11")),
    ),
)
FEAST = Choice(
    "occasion",
    both("What for?"),
    (Value(both("A feast", "Pati"), "feast"), Value(both("At home", "Haus"), "home")),
)
KILL_FORM = Form("kill", "kill", (WHICH, FEAST, WHEN), both("Kill {tags}, {occasion}, {day}?"))
COUNT_FORM = Form("count", "count", (Ask("heads", both("How many?"), "3"),), fixed={"day": "today"})
NOTE_FORM = Form("note", "note", (Ask("text", both("Say it:"), "hello"),), both("Send: {text}"))
PIGS = Menu(
    "pigs",
    both("Pigs", "Pik"),
    (Option(both("Kill", "Kilim"), "kill"), Option(both("Count"), "count")),
)
ENTRY = (
    Option(both("Pigs", "Pik"), "pigs"),
    Option(both("Hello"), "hello"),
    Option(both("Note"), "note"),
    Option(both("My PIN"), "pin"),
)
SCREENS = (PIGS, KILL_FORM, COUNT_FORM, NOTE_FORM, Form("hello", "hello"), Pin("pin"))
MENUS = Menus(ENTRY, SCREENS)


def book(*screens, entry=ENTRY) -> MenuBook:
    """The small book; screens of the same code take the place of its own."""
    told = {screen.code: screen for screen in (*SCREENS, *screens)}
    return MenuBook([Menus(entry, tuple(told.values()))], PHRASES, SIGNS, encoding)


BOOK = book()
