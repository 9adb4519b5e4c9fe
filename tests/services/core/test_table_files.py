from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from services.core.errors import RowFault, UnreadableFile
from services.core.table_files import FileTally, cell_text, read_rows

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
COLUMNS = ("tag", "premises")
TABLE = [("Tag", "Premises", "Born"), ("598000000000011", "1", "2026-03-01"), ("x", "2", "")]
TAG = 598_000_000_000_011


def cells(path, columns=COLUMNS):
    tally = FileTally()
    return [(row.number, row.values) for row in read_rows(path, columns, tally)], tally


@pytest.fixture
def book(tmp_path):
    """Saves rows as the first sheet of a workbook, which `change` gets before."""

    def save(rows, change=lambda _book: None, name="list.xlsx"):
        made = Workbook()
        for row in rows:
            made.active.append(row)
        change(made)
        made.save(tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture
def file(tmp_path):
    def save(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def text(delimiter):
    return "\n".join(delimiter.join(row) for row in TABLE)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv__each_delimiter_byte_order_mark_gzip__give_the_rows_of_the_workbook(
    file, book, delimiter
):
    rows, tally = cells(book(TABLE))
    assert (rows, tally.header) == (
        [(2, TABLE[1]), (3, TABLE[2])],
        ("tag", "premises", "born"),
    )
    for content in (
        text(delimiter),
        "\ufeff" + text(delimiter),
        text(delimiter).replace("\n", "\r\n"),
        gzip.compress(text(delimiter).encode()),
    ):
        assert cells(file(content)) == (rows, tally)


def test_read__name_of_the_file__says_nothing_of_its_form(file, book):
    rows, _ = cells(book(TABLE))
    assert cells(book(TABLE).rename(book(TABLE).with_name("list.csv")))[0] == rows
    assert cells(file(text(","), "list.xlsx"))[0] == rows


def test_read__rows_of_empty_cells__are_passed_over_and_counted(file, book):
    rows = [TABLE[0], (None, " "), TABLE[1], (), (None,), TABLE[2]]
    assert [number for number, _ in cells(book(rows))[0]] == [3, 6]
    lines = f"tag,premises,born\n , ,\n{','.join(TABLE[1])}\n\n,,\n{','.join(TABLE[2])}"
    assert [number for number, _ in cells(file(lines))[0]] == [3, 6]


def test_header__missing_or_doubled__is_told_with_what_is_needed(file, book):
    for path in (file("premises\n1\n"), book([("premises",), (1,)])):
        with pytest.raises(
            UnreadableFile, match=r"no column tag in its first row: it needs tag, p"
        ):
            cells(path)
    with pytest.raises(UnreadableFile, match="column tag stands twice"):
        cells(file("tag,premises,Tag,,\n1,2,3,,\n"))


def test_workbook__cells_of_each_kind__are_the_texts_of_a_csv(book):
    day = datetime(2026, 3, 1)  # noqa: DTZ001 — a workbook knows no zone
    values = [
        (TAG, "598000000000011"),
        (7.0, "7"),
        (999_999_999_999_999, "999999999999999"),
        (-6.02, "-6.02"),
        (0.1 + 0.2, "0.3"),
        (day, "2026-03-01"),
        (date(2026, 3, 1), "2026-03-01"),
        (day.replace(hour=6, minute=30), "2026-03-01T06:30:00"),
        (time(6, 30), "06:30:00"),
        (True, "TRUE"),
        ("01/03/2026", "01/03/2026"),
        (" 00007 ", " 00007 "),
        (None, ""),
        ("end", "end"),
    ]
    header = [f"c{place}" for place, _ in enumerate(values)]
    (row,), _ = cells(book([header, [value for value, _ in values]]), ())
    assert row == (2, tuple(shown for _, shown in values))


def test_workbook__number_shown_with_leading_zeros__keeps_them(book):
    def change(made):
        made.active["A2"].number_format = "00000"

    assert cells(book([COLUMNS, (7, 8)], change))[0] == [(2, ("00007", "8"))]


@pytest.mark.parametrize(
    ("value", "kind", "wrong"),
    [
        (9_820_000_010_884_200, "n", "was rounded by the spreadsheet"),
        (1e15, "n", "was rounded by the spreadsheet"),
        (5.98e20, "n", "was rounded by the spreadsheet"),
        ("#N/A", "e", "holds the spreadsheet's error #N/A"),
    ],
)
def test_workbook__number_that_excel_rounded_or_error__is_a_fault_of_its_cell(
    book, value, kind, wrong
):
    def change(made):
        made.active["A2"].data_type = kind

    path = book([COLUMNS, (value, 1), (TAG, 2)], change)
    spoiled, good = read_rows(path, COLUMNS, FileTally())
    with pytest.raises(RowFault, match=wrong) as fault:
        cell_text(spoiled.cells, "tag")
    assert fault.value.advice
    assert cell_text(spoiled.cells, "premises") == "1"
    assert cell_text(good.cells, "tag") == "598000000000011"


def test_workbook__formula__is_its_last_value(book, tmp_path):
    path = book([COLUMNS, ("=1+1", 1)])
    (row,), _ = cells(path)
    assert row == (2, ("", "1")), "no program has counted it yet"
    counted = rewritten(path, tmp_path, b"<v></v>", b"<v>2</v>", b"<v />", b"<v>2</v>")
    assert cells(counted)[0] == [(2, ("2", "1"))]


def rewritten(path, folder, *pairs):
    """The workbook with other bytes in its sheet."""
    target = folder / "rewritten.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                for before, after in zip(pairs[::2], pairs[1::2], strict=True):
                    content = content.replace(before, after)
            new.writestr(part.filename, content, zipfile.ZIP_DEFLATED)
    return target


def test_workbook__size_in_it_that_is_wrong__loses_no_row(book, tmp_path):
    path = book(TABLE)
    wrong = rewritten(path, tmp_path, b'ref="A1:C3"', b'ref="A1:A1"')
    assert wrong.read_bytes() != path.read_bytes()
    assert cells(wrong) == cells(path)


def test_workbook__charts_hidden_and_other_sheets__the_first_that_is_seen_is_read(book):
    def change(made):
        made.create_sheet("other").append(("phone",))
        made.create_sheet("hidden", 0).sheet_state = "hidden"
        made.create_chartsheet("chart", 0).add_chart(BarChart())

    assert cells(book(TABLE, change)) == cells(book(TABLE))


def test_workbook__dates_counted_from_1904__are_those_days(book):
    def change(made):
        made.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 — a workbook knows no zone

    rows, _ = cells(book([("tag", "premises"), (date(2026, 3, 1), 1)], change))
    assert rows == [(2, ("2026-03-01", "1"))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (COMPOUND + b"\0" * 600, "old form .*has a password: open it, remove the password"),
        (b"PK\x03\x04" + b"\0" * 60, "cannot be read as an Excel workbook: open it and save it as"),
        (b"PK\x03\x04", "cannot be read as an Excel workbook"),
        (b"", "no column tag"),
        (b"%PDF-1.7\n%\xe2\xe3\n", "no column tag"),
    ],
    ids=["xls or password", "broken zip", "only begins so", "empty", "pdf"],
)
def test_read__file_that_is_no_table__says_what_to_do(file, content, words):
    with pytest.raises(UnreadableFile, match=words):
        cells(file(content, "list.xlsx"))


def test_workbook__other_zip__says_what_to_do(tmp_path):
    for name in ("mimetype", "[Content_Types].xml"):
        with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
            archive.writestr(name, "<Types/>")
        with pytest.raises(UnreadableFile, match="cannot be read as an Excel workbook"):
            cells(tmp_path / "list.xlsx")


def test_workbook__sheet_that_is_cut_off__keeps_the_rows_before(book, tmp_path):
    path = book([COLUMNS, *((TAG + number, 1) for number in range(2_000))])
    broken = rewritten(path, tmp_path, b'<row r="1500"', b"<row r=")
    rows, tally = cells(broken)
    assert 500 <= len(rows) < 1_500
    assert "cannot be read as an Excel workbook" in tally.fault


@pytest.mark.slow
def test_workbook__part_that_unpacks_to_far_more__is_not_unpacked(book, tmp_path):
    path = book(TABLE)
    bomb = rewritten(path, tmp_path, b"</sheetData>", b"<row></row>" * 3_000_000 + b"</sheetData>")
    assert bomb.stat().st_size < 200_000
    with pytest.raises(UnreadableFile, match="unpacks to too much: divide it, or save it as CSV"):
        cells(bomb)


def test_workbook__entities_that_grow__are_refused(book, tmp_path):
    grow = b"".join(
        b'<!ENTITY e%d "%s">' % (step, b"&e%d;" % (step - 1) * 10) for step in range(1, 10)
    )
    kind = b'<!DOCTYPE worksheet [<!ENTITY e0 "pig">' + grow + b"]>"
    bomb = rewritten(book(TABLE), tmp_path, b"<worksheet", kind + b"<worksheet", b">x<", b">&e9;<")
    tally = FileTally()
    with pytest.raises(UnreadableFile, match="cannot be read as an Excel workbook"):
        list(read_rows(bomb, COLUMNS, tally))


@pytest.mark.slow
def test_workbook__row_beyond_the_last_of_excel__is_refused(book, tmp_path):
    path = rewritten(book(TABLE), tmp_path, b'<row r="3"', b'<row r="99000000"')
    rows, tally = cells(path)
    assert [number for number, _ in rows] == [2]
    assert "more rows than Excel allows" in tally.fault


@pytest.mark.slow
def test_read__big_files__take_little_memory(tmp_path):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(COLUMNS)
    with (tmp_path / "big.csv").open("w") as plain:
        plain.write("tag,premises\n")
        for number in range(8_000):
            sheet.append((TAG + number, f"{number % 97}"))
            plain.write(f"{TAG + number},{number % 97}\n")
    book.save(tmp_path / "big.xlsx")
    for name, most in (("big.csv", 500_000), ("big.xlsx", 3_000_000)):
        tracemalloc.start()
        count = sum(1 for _ in read_rows(tmp_path / name, COLUMNS, FileTally()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (count, peak < most) == (8_000, True), (name, peak)


def test_cell__with_the_mark_that_our_downloads_put_before_a_formula__is_read_without_it(
    tmp_path, book
):
    rows = [
        ("Phone", "Name"),
        ("'+675 7100 0001", "'=A1"),
        ("'@x", "'-"),
        ("'7", "D'Arcy"),
        ("''+", "'"),
    ]
    (tmp_path / "list.csv").write_text("".join(f"{one},{two}\n" for one, two in rows))
    told = [("+675 7100 0001", "=A1"), ("@x", "-"), ("'7", "D'Arcy"), ("''+", "'")]
    for path in (tmp_path / "list.csv", book(rows)):
        assert [values for _, values in cells(path, ("phone", "name"))[0]] == told


def test_columns__of_line_and_reason_that_our_downloads_have__are_left_out(tmp_path, book):
    rows = [
        ("line", "Reason", "tag", "premises"),
        ("4", "tag: odd", "x", "1"),
        ("5", "bad", "", ""),
    ]
    (tmp_path / "list.csv").write_text("\ufeff" + "".join(f"{','.join(one)}\n" for one in rows))
    for path in (tmp_path / "list.csv", book(rows)):
        found, tally = cells(path)
        assert (tally.header, found) == (("tag", "premises"), [(2, ("x", "1"))])
    # Elsewhere they are the file's own.
    (tmp_path / "own.csv").write_text("tag,premises,line,reason\nx,1,7,sold\n")
    found, tally = cells(tmp_path / "own.csv")
    assert (tally.header, found) == ((*COLUMNS, "line", "reason"), [(2, ("x", "1", "7", "sold"))])
