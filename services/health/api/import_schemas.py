"""Shapes of lists of people in the API."""

from marshmallow import Schema, fields, validate

from services.api.paging import PageQuery
from services.api.schemas import WholeSchema, one_of, plain_text
from services.health.api.programmes import CODE_PATTERN
from services.health.imports.list_rows import RowState
from services.health.imports.lists import (
    ImportState,
)
from services.health.imports.uploads import LONGEST_FILE
from services.texts.catalogue import LANGUAGES

LONGEST_BASE64, MOST_CORRECTED = LONGEST_FILE * 4 // 3 + 4, 200
_TARGET = validate.Regexp("^[a-z0-9_-]{1,32}$")
_PLACE = {"description": "Place of the column, from 0.", "example": 1}


class NewImportSchema(Schema):
    """A file, and the programme that its people are to join."""

    programme = fields.String(
        required=True, validate=validate.Regexp(CODE_PATTERN), metadata={"example": "tobacco"}
    )
    name = fields.String(required=True, validate=plain_text(), metadata={"example": "clinic.xlsx"})
    content = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_BASE64),
        metadata={"description": "CSV or .xlsx in base64, 5 MB at most.", "example": "cGhvbmU="},
    )


class ImportColumnsSchema(Schema):
    """Meaning of the columns, and values of all rows without their own."""

    header = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 2**20),
        metadata={"description": "Row with the names of the columns; 0: none.", "example": 1},
    )
    columns = fields.Dict(
        keys=fields.String(validate=_TARGET, metadata={"example": "phone"}),
        values=fields.Integer(strict=True, validate=validate.Range(0, 255), metadata=_PLACE),
        required=True,
        validate=validate.Length(1, 64),
    )
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))
    consent = fields.String(load_default=None, allow_none=True, validate=plain_text())
    consent_date = fields.String(load_default=None, allow_none=True, validate=plain_text())


class CorrectedRowSchema(Schema):
    """Corrected cells of a row by the meaning of their column, or that it is left out."""

    line = fields.Integer(required=True, strict=True, metadata={"example": 12})
    cells = fields.Dict(
        keys=fields.String(validate=_TARGET, metadata={"example": "phone"}),
        values=fields.String(validate=validate.Length(0, 200), metadata={"example": "70000001"}),
        load_default=dict,
    )
    leave_out = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class CorrectionsSchema(Schema):
    """Rows to correct."""

    rows = fields.List(
        fields.Nested(CorrectedRowSchema),
        required=True,
        validate=validate.Length(1, MOST_CORRECTED),
    )


class ImportCountsSchema(WholeSchema):
    """Rows by state; those that were taken are not among them any more."""

    head = fields.Integer()
    ready = fields.Integer()
    known = fields.Integer()
    fault = fields.Integer()
    left_out = fields.Integer()


class ImportSchema(WholeSchema):
    """A list that was uploaded; cost (toea) is that of the whole courses of who would begin."""

    id = fields.UUID()
    programme = fields.String(metadata={"example": "tobacco"})
    name = fields.String(metadata={"example": "clinic.xlsx"})
    state = fields.String(validate=one_of(ImportState))
    header = fields.Integer()
    columns = fields.Dict(keys=fields.String(), values=fields.Integer())
    names = fields.List(fields.String(), metadata={"description": "Of the columns in the file."})
    language = fields.String(allow_none=True)
    rows = fields.Nested(ImportCountsSchema)
    begin = fields.Integer(metadata={"description": "Rows that begin the programme."})
    without_consent = fields.Integer()
    segments = fields.Integer()
    toea = fields.Integer()
    total = fields.Integer(metadata={"description": "Rows that are to be taken, once it runs."})
    taken = fields.Integer()
    people = fields.Integer(metadata={"description": "New people."})
    enrolled = fields.Integer()
    created_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    finished_at = fields.DateTime(allow_none=True)
    ends_at = fields.DateTime(metadata={"description": "When it is erased."})


class ImportListSchema(WholeSchema):
    """Lists of the planner, newest first."""

    items = fields.List(fields.Nested(ImportSchema))


class ImportRowsQuery(PageQuery):
    """Filter of rows."""

    state = fields.String(load_default=RowState.FAULT.value, validate=one_of(RowState))


class RowFaultSchema(WholeSchema):
    """A fault of a row."""

    column = fields.String(metadata={"example": "phone"})
    wrong = fields.String(metadata={"example": "is no phone number"})
    advice = fields.String(metadata={"example": "compare it with the form"})


class ImportRowSchema(WholeSchema):
    """A row: its cells by meaning, and what is wrong with it."""

    line = fields.Integer()
    state = fields.String(validate=one_of(RowState))
    cells = fields.Dict(keys=fields.String(), values=fields.String())
    fault = fields.Nested(RowFaultSchema, allow_none=True)
