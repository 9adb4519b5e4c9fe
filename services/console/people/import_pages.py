"""Pages of imports: upload a list, match its columns, correct rows, start, look how far it is."""

from uuid import UUID

from flask import Response, abort, request

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.kept_forms import uploaded
from services.console.pages import show
from services.console.people.import_forms import (
    columns_form,
    path_of,
    plain_name,
    read_corrections,
    read_wish,
    show_list,
    show_staying,
    upload_form,
    wrong_columns,
)
from services.core.errors import Invalid, UnreadableFile
from services.core.roles import Role, Scope
from services.health.api.imports import (
    ONE,
    checked,
    import_view,
    kept,
    matched,
    note_rows,
    refused_text,
)
from services.health.imports.list_rows import (
    TO_TAKE,
    RowState,
    correct_rows,
    counts_of,
    options_of,
    rows_of,
    take_back_in,
)
from services.health.imports.lists import (
    OPEN,
    ImportState,
    NewList,
    find_list,
    start_list,
    throw_away,
)
from services.health.imports.uploads import LONGEST_FILE, RawTable, read_upload
from services.storage.models import PersonImport

PLANNERS = SignedIn(Role.PLANNER)
_AT = f"/imports{ONE}"
_BODY = LONGEST_FILE + 2**20

blueprint = ConsoleBlueprint(
    "imports", "Import of people.", MenuEntry("imports", "/imports", {Role.PLANNER})
)


@blueprint.route("/imports", guard=PLANNERS, scope=Scope.SEND)
def imports() -> Response:
    """See one's own lists, and upload another."""
    with context().database.read() as session:
        return upload_form(session)


@blueprint.route("/imports", methods=["POST"], guard=PLANNERS, scope=Scope.SEND, body=_BODY)
def list_uploaded() -> Response:
    """Upload a list; what cannot be read is told at once."""
    wrong, file = {}, uploaded("file")
    name = plain_name(file.name) if file else ""
    if not name:
        wrong["file"] = "imports_no_file"
    if not request.form.get("programme"):
        wrong["programme"] = "imports_no_programme"
    try:
        # The slow part comes before the writers' lock.
        table = None if wrong or file is None else read_upload(name, file.content)
    except UnreadableFile as fault:
        with context().database.read() as session:
            return upload_form(session, {"file": "imports_unreadable"}, fault.detail)
    if table is None or file is None:
        with context().database.read() as session:
            return upload_form(session, wrong)
    answer: Response = _kept(name=name, content=file.content, table=table)
    return answer


@once
def _kept(work: Work, name: str, content: bytes, table: RawTable) -> Response:
    code = request.form["programme"]
    try:
        row = kept(work, NewList(own_party(), code, name, content, table))
    except Invalid:
        abort(upload_form(work.session, {"programme": "imports_programme_closed"}))
    return go_to(f"{path_of(row)}/columns")


@blueprint.route(_AT, guard=PLANNERS, scope=Scope.SEND)
def one_import(import_id: UUID) -> Response:
    """See how a list stands: what to correct, what it costs, what each would get; or how far."""
    database = context().database
    with database.read() as session:
        row = find_list(session, own_party(), import_id)
        if row.state == ImportState.UNMATCHED:
            return go_to(f"{path_of(row)}/columns")
        if row.state not in OPEN:
            # It shows no row, and does not wait for those that are being taken.
            return show_list(session, row)
    with database.write(exclusive=False) as session:
        return show_list(session, find_list(session, own_party(), import_id))


@blueprint.route(f"{_AT}/columns", guard=PLANNERS, scope=Scope.SEND)
def columns(import_id: UUID) -> Response:
    """See what each column was taken for."""
    with context().database.write(exclusive=False) as session:
        row = find_list(session, own_party(), import_id)
        if row.state not in OPEN:
            return go_to(path_of(row))
        return columns_form(session, row, options_of(row))


@blueprint.route(f"{_AT}/columns", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def match(work: Work, import_id: UUID) -> Response:
    """Set what each column means, and check every row."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    wish, wrong = read_wish()
    if not wrong:
        try:
            matched(work, row, wish)
        except Invalid:
            wrong = {"columns": wrong_columns(wish)}
    if wrong:
        abort(columns_form(work.session, row, wish, wrong))
    return go_to(path_of(row))


@blueprint.route(f"{_AT}/rows", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def correct(work: Work, import_id: UUID) -> Response:
    """Correct the rows that were shown, and check every row again."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    _save_typed(work, row)
    return go_to(path_of(row))


@blueprint.route(f"{_AT}/left-out", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def take_back(work: Work, import_id: UUID) -> Response:
    """Take the rows in again that were left out; what was typed is kept."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    take_back_in(work.session, row)
    _save_typed(work, row)
    return go_to(path_of(row))


@blueprint.route(f"{_AT}/start", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def start(work: Work, import_id: UUID) -> Response:
    """Start: save what was typed; then the rows that are right are taken, one after the other.

    Where rows stay out, the page first names them.
    """
    row = find_list(work.session, own_party(), import_id, to_change=True)
    _save_typed(work, row)
    counts = counts_of(work.session, row)
    staying = counts[RowState.FAULT]
    seen = not staying or request.form.get("staying") == str(staying)
    if not (seen and any(counts[state] for state in TO_TAKE)):
        # What was typed is kept all the same.
        return go_to(f"{path_of(row)}/start")
    start_list(work.session, row, work.now)
    return go_to(path_of(row))


@blueprint.route(f"{_AT}/start", guard=PLANNERS, scope=Scope.SEND)
def ask_to_start(import_id: UUID) -> Response:
    """See which rows stay out, before the others are taken."""
    with context().database.write(exclusive=False) as session:
        row = find_list(session, own_party(), import_id)
        if row.state != ImportState.CHECKED:
            return go_to(path_of(row))
        return show_staying(session, row)


@blueprint.route(f"{_AT}/delete", guard=PLANNERS, scope=Scope.SEND)
def ask_to_delete(import_id: UUID) -> Response:
    """Ask whether a list is to be thrown away."""
    with context().database.read() as session:
        row = find_list(session, own_party(), import_id)
        if row.state not in OPEN:
            return go_to(path_of(row))
        return show("people/import_delete.html", one=import_view(session, row), at=path_of(row))


@blueprint.route(f"{_AT}/delete", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def delete(work: Work, import_id: UUID) -> Response:
    """Throw a list away."""
    row = find_list(work.session, own_party(), import_id, to_change=True)
    throw_away(work.session, row)
    return go_to(f"{PREFIX}/imports")


@blueprint.route(f"{_AT}/refused.csv", guard=PLANNERS, scope=Scope.SEND)
def refused(import_id: UUID) -> Response:
    """Download the rows that are not taken, with all of their cells."""
    with context().database.write(exclusive=False) as session:
        row = find_list(session, own_party(), import_id)
        rows = session.scalars(rows_of(row, RowState.FAULT, RowState.LEFT_OUT)).all()
        note_rows(session, rows)
        text = refused_text(session, row, rows)
    told = {"Content-Disposition": 'attachment; filename="rows-to-correct.csv"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=told)


def _save_typed(work: Work, row: PersonImport) -> None:
    """Keep the corrections of the form, and check every row again."""
    correct_rows(work.session, row, *read_corrections())
    checked(work, row)
