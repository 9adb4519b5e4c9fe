"""The first page and the reference of the API, which anybody may open."""

from __future__ import annotations

import gzip
import re

import pytest

from services.console.front.api_reference import read_parts
from tests.services.scene import PIG
from tests.support.chromium import faults_of, open_page
from tests.support.web import on_socket

WIDTHS = (360, 1280)


@pytest.mark.slow
def test_first_page__of_a_stranger__leads_to_pages_that_are_there(world):
    client = world.app.test_client()
    page = client.get("/")
    assert page.status_code == 200
    ways = re.findall(r'<h2[^>]*><a class="govuk-link" href="([^"]+)"', page.text)
    assert ways[0] == "/console"
    assert {client.get(way, follow_redirects=True).status_code for way in ways} == {200}
    assert "/simulator" not in ways
    # Documentation has no address but the one that the operator gave.
    assert "Documentation" not in page.text
    told = world.runtime.settings
    object.__setattr__(told, "docs_url", "https://docs.bilum.example")
    assert 'href="https://docs.bilum.example"' in client.get("/").text


def test_first_page__in_another_language__stays_in_it(visitor):
    visitor.get("/")
    visitor.submit("/console/language", language="tpi")
    assert visitor.page.headers["Location"] == "/"
    assert '<html lang="tpi">' in visitor.get("/").text
    assert '<html lang="tpi">' in visitor.get("/api").text


def test_api__as_pages__has_every_operation_with_its_roles_and_examples(world):
    client, document = world.app.test_client(), world.get("/api/openapi.json").json
    parts = read_parts(document)
    ids = {one["operationId"] for path in document["paths"].values() for one in path.values()
           if isinstance(one, dict)}  # fmt: skip
    shown = [one for part in parts.values() for one in part.operations]
    assert {one.id for one in shown} == ids
    assert len(shown) == len(ids)
    page = client.get("/api")
    assert len(gzip.compress(page.data)) < 20_000
    assert page.text.count("/api/reference/") >= len(ids)
    part = client.get("/api/reference/permits")
    for told in ("/api/v1/permits/{number}/decision", "Idempotency-Key", "veterinary-officer",
                 "scope decide", "&#34;state&#34;: &#34;issued&#34;", "409 Conflict"):  # fmt: skip
        assert told in part.text, told
    assert client.get("/api/reference/nothing").status_code == 404


@pytest.mark.browser
@pytest.mark.console
@pytest.mark.sockets
def test_public_pages__on_both_screens__fit_and_have_no_fault(scene, browser):
    made = scene.officer.post(f"/api/v1/passports/{PIG}", {}).json
    here = scene.officer.get(f"/api/v1/premises/{scene.places['keeper']}").json["id"]
    order = {"kind": "quarantine", "area": {"premises": [here]}, "area_name": "One farm",
             "since": "2026-11-25", "disease": "african_swine_fever"}  # fmt: skip
    assert scene.officer.post("/api/v1/orders", order).status_code == 201
    passport = f"/passports/{PIG}?code={made['code']}"
    paths = ("/", "/api", "/api/reference/events", "/passports", passport, "/scan")
    with on_socket(scene.world.app) as base:
        for width in WIDTHS:
            with open_page(browser, width) as page:
                for path in paths:
                    page.goto(base + path)
                    page.get_by_role("heading", level=1).wait_for()
                    assert faults_of(page) == [], path
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert wide <= 0, path
                page.goto(base + passport)
                # The first thing on it is the answer.
                told = page.get_by_role("banner").inner_text()
                assert told.index("MAY NOT MOVE") < told.index("Q-2026-1") < told.index("Pig")
