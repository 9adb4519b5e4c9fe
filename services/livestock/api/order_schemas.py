"""Shapes of orders and notices in the API."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.api.paging import PageQuery, page_schema
from services.api.schemas import WholeSchema
from services.livestock.control.notices import MOST_SEGMENTS, NoticeState
from services.livestock.domain.details import LIFT_REASONS, NOTIFIABLE
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.texts.catalogue import LANGUAGES

_LONGEST = 64
# The septets of so many segments (3GPP TS 23.040, section 9.2.3.24.1).
_LONGEST_TEXT = MOST_SEGMENTS * 153
_DISEASE = validate.OneOf(NOTIFIABLE)
_STATUS = validate.OneOf([status.value for status in ZoneStatus])
_KIND = validate.OneOf([kind.value for kind in OrderKind])


class OrderQuery(PageQuery):
    """Filter of a list of orders."""

    on = fields.Date(load_default=None, metadata={"description": "Those in force on that day."})


class OrderDeclaredSchema(Schema):
    """An order that is declared: its area, or the premises that it binds."""

    kind = fields.String(required=True, validate=_KIND)
    status = fields.String(
        load_default=None,
        allow_none=True,
        validate=_STATUS,
        metadata={"description": "Of a zone, which needs one."},
    )
    disease = fields.String(load_default=None, allow_none=True, validate=_DISEASE)
    area = fields.Dict(
        keys=fields.String(),
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Any of `provinces` (names), `districts` and `wards` (objects of "
            "`province`, `district`, `llg`, `ward`), `premises` (public ids), `circles` (objects "
            "of `latitude`, `longitude`, `kilometres`), `polygons` (GeoJSON geometries), and "
            "`reaches` (as wards, LLG and ward may be missing): what a circle or polygon reaches "
            "into. What is known to be reached is added."
        },
    )
    premises = fields.List(
        fields.String(validate=validate.Length(1, _LONGEST)),
        load_default=list,
        validate=validate.Length(max=500),
        metadata={"description": "Numbers of premises, in place of an area."},
    )
    area_name = fields.String(
        required=True,
        validate=validate.Length(1, _LONGEST),
        metadata={"description": "The area in words that may be read by anyone; no person's name."},
    )
    since = fields.Date(required=True)
    until = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "First day no longer; null: until it is lifted."},
    )
    number = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 32),
        metadata={"description": "Of the gazette or the order; null: one is drawn."},
    )
    outbreak = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 16))

    @validates_schema
    def _check(self, body: dict[str, object], **_options: object) -> None:
        if bool(body["premises"]) == (body["area"] is not None):
            raise ValidationError("Give an area or numbers of premises, not both.", "area")


class LiftSchema(Schema):
    """The end of an order."""

    on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "First local day on which it binds no longer; null: today."},
    )
    reason = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([*LIFT_REASONS, None])
    )


class ReachSchema(WholeSchema):
    """Reach and cost of a notice of an order."""

    keepers = fields.Integer(metadata={"example": 4120})
    segments = fields.Integer(metadata={"example": 4120})
    cost = fields.Integer(metadata={"description": "Toea.", "example": 103000})


class OrderSchema(WholeSchema):
    """A quarantine or a zone."""

    number = fields.String(metadata={"example": "Z-2026-1"})
    kind = fields.String(validate=_KIND, metadata={"example": "zone"})
    status = fields.String(allow_none=True, validate=_STATUS)
    disease = fields.String(allow_none=True, metadata={"example": "african_swine_fever"})
    area = fields.Dict(
        keys=fields.String(),
        metadata={
            "example": {"districts": [{"province": "Jiwaka", "district": "Anglimp South Waghi"}]}
        },
    )
    area_name = fields.String(metadata={"example": "Anglimp South Waghi"})
    since = fields.Date()
    until = fields.Date(allow_none=True)
    declared_at = fields.DateTime()
    lifted_at = fields.DateTime(allow_none=True)
    outbreak = fields.String(allow_none=True, metadata={"example": "1745"})


class OneOrderSchema(OrderSchema):
    """An order, and the reach of a notice of it today."""

    reach = fields.Nested(ReachSchema, required=True)
    unsure = fields.Integer(
        required=True,
        metadata={
            "description": "Premises that it binds without being sure: they have no point, and a "
            "circle or polygon reaches into their district, LLG or ward. Set their points.",
            "example": 3,
        },
    )


class OrderPreviewSchema(WholeSchema):
    """Reach of an order, if it were declared now."""

    places = fields.Integer(metadata={"description": "Premises that it binds.", "example": 41})
    unsure = fields.Integer(
        metadata={"description": "Those of them without a point: see an order.", "example": 3}
    )
    keepers = fields.Integer(metadata={"description": "With a phone.", "example": 38})
    pigs = fields.Integer(
        metadata={"description": "Alive, where an event saw them last.", "example": 207}
    )
    permits = fields.Integer(
        metadata={"description": "Issued permits that it stops.", "example": 1}
    )
    stopped = fields.List(
        fields.String(), metadata={"description": "The first of these.", "example": ["5336"]}
    )
    segments = fields.Integer(metadata={"description": "Of the usual notice.", "example": 38})
    cost = fields.Integer(metadata={"description": "Of it, in toea.", "example": 950})
    same = fields.String(
        allow_none=True, metadata={"description": "An order that says the same already."}
    )


class NoticeDraftedSchema(Schema):
    """Texts of a notice; a language without one gets the usual text."""

    texts = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=fields.String(validate=validate.Length(1, _LONGEST_TEXT)),
        load_default=dict,
    )


class NoticeSchema(WholeSchema):
    """A text to every keeper in the area of an order."""

    id = fields.UUID()
    order = fields.String(metadata={"example": "Z-2026-1"})
    state = fields.String(
        validate=validate.OneOf([state.value for state in NoticeState]),
        metadata={"example": "approved"},
    )
    texts = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=fields.String(),
        metadata={
            "example": {
                "en": "ASF is in Anglimp South Waghi. From 25 Nov no pigs or pork may go in or "
                "out. Order Z-2026-1. Call NAQIA 1801332.",
                "tpi": "Sik ASF i stap long Anglimp South Waghi. Stat long 25 Nov i tambu long "
                "muvim pik o mit i go o kam. Oda Z-2026-1. Ringim NAQIA 1801332.",
            }
        },
    )
    unreviewed = fields.List(
        fields.String(),
        metadata={
            "description": "Languages whose usual text no named speaker has reviewed.",
            "example": [],
        },
    )
    drafted_recipients = fields.Integer(metadata={"example": 4118})
    recipients = fields.Integer(
        metadata={
            "description": "When it was approved, else when it was drafted.",
            "example": 4120,
        }
    )
    segments = fields.Integer(metadata={"example": 4120})
    cost = fields.Integer(metadata={"description": "Toea.", "example": 103000})
    drafted_at = fields.DateTime()
    approved_at = fields.DateTime(allow_none=True)


class NoticesSchema(WholeSchema):
    """The notices of an order, newest first."""

    items = fields.List(fields.Nested(NoticeSchema))


OrderPageSchema = page_schema(OrderSchema, "Order")
