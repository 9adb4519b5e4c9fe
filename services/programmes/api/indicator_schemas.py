"""Shapes of indicators in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.programmes.api.common import CODE_PATTERN
from services.programmes.indicators.cuts import Cut
from services.programmes.indicators.tables import COLUMNS, TOTAL
from services.web.schemas import AnswerSchema, one_of


class PeriodQuery(Schema):
    """Which days."""

    first = fields.Date(
        required=True, data_key="from", metadata={"description": "First day, in Port Moresby."}
    )
    last = fields.Date(
        required=True, data_key="to", metadata={"description": "Last day, counted too."}
    )


class PublicQuery(PeriodQuery):
    """Which days, and for whom."""

    public = fields.Boolean(
        load_default=False, metadata={"description": "Hide small counts, for all to see."}
    )


class CutQuery(PublicQuery):
    """Which days and cuts, and for whom."""

    by = fields.List(
        fields.String(validate=one_of(Cut)),
        load_default=list,
        validate=validate.Length(max=2),
        metadata={"description": "Given twice they are crossed; without it, each by itself."},
    )


class FigureSchema(AnswerSchema):
    """An indicator of a group; what the group is not cut by is `total`."""

    province = fields.String(required=True)
    sex = fields.String(required=True)
    age = fields.String(required=True)
    language = fields.String(required=True)
    cohort = fields.String(required=True)
    indicator = fields.String(required=True)
    detail = fields.String(
        required=True, metadata={"description": "Of which reason, or outcome and assessment."}
    )
    numerator = fields.Decimal(required=True, allow_none=True, as_string=True)
    denominator = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null: it is a count."}
    )
    value = fields.Decimal(
        required=True,
        allow_none=True,
        as_string=True,
        metadata={"description": "Null: the denominator is nothing, or it is hidden."},
    )
    unit = fields.String(required=True, metadata={"description": "What the numerator counts."})
    hidden = fields.Boolean(required=True)


class IndicatorsSchema(AnswerSchema):
    """All indicators of a programme in a period."""

    programme = fields.String(required=True, metadata={"pattern": CODE_PATTERN})
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    counted_at = fields.DateTime(required=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)


_GROUP = dict.fromkeys(("sex", "age", "language", "cohort"), TOTAL)
EXAMPLE = {
    "programme": "tobacco",
    "from": "2026-10-01",
    "to": "2026-10-31",
    "counted_at": "2026-11-25T01:02:03+00:00",
    "figures": [
        {
            "province": "Morobe",
            **_GROUP,
            "indicator": "success_of_asked",
            "detail": "abstinent.month1",
            "numerator": "61",
            "denominator": 240,
            "value": "0.2542",
            "unit": "people",
            "hidden": False,
        }
    ],
}
BUNDLE_EXAMPLE = {"resourceType": "Bundle", "type": "collection", "entry": []}
CSV_EXAMPLE = ",".join(COLUMNS)
