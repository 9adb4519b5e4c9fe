"""docs/phones and docs/ussd-menus.md show the program as it is, and nothing is too long."""

from __future__ import annotations

from dataclasses import fields
from xml.etree import ElementTree as ET

import pytest

from gateway.menus import Ask, Choice, Form, Menu, SharedWords
from services.texts.catalogue import LANGUAGES, sentences
from tests.flow.pictures import answers, replies, tree
from tests.flow.pictures.phone import COLUMNS, Pair, Screen, wrapped
from tests.flow.pictures.screens import BOOK
from tests.flow.pictures.sheets import FOLDER, INDEX, pictures, sheets

SHEETS = sheets()
LARGEST = 300_000
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn():
    return pictures()


def test_pictures__drawn_anew__are_those_of_the_folder(drawn):
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert kept == drawn, "python -m tests.flow.pictures"


def test_page__written_anew__is_the_same():
    assert tree.PAGE.read_text(encoding="utf-8") == tree.page(), "python -m tests.flow.pictures"


@pytest.mark.parametrize("one", SHEETS, ids=lambda one: one.name)
def test_sheet__each_screen__is_within_its_limit(one):
    over = [pair.name for pair in one.pairs for seen in pair.both if seen.units > one.limit]
    assert over == []


@pytest.mark.parametrize("one", SHEETS, ids=lambda one: one.name)
def test_sheet__as_svg__is_small_and_holds_every_line_of_every_screen(one):
    svg = one.drawn()
    assert len(svg.encode()) <= LARGEST
    shown = [span.text or "" for span in ET.fromstring(svg).iter(f"{SVG}tspan")]  # noqa: S314 — our own
    lines = [line for pair in one.pairs for seen in pair.both for line in wrapped(seen.text)]
    assert shown == lines
    assert max(map(len, lines)) <= COLUMNS


def test_replies__every_sentence_but_parts__is_shown():
    shown = {pair.name for one in SHEETS for pair in one.pairs}
    signs = {f"ussd.{each.name}" for each in fields(SharedWords)}
    whole = {code for code in sentences("en") if not code.startswith(replies.PARTS)} - signs
    assert whole - shown - answers.SHOWN == set()


def test_screens__every_menu_question_and_confirmation__is_shown():
    seen = "\n\n".join(each.text for one in SHEETS for pair in one.pairs for each in pair.both)
    for language in LANGUAGES:
        for words in told():
            assert words[language] in seen.replace("\n", " ") or words[language] in seen


def told():
    """What the screens of the book say."""
    for screen in BOOK.screens.values():
        if isinstance(screen, Menu):
            yield screen.title
            yield from (line.label for line in screen.options)
        for field in screen.fields if isinstance(screen, Form) else ():
            yield field.question
            values = field.values if isinstance(field, Choice) else ()
            yield from (value.label for value in values)
            yield from (value.then.question for value in values if isinstance(value.then, Ask))


def test_sheet__screen_over_its_limit__is_told(monkeypatch):
    for language in LANGUAGES:
        said = sentences(language)
        monkeypatch.setitem(said, "me", said["me"]._replace(forms=("W" * 161,)))
    pair = next(pair for pair in replies.replies("reports") if pair.name == "me")
    assert pair == Pair("me", Screen("W" * 161, 161), Screen("W" * 161, 161))


def test_index__of_the_folder__links_every_sheet(drawn):
    assert all(f"({one.name})" in drawn[INDEX] for one in SHEETS)
