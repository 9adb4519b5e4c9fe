"""Schemas of answers about reader sessions."""

from marshmallow import fields

from services.api.schemas import AnswerSchema


class TextsSchema(AnswerSchema):
    """A sentence in each language."""

    en = fields.String(required=True)
    tpi = fields.String(required=True)


class SessionFaultSchema(AnswerSchema):
    """A line that gives no tag."""

    part = fields.Integer(required=True, metadata={"description": "Of the session's uploads."})
    line = fields.Integer(required=True)
    code = fields.String(required=True)
    texts = fields.Nested(TextsSchema, required=True)


class ReaderClockSchema(AnswerSchema):
    """Error of the reader's clock; no time is corrected by it."""

    ahead_seconds = fields.Integer(required=True)
    texts = fields.Nested(TextsSchema, required=True)


class PlaceShownSchema(AnswerSchema):
    """Premises, as the owner of the device may see them."""

    number = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)


class OrderInForceSchema(AnswerSchema):
    """An order that binds at the animal's place."""

    number = fields.String(required=True)
    kind = fields.String(required=True)
    disease = fields.String(required=True, allow_none=True)


class SeenAnimalSchema(AnswerSchema):
    """One animal: its first reading, and its view in the book."""

    tag = fields.String(required=True)
    part = fields.Integer(required=True)
    line = fields.Integer(required=True)
    at = fields.String(required=True, allow_none=True)
    written = fields.String(required=True, allow_none=True)
    times = fields.Integer(required=True)
    kilograms = fields.Float(required=True, allow_none=True)
    visual = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    known = fields.Boolean(required=True)
    number = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, allow_none=True)
    province = fields.String(required=True, allow_none=True)
    place = fields.Nested(PlaceShownSchema, required=True, allow_none=True)
    withdrawal_until = fields.Date(required=True, allow_none=True)
    orders = fields.List(fields.Nested(OrderInForceSchema), required=True)
    flags = fields.List(fields.String(), required=True)


class ReaderSessionSchema(AnswerSchema):
    """A session with all uploads so far."""

    session = fields.UUID(required=True)
    state = fields.String(required=True)
    parts = fields.Integer(required=True)
    scans = fields.Integer(required=True)
    animals = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    faults = fields.List(fields.Nested(SessionFaultSchema), required=True)
    clock = fields.Nested(ReaderClockSchema, required=True, allow_none=True)
    seen = fields.List(fields.Nested(SeenAnimalSchema), required=True)


class VerdictReasonSchema(AnswerSchema):
    """A reason why an animal is not recorded, or a warning when it is."""

    code = fields.String(required=True)
    texts = fields.Nested(TextsSchema, required=True)


class VerdictSchema(AnswerSchema):
    """The outcome for one animal."""

    tag = fields.String(required=True)
    verdict = fields.String(required=True)
    reasons = fields.List(fields.Nested(VerdictReasonSchema), required=True)


class PlannedEventSchema(AnswerSchema):
    """A planned event."""

    type = fields.String(required=True)
    animals = fields.Integer(required=True)


class SessionReviewSchema(AnswerSchema):
    """The events of a confirmation, before it."""

    session = fields.UUID(required=True)
    as_ = fields.String(data_key="as", required=True)
    day = fields.Date(required=True)
    premises = fields.Nested(PlaceShownSchema, required=True, allow_none=True)
    other = fields.Nested(PlaceShownSchema, required=True, allow_none=True)
    review = fields.String(required=True)
    animals = fields.List(fields.Nested(VerdictSchema), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    events = fields.List(fields.Nested(PlannedEventSchema), required=True)
    not_seen = fields.List(fields.String(), required=True)
    not_expected = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.Nested(VerdictReasonSchema), required=True)
    faults = fields.Integer(required=True)
    sheet = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class ConfirmedEventSchema(AnswerSchema):
    """An event that was recorded."""

    id = fields.UUID(required=True)
    type = fields.String(required=True)
    receipt = fields.String(required=True)
    animals = fields.Integer(required=True)
    flags = fields.List(fields.Dict(keys=fields.String()), required=True)
    warnings = fields.List(fields.Dict(keys=fields.String()), required=True)
    standing = fields.String(required=True)
    asked = fields.String(required=True, allow_none=True)


class ConfirmedSessionSchema(SessionReviewSchema):
    """The recorded events of a confirmation."""

    recorded = fields.List(fields.Nested(ConfirmedEventSchema), required=True)
    registration_wanted = fields.List(fields.String(), required=True)
