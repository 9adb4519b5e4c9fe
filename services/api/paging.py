"""Lists page by page.

A cursor holds the key of the last row seen: rows that come in meanwhile repeat none and hide none.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.api.context import context
from services.api.schemas import AnswerSchema
from services.core.errors import Invalid, WrongDataKey

PageRequest = Mapping[str, Any]
"""What `PageQuery`, or a filter made of it, loads: limit, cursor, and the filter's own members."""

MOST, USUAL = 200, 50
LINK = {
    "Link": {
        "description": 'The page that follows: rel="next" (RFC 8288).',
        "schema": {"type": "string"},
    }
}


class PageQuery(Schema):
    """Query parameters of one page of a list."""

    limit = fields.Integer(
        load_default=USUAL,
        validate=validate.Range(1, MOST),
        metadata={"description": "Most of them in a page."},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 512),
        metadata={"description": "Out of `next` of the page before."},
    )


class Page(NamedTuple):
    """Some rows, and the cursor of those that follow."""

    rows: Sequence[Any]
    cursor: str | None

    def answer(self, items: Sequence[object]) -> tuple[dict[str, object], dict[str, str]]:
        """Return body and headers of the page; `items` are what its rows became."""
        if self.cursor is None:
            return {"items": items, "next": None}, {}
        asked = [
            (name, value) for name, value in request.args.items(multi=True) if name != "cursor"
        ]
        link = f"{request.path}?{urlencode([*asked, ('cursor', self.cursor)])}"
        return {"items": items, "next": link}, {"Link": f'<{link}>; rel="next"'}


def page_schema(item: type[Schema], name: str) -> type[AnswerSchema]:
    """Return the shape of a page of items."""
    members: dict[str, object] = {
        "__doc__": "A page of a list, in the order in which it was recorded.",
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(
            required=True,
            allow_none=True,
            metadata={"description": "Address of the page that follows; null: this is the last."},
        ),
    }
    return type(f"{name}PageSchema", (AnswerSchema,), members)


def read_page(
    session: Session,
    wanted: Select[*tuple[Any, ...]],
    keys: Sequence[InstrumentedAttribute[Any]],
    asked: PageRequest,
) -> Page:
    """Read a page.

    Args:
        wanted: the rows that are asked for, without order; it selects one table, or several
            columns, those of `keys` among them.
        keys: the primary key, in whose order they come; integers and texts.
        asked: limit and cursor.

    Raises:
        Invalid: the cursor is none of this list.
    """
    columns = tuple_(*keys)
    here = keys[0].class_.__tablename__
    if asked["cursor"] is not None:
        wanted = wanted.where(columns > tuple_(*open_cursor(asked["cursor"], here)))
    wanted = wanted.order_by(*keys).limit(asked["limit"] + 1)
    found = session.execute(wanted)
    rows = found.scalars().all() if len(wanted.column_descriptions) == 1 else found.all()
    shown = rows[: asked["limit"]]
    more = len(rows) > asked["limit"]
    last = [getattr(shown[-1], key.key) for key in keys] if more else []
    return Page(shown, seal_cursor(here, last) if more else None)


def read_newest(
    session: Session,
    wanted: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[Any],
    asked: PageRequest,
) -> Page:
    """Read a page whose rows come newest first; `key` is the primary key of the one table.

    Raises:
        Invalid: the cursor is none of this list.
    """
    before = before_of(asked, key)
    if before is not None:
        wanted = wanted.where(key < before)
    rows = session.scalars(wanted.order_by(key.desc()).limit(asked["limit"] + 1)).all()
    return newest_page(rows, key, asked["limit"])


def newest_of_each(
    session: Session,
    key: InstrumentedAttribute[int],
    conditions: Sequence[ColumnElement[bool]],
    kinds: Iterable[ColumnElement[bool]],
    most: int,
) -> Sequence[int]:
    """Return the newest keys among rows of some kinds, each read from its own end of an index.

    A rare kind is not looked for among all rows.
    """
    newest = select(key).where(*conditions).order_by(key.desc()).limit(most)
    parts = [select(newest.where(kind).subquery().c.id) for kind in kinds]
    return sorted(session.scalars(union_all(*parts)), reverse=True)[:most]


def before_of(asked: PageRequest, key: InstrumentedAttribute[Any]) -> int | None:
    """Return the key before which a page of the newest begins; None: it is the first.

    Raises:
        Invalid: the cursor is none of this list.
    """
    if asked["cursor"] is None:
        return None
    found: int = open_cursor(asked["cursor"], _newest_of(key))[0]
    return found


def newest_page(rows: Sequence[Any], key: InstrumentedAttribute[Any], limit: int) -> Page:
    """Return the page of rows that come newest first, of which one more than `limit` was read."""
    shown = rows[:limit]
    more = len(rows) > limit
    last = getattr(shown[-1], key.key) if more else None
    return Page(shown, seal_cursor(_newest_of(key), [last]) if more else None)


def _newest_of(key: InstrumentedAttribute[Any]) -> str:
    return f"newest {key.class_.__tablename__}"


def seal_cursor(table: str, key: Sequence[object]) -> str:
    """Return the cursor of what follows a row of a table, by its key."""
    # Database keys never leave the program, so nobody may read or make a cursor.
    sealed = context().database.vault.seal(json.dumps([table, *key]).encode())
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_cursor(cursor: str, table: str) -> list[Any]:
    """Return the key of a table's row after which a page begins.

    Raises:
        Invalid: the cursor is none of this list.
    """
    vault = context().database.vault
    vault.require_key()
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, *key = cast("list[Any]", json.loads(vault.open(sealed)))
    except (ValueError, WrongDataKey):
        found, key = None, []
    if found != table:
        fault = {"cursor": "Take it from `next` of the page before"}
        raise Invalid("No page follows this cursor", fault)
    return key
