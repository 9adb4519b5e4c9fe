"""Lists of people in the API: uploaded, matched, checked, corrected and started by planners."""

import csv
import io
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.documents import spreadsheet_cell
from services.api.guards import note_read, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, page_schema, read_page
from services.core.errors import Invalid, RowFault
from services.core.roles import Scope
from services.core.table_files import REPORTED
from services.health.api.import_schemas import (
    LONGEST_BASE64,
    CorrectionsSchema,
    ImportColumnsSchema,
    ImportListSchema,
    ImportRowSchema,
    ImportRowsQuery,
    ImportSchema,
    NewImportSchema,
)
from services.health.api.programmes import PLANNERS, PREFIX, lint_settings
from services.health.imports.checking import check_list
from services.health.imports.list_rows import (
    ListOptions,
    RowState,
    correct_rows,
    counts_of,
    header_of,
    options_of,
    rows_of,
    texts_of,
)
from services.health.imports.lists import (
    NewList,
    find_list,
    keep_list,
    lists_of,
    match_columns,
    programme_of_list,
    start_list,
    throw_away,
)
from services.health.imports.uploads import read_upload
from services.storage.models import PersonImport, PersonImportRow
from services.storage.read_log import ReadSubject

blueprint = Blueprint("imports", "Lists of people that planners import.", f"{PREFIX}/imports")

ONE = "/<uuid:import_id>"
MOST_LISTS = 50


@blueprint.route("", guard=PLANNERS, scope=Scope.SEND, endpoint="list", operation="list_imports")
@blueprint.response(HTTPStatus.OK, ImportListSchema)
def list_imports() -> dict[str, Any]:
    """List your own lists."""
    with context().database.read() as session:
        rows = lists_of(session, own_party(), MOST_LISTS)
        return {"items": [import_view(session, row) for row in rows]}


@blueprint.route(
    "",
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    body=LONGEST_BASE64 + 4096,
    operation="upload_import",
)
@idempotent(exclusive=False)
@blueprint.arguments(NewImportSchema)
@blueprint.response(HTTPStatus.CREATED, ImportSchema)
def upload(work: Work, body: Mapping[str, str]) -> dict[str, Any]:
    """Upload a list; its columns are guessed and its rows checked, and nobody is taken yet."""
    try:
        content = b64decode(body["content"], validate=True)
    except Error as error:
        raise Invalid("The file is not base64", {"content": ["It is not base64."]}) from error
    table = read_upload(body["name"], content)
    new = NewList(own_party(), body["programme"], body["name"], content, table)
    return import_view(work.session, kept(work, new))


@blueprint.route(ONE, guard=PLANNERS, scope=Scope.SEND, endpoint="read", operation="get_import")
@blueprint.response(HTTPStatus.OK, ImportSchema)
def read_import(import_id: UUID) -> dict[str, Any]:
    """Read a list: how many rows are right, what it costs, how far it is."""
    with context().database.read() as session:
        return import_view(session, find_list(session, own_party(), import_id))


@blueprint.route(
    f"{ONE}/columns",
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    operation="match_import_columns",
)
@idempotent(exclusive=False)
@blueprint.arguments(ImportColumnsSchema)
@blueprint.response(HTTPStatus.OK, ImportSchema)
def match(work: Work, body: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Set the meaning of the columns, and check the rows again."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    matched(work, row, ListOptions(**body))
    return import_view(work.session, row)


@blueprint.route(f"{ONE}/rows", guard=PLANNERS, scope=Scope.SEND, operation="list_import_rows")
@blueprint.arguments(ImportRowsQuery, location="query")
@blueprint.response(HTTPStatus.OK, page_schema(ImportRowSchema, "ImportRow"), headers=LINK)
def list_rows(
    wanted: Mapping[str, Any], import_id: UUID
) -> tuple[dict[str, object], dict[str, str]]:
    """List rows in a state, in the order of the file."""
    with context().database.write(exclusive=False) as session:
        row = find_list(session, own_party(), import_id)
        query = rows_of(row, RowState(wanted["state"])).order_by(None)
        page = read_page(session, query, [PersonImportRow.line], wanted)
        note_rows(session, page.rows)
        options = options_of(row)
        return page.answer([row_view(one, options) for one in page.rows])


@blueprint.route(
    f"{ONE}/rows",
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    operation="correct_import_rows",
)
@idempotent(exclusive=False)
@blueprint.arguments(CorrectionsSchema)
@blueprint.response(HTTPStatus.OK, ImportSchema)
def correct(work: Work, body: Mapping[str, Any], import_id: UUID) -> dict[str, Any]:
    """Correct rows or leave them out, and check all rows again."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    told = {one["line"]: one["cells"] for one in body["rows"] if not one["leave_out"]}
    left_out = {one["line"] for one in body["rows"] if one["leave_out"]}
    correct_rows(work.session, row, told, left_out)
    checked(work, row)
    return import_view(work.session, row)


@blueprint.route(
    f"{ONE}/start", methods=["POST"], guard=PLANNERS, scope=Scope.SEND, operation="start_import"
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, ImportSchema)
def start(work: Work, import_id: UUID) -> dict[str, Any]:
    """Let the rows that are right be taken: people join, and each is told so."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    start_list(work.session, row, work.now)
    return import_view(work.session, row)


@blueprint.route(
    ONE,
    methods=["DELETE"],
    guard=PLANNERS,
    scope=Scope.SEND,
    endpoint="delete",
    operation="delete_import",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.NO_CONTENT)
def delete_import(work: Work, import_id: UUID) -> None:
    """Throw a list away that was not started."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    throw_away(work.session, row)


@blueprint.route(
    f"{ONE}/refused.csv", guard=PLANNERS, scope=Scope.SEND, operation="get_refused_rows"
)
@blueprint.response(
    HTTPStatus.OK,
    {"type": "string"},
    content_type="text/csv",
    example="line,reason,phone",
    description="A table.",
)
def refused(import_id: UUID) -> Response:
    """Read the rows that are not taken, with all their cells: corrected, they are a list again."""
    with context().database.write(exclusive=False) as session:
        row = find_list(session, own_party(), import_id)
        rows = session.scalars(rows_of(row, RowState.FAULT, RowState.LEFT_OUT)).all()
        note_rows(session, rows)
        return Response(refused_text(session, row, rows), content_type="text/csv; charset=utf-8")


def kept(work: Work, new: NewList) -> PersonImport:
    """Keep an uploaded list and check it by its guessed columns.

    Raises:
        Invalid: its programme takes no lists.
    """
    try:
        row = keep_list(work.session, new, work.now)
    except RowFault as fault:
        raise Invalid(fault.detail, {"programme": [fault.wrong]}) from fault
    checked(work, row)
    return row


def matched(work: Work, row: PersonImport, wish: ListOptions) -> None:
    """Set the meaning of a list's columns, and check it."""
    programme = programme_of_list(work.session, row.programme, work.now)
    match_columns(row, wish, programme)
    checked(work, row)


def checked(work: Work, row: PersonImport) -> None:
    """Check a list; who is in the programme was read of by that."""
    work.session.flush()
    told = check_list(work.session, row, work.now, lint_settings())
    note_read(work.session, *(ReadSubject(number_index=index) for index in told))
    work.session.flush()
    # Rows are written by statements of their own.
    work.session.expire_all()


def import_view(session: Session, row: PersonImport) -> dict[str, Any]:
    """Return a list as it stands."""
    options, summary = options_of(row), row.summary
    sums = ("begin", "without_consent", "segments", "toea")
    columns = ("state", "programme", "total", "taken", "people", "enrolled")
    moments = ("created_at", "started_at", "finished_at", "ends_at")
    return {
        "id": row.public_id,
        "name": row.file_name,
        "header": options.header,
        "columns": options.columns,
        "names": header_of(session, row),
        "language": options.language,
        "rows": counts_of(session, row),
        **{name: summary.get(name, 0) for name in sums},
        **{name: getattr(row, name) for name in (*columns, *moments)},
    }


def row_view(one: PersonImportRow, options: ListOptions) -> dict[str, Any]:
    """Return a row as it stands or was corrected."""
    return {
        "line": one.line,
        "state": one.state,
        "cells": texts_of(one, options),
        "fault": one.fault,
    }


def note_rows(session: Session, rows: Any) -> None:  # noqa: ANN401 — rows of a page
    """Note that rows of these numbers were read."""
    note_read(
        session, *(ReadSubject(number_index=one.number_index) for one in rows if one.number_index)
    )


def refused_text(session: Session, row: PersonImport, rows: Any) -> str:  # noqa: ANN401 — as above
    """Write rows with all their cells as CSV, each with its line and reason in front."""
    options, names = options_of(row), header_of(session, row)
    width = max([len(names), *(len(one.cells["v"]) for one in rows)])
    names += [f"column {place + 1}" for place in range(len(names), width)]
    target = io.StringIO()
    # Spreadsheets take it for UTF-8 by the mark at its beginning.
    target.write("\ufeff")
    writer = csv.writer(target)
    writer.writerow([*REPORTED, *map(spreadsheet_cell, names)])
    for one in rows:
        cells = [*one.cells["v"], *[""] * (width - len(one.cells["v"]))]
        for column, text in one.cells.get("x", {}).items():
            if (place := options.columns.get(column)) is not None:
                cells[place] = text
        fault = one.fault or {}
        reason = " ".join(filter(None, (fault.get("column"), fault.get("wrong"))))
        advice = fault.get("advice")
        told = f"{reason}: {advice}" if advice else reason
        writer.writerow([one.line, told, *map(spreadsheet_cell, cells)])
    return target.getvalue()
