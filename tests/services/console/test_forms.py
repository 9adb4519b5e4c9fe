"""Ten forms, filled in by people whose session ends, who go back, or send twice."""

from __future__ import annotations

import html
from base64 import b64encode
from io import BytesIO
from typing import NamedTuple

import pytest

from services.console.kept_forms import LONGEST_KEPT_FILE
from tests.services.console.outbreaks.test_orders import SQUARE, shape
from tests.services.console.people.lists import csv
from tests.services.console.staff import add_staff
from tests.services.console.test_tasks import opened
from tests.services.console.visitors import PASSWORD, Visitor, code_of, enrol, phone_of
from tests.services.health.scene import SMALL, publish

OURS = {"Origin": "http://localhost"}
LONG = "Two pigs lie down.\r\nThey came on Friday, <b>from Banz</b>."
LIST = csv("71000001,Jo,nurse,2026-11-20,2026-12-05")


class Form(NamedTuple):
    """A form: who fills it in, where it is drawn and sent to, what is typed, its file."""

    who: str
    page: str
    action: str
    typed: dict[str, str]
    shown: str
    file: tuple[str, str, bytes] | None = None


def forms(task, place, post):
    drawn = str(shape(SQUARE)).replace("'", '"').encode()
    return (
        Form("officer", task, f"{task}/notes", {"text": LONG, "kind": "note"}, "on Friday"),
        Form(
            "planner",
            "/console/campaigns/new",
            "/console/campaigns/new",
            {
                "name": "Clinic day",
                "kind": "broadcast",
                "text_en": LONG,
                "text_tpi": "Klinik.",
                "payer": "Ministry",
            },
            "on Friday",
        ),
        Form(
            "planner",
            "/console/programmes/tobacco/draft/text?id=day-2",
            "/console/programmes/tobacco/draft/text",
            {"say-en": "Day 2. Drink a cup of water."},
            "a cup of water",
        ),
        Form(
            "planner",
            "/console/imports",
            "/console/imports",
            {"programme": "tobacco"},
            "list.csv",
            ("file", "list.csv", LIST),
        ),
        Form(
            "officer",
            "/console/orders/new",
            "/console/orders/preview",
            {"what": "infected", "area_name": "Kudjip", "since": "2026-11-25"},
            "zone.geojson",
            ("shape_file", "zone.geojson", drawn),
        ),
        Form(
            "officer",
            "/console/outbreaks/new",
            "/console/outbreaks",
            {
                "premises": place,
                "began_on": "24/11/2026",
                "disease": "african_swine_fever",
                "state": "suspect",
            },
            "24/11/2026",
        ),
        Form(
            "administrator",
            "/console/administration/people/new",
            "/console/administration/people/new",
            {"phone": "7111 0001", "role": "planner", "province": "Enga", "name": "Rose Kila"},
            "Rose Kila",
        ),
        Form(
            "planner",
            "/console/programmes/tobacco/recalls",
            "/console/programmes/tobacco/recalls",
            {"text": "day-2", "language": "en", "by": "2", "reason": "It says too much water"},
            "too much water",
        ),
        Form(
            "auditor",
            "/console/ledger/consistency",
            "/console/ledger/consistency",
            {"kept": ""},
            "root.txt",
            ("file", "root.txt", b"root of our office"),
        ),
        Form(
            "inspector",
            "/console/roadblock",
            "/console/roadblock/post",
            {"number": post},
            post,
        ),
    )


def a_post(scene):
    """The number of a roadblock."""
    told = {"kind": "roadblock", "province": "Jiwaka", "beyond_province": "Western Highlands"}
    made = scene.administrator.post("/api/v1/premises", told | {"name": "Kagamuga bridge"})
    assert made.status_code == 201, made.text
    return made.json["numbers"][0]


@pytest.fixture
def filled(scene):
    """The scene with staff, a draft begun, and a task; the ten forms."""
    add_staff(scene.world)
    # A second version, by which a recall can be asked for.
    publish(scene.world.runtime.database, SMALL.replace("Water helps.", "Drink a cup."), ("en",))
    planner = Visitor(scene.world).take_session_of("planner")
    planner.get("/console/programmes")
    planner.submit("/console/programmes/tobacco/draft")
    return forms(f"/console/tasks/{opened(scene.world)}", scene.places["keeper"], a_post(scene))


def typed_into(visitor, form):
    """The form as a browser would send it, its file read anew."""
    fields = visitor.fields(form.action.replace("/preview", "")) | form.typed
    if form.file:
        field, name, content = form.file
        fields[field] = (BytesIO(content), name)
    return fields


def shows(answer, form):
    return form.shown in html.unescape(answer.text)


@pytest.mark.slow
def test_ten_forms__sent_from_an_old_page_or_anew_after_going_back__lose_nothing(scene, filled):
    for form in filled:
        visitor = Visitor(scene.world).take_session_of(form.who)
        visitor.get(form.page)
        fields = typed_into(visitor, form)
        # As after signing in again in another tab: the token of the page is an old one.
        old = visitor.send(form.action, fields | {"csrf_token": "old"}, **OURS)
        assert (old.status_code, shows(old, form)) == (400, True), form.action
        sent = visitor.submit(form.action)
        # What is no checkpoint is shown as it stood in its file.
        read = form.file is not None and form.file[2].decode() in sent.text
        assert read or sent.status_code in {200, 303}, (form.action, sent.text)
        # Back, and sent again as it was: the same answer.
        again = visitor.send(form.action, refilled(fields, form))
        assert again.status_code == sent.status_code, form.action
        assert again.headers.get("Location") == sent.headers.get("Location")
        if form.action.endswith(("/consistency", "/preview")):
            # They change nothing, and may be sent as often as somebody likes.
            continue
        # With something else it is asked whether that is meant, and nothing of it is lost.
        name = next(iter(form.typed))
        other = visitor.send(form.action, refilled(fields, form) | {"more": "7", name: "24"})
        if other.status_code == 409:
            assert "You sent this form before" in other.text, form.action
            assert "24" in other.text
            other = visitor.submit(form.action)
        # A draft that changed meanwhile shows both.
        rest = [*list(form.typed.values())[1:], form.shown, "24"]
        kept = other.status_code in {404, 409, 422} and any(one in other.text for one in rest)
        assert kept or other.status_code in {200, 303}, (form.action, other.text)
        assert "You sent this form before" not in other.text


def refilled(fields, form):
    """The same form; a file is read anew."""
    if form.file is None:
        return dict(fields)
    field, name, content = form.file
    return fields | {field: (BytesIO(content), name)}


@pytest.mark.slow
def test_form_with_a_file__whose_session_is_over__is_sent_after_signing_in(scene, filled):
    world = scene.world
    planner = Visitor(world)
    secret, phone = enrol(planner, "planner"), phone_of(world, "planner")
    lists = next(one for one in filled if one.action == "/console/imports")
    for content in (LIST, LIST + b" " * LONGEST_KEPT_FILE):
        form = lists._replace(file=("file", "list.csv", content))
        planner.take_session_of("planner").get(form.page)
        fields = typed_into(planner, form)
        world.runtime.clock.pass_by(3600)
        over = planner.send(form.action, fields, **OURS)
        assert (over.status_code, "what you typed is kept" in over.text) == (401, True)
        typed = {"phone": phone, "password": PASSWORD, "code": code_of(world, secret)}
        signed = planner.submit("/console/sign-in", **typed)
        assert (signed.status_code, shows(signed, form)) == (200, True), signed.text
        again = {"file": (BytesIO(content), "list.csv")} if content != LIST else {}
        assert ("Choose list.csv again" in signed.text) == bool(again)
        sent = planner.submit(form.action, **again)
        assert sent.status_code == 303, sent.text


@pytest.mark.slow
def test_upload__beside_a_wrong_field__keeps_the_file(scene, filled):
    planner = Visitor(scene.world).take_session_of("planner")
    planner.get("/console/imports")
    form = planner.fields("/console/imports") | {"programme": ""}
    wrong = planner.send("/console/imports", form | {"file": (BytesIO(LIST), "list.csv")})
    assert wrong.status_code == 422
    assert "list.csv is kept" in wrong.text
    assert planner.submit("/console/imports", programme="tobacco").status_code == 303
    # What the page carries is checked like a file.
    planner.get("/console/imports")
    for odd in ("[]", "7", '["a.csv", 7]', '["a.csv", "%"]', "{", '["a.csv"]'):
        got = planner.submit("/console/imports", **{"programme": "tobacco", "kept_file-file": odd})
        assert (got.status_code, "Choose the file" in got.text) == (422, True), odd
    pdf = b64encode(b"%PDF-1.7").decode()
    odd = {"programme": "tobacco", "kept_file-file": f'["a.pdf", "{pdf}"]'}
    assert "is no list" in planner.submit("/console/imports", **odd).text


@pytest.mark.slow
def test_long_text__whose_session_is_over__is_kept_whole(scene, filled):
    officer = Visitor(scene.world)
    secret, phone = enrol(officer, "officer"), phone_of(scene.world, "officer")
    corners = [[144.5 + one / 10_000, -5.9] for one in range(5_000)]
    drawn = str(shape([*corners, [144.9, -5.8], corners[0]])).replace("'", '"').replace(" ", "")
    officer.take_session_of("officer").get("/console/orders/new")
    fields = officer.fields("/console/orders") | {"shape": drawn, "area_name": "Kudjip"}
    assert len(drawn) > 64 * 1024
    scene.world.runtime.clock.pass_by(3600)
    over = officer.send("/console/orders/preview", fields, **OURS)
    assert over.status_code == 401
    typed = {"phone": phone, "password": PASSWORD, "code": code_of(scene.world, secret)}
    officer.submit("/console/sign-in", **typed)
    shown = officer.submit("/console/orders/preview", what="infected", since="2026-11-25")
    assert shown.status_code == 200, shown.text
    assert drawn[:60].replace('"', "&#34;") in shown.text


def test_error__in_tok_pisin__is_told_in_it(scene, visitor):
    officer = visitor.take_session_of("officer")
    officer.get("/console/account")
    assert officer.submit("/console/language", language="tpi").status_code == 303
    task = f"/console/tasks/{opened(scene.world)}"
    officer.get(task)
    ended = officer.fields(f"{task}/close") | {"outcome": "done", "text": ""}
    taken = officer.fields(f"{task}/take")
    assert officer.send(f"{task}/close", ended).status_code == 303
    gone = officer.send(f"{task}/take", taken)
    assert gone.status_code == 409
    assert "Dispela wok i pinis" in gone.text


def test_language__on_a_page_with_something_to_fill_in__is_said_to_lose_it(scene):
    visitor = Visitor(scene.world).take_session_of("administrator")
    told = "what is typed and not saved is lost"
    assert told in visitor.get("/console/administration/people/new").text
    assert told not in visitor.get("/console/ledger").text
    visitor.submit("/console/language", language="tpi")
    assert "yu no seivim yet bai lus" in visitor.get("/console/administration/people/new").text
