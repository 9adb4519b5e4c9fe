"""Lists page by page.

A cursor holds the key of the last row seen: rows that come in meanwhile repeat none and hide none.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, tuple_
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
