"""Passports in the API and as pages to print.

The code stands in the query of an address, because a QR code holds one address: access logs leave
queries out, nothing is cached, and no page passes its address on.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, g, request
from sqlalchemy.orm import Session

from chain.proof import dump
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.documents import Page
from services.api.guards import Public, Roles
from services.audit.routes import NOT_DISCLOSED, PROOF_EXAMPLE, ProofSchema, headers_of
from services.core.errors import NothingRecorded
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.domain.access import Sight, Viewer, sight_of
from services.livestock.domain.model import AnimalRef
from services.livestock.recording.lookup import known_animal
from services.livestock.recording.ownership import ties_of
from services.livestock.recording.short_numbers import name_animal
from services.passport import codes, schemas
from services.passport.codes import Opened, open_passport
from services.passport.errors import NoPassport, NotYourAnimal
from services.passport.model import Passport
from services.passport.page import POLICY, Address, render, render_question

_HOLDERS = Public("Who has the paper reads it: the code on it is the key.")
_GIVERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER, Role.ABATTOIR)
_EXAMPLE = "<!doctype html><title>104276</title>"
_MISSING = HTTPStatus.NOT_FOUND

_TAG = {
    "in": "path",
    "name": "tag",
    "description": "Official or short number, as typed or scanned; `scheme:value`, such as "
    "`animal:0000A`; or a source's own number without its scheme.",
    "example": "598000000000017",
}
_CODE = {
    "in": "query",
    "name": "code",
    "schema": {"type": "string"},
    "description": "The code on the passport, in any case, with or without its dashes.",
    "example": "7KQ2-M9XA-P4TD",
}

blueprint = Blueprint("passports", "An animal's life on one sheet, for who holds tag and code.")


@blueprint.route(
    "/api/v1/passports/<tag>", guard=_HOLDERS, parameters=[_TAG, _CODE], operation="get_passport"
)
@blueprint.response(HTTPStatus.OK, schemas.PassportSchema, example=schemas.EXAMPLE)
def read(tag: str) -> Passport:
    """Read a passport. A wrong code is answered like a number that nothing has."""
    return _opened(tag)


@blueprint.route(
    "/api/v1/passports/<tag>/proof",
    guard=_HOLDERS,
    parameters=[_TAG, _CODE],
    operation="get_passport_proof",
)
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE, headers=NOT_DISCLOSED)
@refuses(HTTPStatus.CONFLICT)
def proof(tag: str) -> Response:
    """Save the proof file of a passport; 409 while none of its events is on the ledger."""
    passport = _opened(tag)
    if passport.proof is None:
        raise NothingRecorded("Its events wait for the ledger: try again in a minute")
    lacking = headers_of(passport.not_disclosed)
    saved = Response(dump(passport.proof), headers=lacking, content_type="application/json")
    saved.headers.set("Content-Disposition", "attachment", filename="proof.json")
    return saved


@blueprint.route(
    "/api/v1/passports/<tag>",
    methods=["POST"],
    guard=_GIVERS,
    scope=Scope.REPORT,
    parameters=[_TAG],
    operation="give_passport",
)
@blueprint.response(HTTPStatus.OK, schemas.PassportCodeSchema)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def give(tag: str) -> Mapping[str, Any]:
    """Get the code of a passport, and the address for its QR code; the same each time."""
    with context().database.write() as session:
        animal = _own(session, tag)
        number = str(name_animal(session, animal.id))
        code = codes.code_of(session, context().database.vault, animal.id)
    return {"number": number, "code": code, "url": Address(_base(), number, code).page}


@blueprint.route(
    "/api/v1/passports/<tag>",
    methods=["DELETE"],
    guard=_GIVERS,
    scope=Scope.REPORT,
    parameters=[_TAG],
    operation="end_passports",
)
@blueprint.response(HTTPStatus.NO_CONTENT, description="Ended; ask for the new code")
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def end(tag: str) -> None:
    """End every code that was given for an animal: papers that are about open nothing more."""
    with context().database.write(exclusive=False) as session:
        codes.end_codes(session, _own(session, tag).id)


@blueprint.route(
    "/passports/<tag>", guard=_HOLDERS, parameters=[_TAG, _CODE], operation="show_passport"
)
@blueprint.response(HTTPStatus.OK, {"type": "string"}, content_type="text/html", example=_EXAMPLE)
@blueprint.alt_response(
    _MISSING, schema={"type": "string"}, content_type="text/html", description="Asks again"
)
def page(tag: str) -> Response:
    """See a passport as a page to print."""
    return _page(tag)


@blueprint.route(
    "/passports",
    guard=_HOLDERS,
    parameters=[{**_TAG, "in": "query", "schema": {"type": "string"}}, _CODE],
    operation="ask_passport",
)
@blueprint.response(HTTPStatus.OK, {"type": "string"}, content_type="text/html", example=_EXAMPLE)
@blueprint.alt_response(
    _MISSING, schema={"type": "string"}, content_type="text/html", description="Asks again"
)
def ask() -> Response:
    """Be asked for number and code, by which the page of a passport opens."""
    tag = request.args.get("tag")
    if tag is None:
        return Page(render_question(wrong=False), POLICY)
    return _page(tag)


def _page(tag: str) -> Response:
    opened = _open(tag)
    if opened is None:
        return Page(render_question(wrong=True), POLICY, _MISSING)
    address = Address(_base(), opened.passport.number, opened.code)
    return Page(render(opened.passport, address), POLICY)


def _opened(tag: str) -> Passport:
    opened = _open(tag)
    if opened is None:
        raise NoPassport
    return opened.passport


def _open(tag: str) -> Opened | None:
    here = context()
    with here.database.read() as session:
        given = request.args.get("code", "")
        return open_passport(session, here.database.vault, (tag, given), here.clock())


def _own(session: Session, tag: str) -> AnimalRef:
    animal = known_animal(session, tag)
    holder = g.holder
    viewer = Viewer(holder.role, holder.party_id, holder.province)
    if sight_of(viewer, ties_of(session, viewer, [animal.id])[animal.id]) < Sight.FULL:
        raise NotYourAnimal
    return animal


def _base() -> str:
    return (context().gateway.public_url or request.host_url).rstrip("/")
