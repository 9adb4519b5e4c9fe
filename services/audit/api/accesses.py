"""Readings of people's records in the API: who read whose, when and how, by ids alone."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_newest
from services.api.schemas import AnswerSchema
from services.audit.api.receipts import AUDITORS
from services.core.roles import Scope
from services.storage.models import Access, Party
from services.storage.parties import find_party

blueprint = Blueprint("accesses", "Who read whose record.", "/api/v1/accesses")


class AccessQuery(PageQuery):
    """Filter of accesses."""

    reader = fields.UUID(load_default=None, metadata={"description": "By this party alone."})
    subject = fields.UUID(load_default=None, metadata={"description": "To this party's alone."})


class AccessSchema(AnswerSchema):
    """One reading of a person's record."""

    at = fields.DateTime(required=True)
    reader = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Party that read; null: a command on the server itself."},
    )
    subject = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Party whose it is; null: a person of a programme, or nobody's."},
    )
    what = fields.String(
        required=True, metadata={"example": "GET /tasks", "description": "Route or command."}
    )


AccessPageSchema = page_schema(AccessSchema, "Access")


class AccessView(NamedTuple):
    """One reading, with the public ids of reader and subject."""

    at: object
    reader: UUID | None
    subject: UUID | None
    what: str


@blueprint.route("", guard=AUDITORS, scope=Scope.READ)
@blueprint.arguments(AccessQuery, location="query")
@blueprint.response(HTTPStatus.OK, AccessPageSchema, headers=LINK)
def list_accesses(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List accesses to records of people, the newest first."""
    with context().database.read() as session:
        page = read_newest(session, accesses_wanted(session, query), Access.id, query)
        return page.answer(access_views(session, page.rows))


def accesses_wanted(session: Session, query: Mapping[str, Any]) -> Select[Access]:
    """Select accesses by reader and subject, public ids of parties; None: any.

    Raises:
        NotFound: no party has the id.
    """
    wanted = select(Access)
    if query["reader"] is not None:
        wanted = wanted.where(Access.actor_id == find_party(session, query["reader"]).id)
    if query["subject"] is not None:
        wanted = wanted.where(Access.subject_id == find_party(session, query["subject"]).id)
    return wanted


def access_views(session: Session, rows: Sequence[Access]) -> list[AccessView]:
    """Return accesses as auditors see them: no name and no number."""
    named = {key for row in rows for key in (row.actor_id, row.subject_id) if key is not None}
    ids: dict[int | None, UUID] = dict(
        session.execute(select(Party.id, Party.public_id).where(Party.id.in_(named))).all()
    )
    return [
        AccessView(row.at, ids.get(row.actor_id), ids.get(row.subject_id), row.what) for row in rows
    ]
