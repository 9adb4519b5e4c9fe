"""Schema bases and checks that several features share."""

from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

LONGEST = 64

_USUAL: dict[type[fields.Field[Any]], object] = {
    fields.AwareDateTime: "2026-11-25T01:02:03+00:00",
    fields.Boolean: False,
    fields.Date: "2026-11-25",
    fields.DateTime: "2026-11-25T01:02:03+00:00",
    fields.Integer: 1,
    fields.UUID: "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
}


class AnswerSchema(Schema):
    """Shape of an answer: a client must expect members that come later."""

    class Meta:
        """Options of the library; this one tells OpenAPI that further members may come."""

        unknown = EXCLUDE


class WholeSchema(AnswerSchema):
    """Shape of an answer that always has all of its members."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 — the base class's signature
        """Require a member."""
        field_obj.required = True


def one_of(values: type[StrEnum]) -> validate.OneOf:
    """Return the check that a text is one of an enumeration."""
    return validate.OneOf([value.value for value in values])


def plain_text(most: int = LONGEST) -> list[validate.Validator]:
    """Return the checks of a text that people read: not too long, no control characters."""
    fault = "It holds a control character."
    return [validate.Length(1, most), validate.Regexp(r"^[^\x00-\x1f\x7f]*$", error=fault)]


def example_of(schema: type[Schema], **changes: object) -> dict[str, object]:
    """Build the example of a body from its members' metadata, and from their types without any.

    A member that may be missing or null, and whose type says nothing, is left out or null.
    """
    found = {field.data_key or name: _example(field) for name, field in schema().fields.items()}
    return {name: value for name, value in found.items() if value is not ...} | changes


def _example(field: fields.Field[Any], *, inner: bool = False) -> object:
    """Return the example of a member, the ellipsis for none; `inner`: of a list or mapping."""
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.Nested | fields.List | fields.Dict):
        return _container(field)
    needed = inner or field.required
    choices = [list(one.choices) for one in field.validators if isinstance(one, validate.OneOf)]
    if choices and needed:
        return choices[0][0]
    return _USUAL.get(type(field), _unusual(field) if needed else ...)


def _container(field: fields.Nested | fields.List[Any] | fields.Dict) -> object:
    if isinstance(field, fields.Nested):
        return example_of(type(field.schema))
    if isinstance(field, fields.List):
        item = _example(field.inner, inner=True)
        return [] if item is ... else [item]
    if field.key_field is None or field.value_field is None:
        return {}
    value = _example(field.value_field, inner=True)
    return {} if value is ... else {_example(field.key_field, inner=True): value}


def _unusual(field: fields.Field[Any]) -> object:
    if field.allow_none:
        return None
    return "text" if isinstance(field, fields.String) else ...
