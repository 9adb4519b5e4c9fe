"""Guards of the pages of programmes, and helpers that their forms share."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import g, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.guards import SignedIn
from services.core.roles import HEALTH, Role
from services.health.drafts.store import DraftAct
from services.storage.models import Party

READERS = SignedIn(*HEALTH, Role.AUDITOR)
PLANNERS = SignedIn(Role.PLANNER)
APPROVERS = SignedIn(Role.APPROVER)

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


def is_planner() -> bool:
    """Tell whether the reader writes drafts."""
    return bool(g.holder.role is Role.PLANNER)


def is_approver() -> bool:
    """Tell whether the reader approves."""
    return bool(g.holder.role is Role.APPROVER)


def act_of(work: Work, text_id: str | None = None) -> DraftAct:
    """Return the change of a draft by this request."""
    return DraftAct(own_party(), work.now, text_id)


def wrong_fields(
    schema: Schema, values: Mapping[str, object], codes: Mapping[str, str]
) -> dict[str, str]:
    """Return the code of a sentence for each wrong field, by its name; empty: all are right.

    Args:
        schema: of the API's route for the same.
        codes: a sentence by field.
    """
    told = schema.validate(values)
    return {field: code for field, code in codes.items() if field in told}


def typed(name: str) -> str:
    """Return a field of the form without space around it, its lines ended by one character."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def name_of(session: Session, party_id: int | None) -> str | None:
    """Return how a person is called; None: nobody, or they have no name here."""
    found = session.get(Party, party_id) if party_id else None
    return found.name if found else None
