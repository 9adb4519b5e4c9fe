from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from services.core.geography import PROVINCES
from services.health.format.evidence import Evidence, Guideline
from services.health.indicators.minister_page import as_page
from tests.services.health.indicators.histories import NOW, OCTOBER, add_versions, write_history

VOID = {"meta", "rect", "line"}


def set_scene(database):
    write_history(database, 6, 300)


class Reader(HTMLParser):
    """Reads a page: its words, its tags, and whether each that opens closes."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words = [], set(), []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name in {"src", "href"} or name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data.split()


@pytest.fixture
def report(set_up, report_of):
    return report_of(set_up)


def text_of(page):
    return " ".join(Reader(page).words)


@pytest.mark.slow
def test_as_page__full__shows_outcomes_of_everybody_who_began(report):
    text = text_of(as_page(report))
    whole = {fact: 0 for row in report.facts.values() for fact in row}
    for row in report.facts.values():
        for fact, count in row.items():
            whole[fact] += count
    place = "abstinent", "month1"
    due, success = whole["due", *place], whole["due_success", *place]
    shown = f"{success} of {due} = {success / due * 100:.0f} %"
    assert f"not smoking month1 {shown} {whole['due_answered', *place]} of {due}" in text
    asked = whole["outcome_asked", *place]
    assert f"of {asked} = " not in text
    assert f"came or were invited {whole['attempts',]} " in text
    assert f"K {whole['cost',] / 100:,.2f}" in text
    assert "1 Oct 2026 to 31 Oct 2026" in text


def test_as_page__map__has_every_province_once_with_its_members(report):
    page = as_page(report)
    squares = re.findall(r'<rect x="(\d+)" y="(\d+)" width="96"', page)
    assert len(set(squares)) == len(squares) == len(PROVINCES)
    members = sum(row["members",] for cell, row in report.facts.items() if cell.province == "Enga")
    assert re.search(rf">Enga</text>\s*<text[^>]*>{members}</text>", page)


def test_as_page__self_contained__has_no_script_and_no_address(report):
    page = as_page(report)
    tags = Reader(page).tags
    assert not tags & {"script", "link", "img", "iframe", "a"}
    assert not re.search(r"https?:|url\(", page)


def test_as_page__public__hides_what_the_table_hides(report):
    text = text_of(as_page(report, public=True))
    assert "Hidden, so that no small count" in text
    assert "Public: counts below 5 are hidden" in text
    assert "hidden" in text
    assert "Hidden, so" not in text_of(as_page(report))


def test_as_page__what_people_wrote__is_text_and_no_markup(report):
    programme = replace(report.programme, title={"en": "<script>alert(1)</script>"})
    page = as_page(report._replace(programme=programme))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_as_page__nobody_yet__is_a_page_too(database, report_of):
    add_versions(database)
    text = text_of(as_page(report_of(database, OCTOBER, NOW)))
    assert "No day of a last question came" in text
    assert "\N{EN DASH} agreed" in text


def test_as_page__of_texts__tells_what_they_rest_on_or_that_they_do_not_tell(report):
    assert "does not tell what its texts rest on" in text_of(as_page(report))
    old = Guideline("old", "Old", "WHO", 2010, date(2012, 1, 1))
    welcome = replace(report.programme.welcome, evidence=Evidence(("4.1",), ("old",), action=True))
    traced = replace(report.programme, sources=(old,), welcome=welcome)
    told = text_of(as_page(report._replace(programme=traced)))
    assert "1 on a guideline or another document" in told
    assert "1 of 1 documents are overdue for review. Of 1 actions" in told
