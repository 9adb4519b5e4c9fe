from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import segno

from services.livestock.domain.model import EventType, FlagCode
from services.livestock.domain.statuses import StatusKind
from services.passport import event_summaries
from services.passport.content import collect
from services.passport.model import Point, PublicPlace, Status
from services.passport.page import POLICY, Address, locate, render, render_question, written
from services.texts import event_labels
from services.texts.catalogue import sentences
from tests.factories import TODAY
from tests.services.passport.scene import HOUSE, SOW, TELLTALES

BASE = "https://bilum.example/pigs"
ADDRESS = Address(BASE, "104276", "7KQ2-M9XA-P4TD")
VOID_ELEMENTS = {"meta", "input", "br", "path", "rect", "circle"}


class Reading(HTMLParser):
    """What a page holds; every element that is opened must be closed, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.struck: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def values(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]


@pytest.fixture
def passport(office):
    with office.database.read() as session:
        return collect(session, SOW, TODAY)


def test_page__of_a_life__is_whole_and_in_two_languages(passport):
    page = Reading(render(passport, ADDRESS))
    assert ("html", {"lang": "en"}) in page.elements
    assert {"en", "tpi"} == set(page.values("lang"))
    for shown in (
        "Large White", "Do not slaughter before the end of 3 Dec 2026", "no ken kilim yet",
        "Q-7", "turned back", "salim i go bek", "no permit", "no gat pemit", "Oxytetracycline",
        "batch B12", "5 ml", "North Waghi, Jiwaka", "still there", "7KQ2-M9XA-P4TD",
        "bilum.example/pigs/passports", "5.88° S 144.65° E",
    ):  # fmt: skip
        assert shown in page.text, shown


def test_page__each_event__has_its_receipt_and_its_index_or_waits(passport):
    first, second, *_ = passport.events
    shown = (first, replace(second, index=4711, on_ledger=True))
    text = Reading(render(replace(passport, events=shown), ADDRESS)).text
    assert first.receipt in text
    assert second.receipt in text
    assert text.count("4711") == text.count("i wet yet") == 1


def test_page__anything__names_no_person_phone_place_or_exact_point(passport, office):
    page = render(passport, ADDRESS)
    assert not [telltale for telltale in TELLTALES if telltale in page]
    owner = next(one for one in office.recorded if "owner" in one.report.details)
    assert owner.report.details["owner"] not in page


def test_page__leads_and_loads__nowhere_but_to_its_own_proof(passport):
    page = render(passport, ADDRESS)
    assert not re.search(r"https?://(?!bilum\.example/pigs/)", page)
    read = Reading(page)
    assert not read.values("src")
    assert not read.values("style")
    assert not {tag for tag, _ in read.elements} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, attributes in read.elements for name in attributes if name[:2] == "on"]
    assert all(link.startswith("#e-") for link in read.values("href"))


def test_page__style__is_the_one_that_the_policy_allows(passport):
    for page in (render(passport, ADDRESS), render_question(wrong=False)):
        [style] = re.findall("<style>(.*?)</style>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in POLICY
        assert "url(" not in style
        assert "@import" not in style


def test_page__qr_code__holds_the_address(passport):
    address = f"{BASE}/passports/104276?code=7KQ2-M9XA-P4TD"
    assert ADDRESS.page == address
    drawn = segno.make_qr(address, error="m").svg_inline(border=0, omitsize=True)
    [path] = re.findall(' d="(M[^"]+)"', drawn)
    assert f'd="{path}"' in render(passport, ADDRESS)


def test_page__voided_event__is_struck_through_and_leads_to_its_correction(passport):
    [wrong] = [event for event in passport.events if event.corrected_by]
    page = Reading(render(passport, ADDRESS))
    [row] = [shown for tag, shown in page.elements if tag == "tr" and shown.get("class") == "void"]
    assert row["id"] == f"e-{wrong.event_id}"
    assert page.values("href") == [f"#e-{wrong.corrected_by}"]
    assert f"e-{wrong.corrected_by}" in page.values("id")


def test_page__what_people_typed__is_text_and_no_markup(passport):
    page = render(replace(passport, breed="<script>alert(1)</script>"), ADDRESS)
    assert "<script" not in page
    assert "<script>alert(1)</script>" in Reading(page).text


def test_page__nothing_known__is_whole(passport):
    empty = replace(
        passport, sex=None, born_on=None, registered_on=None, withdrawal_until=None, found=True,
        stays=(), point=None, orders=(), events=(), tags=(), numbers=("104276",),
    )  # fmt: skip
    text = Reading(render(empty, ADDRESS)).text
    assert "Not registered" in text
    assert "No point is known" in text


def test_page__dead_and_flagged__says_so(passport):
    flags = tuple(flag.value for flag in FlagCode)
    text = Reading(render(replace(passport, ended_on=TODAY, flags=flags), ADDRESS)).text
    assert "25 Nov 2026" in text
    assert "Alive" not in text
    assert "In two places at once" in text


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        ("birth", {"sex": "male", "dam": "iso11784:598000000000001"}, "mother 598000000000001"),
        ("retag", {"new": "iso11784:598000000000009", "lost": "bilum:1165"}, "lost 1165"),
        ("count", {"taken": 2}, "2 taken out"),
        ("condition", {"score": 3}, "3 of 5"),
        ("sickness", {"signs": ["red_skin", "fever"]}, "red skin, fever"),
        ("result", {"sample": "S1", "disease": "anthrax", "outcome": "negative"}, "negative"),
        ("death", {"cause": "predator", "disposal": "buried"}, "predator, buried"),
        ("slaughter", {"place": "abattoir", "carcass": "C1", "kilograms": 51.5}, "51.5 kg"),
        ("decision", {"allowed": True, "reasons": [], "slaughter": True}, "may be slaughtered"),
        ("transfer", {"terms": "sold"}, "salim long mani"),
        ("permit", {"action": "issued", "first_day": "2026-11-25"}, "from 25 Nov 2026"),
        ("of_later", {"unheard": "of"}, "of later"),
    ],
)
def test_page__event_of_each_type__is_told(passport, kind, details, said):
    event = replace(passport.events[0], type=kind, details=details)
    text = Reading(render(replace(passport, events=(event,)), ADDRESS)).text
    assert event_labels.event(kind).en in text
    assert said in " ".join(text.split())


def test_words__every_reason_and_flag__is_told_in_both_languages():
    codes = [code.removeprefix("short.") for code in sentences("en") if code.startswith("short.")]
    assert codes
    assert all(event_labels.reason(code).tpi for code in codes)
    assert all(event_labels.flag(flag).tpi for flag in FlagCode)
    assert event_labels.reason("of_later") == ("of later", "")


def test_page__stolen_and_infected__says_so_in_both_languages(passport):
    statuses = (Status("stolen", None, TODAY), Status("infected", "african_swine_fever", TODAY))
    text = Reading(render(replace(passport, statuses=statuses), ADDRESS)).text
    for shown in ("Stolen", "Ol i stilim", "Infected", "I gat sik", event_summaries.written(TODAY)):
        assert shown in text
    ended = replace(passport, statuses=statuses, ended_on=TODAY)
    assert "Infected" not in Reading(render(ended, ADDRESS)).text


def test_words__every_status__is_told_in_both_languages():
    assert all(event_labels.status(kind).tpi for kind in StatusKind)


def test_words__every_event_of_an_animal__has_a_name_in_both_languages():
    of_others = {
        *("premises", "allocation", "order", "outbreak", "notice", "notification", "census"),
    }
    assert all(event_labels.event(kind).tpi for kind in EventType if kind not in of_others)


@pytest.mark.parametrize(
    ("latitude", "longitude", "text", "x", "y"),
    [
        (-5.88, 144.65, "5.88° S 144.65° E", "93.0", "117.6"),
        (60, -10, "60.00° N 10.00° W", "8.0", "14.0"),
    ],
)
def test_locate__a_point__is_marked_within_the_frame(latitude, longitude, text, x, y):
    point = Point(PublicPlace("1", "household", None, None), latitude, longitude)
    assert written(point) == text
    assert f'cx="{x}" cy="{y}"' in locate(point)


def test_question__asked_again__says_what_is_wrong_and_repeats_nothing():
    first, again = render_question(wrong=False), render_question(wrong=True)
    assert [tag for tag, _ in Reading(first).elements if tag == "input"] == ["input", "input"]
    assert "do not fit" in Reading(again).text
    assert "do not fit" not in Reading(first).text
    assert HOUSE not in again
