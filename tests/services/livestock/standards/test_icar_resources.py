from __future__ import annotations

import json
import tarfile
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from services.livestock.standards.icar.resources import RESOURCES, from_resource, to_resources
from tests.services.livestock.standards.claims import ZONES, animals, by_number, claims

EXPRESSED = tuple(kind for resource in RESOURCES.values() for kind in resource.types)
BASE = "https://icar.example/"


def resource_of(kind):
    return next(resource for resource in RESOURCES.values() if kind in resource.types)


@cache
def schemas(folder):
    registry = Registry()
    with tarfile.open(folder / "icar-ade-schemas.tar.gz") as archive:
        for member in archive:
            if member.name.endswith(".json"):
                schema = Resource(json.load(archive.extractfile(member)), DRAFT7)
                registry = registry.with_resource(BASE + member.name.removeprefix("./"), schema)
    return registry


def validate(folder, path, document):
    Draft7Validator({"$ref": BASE + path}, registry=schemas(folder)).validate(document)


one_animal = claims(EXPRESSED, by_number, animals(), ZONES[:3])


@pytest.mark.slow
@given(one_animal)
@settings(max_examples=300)
def test_to_resources__any_claim_of_one_animal__is_read_back_exactly(claim):
    resource = resource_of(claim.type)
    for written in to_resources(resource, claim):
        assert from_resource(resource, json.loads(json.dumps(written))) == claim


@pytest.mark.shared_data
@given(claims(EXPRESSED, by_number))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_to_resources__any_claim__obeys_the_schemas_of_icar(shared_data, claim):
    resource = resource_of(claim.type)
    meta = {"source": "bilum", "sourceId": "1", "modified": "2026-11-25T01:02:03Z"}
    members = [written | {"meta": meta} for written in to_resources(resource, claim)]
    for member in members:
        validate(shared_data, f"resources/{resource.name}.json", member)
    collection = resource.name.replace("Resource", "Collection")
    validate(shared_data, f"collections/{collection}.json", {"member": members})
