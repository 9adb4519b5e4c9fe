"""What no person types into a form or an address: an answer in words, and never a fault of ours."""

from __future__ import annotations

import pytest

from tests.services.console.outbreaks.scenes import open_outbreak
from tests.services.console.visitors import Visitor

DEEP = "[" * 3_000
HALF = '["\\ud800", "YQ=="]'


@pytest.mark.slow
@pytest.mark.parametrize("odd", [DEEP, "[" * 900 + "]" * 900, HALF, "9" * 5_000, "7", "{}"])
def test_what_a_page_carries__sent_by_a_stranger_as_no_page_drew_it__is_left_out(scene, odd):
    stranger = Visitor(scene.world)
    for name in ("kept_file-x", "kept"):
        got = stranger.send("/console/invitation", {name: odd})
        assert got.status_code == 400, name
    stranger.get("/console/sign-in")
    got = stranger.submit("/console/sign-in", kept=odd, phone="7100 0001", password="?", code="1")
    assert got.status_code == 422
    stranger.get("/console/sign-in")
    got = stranger.submit("/console/sign-in/passkey", credential=odd)
    assert got.status_code == 422


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["number", "post", "od\0d", "csrf_token"])
def test_form__with_a_character_that_no_database_keeps__is_refused_in_words(server_scene, name):
    officer = Visitor(server_scene.world).take_session_of("inspector")
    officer.get("/console/roadblock")
    got = officer.submit("/console/roadblock/post", **{name: "12\0"})
    assert (got.status_code, "<h1" in got.text) == (400, True)


@pytest.mark.slow
@pytest.mark.parametrize("began", ["2026-11-23", "0001-01-01"])
def test_days_of_an_outbreaks_pages__far_from_any_that_was__are_none(scene, began):
    number = open_outbreak(scene, began)
    officer = Visitor(scene.world).take_session_of("officer")
    for page in (
        "trace",
        "trace?to=0001-01-01",
        "trace?from=0001-01-01&to=0001-01-05",
        "trace?until=9999-12-31&slide=366",
        "trace.svg?to=0001-01-05",
        "trace.svg?from=9999-12-31",
        "situation?on=0001-01-01",
        "situation?on=9999-12-31",
    ):
        got = officer.get(f"/console/outbreaks/{number}/{page}")
        assert got.status_code in {200, 422}, page
