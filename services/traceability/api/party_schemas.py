"""Shapes of parties in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.provinces import PROVINCES
from services.storage.people import Role
from services.traceability.api.shapes import one_of, plain_text
from services.web.message_schemas import PhoneNumber
from services.web.paging import PageQuery, page_schema
from services.web.schemas import AnswerSchema

_PHONE = {"description": "As people write it; only officers read it.", "example": "+67570000001"}
LANGUAGES = ("en", "tpi")


class PartyChangeSchema(Schema):
    """What is told of a party; what is left out stays as it is."""

    role = fields.String(validate=one_of(Role))
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    province = fields.String(
        validate=validate.OneOf([*PROVINCES, None]),
        allow_none=True,
        metadata={"description": "Area of duty; null: the whole country."},
    )
    name = fields.String(validate=plain_text())
    phone = PhoneNumber(metadata=_PHONE | {"description": "One phone more."})


class NewPartySchema(PartyChangeSchema):
    """A new party."""

    role = fields.String(load_default=Role.KEEPER.value, validate=one_of(Role))
    phone = PhoneNumber(required=True, metadata=_PHONE)


class PartyQuery(PageQuery):
    """Which parties."""

    role = fields.String(load_default=None, validate=one_of(Role))


class PartySchema(AnswerSchema):
    """A person or body."""

    id = fields.UUID(attribute="public_id", required=True)
    role = fields.String(required=True, validate=one_of(Role))
    language = fields.String(required=True, allow_none=True)
    province = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    phones = fields.List(fields.String(), metadata={"description": "For officers alone."})


PartyPageSchema = page_schema(PartySchema, "Party")

NEW_EXAMPLE = {"phone": "+67570000001", "role": "keeper", "language": "tpi"}
EXAMPLE = {
    "id": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "role": "keeper",
    "language": "tpi",
    "province": None,
    "name": None,
    "phones": ["+67570000001"],
}
PAGE_EXAMPLE = {"items": [EXAMPLE], "next": None}
