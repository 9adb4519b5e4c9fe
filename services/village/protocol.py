"""The protocol of `POST /gateway/sync`, both ways: docs/village.md explains it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from gateway.channels.senders import E164
from gateway.channels.village import HEADERS
from gateway.devices import LARGEST_COUNTER, TIME
from services.api.schemas import AnswerSchema
from services.core.errors import BadAnswer
from services.texts.catalogue import LANGUAGES
from sms.carriers.village import STATES

MOST_ITEMS, MOST_REPORTS, MOST_NUMBERS = 200, 1000, 20
LONGEST_BODY = 1_000_000
"""Bytes."""

LONGEST_TEXT = 39_015
"""Characters of 255 joined parts of 153 (3GPP TS 23.040, section 9.2.3.24.1)."""

REPORTED = tuple(one.value for one in STATES)
"""States of a message that a box reports."""
SMS, SIGNED = "sms", "signed"
_OF_KIND: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    SMS: (frozenset({"from", "text"}), frozenset({"answered", "numbers"})),
    SIGNED: (frozenset({"method", "path", "headers", "body"}), frozenset()),
}
_OF_ALL = frozenset({"seq", "kind", "at"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORT = re.compile(r"[1-9][0-9]{3,9}")
_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_PATH = re.compile(r"/[A-Za-z0-9_/.-]{1,300}")
_VERSION = re.compile(r"[A-Za-z0-9+._-]{1,40}")

ITEMS_A_REQUEST, MOST_BYTES = 50, 256 * 1024
REPORTS_A_REQUEST = 200
PATH = "/gateway/sync"
UNDATED = "1970-01-01T00:00:00Z"
"""Time of an item of which a box cannot tell when it came: the server's own counts."""


_NO_SERVER = (
    "What answers at the server's address is not the server: a portal of the network, or a proxy"
)


class Answered(StrEnum):
    """Kind of the answer that a box has given to a text."""

    HELP = "help"
    WORD = "word"
    DANGER = "danger"
    STATUS = "status"
    KEPT = "kept"


ANSWERED = tuple(one.value for one in Answered)


class _Whole(fields.Integer):
    """A whole number of JSON; true and false are none."""

    def __init__(self, least: int = 0, **options: Any) -> None:  # noqa: ANN401 — passed through
        check = validate.Range(least, LARGEST_COUNTER)
        super().__init__(strict=True, validate=check, required=True, **options)

    def _validated(self, value: Any) -> Any:  # noqa: ANN401 — whatever was sent
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return super()._validated(value)


def _shaped(shape: re.Pattern[str], told: str, **options: Any) -> fields.String:  # noqa: ANN401 — as above
    # `fullmatch` and ASCII classes: no digit of another script, no line break at the end.
    whole = re.compile(rf"(?:{shape.pattern})\Z")
    return fields.String(validate=validate.Regexp(whole, error=told), **options)


class _Strict(Schema):
    """A schema that refuses unknown members."""

    class Meta:
        """Names that nobody knows are refused."""

        unknown = RAISE


class VillageBoxSchema(_Strict):
    """State of a box: version, queue and free disk."""

    version = _shaped(_VERSION, "It is no version.", required=True)
    queued = _Whole(metadata={"description": "Items that it keeps, these included."})
    free_bytes = _Whole(allow_none=True)


class VillageHaveSchema(_Strict):
    """Versions of the lists that a box keeps, 0 for none; and how many numbers it has left."""

    statuses = _Whole()
    programmes = _Whole()
    numbers = _Whole()
    bound = fields.Integer(strict=True, load_default=0, validate=validate.Range(0, LARGEST_COUNTER))


class VillageReportSchema(_Strict):
    """Delivery state of a message that was handed over."""

    message = _shaped(_UUID, "It is no id.", required=True)
    state = fields.String(required=True, validate=validate.OneOf(REPORTED))
    code = _shaped(_CODE, "It is no code.", allow_none=True, load_default=None)


class VillageItemSchema(_Strict):
    """Something that a phone or a reader sent to a box; which members there are follows `kind`."""

    seq = _Whole(1, metadata={"description": "Drawn by the box, once for each content."})
    kind = fields.String(required=True, validate=validate.OneOf(tuple(_OF_KIND)))
    at = _shaped(
        TIME,
        "Write it as 2026-11-25T01:02:03Z.",
        required=True,
        metadata={"description": "The box's clock, a claim."},
    )
    sender = _shaped(E164, "It is no number in E.164.", data_key="from")
    text = fields.String(validate=validate.Length(max=LONGEST_TEXT))
    answered = fields.String(allow_none=True, validate=validate.OneOf(ANSWERED))
    numbers = fields.List(
        _shaped(_SHORT, "It is no short number."), validate=validate.Length(max=MOST_NUMBERS)
    )
    method = fields.String(validate=validate.Equal("POST"))
    path = _shaped(_PATH, "It is no address of ours.")
    headers = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(1, 128))
    )
    body = fields.String(validate=validate.Length(max=LONGEST_BODY))

    @validates_schema(skip_on_field_errors=False)
    def check_members(self, data: Mapping[str, Any], **_: Any) -> None:  # noqa: ANN401 — the library's signature
        """Refuse members that are missing, or that are another kind's."""
        if data.get("kind") not in _OF_KIND:
            return
        needed, allowed = _OF_KIND[data["kind"]]
        there = {"from" if name == "sender" else name for name in data} - _OF_ALL
        faults = {name: ["Missing data for required field."] for name in needed - there}
        faults |= {name: [f"No {data['kind']} has it."] for name in there - needed - allowed}
        if faults:
            raise ValidationError(faults)
        if data["kind"] == SIGNED and set(data["headers"]) != HEADERS:
            raise ValidationError("It has not just the five headers of a device.", "headers")


class VillageSyncSchema(_Strict):
    """One batch of a box."""

    box = fields.Nested(VillageBoxSchema, required=True)
    items = fields.List(
        fields.Nested(VillageItemSchema), required=True, validate=validate.Length(max=MOST_ITEMS)
    )
    reports = fields.List(
        fields.Nested(VillageReportSchema),
        load_default=list,
        validate=validate.Length(max=MOST_REPORTS),
    )
    have = fields.Nested(VillageHaveSchema, required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_seqs(self, data: Mapping[str, Sequence[Mapping[str, Any]]], **_: Any) -> None:  # noqa: ANN401 — as above
        """Refuse a `seq` that is there twice."""
        if len({item["seq"] for item in data["items"]}) != len(data["items"]):
            raise ValidationError("A seq stands there twice.", "items")


class _VillageRefusedSchema(AnswerSchema):
    seq = fields.Integer(required=True, strict=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class _VillageMessageSchema(AnswerSchema):
    id = fields.UUID(required=True, metadata={"description": "Name it in the report."})
    to = _shaped(E164, "It is no number in E.164.", required=True)
    text = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class _VillageStatusSchema(AnswerSchema):
    numbers = fields.List(fields.String(validate=validate.Length(1, 64)), required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(("alive", "dead", "slaughtered", "unknown"))
    )
    province = fields.String(required=True, allow_none=True)
    barred = fields.Boolean(required=True)
    as_of = fields.AwareDateTime(required=True)


class _VillageStatusesSchema(AnswerSchema):
    version = fields.Integer(required=True, strict=True)
    rows = fields.List(fields.Nested(_VillageStatusSchema), required=True)


class _VillageDangerSchema(AnswerSchema):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    word = fields.String(required=True)
    text = fields.String(required=True)


class _VillageWordSchema(_VillageDangerSchema):
    programme = fields.String(required=True)


class _VillageProgrammesSchema(AnswerSchema):
    version = fields.Integer(required=True, strict=True)
    words = fields.List(fields.Nested(_VillageWordSchema), required=True)
    danger = fields.List(fields.Nested(_VillageDangerSchema), required=True)


class _VillageNumbersSchema(AnswerSchema):
    first = fields.Integer(required=True, strict=True)
    last = fields.Integer(required=True, strict=True)


class _VillageBoundSchema(AnswerSchema):
    version = fields.Integer(required=True, strict=True)
    numbers = fields.List(_shaped(E164, "It is no number in E.164."), required=True)


class VillageSyncedSchema(AnswerSchema):
    """Outcome of a batch, messages to send, and the lists that have changed."""

    taken = fields.List(fields.Integer(strict=True), required=True)
    refused = fields.List(fields.Nested(_VillageRefusedSchema), required=True)
    messages = fields.List(fields.Nested(_VillageMessageSchema), required=True)
    statuses = fields.Nested(_VillageStatusesSchema, required=True, allow_none=True)
    programmes = fields.Nested(_VillageProgrammesSchema, required=True, allow_none=True)
    numbers = fields.Nested(_VillageNumbersSchema, required=True, allow_none=True)
    bound = fields.Nested(_VillageBoundSchema, load_default=None, allow_none=True)
    time = fields.AwareDateTime(required=True)


class QueuedItem(NamedTuple):
    """Something that waits to be sent: its number, and its size in bytes."""

    seq: int
    size: int


def fill(waiting: Iterable[QueuedItem], most: int = ITEMS_A_REQUEST) -> list[QueuedItem]:
    """Return as much as one request holds, the first at least."""
    taken: list[QueuedItem] = []
    size = 0
    for one in waiting:
        size += one.size
        if len(taken) == most or (taken and size > MOST_BYTES):
            break
        taken.append(one)
    return taken


_ANSWER = VillageSyncedSchema()


def read_answer(body: Any) -> dict[str, Any]:  # noqa: ANN401 — whatever was sent
    """Read what answered a sync.

    Raises:
        BadAnswer: no server of ours wrote it; nothing of it may take effect.
    """
    try:
        loaded: dict[str, Any] = _ANSWER.load(body)
    except ValidationError as error:
        raise BadAnswer(_NO_SERVER) from error
    return loaded


def read_gaps(body: object) -> Sequence[tuple[int, int]]:
    """Read which counters the server misses, first and last of each gap.

    Raises:
        BadAnswer: it tells none.
    """
    missing = body.get("missing") if isinstance(body, dict) else None
    try:
        return [(int(first), int(last)) for first, last in missing or ()]
    except (TypeError, ValueError) as error:
        raise BadAnswer(_NO_SERVER) from error
