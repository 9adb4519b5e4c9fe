"""Shapes of campaigns in the API."""

from datetime import UTC

from marshmallow import Schema, fields, validate

from services.api.paging import page_schema
from services.api.schemas import WholeSchema, one_of, plain_text
from services.core.geography import PROVINCES
from services.health.api.programmes import CODE_PATTERN
from services.health.campaigns.audience import OLDEST, SENTENCES, SEXES, STATES
from services.health.campaigns.drafting import FASTEST
from services.health.campaigns.model import CampaignKind, CampaignState
from services.texts.catalogue import LANGUAGES
from sms.message import MessageState

_LONGEST_TEXT, _MOST = 640, 100
_LANGUAGE = validate.OneOf(LANGUAGES)
_COUNT = validate.Range(0)

DRAFT = {
    "name": "World Diabetes Day",
    "kind": "broadcast",
    "programme": None,
    "texts": {
        "en": "{name}, on 14 Nov your health centre tests blood sugar, free for everybody.",
        "tpi": "{name}, long 14 Nov helt senta bai testim blut nating. Olgeta man i ken kam.",
    },
    "audience": {"provinces": ["Jiwaka"], "age_from": 40, "lists": ["clinic"]},
    "opens_at": "2026-11-25T22:00:00+00:00",
    "closes_at": "2026-11-27T10:00:00+00:00",
    "rate": 100,
    "payer": "National Department of Health",
    "reference": "MOH-2026-17",
}


class AudienceSchema(Schema):
    """Conditions on each person; a missing one is no condition."""

    provinces = fields.List(fields.String(validate=validate.OneOf(PROVINCES)))
    districts = fields.List(
        fields.String(validate=plain_text()), validate=validate.Length(0, _MOST)
    )
    sex = fields.String(validate=validate.OneOf(SEXES))
    age_from = fields.Integer(
        validate=validate.Range(0, OLDEST),
        metadata={"description": "Whole years, counted by the year of birth alone."},
    )
    age_to = fields.Integer(validate=validate.Range(0, OLDEST))
    languages = fields.List(fields.String(validate=_LANGUAGE))
    programme = fields.String(
        validate=validate.Regexp(CODE_PATTERN),
        metadata={
            "description": "People must have a subscription of it; a broadcast to them is its "
            "message, and obeys its STOP, consent and discreet mode."
        },
    )
    cohorts = fields.List(fields.String(validate=plain_text()), validate=validate.Length(0, _MOST))
    states = fields.List(
        fields.String(validate=validate.OneOf(STATES)),
        metadata={"description": "Of the subscription; active, unless given."},
    )
    lists = fields.List(
        fields.String(validate=plain_text()),
        validate=validate.Length(0, _MOST),
        metadata={"description": "Imported lists; one of them. Capitals make no difference."},
    )


class AudienceCountSchema(Schema):
    """An audience to count before anything is drafted."""

    kind = fields.String(required=True, validate=one_of(CampaignKind))
    programme = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CODE_PATTERN),
        metadata={"description": "Of an invitation: to which it invites."},
    )
    languages = fields.List(
        fields.String(validate=_LANGUAGE),
        load_default=list(LANGUAGES),
        metadata={"description": "In which there is a text.", "example": ["en", "tpi"]},
    )
    audience = fields.Nested(AudienceSchema, load_default=dict)


class AudienceCountedSchema(WholeSchema):
    """People of an audience."""

    people = fields.Integer(
        metadata={"description": "Whom it reaches; where nobody was looked at, at most."}
    )
    left_out = fields.Integer(
        allow_none=True,
        metadata={"description": "Null: there are too many to look at each within a moment."},
    )


class DraftSchema(Schema):
    """A draft of a campaign."""

    name = fields.String(required=True, validate=plain_text())
    kind = fields.String(required=True, validate=one_of(CampaignKind))
    programme = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CODE_PATTERN),
        metadata={"description": "The programme of its members, or to which it invites."},
    )
    texts = fields.Dict(
        keys=fields.String(validate=_LANGUAGE),
        values=fields.String(validate=validate.Length(1, _LONGEST_TEXT)),
        load_default=dict,
        metadata={"description": "Of a broadcast, by language; {name} is the person's."},
    )
    audience = fields.Nested(AudienceSchema, load_default=dict)
    opens_at = fields.AwareDateTime(required=True, default_timezone=UTC)
    closes_at = fields.AwareDateTime(
        required=True,
        default_timezone=UTC,
        metadata={"description": "Nothing is sent from then on."},
    )
    rate = fields.Integer(
        required=True,
        validate=validate.Range(1, FASTEST),
        metadata={"description": "Most texts a minute."},
    )
    payer = fields.String(
        required=True, validate=plain_text(), metadata={"description": "Who pays."}
    )
    reference = fields.String(
        load_default=None,
        allow_none=True,
        validate=plain_text(),
        metadata={"description": "Of a signed document."},
    )


class CampaignSchema(WholeSchema):
    """A campaign; people, segments and cost (toea) are those that were approved."""

    id = fields.UUID()
    name = fields.String(metadata={"example": DRAFT["name"]})
    kind = fields.String(validate=one_of(CampaignKind))
    state = fields.String(validate=one_of(CampaignState))
    programme = fields.String(allow_none=True)
    texts = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"example": DRAFT["texts"]}
    )
    audience = fields.Nested(AudienceSchema)
    opens_at = fields.DateTime()
    closes_at = fields.DateTime()
    rate = fields.Integer()
    payer = fields.String(metadata={"example": DRAFT["payer"]})
    reference = fields.String(allow_none=True)
    drafted_by = fields.UUID()
    drafted_at = fields.DateTime()
    approved_by = fields.UUID(allow_none=True)
    approved_at = fields.DateTime(allow_none=True)
    people = fields.Integer(allow_none=True)
    segments = fields.Integer(allow_none=True)
    cost = fields.Integer(allow_none=True)
    queued = fields.Integer()
    ended_at = fields.DateTime(allow_none=True)


class ShareSchema(WholeSchema):
    """Some of the people, and the segments and cost (toea) of their texts."""

    people = fields.Integer()
    segments = fields.Integer()
    cost = fields.Integer()


class PeakSchema(WholeSchema):
    """An hour: texts that the campaign queues in it, and others already waiting for it."""

    at = fields.DateTime()
    campaign = fields.Integer()
    others = fields.Integer()


def _shares(by: str, example: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(metadata={"example": example}),
        values=fields.Nested(ShareSchema),
        metadata={"description": by},
    )


class DryRunSchema(WholeSchema):
    """Figures of a campaign before it is sent."""

    total = fields.Nested(ShareSchema)
    languages = _shares("By language.", "en")
    provinces = _shares("By province; an empty name: unknown.", "Jiwaka")
    encodings = _shares("By alphabet, GSM-7 or UCS-2.", "GSM-7")
    channels = _shares("By the channel tried first.", "kannel")
    left_out = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(SENTENCES))),
        values=fields.Integer(validate=_COUNT),
        metadata={"description": "People excluded, by reason."},
    )
    payer = fields.String(metadata={"example": DRAFT["payer"]})
    peaks = fields.List(fields.Nested(PeakSchema))
    ends_at = fields.DateTime(
        allow_none=True,
        metadata={"description": "When the last is queued; null: the window is too short."},
    )
    fits = fields.Boolean()
    unsent = fields.Integer(metadata={"description": "People for whom the window is too short."})


class CampaignTestSchema(WholeSchema):
    """Number of texts on their way to the caller."""

    sent = fields.Integer()


class StandingSchema(WholeSchema):
    """Number of messages in a state, by reason."""

    state = fields.String(validate=one_of(MessageState))
    reason = fields.String(allow_none=True)
    messages = fields.Integer()


class MinuteSchema(WholeSchema):
    """Number of attempts that began in a minute."""

    at = fields.DateTime()
    tries = fields.Integer()


class ProgressSchema(WholeSchema):
    """Progress of a campaign, counted from its messages; cost in toea."""

    state = fields.String(validate=one_of(CampaignState))
    people = fields.Integer(allow_none=True)
    queued = fields.Integer()
    delivered = fields.Integer()
    segments = fields.Integer()
    cost = fields.Integer()
    messages = fields.List(fields.Nested(StandingSchema))
    minutes = fields.List(
        fields.Nested(MinuteSchema), metadata={"description": "Of the last hour."}
    )
    out_of_window = fields.Integer(
        metadata={"description": "People for whom the window closed too early."}
    )


CampaignPageSchema = page_schema(CampaignSchema, "Campaign")
