"""Attacks by way of a browser or a log: other origins, cookies, methods, what an error shows."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from services.api.problems import FAULT_DETAIL
from services.core.roles import Role

ELSEWHERE = {"Origin": "https://attacker.example"}
PATHS = ["/health", "/api/openapi.json", "/api/v1/animals", "/scan", "/nothing", "/gateway/sync"]


@pytest.fixture
def client(open_world, settings):
    gateway = replace(settings.gateway, public_url="https://bilum.example")
    return open_world(gateway=gateway).app.test_client()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_answers__to_another_origin__allow_it_nothing_and_set_no_cookie(client, path, method):
    answer = client.open(path, method=method, headers=ELSEWHERE)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "object-src" in answer.headers["Content-Security-Policy"] or (
        "default-src 'none'" in answer.headers["Content-Security-Policy"]
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "includeSubDomains" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", PATHS)
def test_answers__with_a_body__tell_its_kind_and_the_characters_of_a_text(client, path):
    answer = client.get(path)
    assert answer.content_type
    if answer.content_type.startswith("text/"):
        assert "charset=utf-8" in answer.content_type


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PATCH", "PROPFIND"])
@pytest.mark.parametrize("path", ["/health", "/api/v1/animals", "/api/v1/events"])
def test_methods__that_nobody_declared__are_refused(client, path, method):
    assert client.open(path, method=method).status_code == 405


def test_method__overridden_by_a_header_or_a_field__is_not(world):
    given = {"X-HTTP-Method-Override": "DELETE"} | world.bearer(Role.ADMINISTRATOR)
    answer = world.app.test_client().post("/api/v1/passports/1?_method=DELETE", headers=given)
    assert answer.status_code in {404, 422}
    assert world.app.test_client().get("/api/v1/orders/1/lift", headers=given).status_code == 405


def test_refused_requests__are_each_in_the_log_with_rule_status_and_token(world, caplog):
    with caplog.at_level(logging.INFO, logger="bilum.access"):
        world.get("/api/v1/parties")
        world.get("/api/v1/parties", Role.KEEPER)
    assert "GET /api/v1/parties 401" in caplog.text
    assert "GET /api/v1/parties 403" in caplog.text
    assert "token 1" in caplog.text


@pytest.mark.parametrize("forged", ["%0d%0a2026-01-01 INFO token 1", "\u2028x", "%1b[2J"])
def test_path__with_the_line_of_a_forger__adds_no_line_to_the_log(world, caplog, forged):
    with caplog.at_level(logging.DEBUG):
        world.get(f"/api/v1/animals/{forged}", Role.AUDITOR)
        world.get(f"/{forged}")
    for record in caplog.records:
        told = record.getMessage()
        assert "2026-01-01 INFO" not in told or "SELECT" in told
        if record.name == "bilum.access":
            assert told.isprintable()


def test_fault__of_the_program__shows_nothing_of_it(world, monkeypatch):
    secret = "postgresql://bilum:password@host"

    def fail(*_args, **_named):
        raise RuntimeError(secret)

    monkeypatch.setattr("services.api.health._look_at", fail)
    answer = world.app.test_client().get("/ready")
    assert answer.status_code == 500
    assert answer.json["detail"] == FAULT_DETAIL
    assert secret not in answer.text
