"""Shapes of programmes and their versions in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.api.schemas import AnswerSchema, one_of, plain_text
from services.health.api.common import CODE_PATTERN
from services.health.format.model import Status
from services.ledger.receipts import ReceiptState

LONGEST_DOCUMENT = 1024 * 1024
_DIGEST = {"pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the document."}
_LANGUAGE = {"description": "As the programme names it.", "example": "en"}


class NewProgrammeVersionSchema(Schema):
    """A version of a programme."""

    document = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_DOCUMENT),
        metadata={"description": "The whole file, YAML: docs/programmes.md is its format."},
    )


class ApprovingSchema(Schema):
    """The language to approve or withdraw, and the ground."""

    language = fields.String(
        required=True, validate=validate.Regexp("^[a-z]{2,3}$"), metadata=_LANGUAGE
    )
    reference = fields.String(
        required=True,
        validate=plain_text(),
        metadata={"description": "Of the signed document; it stands on record for good: no name."},
    )


class ApprovalSchema(AnswerSchema):
    """The approval of one language; `receipt` tells where it is on the ledger."""

    language = fields.String(required=True, metadata=_LANGUAGE)
    reference = fields.String(required=True)
    approved_by = fields.UUID(required=True, metadata={"description": "The party."})
    approved_at = fields.DateTime(required=True)
    event = fields.UUID(required=True)
    receipt = fields.String(required=True)
    ledger = fields.String(required=True, validate=one_of(ReceiptState))
    withdrawn_by = fields.UUID(required=True, allow_none=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)


class VersionSummarySchema(AnswerSchema):
    """A version in short."""

    number = fields.Integer(required=True)
    digest = fields.String(required=True, metadata=_DIGEST)
    created_at = fields.DateTime(required=True)
    created_by = fields.UUID(required=True, allow_none=True)
    languages = fields.Dict(
        keys=fields.String(), values=fields.String(validate=one_of(Status)), required=True
    )
    approvals = fields.List(fields.Nested(ApprovalSchema), required=True)


class ProgrammeSchema(AnswerSchema):
    """A programme: what its newest version tells, and all versions, the newest first."""

    code = fields.String(required=True, metadata={"pattern": CODE_PATTERN})
    area = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    example = fields.Boolean(
        required=True, metadata={"description": "Written for a ministry to adapt."}
    )
    versions = fields.List(fields.Nested(VersionSummarySchema), required=True)


class ProgrammesSchema(AnswerSchema):
    """All programmes; `shipped` are the codes of examples that come with the program."""

    items = fields.List(fields.Nested(ProgrammeSchema), required=True)
    shipped = fields.List(fields.String(), required=True)


class LintFindingSchema(AnswerSchema):
    """A fault or warning of the linter."""

    severity = fields.String(required=True)
    code = fields.String(required=True)
    where = fields.String(required=True)
    language = fields.String(required=True, allow_none=True)
    told = fields.String(attribute="message", required=True)


class ProgrammeVersionSchema(VersionSummarySchema):
    """A version in full."""

    code = fields.String(required=True, metadata={"pattern": CODE_PATTERN})
    document = fields.String(
        required=True,
        metadata={"description": "Canonical JSON (RFC 8785), of which the digest is."},
    )
    findings = fields.List(fields.Nested(LintFindingSchema), required=True)


APPROVING_EXAMPLE = {"language": "en", "reference": "NDOH 2026/114"}
APPROVAL_EXAMPLE = {
    "language": "en",
    "reference": "NDOH 2026/114",
    "approved_by": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "approved_at": "2026-11-25T01:02:03+00:00",
    "event": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11",
    "receipt": "7KQ2-M9XA-P4TD-WZ3C",
    "ledger": "waiting",
    "withdrawn_by": None,
    "withdrawn_at": None,
}
SUMMARY_EXAMPLE = {
    "number": 1,
    "digest": "6b" * 32,
    "created_at": "2026-11-24T01:02:03+00:00",
    "created_by": "0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11",
    "languages": {"en": "complete", "tpi": "draft"},
    "approvals": [APPROVAL_EXAMPLE],
}
LIST_EXAMPLE = {
    "items": [
        {
            "code": "tobacco",
            "area": "mTobaccoCessation",
            "title": {"en": "Quit tobacco", "tpi": "Lusim simuk"},
            "example": False,
            "versions": [SUMMARY_EXAMPLE],
        }
    ],
    "shipped": ["tobacco"],
}
VERSION_EXAMPLE = {
    "code": "tobacco",
    **SUMMARY_EXAMPLE,
    "document": '{"code":"tobacco"}',
    "findings": [
        {
            "severity": "warning",
            "code": "draft",
            "where": "languages.tpi",
            "language": "tpi",
            "told": "tpi is a draft: it cannot be approved, and is not sent",
        }
    ],
}
