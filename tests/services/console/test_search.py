"""One search field: what is found, by what the reader may see."""

from __future__ import annotations

from sqlalchemy import select

from chain.canonical import receipt_code
from services.storage.models import Access, LedgerLeaf
from tests.services.console.visitors import Visitor, phone_of
from tests.services.scene import PIG


def found(visitor, text):
    page = visitor.client.get("/console/search", query_string={"q": text})
    assert page.status_code == 200, page.text
    return page.text


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
        assert session.scalars(select(Access.what)).all() == ["GET /console/search"] * 2


def test_search__of_what_is_nothing_or_odd__says_so(scene, visitor):
    visitor.take_session_of("officer")
    for text in ("no such thing", "99999999", "<script>", "' OR 1=1", "٣٤٥", "a" * 200, "-"):
        page = found(visitor, text)
        assert "Nothing was found" in page
        assert "<script>" not in page.replace('<script type="module"', "")
    assert "Type a number" in found(visitor, "  ")
