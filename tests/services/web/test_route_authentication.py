"""Every route has a guard, and every role meets every route."""

from __future__ import annotations

import pytest

from services.storage.people import Role
from services.web.guards import Public, Roles, TwilioSigned

OFFICERS = {Role.INSPECTOR, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR}

# The decisions, written a second time: whoever changes one changes it here too.
DECISIONS = {
    ("GET", "/health"): None,
    ("GET", "/ready"): None,
    ("GET", "/metrics"): None,
    ("GET", "/api/openapi.json"): None,
    ("POST", "/gateway/twilio/sms"): TwilioSigned,
    ("POST", "/gateway/twilio/status"): TwilioSigned,
    ("GET", "/api/v1/animals/<tag>"): OFFICERS | {Role.AUDITOR},
    ("GET", "/api/v1/animals/<tag>/proof"): OFFICERS | {Role.AUDITOR},
    ("GET", "/api/v1/ledger"): set(Role),
    ("POST", "/api/v1/messages/search"): {Role.ADMINISTRATOR},
    ("GET", "/api/v1/messages/<uuid:message_id>"): {Role.ADMINISTRATOR},
}
BY_ROLE = {route: roles for route, roles in DECISIONS.items() if isinstance(roles, set)}
IDS = {"<tag>": "598000000000017", "<uuid:message_id>": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11"}


def guards(app):
    for rule in app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.rpartition(".")
        guard = app.blueprints[blueprint].guards[endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield (method, rule.rule), guard


def decision(guard):
    if isinstance(guard, Public):
        return None
    return set(guard.roles) if isinstance(guard, Roles) else type(guard)


def call(world, route, headers):
    method, path = route
    for name, value in IDS.items():
        path = path.replace(name, value)
    body = {"json": {"to": "+67570000001"}} if method == "POST" else {}
    return world.app.test_client().open(path, method=method, headers=headers, **body)


def test_guards__every_route_of_the_url_map__has_the_one_that_was_decided(world):
    assert {route: decision(guard) for route, guard in guards(world.app)} == DECISIONS


def test_guards__every_blueprint__runs_them_before_its_views(world):
    before = world.app.before_request_funcs
    for name, blueprint in world.app.blueprints.items():
        assert blueprint._admit in before[name]


def test_public_routes__each__tell_why(world):
    open_ones = [guard for _, guard in guards(world.app) if isinstance(guard, Public)]
    assert open_ones
    assert all(len(guard.reason) > 20 for guard in open_ones)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", BY_ROLE)
def test_roles__each_on_each_endpoint__meets_the_decision(world, role, route):
    response = call(world, route, world.bearer(role))
    if role in BY_ROLE[route]:
        assert response.status_code in {200, 404}
    else:
        assert response.status_code == 403
        assert response.json["code"] == "forbidden"


@pytest.mark.parametrize("route", BY_ROLE)
@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer bilum_nobody", "Basic dXNlcjpwYXNz", "bilum_nobody"]
)
def test_roles__without_a_token_that_is_known__answer_401_and_how(world, route, given):
    response = call(world, route, {"Authorization": given} if given else {})
    assert response.status_code == 401
    assert response.content_type == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/api/openapi.json"])
def test_public__without_a_token__answers(world, path):
    assert world.get(path).status_code == 200
