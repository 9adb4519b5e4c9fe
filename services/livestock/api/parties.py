"""People and bodies in the API. Neither the journal nor the ledger names them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles, note_read
from services.api.idempotency import CHANNEL, Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import AnswerSchema, one_of, plain_text
from services.core.errors import Forbidden
from services.core.geography import PROVINCES
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.common import ANYONE
from services.livestock.control.party_changes import PartyChanger, apply_change, new_party
from services.messaging.api.message_schemas import PhoneNumber
from services.storage.models import Contact, Party
from services.storage.parties import find_party
from services.storage.read_log import ReadSubject

_OFFICERS = Roles(*OFFICERS)

blueprint = Blueprint("parties", "People and bodies.", "/api/v1/parties")

_PHONE = {"description": "As people write it; only officers read it.", "example": "+67570000001"}
LANGUAGES = ("en", "tpi")
_SHOWN = ("public_id", "role", "language", "province", "name")


class PartyChangeSchema(Schema):
    """Changes to a party; a missing member stays as it is."""

    role = fields.String(validate=one_of(Role))
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    province = fields.String(
        validate=validate.OneOf([*PROVINCES, None]),
        allow_none=True,
        metadata={"description": "Area of duty; null: the whole country."},
    )
    name = fields.String(validate=plain_text())
    phone = PhoneNumber(metadata=_PHONE | {"description": "One phone more."})


class NewPartySchema(PartyChangeSchema):
    """A new party."""

    role = fields.String(load_default=Role.KEEPER.value, validate=one_of(Role))
    phone = PhoneNumber(required=True, metadata=_PHONE)


class PartyQuery(PageQuery):
    """Filter of a list of parties."""

    role = fields.String(load_default=None, validate=one_of(Role))


class PartySchema(AnswerSchema):
    """A person or body."""

    id = fields.UUID(attribute="public_id", required=True)
    role = fields.String(required=True, validate=one_of(Role))
    language = fields.String(required=True, allow_none=True, metadata={"example": "tpi"})
    province = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    phones = fields.List(
        fields.String(),
        metadata={"description": "For officers alone.", "example": ["+67570000001"]},
    )


class ChangedPartySchema(PartySchema):
    """A party after a change."""

    phone_waits = fields.Boolean(
        metadata={
            "description": "Whether the phone that was given waits for its person, or for a "
            "second officer: it is not among `phones` yet."
        }
    )


PartyPageSchema = page_schema(PartySchema, "Party")

NEW_EXAMPLE = {"phone": "+67570000001", "role": "keeper", "language": "tpi"}


@blueprint.route("", guard=_OFFICERS, scope=Scope.PEOPLE, operation="list_parties")
@blueprint.arguments(PartyQuery, location="query")
@blueprint.response(HTTPStatus.OK, PartyPageSchema, headers=LINK)
def parties(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List parties."""
    with context().database.write(exclusive=False) as session:
        page = read_page(
            session,
            select(Party).where(Party.role == query["role"]) if query["role"] else select(Party),
            [Party.id],
            query,
        )
        note_read(session, *(ReadSubject(row.id) for row in page.rows))
        return page.answer(_views(session, page.rows, phones=True))


@blueprint.route("", methods=["POST"], guard=_OFFICERS, scope=Scope.PEOPLE)
@idempotent(exclusive=True)
@blueprint.arguments(NewPartySchema, example=NEW_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, ChangedPartySchema)
def add_party(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Note a person or body; 409 where the phone is somebody's already."""
    row = new_party(work.unit)
    view = _change(work, row, body, new=True)
    return view, {"Location": f"{blueprint.url_prefix}/{row.public_id}"}


@blueprint.route("/<uuid:party_id>", guard=ANYONE, scope=Scope.PEOPLE, operation="get_party")
@blueprint.response(HTTPStatus.OK, PartySchema)
def party(party_id: UUID) -> dict[str, object]:
    """Read a party: an officer any, others themselves."""
    officer = g.holder.role in OFFICERS
    if not officer and g.party_public_id != party_id:
        raise Forbidden("You may read yourself alone")
    with context().database.write(exclusive=False) as session:
        row = find_party(session, party_id)
        note_read(session, ReadSubject(row.id))
        return _views(session, [row], phones=officer)[0]


@blueprint.route("/<uuid:party_id>", methods=["POST"], guard=_OFFICERS, scope=Scope.PEOPLE)
@idempotent(exclusive=True)
@blueprint.arguments(PartyChangeSchema, example={"role": "recorder", "province": "Jiwaka"})
@blueprint.response(HTTPStatus.OK, ChangedPartySchema)
def change_party(work: Work, body: dict[str, Any], party_id: UUID) -> dict[str, object]:
    """Change role, language, province or name of a party, or add a phone.

    A phone counts once the person has agreed by one of their phones. Of a person without any, it
    counts once a second officer has sent the same.
    """
    return _change(work, find_party(work.session, party_id), body)


def _change(
    work: Work, row: Party, body: Mapping[str, Any], *, new: bool = False
) -> dict[str, object]:
    """Change a party, and return it: see `apply_change`."""
    by = PartyChanger(g.holder.role, g.party_id, g.party_public_id, CHANNEL, work.now)
    asked = apply_change(work.unit, row, body, by, new=new)
    # The answer shows the whole party, however small the change.
    note_read(work.session, ReadSubject(row.id))
    return _views(work.session, [row], phones=True)[0] | {"phone_waits": asked}


def _views(session: Session, rows: Sequence[Party], *, phones: bool) -> list[dict[str, object]]:
    """Return parties, with their phone numbers where these may be seen."""
    shown = [{name: getattr(row, name) for name in _SHOWN} for row in rows]
    if not phones:
        return shown
    numbers: defaultdict[int, list[str]] = defaultdict(list)
    contacts = select(Contact).where(Contact.party_id.in_([row.id for row in rows]))
    for contact in session.scalars(contacts.order_by(Contact.id)):
        numbers[contact.party_id].append(contact.number)
    return [view | {"phones": numbers[row.id]} for view, row in zip(shown, rows, strict=True)]
