"""The API's description (OpenAPI 3.1) as parts and operations that a page can show; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

_SCOPE = "scope:"
_METHODS = ("get", "post", "put", "delete")
_PLACES = {"path": "path", "query": "query", "header": "header"}


class Parameter(NamedTuple):
    """One parameter: its name, where it stands, whether it must be there, and what it is."""

    name: str
    place: str
    required: bool
    told: str


class Example(NamedTuple):
    """A body: its status ("" for that of the request), media type, and an example as text."""

    status: str
    media_type: str
    text: str


class Operation(NamedTuple):
    """One operation, as a client calls it.

    Attributes:
        roles: whose tokens may call it; empty: no token of a person is asked for.
        scope: the scope that such a token needs.
        schemes: other ways to be known, by the names of `components.securitySchemes`.
        refusals: the statuses of refusals with their names.
    """

    id: str
    method: str
    path: str
    summary: str
    roles: tuple[str, ...]
    scope: str | None
    schemes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    request: tuple[Example, ...]
    answers: tuple[Example, ...]
    refusals: tuple[str, ...]


class Part(NamedTuple):
    """A part of the API: its name, what it is for, and its operations."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def read_parts(document: Mapping[str, Any]) -> dict[str, Part]:
    """Return the parts of a description by name, in its order."""
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", ())
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                found[operation["tags"][0]].append(_operation(path, method, operation, shared))
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    return {name: Part(name, told[name], tuple(many)) for name, many in found.items() if many}


def _operation(
    path: str, method: str, told: Mapping[str, Any], shared: Sequence[Mapping[str, Any]]
) -> Operation:
    roles = [one for scheme in told["security"] for one in scheme.get("token", ())]
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        roles=tuple(one for one in roles if not one.startswith(_SCOPE)),
        scope=next((one.removeprefix(_SCOPE) for one in roles if one.startswith(_SCOPE)), None),
        schemes=tuple(one for scheme in told["security"] for one in scheme if one != "token"),
        parameters=tuple(map(_parameter, (*shared, *told.get("parameters", ())))),
        request=tuple(_examples("", told.get("requestBody", {}))),
        answers=tuple(
            example
            for status, answer in told["responses"].items()
            for example in _examples(status, answer)
        ),
        refusals=tuple(_refusals(told["responses"])),
    )


def _parameter(told: Mapping[str, Any]) -> Parameter:
    schema = told.get("schema", {})
    choices = [str(one) for one in schema.get("enum", ()) if one is not None]
    shape = " or ".join(choices) or _type(schema.get("type", ""))
    words = ". ".join(filter(None, (told.get("description", "").rstrip("."), shape)))
    return Parameter(told["name"], _PLACES[told["in"]], told.get("required", False), words)


def _type(told: str | Sequence[str]) -> str:
    kinds = [told] if isinstance(told, str) else told
    return " or ".join(one for one in kinds if one != "null")


def _examples(status: str, body: Mapping[str, Any]) -> Iterator[Example]:
    for media_type, content in body.get("content", {}).items():
        example = content.get("example")
        if isinstance(example, str):
            yield Example(status, media_type, example)
        else:
            yield Example(status, media_type, json.dumps(example, ensure_ascii=False, indent=2))


def _refusals(responses: Mapping[str, Any]) -> Iterator[str]:
    for status in sorted(responses):
        if status.isdecimal() and int(status) >= HTTPStatus.BAD_REQUEST:
            yield f"{status} {HTTPStatus(int(status)).phrase}"
