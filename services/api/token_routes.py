"""Tokens in the API: who has which, and ending one. None is made here: see docs/api.md."""

from collections.abc import Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from flask import g
from marshmallow import fields
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import CHANNEL, Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_newest
from services.api.schemas import AnswerSchema, one_of
from services.api.tokens import end_token, scopes_of
from services.core.roles import Role, Scope
from services.ledger.party_log import PartyAct
from services.storage.models import Party, Token

blueprint = Blueprint("tokens", "Tokens of the API.", "/api/v1/tokens")

_ADMINISTRATORS = Roles(Role.ADMINISTRATOR)


class TokenQuery(PageQuery):
    """Filter of tokens."""

    good = fields.Boolean(
        load_default=True, metadata={"description": "Only those that can be used now."}
    )


class TokenSchema(AnswerSchema):
    """A token of the API; its secret is kept nowhere."""

    id = fields.Integer(required=True, metadata={"example": 7})
    role = fields.String(required=True, validate=one_of(Role), metadata={"example": "auditor"})
    scopes = fields.List(fields.String(), required=True, metadata={"example": ["read"]})
    party = fields.UUID(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    last_used_on = fields.Date(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


TokenPageSchema = page_schema(TokenSchema, "Token")


class TokenView(NamedTuple):
    """A token, as `TokenSchema` tells it."""

    id: int
    role: str
    scopes: Sequence[str]
    party: UUID | None
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None
    ended_at: datetime | None


@blueprint.route("", guard=_ADMINISTRATORS, scope=Scope.PEOPLE)
@blueprint.arguments(TokenQuery, location="query")
@blueprint.response(HTTPStatus.OK, TokenPageSchema, headers=LINK)
def list_tokens(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List tokens, the newest first."""
    here = context()
    with here.database.read() as session:
        wanted = tokens_wanted(here.clock(), good=query["good"])
        page = read_newest(session, wanted, Token.id, query)
        return page.answer(token_views(session, page.rows))


@blueprint.route(
    "/<int:token_id>/end",
    methods=["POST"],
    guard=_ADMINISTRATORS,
    scope=Scope.PEOPLE,
    operation="end_token",
)
@idempotent(exclusive=True)
@blueprint.response(HTTPStatus.NO_CONTENT, description="Ended for good")
@refuses(HTTPStatus.NOT_FOUND)
def stop_token(work: Work, token_id: int) -> None:
    """End a token for good."""
    end_token(work.session, token_id, PartyAct("revoked", g.party_public_id, CHANNEL, work.now))


def tokens_wanted(now: datetime, *, good: bool) -> Select[Token]:
    """Select the tokens of the API; `good`: that can be used now."""
    wanted = select(Token).where(Token.seen_at.is_(None))
    return wanted.where(Token.revoked_at.is_(None), Token.expires_at > now) if good else wanted


def token_views(session: Session, rows: Sequence[Token]) -> list[TokenView]:
    """Return tokens as they are shown."""
    owners = {row.party_id for row in rows}
    ids: dict[int | None, UUID] = dict(
        session.execute(select(Party.id, Party.public_id).where(Party.id.in_(owners))).all()
    )
    return [
        TokenView(
            *(row.id, row.role, sorted(scopes_of(row)), ids.get(row.party_id)),
            *(row.created_at, row.expires_at, row.last_used_on, row.revoked_at),
        )
        for row in rows
    ]
