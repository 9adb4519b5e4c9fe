"""The day's situation, the fields of WOAH's reports, the compensation list."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from services.api.documents import csv_text
from services.core.look import written_day
from services.livestock.control.compensation import claims_of
from services.livestock.control.orders import lift_order
from services.livestock.control.outbreaks import OutbreakState, change_state, find_outbreak
from services.livestock.control.situation import render_page, situation
from services.livestock.control.woah_reports import COLUMNS, woah_report, woah_rows
from services.livestock.control.woah_statements import Statements
from services.livestock.queries.known_events import heads_known
from services.livestock.recording.identity import find_premises
from services.storage.models import Animal, Party, Premises
from tests.factories import NOW, TODAY, pig, report, write
from tests.services.livestock.control.outbreak_scene import act, kept

DAY = timedelta(days=1)
ASF = "african_swine_fever"
BEGAN = TODAY - 4 * DAY
PHONE = "+67570000021"


@pytest.fixture
def index(country):
    key = country.place(1, "Jiwaka", country.party(PHONE, language="en"))
    with country.database.write() as session:
        row = session.get_one(Premises, find_premises(session, [key])[key].id)
        row.name, row.district, row.kind = "Kuri <family>", "Anglimp South Waghi", "piggery"
    return key


@pytest.fixture
def outbreak(country, index):
    """Confirmed yesterday; a zone since the day before; sick, dead and culled pigs."""
    number = country.outbreak(index, BEGAN)
    country.order(since=TODAY - 2 * DAY, outbreak=number, number="Z 1", area_name="Jiwaka <all>")
    with country.database.write() as session:
        change_state(session, number, OutbreakState.CONFIRMED, act(TODAY - DAY))
    country.tell("sickness", index, signs=["fever"], head_count=5, on=BEGAN)
    country.tell("death", index, pig(1), cause="disease", disposal="buried", on=TODAY - 3 * DAY)
    country.tell("death", index, pig(2), pig(3), cause="culled", disposal="burned")
    country.tell("death", country.place(2), cause="culled", head_count=4)
    return number


@pytest.fixture
def view(database, outbreak):
    def look(on=TODAY):
        with database.read() as session:
            return situation(kept(session), find_outbreak(session, outbreak), on)

    return look


@pytest.fixture
def claims(database, outbreak):
    def look():
        with database.read() as session:
            return claims_of(session, find_outbreak(session, outbreak), TODAY)

    return look


def test_situation__today__has_every_day_since_it_began_and_every_place(view):
    seen = view()
    assert (seen.state, seen.began_on) == ("confirmed", BEGAN)
    assert [one.day for one in seen.days] == [BEGAN + count * DAY for count in range(5)]
    assert [one.counts["sick"] for one in seen.days] == [5, 0, 0, 0, 0]
    assert (seen.today["culled"], seen.total["culled"], seen.total["dead"]) == (6, 6, 1)
    assert seen.places[0].site == seen.index
    assert [(one.site.kind, one.since) for one in seen.places] == [
        ("piggery", BEGAN),
        ("household", TODAY),
    ]
    assert [(line.row.number, line.in_force) for line in seen.orders] == [("Z 1", True)]


def test_situation__statuses_of_its_disease__are_its_marked_places(country, index, view):
    near, far = country.place(7), country.place(8, "Madang")
    root = country.public_id(index)
    country.tell("status", index, action="begun", status="infected", disease=ASF)
    country.tell("status", near, pig(5), action="begun", status="suspect", disease=ASF)
    # A trace led out of the zone; another disease, and a place of nobody's trace, are no part.
    until = (TODAY + 9 * DAY).isoformat()
    told = {"action": "begun", "status": "contact", "disease": ASF}
    country.tell("status", far, pig(6), **told, root=root, until=until)
    country.tell("status", country.place(9, "Madang"), **told)
    country.tell("status", near, action="begun", status="contact", disease="anthrax")
    found = [(one.kind.value, one.site.number, one.animals) for one in view().marked]
    assert found == [
        ("infected", view().index.number, 0),
        ("suspect", "premises:7", 1),
        ("contact", "premises:8", 1),
    ]
    # Of what its pigs were sick, nobody knew before.
    before = [(one.kind.value, one.site.number) for one in view(TODAY - DAY).marked]
    assert before == [("suspect", view().index.number)]
    page = render_page(view(), NOW)
    assert "Infected, suspect and in contact (3)" in page
    assert written_day(TODAY + 9 * DAY) in page


def test_situation__earlier_day__knows_nothing_of_what_came_later(view):
    seen = view(TODAY - 3 * DAY)
    assert (seen.state, seen.orders, seen.total["culled"]) == ("suspect", (), 0)
    assert seen.days[-1].day == TODAY - 3 * DAY


def test_page__situation__is_complete_escaped_and_names_nobody(view):
    page = render_page(view(), NOW)
    assert "Jiwaka &lt;all&gt;" in page
    assert page.count("<rect") == 3
    assert "@page { size: A4" in page
    for secret in ("Kuri", PHONE, "<family>", "http"):
        assert secret not in page
    # Offices of its provinces and the country, where the operator gave their phones.
    assert "tel:" not in page
    offices = {view().index.province: "+675 542 1000", "Manus": "+675 470 1000", "*": "180 1332"}
    called = render_page(view(), NOW, offices)
    assert '<a href="tel:+6755421000">+675 542 1000</a>' in called
    assert '<a href="tel:1801332">180 1332</a>' in called
    assert "Manus" not in called


def test_page__nothing_happened_yet__says_so(country, database):
    number = country.outbreak(country.place(9))
    with database.read() as session:
        page = render_page(situation(session, find_outbreak(session, number), TODAY), NOW)
    assert "No cases reported yet." in page
    assert "<rect" not in page


def test_woah__confirmed_and_nothing_sent__is_the_immediate_notification(database, view):
    with database.read() as session:
        told = woah_report(session, view(), Statements())
        first = woah_report(session, view(TODAY - DAY), Statements())
        before = woah_report(session, view(BEGAN), Statements())
    assert [one["report"] for one in (before, first, told)] == [
        "None: not confirmed",
        "Immediate notification",
        "Immediate notification",
    ]
    assert (told["event_start_date"], told["confirmation_date"]) == ("2026-11-21", "2026-11-24")
    [home, other] = told["outbreaks"]
    assert home["epidemiological_unit"] == "Farm"
    figures = ("susceptible", "cases", "deaths", "killed_and_disposed_of", "slaughtered")
    assert [home[name] for name in figures] == [5, 5, 1, 2, 0]
    assert [other[name] for name in figures] == [4, 0, 0, 4, 0]
    assert told["control_measures"] == [
        "Movement control inside the country",
        "Zoning",
        "Stamping out",
        "Official disposal of carcasses, by-products and waste",
        "Traceability",
    ]


def test_woah__as_table__has_all_columns_in_each_row(database, view):
    with database.read() as session:
        table = csv_text(COLUMNS, woah_rows(woah_report(session, view(), Statements())))
    found = list(csv.DictReader(io.StringIO(table)))
    assert [tuple(row) for row in found] == [COLUMNS] * 2
    assert found[0]["control_measures"].startswith("Movement control inside the country; Zoning")


def test_woah__released__is_resolved(country, database, outbreak, view):
    with database.write() as session:
        for state in ("controlled", "released"):
            change_state(session, outbreak, OutbreakState(state), act())
    with database.read() as session:
        told = woah_report(session, view(), Statements())
    assert (told["event_status"], told["end_date"]) == ("Resolved", "2026-11-25")


def test_claims__each_culled_pig__has_owner_order_and_proof(country, database, index, claims):
    owner = country.party()
    with database.write() as session:
        animal = session.query(Animal).filter_by(value=pig(2).value).one()
        animal.owner_id = owner
    with database.read() as session:
        public = {row.id: row.public_id for row in session.query(Party)}
        keeper = session.query(Premises).filter_by(district="Anglimp South Waghi").one().keeper_id
    found = claims()
    assert [(one.order, one.tag, one.heads) for one in found] == [
        ("Z 1", pig(2).value, 1),
        ("Z 1", pig(3).value, 1),
        ("Z 1", "", 4),
    ]
    assert found[0].premises == found[1].premises != found[2].premises == "premises:2"
    assert [one.owner for one in found] == [public[owner], public[keeper], None]
    assert {one.ledger for one in found} == {"waiting"}
    assert all(re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", one.receipt) for one in found)


def test_claims__void_or_before_the_order_or_told_twice__are_left_out(country, index, claims):
    before = len(claims())
    country.tell("death", index, pig(4), cause="culled", on=TODAY - 3 * DAY)
    country.tell("death", index, pig(2), cause="culled")
    wrong = country.tell("death", index, pig(5), cause="culled")
    country.void(wrong.report.event_id, index, pig(5))
    assert len(claims()) == before


def test_claims__order_lifted__no_longer_covers_its_last_day(country, database, index, claims):
    with database.write() as session:
        lift_order(session, "Z 1", act(TODAY))
    assert claims() == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x"])
def test_csv__text_like_a_formula__stays_text(text):
    assert csv_text(["name"], [{"name": text}]) == f"name\r\n'{text}\r\n"


def test_heads__of_a_day__are_those_that_stood_there_alive(country, database):
    here, there = country.place(1), country.place(2)
    write(database, report("register", [pig(1), pig(2), pig(3)], at=here, on=BEGAN))
    write(database, report("depart", [pig(1)], at=here, other=there, on=TODAY - DAY))
    write(database, report("arrive", [pig(1)], at=there, other=here, on=TODAY - DAY))
    write(database, report("death", [pig(2)], at=here, on=TODAY - DAY))
    with database.read() as session:
        keys = {key: ref.id for key, ref in find_premises(session, [here, there]).items()}
        found = [
            heads_known(session, keys[here], TODAY - count * DAY, None) for count in (0, 1, 2, 5)
        ]
        assert found == [1, 2, 3, 0]
        assert heads_known(session, keys[there], TODAY, None) == 1
