from __future__ import annotations

import json
import re

import pytest

from services.web.guards import Public
from tests.services.web.test_route_authentication import guards


@pytest.fixture
def document(world):
    return json.loads(world.get("/api/openapi.json").data)


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield (method.upper(), path), operation


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_openapi__every_route__is_in_it(world, document):
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule))
        for (method, rule), _ in guards(world.app)
    }
    assert document["openapi"].startswith("3.1")
    assert {route for route, _ in operations(document)} == routes


def test_openapi__every_reference__leads_somewhere(document):
    found = set(references(document))
    assert found
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_openapi__every_operation__tells_its_answers_and_who_may_ask(world, document):
    by_route = dict(operations(document))
    for (method, rule), guard in guards(world.app):
        operation = by_route[method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)]
        assert operation["summary"]
        assert operation["security"] == [
            {name: list(roles) for name, roles in one.items()} for one in guard.security
        ]
        assert bool(operation["security"]) is not isinstance(guard, Public)
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
        for status in guard.refusals:
            assert str(status.value) in operation["responses"]


def test_openapi__success_answers_and_bodies__have_examples(document):
    for (_, path), operation in operations(document):
        if path == "/api/openapi.json":
            continue
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values() if status == "200" else ():
                assert "example" in content, path
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, path


def test_openapi__problem_documents__have_one_schema_and_media_type(document):
    for response in document["components"]["responses"].values():
        [(media_type, content)] = response["content"].items()
        assert media_type == "application/problem+json"
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["example"]["status"]


def test_openapi__security_schemes__are_those_in_use(document):
    used = {
        name
        for _, operation in operations(document)
        for one in operation["security"]
        for name in one
    }
    assert set(document["components"]["securitySchemes"]) == used
