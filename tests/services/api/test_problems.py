from __future__ import annotations

import logging

import pytest

from chain.errors import NodeUnreachable, TreeError
from gateway.errors import Mistake, TagError
from services.api.problems import status_of
from services.core.errors import (
    Conflict,
    DatabaseUnreachable,
    Forbidden,
    Invalid,
    NotFound,
    SchemaBehind,
    Unauthorized,
    Unavailable,
)
from services.core.roles import Role
from services.livestock.domain.errors import FutureDay
from sms.errors import NumberError

SEARCH = "/api/v1/messages/search"


@pytest.fixture
def failing(world):
    """Make the route /health fail with an error."""

    def fail(error):
        def view():
            raise error

        world.app.view_functions["health.health"] = view
        return world.get("/health")

    return fail


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Invalid("x"), 422),
        (FutureDay(), 422),
        (Unauthorized("x"), 401),
        (Forbidden("x"), 403),
        (Unavailable("x"), 503),
        (SchemaBehind("x"), 503),
        (TagError(Mistake.EMPTY), 422),
        (NumberError("x"), 422),
        (NodeUnreachable("x"), 503),
        (TreeError("x"), 500),
    ],
)
def test_status_of__each_kind__is_its_row_of_the_table(error, status):
    assert status_of(error) == status


def test_problem__own_error__has_every_member_of_the_rfc(failing):
    response = failing(
        Invalid("Two fields are wrong", {"day": "has not come", "a/b~c": ["x", "y"]})
    )
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json == {
        "type": "urn:bilum:error:invalid",
        "title": "Invalid",
        "status": 422,
        "detail": "Two fields are wrong",
        "code": "invalid",
        "errors": [
            {"pointer": "#/day", "detail": "has not come"},
            {"pointer": "#/a~1b~0c", "detail": "x"},
            {"pointer": "#/a~1b~0c", "detail": "y"},
        ],
    }


def test_problem__retryable__says_when_to_come_back(failing):
    response = failing(DatabaseUnreachable("The database does not answer"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_fault__unforeseen__shows_nothing_and_logs_where_it_was(failing, caplog):
    with caplog.at_level(logging.ERROR):
        response = failing(KeyError("+67570000001"))
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == "internal_server_error"
    assert "67570000001" not in response.text + caplog.text
    assert "/health: KeyError" in caplog.text
    assert "test_problems.py" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/health", 405, "method_not_allowed"),
        ("GET", "/api/v1/messages/no-uuid", 404, "not_found"),
    ],
)
def test_http_error__no_such_route__is_a_problem(world, method, path, status, code):
    response = world.app.test_client().open(path, method=method)
    assert response.content_type == "application/problem+json"
    assert (response.status_code, response.json["status"]) == (status, status)
    assert (response.json["code"], response.json["type"]) == (code, f"urn:bilum:error:{code}")


def test_http_error__wrong_method__names_the_right_ones(world):
    assert "GET" in world.app.test_client().put("/health").headers["Allow"]


def test_fields__several_wrong__are_each_named(world):
    response = world.post(SEARCH, {"to": "12", "limit": 0, "no": 1}, Role.ADMINISTRATOR)
    assert response.status_code == 422
    assert response.json["code"] == "invalid"
    assert {fault["pointer"] for fault in response.json["errors"]} == {"#/to", "#/limit", "#/no"}


@pytest.mark.parametrize("body", ["{", "\ufeff{}", "nothing"])
def test_json__malformed__is_a_bad_request(world, body):
    headers = world.bearer(Role.ADMINISTRATOR) | {"Content-Type": "application/json"}
    response = world.app.test_client().post(SEARCH, data=body, headers=headers)
    assert response.status_code == 400
    assert response.json["errors"] == [{"pointer": "#", "detail": "Invalid JSON body."}]


def test_json__too_long__is_too_large(world):
    response = world.post(SEARCH, {"to": "1" * 70_000}, Role.ADMINISTRATOR)
    assert (response.status_code, response.json["code"]) == (413, "request_entity_too_large")
