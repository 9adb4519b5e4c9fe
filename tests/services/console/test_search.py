"""One search field: what is found, by what the reader may see."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from chain.canonical import receipt_code
from services.storage.models import Access, LedgerLeaf
from tests.services.console.visitors import Visitor, phone_of
from tests.services.scene import PIG

SEARCH = "/console/search"


def found(visitor, text):
    """What the field of the frame leads to."""
    visitor.get(SEARCH)
    page = visitor.submit(SEARCH, q=text)
    if page.status_code == 303:
        page = visitor.get(page.headers["Location"])
    assert page.status_code == 200, page.text
    return page.text


@pytest.mark.slow
def test_search__of_each_kind__shows_what_the_role_may_see(scene, visitor):
    world, farm = scene.world, scene.places["keeper"]
    officer, neighbour = visitor.take_session_of("officer"), Visitor(world)
    neighbour.take_session_of("neighbour")
    short = scene.officer.get(f"/api/v1/animals/{PIG}").json["numbers"][0]
    for text in (PIG, short):
        page = found(officer, text)
        assert "Place of keeper" in page
        assert farm in page
        page = found(neighbour, text)
        assert "Jiwaka" in page
        assert "Place of keeper" not in page
    assert "Place of keeper" in found(officer, farm)
    assert "Place of keeper" not in found(neighbour, farm)
    asked = scene.keeper.post(
        "/api/v1/permits",
        {
            "origin": farm,
            "destination": scene.places["abattoir"],
            "animals": [PIG],
            "first_day": "2026-11-25",
            "last_day": "2026-11-26",
        },
    )
    assert asked.status_code == 201, asked.text
    number = asked.json["number"]
    assert "Permit" in found(officer, number)
    assert "Permit" not in found(neighbour, number).split("<main")[1]
    with world.runtime.database.read() as session:
        receipt = receipt_code(session.scalars(select(LedgerLeaf.commitment)).first())
    assert "Waits for the ledger" in found(neighbour, receipt)
    assert "No record has this receipt" in found(neighbour, "0000-0000-0000-0000")


def test_search__by_phone__is_for_officers_and_is_noted(scene, visitor):
    phone = phone_of(scene.world, "keeper")
    officer = visitor.take_session_of("officer")
    assert "Person keeper" in found(officer, phone)
    assert "Person keeper" in found(officer, "7000 0001")
    auditor = Visitor(scene.world).take_session_of("auditor")
    assert "Person" not in found(auditor, phone).split("<main")[1]
    with scene.world.runtime.database.read() as session:
        assert session.scalars(select(Access.what)).all() == ["POST /console/search"] * 2


@pytest.mark.parametrize(
    "phone",
    ["7000 0001", "+675 7000 0001", "70000001", "(675) 7000-0001", "7000 000", "Jo 70000001"],
)
def test_search__of_what_may_be_a_phone__stays_out_of_addresses(scene, visitor, caplog, phone):
    officer = visitor.take_session_of("officer")
    officer.get(SEARCH)
    with caplog.at_level("INFO"):
        sent = officer.submit(SEARCH, q=phone)
    assert (sent.status_code, sent.headers.get("Location")) == (200, None)
    assert not any(phone in line or "0001" in line for line in caplog.messages)
    # Nor is it looked up from an address that somebody typed: the form sends it.
    typed = officer.client.get(SEARCH, query_string={"q": phone})
    assert "Person" not in typed.text.split("<main")[1]
    assert "Press Search" in typed.text
    officer.page = typed
    assert officer.fields(SEARCH)["q"] == phone
    with scene.world.runtime.database.read() as session:
        assert set(session.scalars(select(Access.what))) <= {"POST /console/search"}
    # Where the session is over, it is kept in the page, not in the address of the next one.
    scene.world.runtime.clock.pass_by(3600)
    over = officer.submit(SEARCH, q=phone)
    assert over.status_code == 401
    assert officer.fields("/console/sign-in")["next"] == SEARCH


def test_search__of_another_text__has_an_address_to_come_back_to(scene, visitor):
    officer = visitor.take_session_of("officer")
    for text in (PIG, "1745", "no such thing"):
        officer.get(SEARCH)
        sent = officer.submit(SEARCH, q=text)
        assert sent.status_code == 303, text
        assert sent.headers["Location"].startswith(f"{SEARCH}?q=")
    stranger = officer.send(SEARCH, {"q": PIG})
    assert stranger.status_code == 400


def test_search__of_what_is_nothing_or_odd__says_so(scene, visitor):
    visitor.take_session_of("officer")
    for text in ("no such thing", "99999999", "<script>", "' OR 1=1", "٣٤٥", "a" * 200, "-"):
        page = found(visitor, text)
        assert "Nothing was found" in page
        assert "<script>" not in page.replace('<script type="module"', "")
    assert "Type a number" in found(visitor, "  ")
