"""The requests and answers of a sync, as both sides agreed on them: see docs/village.md; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from services.box.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_ITEMS, MOST_BYTES = 50, 256 * 1024
MOST_REPORTS = 200
PATH = "/gateway/sync"

_NO_SERVER = (
    "What answers at the server's address is not the server: a portal of the network, or a proxy"
)


class Waiting(NamedTuple):
    """Something that waits to be sent: its number, and its size in bytes."""

    seq: int
    size: int


def fill(waiting: Iterable[Waiting], most: int = MOST_ITEMS) -> list[Waiting]:
    """Return as much as one request holds, the first at least."""
    taken: list[Waiting] = []
    size = 0
    for one in waiting:
        size += one.size
        if len(taken) == most or (taken and size > MOST_BYTES):
            break
        taken.append(one)
    return taken


class _Loose(Schema):
    """A newer server may tell more: what is not known here is passed over."""

    class Meta:
        unknown = EXCLUDE


class _Refused(_Loose):
    seq = fields.Integer(required=True, strict=True)
    code = fields.String(required=True)
    detail = fields.String(load_default="")


class _Message(_Loose):
    id = fields.UUID(required=True)
    to = fields.String(required=True, validate=validate.Regexp(r"\+[1-9][0-9]{6,14}\Z"))
    text = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class _Status(_Loose):
    numbers = fields.List(fields.String(validate=validate.Length(1, 64)), required=True)
    status = fields.String(
        required=True, validate=validate.OneOf(["alive", "dead", "slaughtered", "unknown"])
    )
    province = fields.String(load_default=None, allow_none=True)
    barred = fields.Boolean(load_default=False)
    as_of = fields.AwareDateTime(required=True)


class _Statuses(_Loose):
    version = fields.Integer(required=True, strict=True)
    rows = fields.List(fields.Nested(_Status), required=True)


_LANGUAGE = validate.OneOf(["en", "tpi"])


class _Word(_Loose):
    programme = fields.String(required=True)
    language = fields.String(required=True, validate=_LANGUAGE)
    word = fields.String(required=True)
    text = fields.String(required=True)


class _Danger(_Loose):
    language = fields.String(required=True, validate=_LANGUAGE)
    word = fields.String(required=True)
    text = fields.String(required=True)


class _Programmes(_Loose):
    version = fields.Integer(required=True, strict=True)
    words = fields.List(fields.Nested(_Word), required=True)
    danger = fields.List(fields.Nested(_Danger), required=True)


class _Numbers(_Loose):
    first = fields.Integer(required=True, strict=True)
    last = fields.Integer(required=True, strict=True)


class AnswerSchema(_Loose):
    """The server's answer to a sync."""

    taken = fields.List(fields.Integer(strict=True), required=True)
    refused = fields.List(fields.Nested(_Refused), required=True)
    messages = fields.List(fields.Nested(_Message), required=True)
    statuses = fields.Nested(_Statuses, required=True, allow_none=True)
    programmes = fields.Nested(_Programmes, required=True, allow_none=True)
    numbers = fields.Nested(_Numbers, required=True, allow_none=True)
    time = fields.AwareDateTime(required=True)


_ANSWER = AnswerSchema()


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
