"""Schemas of requests about reader sessions."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from gateway.readers.formats import AUTO, LINES
from gateway.readers.moments import DateOrder
from gateway.readers.presets import presets
from services.livestock.domain.details import CONDEMNATIONS, OUTCOMES, PURPOSES

SCANS = "scans"
FORMATS = (AUTO, LINES, SCANS, *presets())
LONGEST_UPLOAD = 1024 * 1024
MOST_LINES = 5_000
"""Of one session, good or not."""

_LONGEST, _LONGEST_TIME = 97, 40
_MOST_KILOGRAMS = 5_000

MOVEMENT, STOCKTAKE, INSPECTION, SLAUGHTER = "movement", "stocktake", "inspection", "slaughter"
DEPART, ARRIVE = DIRECTIONS = ("depart", "arrive")
ABATTOIR, HOME = "abattoir", "home"
SLAUGHTER_PLACES = (ABATTOIR, HOME, "feast")

AS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    MOVEMENT: (("premises", "direction"), ("other", "permit")),
    STOCKTAKE: (("premises",), ()),
    INSPECTION: (("purpose", "outcome"), ("premises", "outcomes", "permit")),
    SLAUGHTER: (
        ("premises",),
        ("place", "ante_mortem", "post_mortem", "first_carcass", "lines"),
    ),
}
"""Members beside `as`, `day`, `leave_out` and `review`: those needed, and those that may be."""


def _number(**options: Any) -> fields.String:  # noqa: ANN401 — passed through to marshmallow
    return fields.String(validate=validate.Length(1, _LONGEST), **options)


def _kilograms(**options: Any) -> fields.Float:  # noqa: ANN401 — as above
    check = validate.Range(0, _MOST_KILOGRAMS, min_inclusive=False)
    return fields.Float(validate=check, allow_none=True, load_default=None, **options)


def _outcome(**options: Any) -> fields.String:  # noqa: ANN401 — as above
    return fields.String(validate=validate.OneOf(OUTCOMES), load_default=None, **options)


class ScanSchema(Schema):
    """One reading that the client has taken apart itself."""

    tag = fields.String(required=True, validate=validate.Length(1, 64))
    at = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, _LONGEST_TIME)
    )
    kilograms = _kilograms()


class ScansSchema(Schema):
    """Readings of a session."""

    session = fields.UUID(required=True, metadata={"description": "Of the client's own making."})
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    text = fields.String(load_default=None)
    file = fields.String(
        load_default=None, metadata={"description": "Bytes of a file in base64, instead of text."}
    )
    scans = fields.List(
        fields.Nested(ScanSchema), load_default=None, validate=validate.Length(1, MOST_LINES)
    )
    date_order = fields.String(
        load_default=None, validate=validate.OneOf([one.value for one in DateOrder])
    )
    started_at = fields.String(load_default=None, validate=validate.Length(1, _LONGEST_TIME))
    clock = fields.String(
        load_default=None,
        validate=validate.Length(1, _LONGEST_TIME),
        metadata={"description": "What the reader's clock shows now."},
    )

    @validates_schema(skip_on_field_errors=True)
    def _one_content(self, data: dict[str, Any], **_: object) -> None:
        wanted = (SCANS,) if data["format"] == SCANS else ("text", "file")
        given = [name for name in (SCANS, "text", "file") if data[name] is not None]
        if len(given) != 1 or given[0] not in wanted:
            ways = " or ".join(wanted)
            raise ValidationError({wanted[0]: [f"Of this format send {ways}, and nothing else."]})


class LineSchema(Schema):
    """An animal's line of a kill sheet."""

    tag = fields.String(required=True, validate=validate.Length(1, 64))
    carcass = fields.String(load_default=None, validate=validate.Length(1, 64))
    kilograms = _kilograms()
    ante_mortem = _outcome()
    post_mortem = _outcome()
    condemned = fields.List(
        fields.String(validate=validate.OneOf(CONDEMNATIONS)),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "What of the carcass must not be eaten, such as `liver:worms`."},
    )


class ConfirmSchema(Schema):
    """A confirmation of a session."""

    kind = fields.String(data_key="as", required=True, validate=validate.OneOf(AS))
    day = fields.Date(required=True)
    premises = _number(load_default=None)
    leave_out = fields.List(
        fields.String(validate=validate.Length(1, 64)),
        load_default=list,
        validate=validate.Length(max=MOST_LINES),
    )
    review = fields.String(load_default=None, validate=validate.Length(1, 64))
    direction = fields.String(load_default=None, validate=validate.OneOf(DIRECTIONS))
    other = _number(load_default=None)
    permit = fields.String(load_default=None, validate=validate.Length(1, 64))
    purpose = fields.String(load_default=None, validate=validate.OneOf(PURPOSES))
    outcome = _outcome()
    outcomes = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 64)),
        values=fields.String(validate=validate.OneOf(OUTCOMES)),
        load_default=dict,
    )
    place = fields.String(load_default=None, validate=validate.OneOf(SLAUGHTER_PLACES))
    ante_mortem = _outcome()
    post_mortem = _outcome()
    first_carcass = fields.Integer(
        strict=True, load_default=None, validate=validate.Range(1, 99_999_999)
    )
    lines = fields.List(
        fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=MOST_LINES)
    )

    @validates_schema(skip_on_field_errors=True)
    def _of_its_kind(self, data: dict[str, Any], **_: object) -> None:
        needed, allowed = AS[data["kind"]]
        faults = {name: ["It is needed here."] for name in needed if data[name] in (None, "")} | {
            name: ["It does not belong to this kind."]
            for name in _KINDS_OWN - {*needed, *allowed}
            if data.get(name) not in (None, [], {})
        }
        if faults:
            raise ValidationError(faults)


_KINDS_OWN = frozenset().union(*({*needed, *allowed} for needed, allowed in AS.values()))
