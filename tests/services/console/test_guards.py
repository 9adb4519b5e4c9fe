"""Every page has a guard; those that anybody may open are counted here, one by one."""

from __future__ import annotations

import re

import pytest

from services.api.guards import Public
from services.console.guards import SignedIn

OPEN = {
    ("GET", "/"),
    ("GET", "/api"),
    ("GET", "/api/reference/<name>"),
    ("GET", "/console/sign-in"),
    ("POST", "/console/sign-in"),
    ("POST", "/console/sign-in/passkey"),
    ("GET", "/console/sign-in/ministry"),
    ("GET", "/console/sign-in/ministry/back"),
    ("POST", "/console/invitation/ministry"),
    ("POST", "/console/language"),
    ("GET", "/console/invitation"),
    ("POST", "/console/invitation"),
    ("POST", "/console/invitation/account"),
    ("GET", "/console/assets/<edition>/<name>"),
}


def pages(app):
    for rule in app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.rpartition(".")
        if blueprint.startswith("console_"):
            guard = app.blueprints[blueprint].guards[endpoint]
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield (method, rule.rule), guard


def test_pages__each__are_for_the_signed_in_unless_listed(world):
    found = dict(pages(world.app))
    assert {page for page, guard in found.items() if isinstance(guard, Public)} == OPEN
    others = {page: guard for page, guard in found.items() if page not in OPEN}
    assert all(isinstance(guard, SignedIn) and guard.scope for guard in others.values())
    assert ("GET", "/console/tasks") in others
    assert all(path.startswith("/console") for _, path in others)


@pytest.mark.slow
def test_pages__without_a_session__show_nothing(world):
    for (method, rule), guard in pages(world.app):
        if isinstance(guard, SignedIn):
            path = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000001", rule)
            path = re.sub(r"<int:\w+>", "1", path)
            path = re.sub(r"<\w+>", "x", path)
            answer = world.app.test_client().open(path, method=method)
            assert answer.status_code == (303 if method == "GET" else 401), path
