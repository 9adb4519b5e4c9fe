from __future__ import annotations

import logging
import re
from dataclasses import replace

from services.core.roles import Role

NUMBER = "+67570000001"


def test_access_log__search_by_number__names_rule_and_token_and_no_number(world, caplog):
    with caplog.at_level(logging.INFO, "bilum.access"):
        world.post("/api/v1/messages/search?secret=1", {"to": NUMBER}, Role.ADMINISTRATOR)
    [line] = [record.getMessage() for record in caplog.records if record.name == "bilum.access"]
    assert re.fullmatch(r"POST /api/v1/messages/search 200 \d+ ms token 1", line)


def test_access_log__tag_in_the_path__is_not_written(world, caplog):
    with caplog.at_level(logging.INFO):
        world.get("/api/v1/animals/598000000000017", Role.AUDITOR)
        world.get("/nowhere/598000000000017")
        world.sms("REG 598000000000017")
    assert "GET /api/v1/animals/<path:tag> 404" in caplog.text
    assert "598000000000017" not in caplog.text
    assert "67570000001" not in caplog.text


def test_headers__every_answer__forbids_storing_and_guessing(world):
    for path in ("/health", "/nowhere", "/api/v1/ledger"):
        response = world.get(path)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in response.headers
        assert "Strict-Transport-Security" not in response.headers


def test_headers__public_address_by_https__asks_browsers_to_stay_there(open_world, settings):
    world = open_world(gateway=replace(settings.gateway, public_url="https://bilum.example"))
    assert "max-age" in world.get("/health").headers["Strict-Transport-Security"]
