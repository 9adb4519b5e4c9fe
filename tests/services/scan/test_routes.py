"""The page as it is served: all of it, under a strict policy, in both languages."""

from __future__ import annotations

import gzip
import json
import re

import pytest

import chain.errors
import gateway.errors
import services.core.errors
from services.livestock.domain import errors as traceability
from services.livestock.readers import errors as readers
from services.scan.routes import assets, page_words
from services.texts.catalogue import LANGUAGES

OWN = {name for name in assets() if name.endswith(".js")}
# Said by the page or by HTTP itself.
OTHERS = {"request_entity_too_large", "page.file_too_long", "page.perhaps_recorded"}


def codes():
    modules = (chain.errors, gateway.errors, services.core.errors, traceability, readers)
    return {one.code for module in modules for one in vars(module).values() if hasattr(one, "code")}


def test_page__opened__allows_nothing_from_elsewhere(world):
    answer = world.get("/scan")
    assert answer.status_code == 200
    policy = answer.headers.getlist("Content-Security-Policy")
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "unsafe" not in policy[0]
    assert "require-trusted-types-for 'script'" in policy[0]
    assert not re.search(r"https?://|<script(?! type=\"module\" src=\"/scan/)|style=", answer.text)


@pytest.mark.parametrize("name", sorted(assets()))
def test_file__of_the_page__is_served_as_what_it_is(world, name):
    answer = world.get(f"/scan/{name}")
    if name == "scan.html":
        assert answer.status_code == 404
        return
    assert answer.status_code == 200
    assert answer.content_type == assets()[name].content_type
    assert "https:" not in answer.text
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", answer.text
    )


@pytest.mark.parametrize(
    "path",
    [
        "/scan/none.js",
        "/scan/..",
        "/scan/%2e%2e%2fapp.py",
        "/scan/scan.html",
        "/scan/a/b",
        "/scan/é",
    ],
)
def test_file__that_is_none_of_the_page__is_not_there(world, path):
    assert world.get(path).status_code == 404


def test_worker__served__may_hold_the_page_and_names_every_file(world):
    answer = world.get("/scan/worker.js")
    assert answer.headers["Service-Worker-Allowed"] == "/scan"
    head = answer.text.splitlines()[0]
    named = json.loads(head[head.index("[") : head.index("]") + 1])
    assert set(named) == {"/scan"} | {
        f"/scan/{name}" for name in assets() if name not in {"scan.html", "worker.js"}
    }


@pytest.mark.parametrize("name", sorted(assets()))
def test_file__of_the_page__comes_compressed_where_that_is_taken(world, name):
    path = "/scan" if name == "scan.html" else f"/scan/{name}"
    packed = world.app.test_client().get(path, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data).decode() == assets()[name].text
    plain = world.app.test_client().get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == assets()[name].text


def test_page__opened__asks_at_once_for_every_module_that_it_needs():
    page, needed, new = assets()["scan.html"].text, set(), {"main.js"}
    while new:
        needed |= new
        told = (re.findall(r'from "\./([\w.]+)"', assets()[name].text) for name in new)
        new = {name for names in told for name in names} - needed
    named = re.findall(r'<link rel="modulepreload" href="/scan/([\w.]+)">', page)
    assert sorted([*named, "main.js"]) == sorted(needed)


@pytest.mark.parametrize("name", sorted(OWN))
def test_module__of_the_page__imports_files_that_are_there(name):
    imported = set(re.findall(r'from "\./([\w.]+)"', assets()[name].text))
    assert imported <= OWN


def test_words__each__are_in_both_languages_and_keep_their_values():
    for code, told in page_words().items():
        assert set(told) == set(LANGUAGES), code
        assert all(told.values()), code
        values = {language: set(re.findall(r"\{\w+\}", text)) for language, text in told.items()}
        assert values["en"] == values["tpi"], code


def test_words__that_the_page_says__are_there():
    text = "".join(assets()[name].text for name in sorted(OWN))
    said = set(re.findall(r'\bt\(\s*"([\w.]+)"', text))
    said |= {one for pair in re.findall(r'\bt\(\w+ \? "(\w+)" : "(\w+)"', text) for one in pair}
    said |= set(re.findall(r'(?:missing|difference)\("(\w+)"', text))
    assert len(said) > 60
    assert said - set(page_words()) == set()


@pytest.mark.parametrize(
    ("group", "wanted"),
    [
        ("judged", {"new", "repeat"}),
        ("fault", {"industrial", "country", "crc", "unreadable"}),
        ("kind", {"movement", "stocktake", "inspection", "slaughter"}),
        ("kind_how", {"movement", "stocktake", "inspection", "slaughter"}),
        ("verdict", {"record", "refused", "left_out"}),
        ("counts", {"record", "refused", "left_out", "faults"}),
        ("state", {"open", "review", "pending", "problem", "done"}),
        ("event", {"depart", "arrive", "count", "check", "slaughter"}),
        ("choice.outcome", {"passed", "turned_back", "seized"}),
        ("choice.direction", {"arrive", "depart"}),
        ("choice.purpose", {"inspection", "roadblock", "ante_mortem", "post_mortem"}),
        ("choice.place", {"", "abattoir", "home", "feast"}),
        ("status", {"moving", "dead", "unregistered"}),
        ("order", {"quarantine", "zone"}),
        ("flag", {"two_places", "moved_while_barred"}),
        ("trouble", {f"gateway.{one}" for one in ("device_revoked", "unknown_device")}),
    ],
)
def test_words__of_a_group__are_all_there(group, wanted):
    assert {f"{group}.{one}" for one in wanted} <= set(page_words())


def test_words__of_refusals__are_of_errors_that_there_are():
    refusals = {
        code.removeprefix("problem.").removeprefix("trouble.")
        for code in page_words()
        if code.startswith(("problem.", "trouble."))
    }
    assert refusals - OTHERS <= codes()
