"""Evidence of a programme's texts, as the API answers it."""

from marshmallow import fields

from services.api.schemas import WholeSchema


class TechniqueUseSchema(WholeSchema):
    """A technique of the BCT Taxonomy v1, and how many texts use it."""

    number = fields.String(metadata={"example": "4.1"})
    name = fields.String(metadata={"example": "Instruction on how to perform the behavior"})
    texts = fields.Integer()


class SourceUseSchema(WholeSchema):
    """A document that texts rest on; `overdue`: it was to be reviewed before today."""

    id = fields.String(metadata={"example": "who-pen-2020"})
    title = fields.String()
    by = fields.String(metadata={"example": "World Health Organization"})
    year = fields.Integer(metadata={"example": 2020})
    section = fields.String()
    url = fields.String()
    review = fields.String(metadata={"example": "2022-12-31"})
    overdue = fields.Boolean()
    texts = fields.Integer()


class EvidenceSchema(WholeSchema):
    """Counts of a programme's texts, whatever their language."""

    texts = fields.Integer()
    untagged = fields.Integer(metadata={"description": "Without a technique or a source."})
    no_technique = fields.Integer(metadata={"description": "That use none, such as a question."})
    sourced = fields.Integer(metadata={"description": "That rest on at least one document."})
    practice = fields.Integer(metadata={"description": "That rest on practice alone."})
    action = fields.Integer(metadata={"description": "That ask for an action."})
    needs_clinic = fields.Integer(metadata={"description": "Of these, that take a clinic."})
    far_ok = fields.Integer(
        metadata={"description": "Of these, that a person a day's walk away can do."}
    )
    techniques = fields.List(fields.Nested(TechniqueUseSchema))
    sources = fields.List(fields.Nested(SourceUseSchema))
