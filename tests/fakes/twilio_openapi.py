"""What Twilio's published OpenAPI says of a request, and of what it is answered."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsonschema import Draft4Validator, FormatChecker

from tests.support.paths import SHARED_DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Pairs = Iterable[tuple[str, str]]

_FILE = SHARED_DATA / "twilio_api_v2010.json.gz"
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_METHODS = {"get", "post", "delete"}
_FORMATS = FormatChecker(())
_INTEGER = re.compile(r"-?[0-9]+")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?)?")


class OpenApi:
    """The paths and schemas of one OpenAPI 3.0 document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = _with_null(document["components"])
        self._operations = [
            (method, _pattern(path), operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method in _METHODS
        ]

    def faults(self, method: str, path: str, query: Pairs, form: Pairs) -> list[str]:
        """Name each thing that the document does not allow in a request; values are left out."""
        operation, in_path = self._find(method, path)
        if operation is None:
            return [f"{method} {path} is no operation"]
        body = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema", {})
        return [
            *self._misfits("path", in_path.items(), _parameters(operation, "path")),
            *self._misfits("query", query, _parameters(operation, "query")),
            *self._misfits("form", form, body),
        ]

    def answer_faults(self, method: str, path: str, status: int, answer: object) -> list[str]:
        """Name each thing that the document does not promise of an answer."""
        operation, _ = self._find(method, path)
        promised = operation["responses"].get(str(status)) if operation else None
        if promised is None:
            return [f"{method} {path} does not answer {status}"]
        schema = _with_null(promised["content"][_JSON]["schema"])
        return self._errors("answer", answer, schema)

    def schema(self, name: str) -> dict[str, Any]:
        """One of the document's schemas."""
        return self._components["schemas"][name]

    def _find(self, method: str, path: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
        for name, pattern, operation in self._operations:
            found = pattern.fullmatch(path) if name == method.lower() else None
            if found:
                return operation, found.groupdict()
        return None, {}

    def _misfits(self, where: str, pairs: Pairs, schema: dict[str, Any]) -> list[str]:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        known = schema.get("properties", {})
        typed = {
            name: self._typed(given, known.get(name, {})) if name in known else given
            for name, given in values.items()
        }
        return self._errors(where, typed, {**schema, "additionalProperties": False})

    def _typed(self, given: list[str], schema: Mapping[str, Any]) -> object:
        if "$ref" in schema:
            schema = self.schema(schema["$ref"].rpartition("/")[2])
        if schema["type"] == "array":
            return [self._typed([one], schema["items"]) for one in given]
        value = given[0] if len(given) == 1 else given
        if schema["type"] == "integer" and isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        return (
            {"true": True, "false": False}.get(str(value), value)
            if (schema["type"] == "boolean")
            else value
        )

    def _errors(self, where: str, value: object, schema: dict[str, Any]) -> list[str]:
        whole = {**schema, "components": self._components}
        validator = Draft4Validator(whole, format_checker=_FORMATS)
        return [
            f"{where}: {'.'.join(map(str, error.path)) or 'whole'} fails {error.validator}"
            for error in validator.iter_errors(value)
        ]


@cache
def twilio_openapi() -> OpenApi | None:
    """The document of the data folder, read once; None where the folder is not there."""
    if not _FILE.exists():
        return None
    with gzip.open(_FILE) as file:
        return OpenApi(json.load(file))


@_FORMATS.checks("phone-number")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(_SENDER.fullmatch(value))


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    if not isinstance(value, str) or value.startswith("/"):  # answers hold paths
        return True
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "_" not in parts.netloc


@_FORMATS.checks("date-time")
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or bool(_DAY.fullmatch(value))


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"(\{\w+\})", path)
    return re.compile(
        "".join(f"(?P<{p[1:-1]}>[^/]+?)" if p.startswith("{") else re.escape(p) for p in pieces)
    )


def _parameters(operation: dict[str, Any], place: str) -> dict[str, Any]:
    found = [one for one in operation.get("parameters", ()) if one["in"] == place]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in found},
    }
    required = [one["name"] for one in found if one.get("required")]
    return schema | ({"required": required} if required else {})


def _with_null(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`."""
    if isinstance(schema, list):
        return [_with_null(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _with_null(value) for name, value in schema.items()}
    if plain.get("nullable") is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain
