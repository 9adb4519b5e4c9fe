"""Orders in a browser: their reach is shown before they are declared, and two officers tell it."""

from __future__ import annotations

import html
import json
from io import BytesIO

import pytest
from sqlalchemy import func, select

from services.storage.models import ControlOrder, Message, Notice
from tests.services.console.outbreaks.scenes import caller, measure, number_at, open_outbreak
from tests.services.console.visitors import Visitor
from tests.services.scene import PIG

pytestmark = pytest.mark.slow

NEW, PREVIEW = "/console/orders", "/console/orders/preview"
USUAL = {"what": "infected", "area_name": "Kudjip", "since": "2026-11-25"}


@pytest.fixture
def officer(visitor):
    return visitor.take_session_of("officer")


def count_of(world, table, *which):
    with world.runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*which))


def filled(visitor, **told):
    """The form as it would be sent."""
    visitor.get("/console/orders/new")
    empty = dict.fromkeys(("places", "centre", "kilometres", "names", "until", "number"), "")
    return visitor.fields(NEW) | empty | USUAL | told


def test_order__of_a_long_list_of_places__is_read_to_its_end(scene, officer):
    """A list that is cut would leave out places, and its last number could be another place's."""
    farm, other = number_at(scene.world, "keeper"), scene.places["abattoir"]
    told = {"what": "quarantine", "places": f"{farm} " * 500 + str(other)}
    shown = officer.send(PREVIEW, filled(officer, **told))
    assert shown.status_code == 200
    declared = officer.send(NEW, officer.fields(NEW))
    assert declared.status_code == 303, declared.text
    with scene.world.runtime.database.read() as session:
        assert len(session.scalars(select(ControlOrder)).one().area["premises"]) == 2
    told |= {"places": f"{other} {farm}"}
    assert officer.send(PREVIEW, filled(officer, **told)).status_code == 200
    again = officer.send(NEW, officer.fields(NEW))
    assert again.status_code == 303, again.text
    with scene.world.runtime.database.read() as session:
        first, second = session.scalars(select(ControlOrder.area).order_by(ControlOrder.id))
    assert second["premises"] == first["premises"][::-1]
    told |= {"places": f"{farm} " * 500 + "999999"}
    assert officer.send(PREVIEW, filled(officer, **told)).status_code == 422


def test_order__previewed_and_declared__binds_once_and_only_as_it_was_shown(scene, officer):
    world = scene.world
    measure(world)
    farm = number_at(world, "keeper")
    asked = caller(world, "keeper").post(
        "/api/v1/permits",
        {
            "animals": [PIG],
            "origin": farm,
            "destination": scene.places["abattoir"],
            "first_day": "2026-11-25",
            "last_day": "2026-11-28",
        },
    )
    assert asked.status_code == 201, asked.text
    issued = scene.officer.post(
        f"/api/v1/permits/{asked.json['number']}/decision", {"state": "issued"}
    )
    assert issued.status_code == 200, issued.text
    fields = filled(officer, centre="5.86 144.60", kilometres="3")
    # Nothing was shown yet.
    unseen = officer.send(NEW, fields)
    assert unseen.status_code == 422
    assert "Look at what it reaches" in unseen.text
    shown = officer.send(PREVIEW, fields)
    assert shown.status_code == 200, shown.text
    assert [figure in shown.text for figure in (asked.json["number"], "1 SMS, K0.25")] == [True] * 2
    # A browser may show its day as 11/25/2026.
    assert "Wednesday 25 Nov 2026</output>" in shown.text
    assert count_of(world, ControlOrder) == 0
    seen = fields | {"seen": officer.fields(NEW)["seen"]}
    # The radius was changed after it was shown.
    assert officer.send(NEW, seen | {"kilometres": "30"}).status_code == 422
    first, second = (officer.send(NEW, seen) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303), first.text
    assert first.headers["Location"] == second.headers["Location"] == f"{NEW}/Z-2026-1"
    # A colleague declares the same at the same time.
    other = Visitor(world).take_session_of("administrator")
    same = filled(other, centre="-5.86, 144.60", kilometres="3")
    shown = other.send(PREVIEW, same)
    assert "Order Z-2026-1 says the same already" in shown.text
    assert other.send(NEW, same | {"seen": "0"}).status_code == 422
    assert count_of(world, ControlOrder) == 1
    page = officer.get(f"{NEW}/Z-2026-1").text
    assert "3 km round -5.8600, 144.6000" in page
    assert "Z-2026-1" in officer.get(NEW).text


def test_form__filled_in_wrongly__marks_each_field_and_keeps_what_was_typed(scene, officer):
    open_outbreak(scene)
    farm = number_at(scene.world, "keeper")
    for wrong, code in (
        ({"places": f"{farm} 9999"}, "One of these is no place"),
        ({"places": ""}, "Say where"),
        ({"centre": "here", "kilometres": "3"}, "latitude and longitude"),
        ({"centre": farm, "kilometres": "3"}, "This place has no point"),
        ({"centre": "-5.86, 14.4", "kilometres": "3"}, "within the country"),
        ({"centre": "-5.86, 144.6", "kilometres": "900"}, "Give kilometres from 0.1"),
        ({"names": "Atlantis"}, "Write each as Jiwaka"),
        ({"names": "Kudjip, Atlantis"}, "Write each as Jiwaka"),
        ({"area_name": ""}, "Name the area"),
        ({"since": "31/11/2026"}, "Give a day"),
        ({"since": "2027-06-01"}, "at most 30 days ahead"),
        ({"until": "2026-11-20"}, "a day after the first one"),
        ({"number": "Z/1"}, "Use up to 32 letters"),
        ({"what": "war"}, "Choose the kind"),
    ):
        told = {"places": farm} if wrong.keys() & {"area_name", "since", "until", "number"} else {}
        got = officer.send(PREVIEW, filled(officer, **told, **wrong))
        assert got.status_code == 422, wrong
        assert code in got.text, wrong
        assert all(one in got.text for one in wrong.values()) or "what" in wrong
    # A fragment says in its place what is missing, so that nothing older stays there.
    fragment = officer.client.post(
        PREVIEW, data=filled(officer, names="Atlantis"), headers={"HX-Request": "true"}
    )
    assert fragment.status_code == 200
    assert "Declare it now" not in fragment.text


SQUARE = [[144.5, -5.9], [144.7, -5.9], [144.7, -5.8], [144.5, -5.8], [144.5, -5.9]]


def shape(*rings, kind="Polygon"):
    return {"type": kind, "coordinates": list(rings)}


def test_order__with_a_shape__is_taken_from_a_file_or_the_field_and_only_as_it_was_shown(
    scene, officer
):
    measure(scene.world)
    told = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": shape(SQUARE), "properties": {"owner": "Kila"}}
        ],
    }
    content = json.dumps(told, indent=2).encode()
    fields = filled(officer, area_name="")

    def sent(**more):
        return fields | {"shape_file": (BytesIO(content), "a.geojson")} | more

    # The file is kept beside a field that is wrong, without what it told of people.
    wrong = officer.send(PREVIEW, sent())
    assert (wrong.status_code, "Name the area" in wrong.text) == (422, True)
    kept = officer.fields(NEW)["shape"]
    assert json.loads(html.unescape(kept)) == shape(SQUARE)
    assert "Kila" not in wrong.text
    right = {"area_name": "Kudjip"}
    shown = officer.send(PREVIEW, sent(**right))
    assert shown.status_code == 200, shown.text
    assert "<path" in shown.text or "<polygon" in shown.text
    seen = right | {"seen": officer.fields(NEW)["seen"]}
    # From the field it is the same as from the file; another shape was not shown.
    assert officer.send(NEW, fields | seen | {"shape": "{}"}).status_code == 422
    made = officer.send(NEW, fields | seen | {"shape": kept, "form_key": "field"})
    assert made.status_code == 303, made.text
    same = officer.send(NEW, sent(**seen, form_key="file"))
    assert "says the same already" in same.text
    with scene.world.runtime.database.read() as session:
        assert session.scalars(select(ControlOrder)).one().area["polygons"] == [shape(SQUARE)]


def test_shape__that_is_none_open_crossed_or_elsewhere__is_refused_in_words(scene, officer):
    crossed = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
    swapped = [[north, east] for east, north in SQUARE]
    far = [[east - 100, north] for east, north in SQUARE]
    for given, said in (
        ("pig", "This is no GeoJSON"),
        ('{"type": "Point", "coordinates": [144.5, -5.9]}', "This is no GeoJSON"),
        ('{"type":' * 40_000, "longer than 256 kB"),
        ('{"type": "Feature", "geometry": ' * 500 + "1" + "}" * 500, "This is no GeoJSON"),
        (shape(SQUARE[:-1]), "is not closed"),
        (shape(crossed), "cross each other"),
        (shape(swapped), "are swapped"),
        (shape(far), "outside the country"),
        (shape([[float("nan"), 1]] * 4), "This is no GeoJSON"),
        (shape(5), "is not closed"),
        (shape(*[[SQUARE]] * 101, kind="MultiPolygon"), "too many corners"),
        (shape([[145.0, -6.0]] * 7_000), "too many corners"),
    ):
        text = given if isinstance(given, str) else json.dumps(given)
        for more in ({"shape": text}, {"shape_file": (BytesIO(text.encode()), "a.json")}):
            got = officer.send(PREVIEW, filled(officer, places=" ") | more)
            assert (got.status_code, said in html.unescape(got.text)) == (422, True), text[:60]
    picture = (BytesIO(b"\x89PNG\r\n\0" * 9_000), "map.png")
    assert "This is no GeoJSON" in officer.send(PREVIEW, filled(officer, shape_file=picture)).text


def test_notice__drafted_and_approved__takes_two_officers_and_sends_once(scene, officer):
    world = scene.world
    fields = filled(officer, names="Jiwaka\r\nWapenamanda, Enga")
    officer.send(PREVIEW, fields)
    made = officer.send(NEW, fields | {"seen": officer.fields(NEW)["seen"]})
    at = made.headers["Location"]
    assert made.status_code == 303, made.text
    page = officer.get(at).text
    assert "Wapenamanda, Enga" in page
    refused = officer.submit(f"{at}/notices", text_en="", text_tpi="x" * 600)
    assert refused.status_code == 422
    assert refused.text.count("Write a text of at most three SMS") == 4
    officer.get(at)
    assert officer.submit(f"{at}/notices", text_en="Pigs stay <b>home</b>.").status_code == 303
    page = officer.get(at).text
    assert "&lt;b&gt;home" in page
    assert "a second officer must approve it" in page
    other = Visitor(world).take_session_of("administrator")
    waits_for(other, officer, at)
    other.get(at)
    officer.get(at)
    with world.runtime.database.read() as session:
        approve = f"{at}/notices/{session.scalars(select(Notice.public_id)).one()}/approve"
    mine = officer.fields(f"{at}/notices") | {"form_key": "mine"}
    assert officer.send(approve, mine).status_code == 403
    fields = other.fields(approve)
    sent = [other.send(approve, fields).status_code for _ in range(2)]
    assert sent == [303, 303]
    assert count_of(world, Message, Message.purpose == "notice") == 1
    assert "Approved by administrator" in other.get(at).text
    lifted(officer, at)


def waits_for(other, officer, at):
    """The second officer is led to the notice, and its author is not."""
    assert "Waits for you" not in officer.get("/console/tasks").text
    assert "Nothing waits for you" in officer.get("/console/waiting").text
    assert "Notices to approve (1)" in other.get("/console/tasks").text
    assert f'href="{at}#notices"' in other.get("/console/waiting").text


def lifted(officer, at):
    officer.get(at)
    assert officer.submit(f"{at}/lift", reason="").status_code == 422
    assert "Choose the reason" in officer.page.text
    officer.get(at)
    early = officer.submit(f"{at}/lift", reason="mistaken", on="2026-11-01")
    assert early.status_code == 422
    assert "from the order&#39;s first one" in early.text
    officer.get(at)
    fields = officer.fields(f"{at}/lift") | {"reason": "disease_over"}
    assert [officer.send(f"{at}/lift", fields).status_code for _ in range(2)] == [303, 303]
    assert officer.send(f"{at}/lift", fields | {"form_key": "new"}).status_code == 409
    page = officer.get(at).text
    assert "not in force" in page
    assert "Draft a notice" not in page
    assert at.rpartition("/")[2] not in officer.get(NEW).text
    assert at.rpartition("/")[2] in officer.get(f"{NEW}?which=all").text


def test_order__since_long_ago__is_asked_again_before_its_reach_is_shown(scene, officer):
    farm = number_at(scene.world, "keeper")
    told = filled(officer, what="quarantine", places=farm, since="2025-11-25")
    for action in (PREVIEW, NEW):
        asked = officer.send(action, told)
        assert (asked.status_code, "more than 30 days ago" in asked.text) == (422, True)
        assert "Tuesday 25 Nov 2025" in asked.text.split('name="since_sure"')[1]
    slip = officer.send(PREVIEW, told | {"since": "0001-01-01"})
    assert (slip.status_code, "Give a day, such as" in slip.text) == (422, True)
    shown = officer.send(PREVIEW, told | {"since_sure": "2025-11-25"})
    assert shown.status_code == 200, shown.text
    declared = officer.send(NEW, officer.fields(NEW))
    assert declared.status_code == 303, declared.text
    assert count_of(scene.world, ControlOrder) == 1
