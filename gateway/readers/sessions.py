"""Session files in CSV: which column is which, and what each row says; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import NotASessionFile, ScanError, ScanFault
from gateway.readers.files import DELIMITERS, rows, told_delimiter
from gateway.readers.lines import clean, read_tag
from gateway.readers.moments import DateOrder, fitting_order, read_moment
from gateway.readers.presets import DATE, KILOGRAMS, MOMENT, NOTE, TAG, TIME, VISUAL, Preset, fold
from gateway.readers.scans import FaultyLine, Readings, Scan

Row = tuple[int, list[str]]

# Programs put a title and their own settings above the names of the columns.
_HIGHEST_HEADER = 20
_TRIED_ROWS = 50
_MOST_KILOGRAMS = 5_000
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]{2}", re.IGNORECASE | re.ASCII)
_POINT_ZERO = re.compile(r"([0-9]{15,16})[.,]0+", re.ASCII)
_WEIGHT = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,3})?)(?: ?kg)?", re.IGNORECASE | re.ASCII)
_CELL_DATE = re.compile(r"[0-9A-Za-z]{1,9}[/. -][0-9A-Za-z]{1,9}[/. -][0-9]{2,4}\b")


class _Layout(NamedTuple):
    """Columns of a file's fields, and its rows below the names."""

    columns: Mapping[str, int]
    rows: Sequence[Row]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Raw:
    """A row whose tag was read, before all dates of the file are known."""

    line: int
    tag: str
    when: str
    cells: Mapping[str, str]


def read_session(text: str, preset: Preset, order: DateOrder | None = None) -> Readings:
    """Read a session file.

    Args:
        text: decoded (`gateway.readers.files.decode`).
        preset: how it is laid out; the delimiter is found out.
        order: of dates; without it the preset's, else what fits all of them.

    Raises:
        NotASessionFile: no column holds tags.
    """
    layout = _layout(text, preset)
    raws: list[_Raw] = []
    faults: list[FaultyLine] = []
    for line, cells in layout.rows:
        if cells == list(layout.names):
            continue  # several sessions, one below the other
        try:
            raws.append(_raw(line, cells, layout.columns))
        except ScanError as error:
            faults.append(FaultyLine(line, error.fault, error.count))
    order = order or preset.date_order or fitting_order(_date_of(raw.when) for raw in raws)
    return Readings(tuple(_scan(raw, order) for raw in raws), tuple(faults))


def has_names(text: str, preset: Preset) -> bool:
    """Tell whether a session file names its columns.

    Raises:
        NotASessionFile: no column holds tags.
    """
    return bool(_layout(text, preset).names)


def _layout(text: str, preset: Preset) -> _Layout:
    told = told_delimiter(text)
    best: tuple[int, _Layout] | None = None
    for delimiter in told or DELIMITERS:
        table = list(rows(text, delimiter))
        found = _by_names(table, preset) or _by_content(table, preset)
        # The right delimiter is the one by which most columns are found.
        if found and (best is None or len(found.columns) > best[0]):
            best = len(found.columns), found
    if best is None:
        raise NotASessionFile(
            "no column of the file holds tags: export the session as CSV, with the names of columns"
        )
    return best[1]


def _by_names(table: Sequence[Row], preset: Preset) -> _Layout | None:
    for place, (_, cells) in enumerate(table[:_HIGHEST_HEADER]):
        columns: dict[str, int] = {}
        for column, name in enumerate(cells):
            field = preset.names.get(fold(name))
            if field:
                columns.setdefault(field, column)
        if TAG in columns:
            return _Layout(columns, table[place + 1 :], cells)
    return None


def _by_content(table: Sequence[Row], preset: Preset) -> _Layout | None:
    """Find the column of a file without names in which tags stand."""
    for _, cells in table[:_TRIED_ROWS]:
        for column, cell in enumerate(cells):
            if _is_tag(cell):
                return _Layout(_from(column, preset.columns), table)
    return None


def _from(column: int, order: Sequence[str]) -> Mapping[str, int]:
    """Count the columns of a preset from where its tag is; without one, the tag is all there is."""
    if TAG not in order:
        return {TAG: column}
    shift = column - order.index(TAG)
    return {field: place + shift for place, field in enumerate(order) if field and place >= -shift}


def _is_tag(cell: str) -> bool:
    try:
        read_tag(_number(cell))
    except ScanError as error:
        return error.fault is ScanFault.ROUNDED
    return True


def _raw(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> _Raw:
    told = {field: cells[at] for field, at in columns.items() if at < len(cells)}
    text = _number(told.get(TAG, ""))
    if not text:
        raise ScanError(ScanFault.NO_TAG)
    when = told.get(MOMENT) or f"{told.get(DATE, '')} {told.get(TIME, '')}"
    return _Raw(line, read_tag(text), when.strip(), told)


def _number(cell: str) -> str:
    """Return a tag without the quoting of spreadsheets.

    Raises:
        ScanError: the spreadsheet kept only its first digits.
    """
    text = cell.removeprefix("=").strip("\"'` \u00a0\u2019")
    if _ROUNDED.fullmatch(text):
        raise ScanError(ScanFault.ROUNDED)
    found = _POINT_ZERO.fullmatch(text)
    return found[1] if found else text


def _date_of(when: str) -> str:
    found = _CELL_DATE.match(when)
    return found[0] if found else ""


def _scan(raw: _Raw, order: DateOrder) -> Scan:
    weight = _WEIGHT.fullmatch(raw.cells.get(KILOGRAMS, ""))
    kilograms = float(weight[1].replace(",", ".")) if weight else 0.0
    return Scan(
        raw.line,
        raw.tag,
        read_moment(raw.when, order) if raw.when else None,
        clean(raw.when),
        kilograms if 0 < kilograms <= _MOST_KILOGRAMS else None,
        clean(raw.cells.get(VISUAL, "")),
        clean(raw.cells.get(NOTE, "")),
    )
