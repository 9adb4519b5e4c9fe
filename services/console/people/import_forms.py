"""Forms and pages of imports: what each shows, and how it is read."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.console.browser_session import PREFIX
from services.console.kept_forms import file_of_request
from services.console.numbers import plain_number
from services.console.pages import show
from services.console.people.import_faults import first_faults, in_words, label_of
from services.console.people.people_list import titles_of
from services.core.errors import RowFault
from services.health.api.imports import MOST_LISTS, import_view, note_rows
from services.health.format.model import Programme
from services.health.imports.checking import sample_texts
from services.health.imports.enrolment import Programmes
from services.health.imports.list_rows import (
    TO_TAKE,
    ListOptions,
    options_of,
    rows_of,
)
from services.health.imports.lists import (
    OPEN,
    lists_of,
    programme_of_list,
    targets_of,
)
from services.health.imports.rows import PHONE, read_consent, read_consent_day
from services.health.imports.uploads import LOOKED_AT
from services.storage.models import PersonImport
from services.texts.catalogue import LANGUAGES
from sms.local_time import local_day

_MOST_LINES = 9_999_999
_SHOWN, _SAMPLE, _EXAMPLES, _LONGEST, _LONGEST_NAME = 20, 3, 3, 200, 64


def upload_form(
    session: Session, wrong: Mapping[str, str] | None = None, detail: str | None = None
) -> Response:
    """Draw the lists of a planner, and the form for another."""
    codes = Programmes(session, local_day(context().clock())).codes()
    mine = lists_of(session, own_party(), MOST_LISTS)
    return show(
        "people/imports.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        programmes=titles_of(session, codes),
        chosen=request.form.get("programme", ""),
        lists=[import_view(session, row) for row in mine],
        wrong=wrong,
        detail=detail,
        # A file that cannot be read is no help.
        file=file_of_request("file") if wrong and "file" not in wrong else None,
    )


def show_list(session: Session, row: PersonImport) -> Response:
    """Draw how a list stands."""
    now, view = context().clock(), import_view(session, row)
    values = {
        "one": view,
        "at": path_of(row),
        "options": options_of(row),
        "is_open": row.state in OPEN,
    }
    programme = _programme(session, row)
    if programme is None:
        # Its approval was withdrawn since.
        return show("people/import_list.html", **values, title=row.programme, closed=True)
    groups, rows = first_faults(session, row, programme, _SHOWN)
    samples = []
    if row.state in OPEN:
        note_rows(session, [one.row for one in rows])
        samples = sample_texts(session, row, _SAMPLE, now)
    return show(
        "people/import_list.html",
        **values,
        title=dict(titles_of(session, [row.programme]))[row.programme],
        groups=groups,
        rows=rows,
        samples=[(in_words(person), texts[:_SAMPLE]) for person, texts in samples],
        unreadable=row.summary.get("unreadable", []),
    )


def show_staying(session: Session, row: PersonImport) -> Response:
    """Draw which rows stay out if the others are taken now."""
    view, programme = import_view(session, row), _programme(session, row)
    if programme is None:
        return show_list(session, row)
    groups, rows = first_faults(session, row, programme, _SHOWN)
    note_rows(session, [one.row for one in rows])
    ready = sum(view["rows"][state] for state in TO_TAKE)
    told = {"groups": groups, "rows": rows, "ready": ready}
    return show("people/import_start.html", one=view, at=path_of(row), **told)


def columns_form(
    session: Session,
    row: PersonImport,
    options: ListOptions,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    """Draw what each column of a list was taken for."""
    programme = programme_of_list(session, row.programme, context().clock())
    rows = session.scalars(rows_of(row).limit(LOOKED_AT + _EXAMPLES)).all()
    note_rows(session, rows)
    names: list[str] = next((one.cells["v"] for one in rows if one.line == options.header), [])
    below = [one.cells["v"] for one in rows if one.line > options.header][:_EXAMPLES]
    width = max(len(cells) for cells in (names, *below, []))
    meanings = {place: target for target, place in options.columns.items()}
    places = [
        (
            place,
            names[place] if place < len(names) else "",
            [cells[place] for cells in below if place < len(cells) and cells[place]],
            meanings.get(place, ""),
        )
        for place in range(width)
    ]
    return show(
        "people/import_columns.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        one=import_view(session, row),
        at=path_of(row),
        options=options,
        places=places,
        heads=[
            (one.line, ", ".join(filter(None, one.cells["v"]))[:60]) for one in rows[:LOOKED_AT]
        ],
        targets=[(target, label_of(programme, target)) for target in targets_of(programme)],
        known_languages=LANGUAGES,
        merged=options_of(row).merged,
        wrong=wrong,
    )


def read_wish() -> tuple[ListOptions, dict[str, str]]:
    """Read the meaning of the columns; return it with what is wrong, by field."""
    form, found, wrong = request.form, dict[str, int](), dict[str, str]()
    for name, target in form.items():
        place = plain_number(name.removeprefix("column-"), _MOST_LINES)
        if name.startswith("column-") and target and place is not None:
            if target in found:
                wrong[name] = "imports_column_twice"
            found[target] = place
    consent, on = (_in_one_line(form.get(name, "")) for name in ("consent", "consent_date"))
    language = form.get("language")
    wish = ListOptions(
        plain_number(form.get("header", ""), _MOST_LINES) or 0,
        found,
        language if language in LANGUAGES else None,
        consent or None,
        on or None,
    )
    cells = {"consent": consent, "consent_date": on}
    try:
        # The rule of every row holds for all of them.
        read_consent_day(cells, read_consent(cells), local_day(context().clock()))
    except RowFault as fault:
        wrong[fault.column] = f"imports_{fault.column}_wrong"
    return wish, wrong


def read_corrections() -> tuple[dict[int, dict[str, str]], set[int]]:
    """Read the cells that were corrected, by row and column, and the rows that are left out."""
    corrected, left_out = dict[int, dict[str, str]](), set[int]()
    for name, value in request.form.items():
        what, _, rest = name.partition("-")
        digits, _, column = rest.partition("-")
        line = plain_number(digits, _MOST_LINES)
        if line is None:
            continue
        if what == "out":
            left_out.add(line)
        elif what == "cell":
            corrected.setdefault(line, {})[column] = value[:_LONGEST]
    return corrected, left_out


def wrong_columns(wish: ListOptions) -> str:
    """Tell what is wrong with columns that do not fit."""
    return "imports_column_twice" if PHONE in wish.columns else "imports_no_phone"


def _programme(session: Session, row: PersonImport) -> Programme | None:
    try:
        return programme_of_list(session, row.programme, context().clock())
    except RowFault:
        return None


def path_of(row: PersonImport) -> str:
    """Return the address of a list."""
    return f"{PREFIX}/imports/{row.public_id}"


def plain_name(name: str) -> str:
    """Return the name of an uploaded file, without its folder."""
    return _in_one_line(name.replace("\\", "/").rpartition("/")[2])[-_LONGEST_NAME:]


def _in_one_line(text: str) -> str:
    """Return a text without what cannot be printed."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_LONGEST]
