"""Shapes of campaigns in the API."""

from __future__ import annotations

from datetime import UTC

from marshmallow import Schema, fields, validate

from services.api.paging import page_schema
from services.api.schemas import AnswerSchema, one_of, plain_text
from services.core.geography import PROVINCES
from services.health.api.common import CODE_PATTERN
from services.health.campaigns.audience import OLDEST, SEXES, STATES
from services.health.campaigns.drafting import FASTEST
from services.health.campaigns.exclusions import SENTENCES
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
CAMPAIGN = {
    "id": "5d5f8d0e-1c44-4a0e-9a65-0f6a4d9f7c55",
    **DRAFT,
    "state": "approved",
    "drafted_by": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11",
    "drafted_at": "2026-11-25T01:12:03+00:00",
    "approved_by": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11",
    "approved_at": "2026-11-25T01:22:03+00:00",
    "people": 4120,
    "segments": 4120,
    "cost": 103000,
    "queued": 0,
    "ended_at": None,
}
_ALL = {"people": 4120, "segments": 4120, "cost": 103000}
DRY_RUN = {
    "total": _ALL,
    "languages": {
        "en": {"people": 1020, "segments": 1020, "cost": 25500},
        "tpi": {"people": 3100, "segments": 3100, "cost": 77500},
    },
    "provinces": {"Jiwaka": _ALL},
    "encodings": {"GSM-7": _ALL},
    "channels": {"kannel": _ALL},
    "left_out": {"dead_number": 12, "stopped_all": 41},
    "payer": "National Department of Health",
    "peaks": [{"at": "2026-11-25T22:00:00+00:00", "campaign": 4120, "others": 310}],
    "ends_at": "2026-11-25T22:42:00+00:00",
    "fits": True,
    "unsent": 0,
}
PROGRESS = {
    "state": "running",
    "people": 4120,
    "queued": 1200,
    "delivered": 980,
    "segments": 1150,
    "cost": 28750,
    "messages": [
        {"state": "delivered", "reason": None, "messages": 980},
        {"state": "queued", "reason": "rate", "messages": 50},
        {"state": "sent", "reason": None, "messages": 170},
    ],
    "minutes": [{"at": "2026-11-25T22:11:00+00:00", "tries": 100}],
    "out_of_window": 0,
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
        metadata={"description": "Of the subscription; active, unless told."},
    )
    lists = fields.List(
        fields.String(validate=plain_text()),
        validate=validate.Length(0, _MOST),
        metadata={"description": "Imported lists; one of them. Capitals make no difference."},
    )


class DraftSchema(Schema):
    """A draft of a campaign."""

    name = fields.String(required=True, validate=plain_text())
    kind = fields.String(required=True, validate=one_of(CampaignKind))
    programme = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CODE_PATTERN),
        metadata={"description": "To whose members it goes, or to which it invites."},
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


class CampaignSchema(AnswerSchema):
    """A campaign; people, segments and cost (toea) are those that were approved."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=one_of(CampaignKind))
    state = fields.String(required=True, validate=one_of(CampaignState))
    programme = fields.String(required=True, allow_none=True)
    texts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    audience = fields.Nested(AudienceSchema, required=True)
    opens_at = fields.DateTime(required=True)
    closes_at = fields.DateTime(required=True)
    rate = fields.Integer(required=True)
    payer = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    drafted_by = fields.UUID(required=True)
    drafted_at = fields.DateTime(required=True)
    approved_by = fields.UUID(required=True, allow_none=True)
    approved_at = fields.DateTime(required=True, allow_none=True)
    people = fields.Integer(required=True, allow_none=True)
    segments = fields.Integer(required=True, allow_none=True)
    cost = fields.Integer(required=True, allow_none=True)
    queued = fields.Integer(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class ShareSchema(AnswerSchema):
    """Some of the people, and the segments and cost (toea) of their texts."""

    people = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Integer(required=True)


class PeakSchema(AnswerSchema):
    """An hour: texts that the campaign queues in it, and others already waiting for it."""

    at = fields.DateTime(required=True)
    campaign = fields.Integer(required=True)
    others = fields.Integer(required=True)


def _shares(by: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ShareSchema),
        required=True,
        metadata={"description": by},
    )


class DryRunSchema(AnswerSchema):
    """Figures of a campaign before it is sent."""

    total = fields.Nested(ShareSchema, required=True)
    languages = _shares("By language.")
    provinces = _shares("By province; an empty name: not known.")
    encodings = _shares("By alphabet, GSM-7 or UCS-2.")
    channels = _shares("By the channel that goes first.")
    left_out = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(SENTENCES))),
        values=fields.Integer(validate=_COUNT),
        required=True,
        metadata={"description": "People by the reason why nothing is sent to them."},
    )
    payer = fields.String(required=True)
    peaks = fields.List(fields.Nested(PeakSchema), required=True)
    ends_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the last is queued; null: the window is too short."},
    )
    fits = fields.Boolean(required=True)
    unsent = fields.Integer(
        required=True, metadata={"description": "People for whom the window is too short."}
    )


class CampaignTestSchema(AnswerSchema):
    """Number of texts on their way to the caller."""

    sent = fields.Integer(required=True)


class StandingSchema(AnswerSchema):
    """Number of messages in a state, by reason."""

    state = fields.String(required=True, validate=one_of(MessageState))
    reason = fields.String(required=True, allow_none=True)
    messages = fields.Integer(required=True)


class MinuteSchema(AnswerSchema):
    """Number of attempts that began in a minute."""

    at = fields.DateTime(required=True)
    tries = fields.Integer(required=True)


class ProgressSchema(AnswerSchema):
    """Progress of a campaign, counted from its messages; cost in toea."""

    state = fields.String(required=True, validate=one_of(CampaignState))
    people = fields.Integer(required=True, allow_none=True)
    queued = fields.Integer(required=True)
    delivered = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    cost = fields.Integer(required=True)
    messages = fields.List(fields.Nested(StandingSchema), required=True)
    minutes = fields.List(
        fields.Nested(MinuteSchema), required=True, metadata={"description": "Of the last hour."}
    )
    out_of_window = fields.Integer(
        required=True, metadata={"description": "People for whom the window closed too early."}
    )


CampaignPageSchema = page_schema(CampaignSchema, "Campaign")
