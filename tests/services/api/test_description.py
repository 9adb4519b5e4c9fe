from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from services.api.guards import Public
from tests.services.api.test_route_authentication import guards


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


@pytest.mark.slow
def test_openapi__every_route__is_in_it(world, document):
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule))
        for (method, rule), _ in guards(world.app)
    }
    assert document["openapi"].startswith("3.1")
    assert {route for route, _ in operations(document)} == routes


@pytest.mark.slow
def test_openapi__every_reference__leads_somewhere(document):
    found = set(references(document))
    assert found
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


@pytest.mark.slow
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


@pytest.mark.slow
def test_openapi__every_answer__says_what_it_is(document):
    for route, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert "$ref" in answer or answer["description"], (route, status)


@pytest.mark.slow
def test_openapi__every_schema__is_one_of_json_schema(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.slow
def test_openapi__success_answers_and_bodies__have_examples(document):
    for (_, path), operation in operations(document):
        if path == "/api/openapi.json":
            continue
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values() if status == "200" else ():
                assert "example" in content, path
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, path


@pytest.mark.slow
def test_openapi__every_operation__has_an_id_of_its_own(document):
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert {"get_animal", "report_events", "add_premises", "readers_scans"} <= set(ids)


def test_openapi__every_parameter__has_a_schema(document):
    found = [
        parameter
        for path in document["paths"].values()
        for described in (path, *path.values())
        if isinstance(described, dict)
        for parameter in described.get("parameters", ())
    ]
    assert len(found) > 40
    assert [one for one in found if "schema" not in one] == []


def test_openapi__posts_of_livestock__ask_for_an_idempotency_key(document):
    by_route = dict(operations(document))
    for path in ("events", "premises", "parties", "mobs", "consignments"):
        operation = by_route["POST", f"/api/v1/{path}"]
        [header] = [one for one in operation["parameters"] if one["in"] == "header"]
        assert (header["name"], header["required"]) == ("Idempotency-Key", True)
        assert {"400", "409", "413", "415", "422"} <= operation["responses"].keys()
        assert "parameters" not in by_route["GET", f"/api/v1/{path}"] or not [
            one for one in by_route["GET", f"/api/v1/{path}"]["parameters"] if one["in"] == "header"
        ]


def test_openapi__details_of_events__are_described_for_each_type(document):
    details = document["components"]["schemas"]["Report"]["properties"]["details"]
    told = " ".join(one["description"] for one in details["anyOf"])
    for kind in ("register", "depart", "slaughter", "check", "result"):
        assert kind in told


@pytest.mark.slow
def test_openapi__problem_documents__have_one_schema_and_media_type(document):
    for response in document["components"]["responses"].values():
        [(media_type, content)] = response["content"].items()
        assert media_type == "application/problem+json"
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["example"]["status"]


@pytest.mark.slow
def test_openapi__security_schemes__are_those_in_use(document):
    used = {
        name
        for _, operation in operations(document)
        for one in operation["security"]
        for name in one
    }
    assert set(document["components"]["securitySchemes"]) == used


@pytest.mark.slow
def test_openapi__examples_of_answers__conform_to_their_schemas(document):
    faults = {
        path: error.message
        for (_, path), operation in operations(document)
        for content in operation["responses"].get("200", {}).get("content", {}).values()
        if "example" in content
        for error in Draft202012Validator(
            {**content["schema"], "components": document["components"]}
        ).iter_errors(content["example"])
    }
    assert faults == {}
