from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotASessionFile, ScanFault
from gateway.readers.files import decode
from gateway.readers.moments import DateOrder
from gateway.readers.presets import ANY, fold, presets
from gateway.readers.sessions import read_session

ONE, TWO = "982000123456781", "982000123456782"


def read(raw, preset=ANY, order=None):
    return read_session(
        decode(raw if isinstance(raw, bytes) else raw.encode()), presets()[preset], order
    )


def quoted(text):
    rows = [line.split(",") for line in text.splitlines()]
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)


DATAMARS = f"EID,VID,Date,Time,OWNER,NOTE,WEIGHT\r\n982 000123456781,101,25/11/2026,08:01,x,lame,41.5\r\n{TWO},,25/11/2026,08:02:11,,,\r\n"  # noqa: E501 — one file


@pytest.mark.parametrize(
    ("label", "raw", "preset"),
    [
        ("Datamars", DATAMARS, "datamars"),
        ("found by names", DATAMARS, ANY),
        ("UTF-8 with its mark", b"\xef\xbb\xbf" + DATAMARS.encode(), ANY),
        ("UTF-16", DATAMARS.encode("utf-16"), ANY),
        ("UTF-16 without a mark", DATAMARS.encode("utf-16-le"), ANY),
        ("UTF-16, the other way, without a mark", DATAMARS.encode("utf-16-be"), ANY),
        ("Windows-1252", DATAMARS.replace("OWNER", "Propriét").encode("cp1252"), ANY),
        ("semicolons", DATAMARS.replace(",", ";"), ANY),
        ("tabs", DATAMARS.replace(",", "\t"), ANY),
        ("Excel's first line", "sep=;\r\n" + DATAMARS.replace(",", ";"), ANY),
        ("UNIX ends of lines", DATAMARS.replace("\r\n", "\n"), ANY),
        ("Mac ends of lines", DATAMARS.replace("\r\n", "\r"), ANY),
        ("NUL at the end", DATAMARS.encode() + b"\0\0\0", ANY),
        ("empty rows", DATAMARS.replace("\r\n", "\r\n\r\n,,,\r\n"), ANY),
        ("a title above", "Session 12\r\nReader: XRS2,,\r\n" + DATAMARS, ANY),
        ("two sessions, one below the other", DATAMARS + DATAMARS.splitlines()[0], ANY),
        ("quoted", quoted(DATAMARS), ANY),
        ("a number as text for Excel", DATAMARS.replace(TWO, f'="{TWO}"'), ANY),
        ("the same in quotation marks", DATAMARS.replace(TWO, f'"=""{TWO}"""'), ANY),
        ("an apostrophe for Excel", DATAMARS.replace(TWO, f"'{TWO}"), ANY),
        ("a decimal of a spreadsheet", DATAMARS.replace(TWO, f"{TWO}.0"), ANY),
        ("sixteen figures", DATAMARS.replace(TWO, f"0{TWO}"), ANY),
        ("Allflex in a cell", DATAMARS.replace(TWO, f"LA 982 {TWO[3:]}"), ANY),
        ("names in capitals with signs", DATAMARS.replace("EID,", "Electronic_ID,"), ANY),
        ("no names", "".join(DATAMARS.partition("\r\n")[2]), "datamars"),
        ("another order", f"Date,Weight (kg),RFID\n25/11/2026,4,{ONE}\n25/11/2026,,{TWO}\n", ANY),
    ],
)  # fmt: skip
def test_read_session__a_file_of_a_reader__is_its_scans_in_order(label, raw, preset):
    found = read(raw, preset)
    assert ([scan.tag for scan in found.scans], found.faults) == ([ONE, TWO], ()), label
    assert all(scan.at and scan.at.startswith("2026-11-25") for scan in found.scans), label


@pytest.mark.parametrize(
    ("label", "cell", "fault", "count"),
    [
        ("Excel", "9.82E+14", ScanFault.ROUNDED, None),
        ("Excel in another country", '"9,82E+14"', ScanFault.ROUNDED, None),
        ("more figures", "9.82000123456E+14", ScanFault.ROUNDED, None),
        ("nothing", "", ScanFault.NO_TAG, None),
        ("half a number", "98200012345", ScanFault.HALF, 11),
        ("two figures too many", ONE + "00", ScanFault.HALF, 17),
        ("country 000", "000000123456781", ScanFault.COUNTRY, None),
        ("national number too large", "982999999999999", ScanFault.NATIONAL, None),
        ("industrial", "LR 0006 0000000018514243", ScanFault.NOT_ANIMAL, None),
        ("bad CRC", "6DB0840800F800016BC4", ScanFault.CRC, None),
        ("Devanagari figures", "९८२०००१२३४५६७८१", ScanFault.UNREADABLE, None),
        ("words", "no tag", ScanFault.UNREADABLE, None),
        ("a formula", "=A1+B1", ScanFault.UNREADABLE, None),
    ],
)
def test_read_session__a_row_without_a_tag__is_a_fault_and_the_others_count(
    label, cell, fault, count
):
    found = read(f"EID,VID\n{ONE},1\n{cell},2\n{TWO},3\n")
    assert [scan.tag for scan in found.scans] == [ONE, TWO], label
    assert [(one.line, one.fault, one.count) for one in found.faults] == [(3, fault, count)], label


@pytest.mark.parametrize(
    ("label", "raw"),
    [
        ("nothing", b""),
        ("empty lines", b"\r\n\r\n,,,\r\n"),
        ("another table", b"Name,Age\nx,3\n"),
        ("a spreadsheet", b"PK\x03\x04\x14\x00\x06\x00" * 90),
        ("a photograph", bytes(range(256)) * 4),
        ("a web page", b"<!doctype html><html><body>Session expired</body></html>"),
    ],
)
def test_read_session__no_session_file__is_refused_with_what_to_do(label, raw):
    with pytest.raises(NotASessionFile, match="export the session as CSV"):
        read(raw)


def test_read_session__what_stands_beside_the_tag__is_told():
    first, second = read(DATAMARS).scans
    assert (first.line, first.at, first.written) == (2, "2026-11-25T08:01:00", "25/11/2026 08:01")
    assert (first.kilograms, first.visual, first.note) == (41.5, "101", "lame")
    assert (second.line, second.kilograms, second.visual) == (3, None, None)


@pytest.mark.parametrize(
    ("weight", "kilograms"),
    [
        ("41.5", 41.5),
        ('"41,5"', 41.5),
        ("41.5 kg", 41.5),
        ("0", None),
        ("-3", None),
        ("heavy", None),
        ("9999", None),
        ("NaN", None),
        ("1e3", None),
    ],
)
def test_read_session__weight__is_kilograms_or_nothing(weight, kilograms):
    assert read(f"EID,Weight\n{ONE},{weight}\n").scans[0].kilograms == kilograms


def test_read_session__a_quotation_mark_that_nobody_closed__spoils_one_row():
    found = read(f'EID,Note\n{ONE},"open\n{TWO},ok\n')
    assert [(scan.tag, scan.note) for scan in found.scans] == [(ONE, "open"), (TWO, "ok")]


def test_read_session__weights_in_pounds__are_passed_over():
    assert read(f"EID,Weight (lb)\n{ONE},890\n").scans[0].kilograms is None


@pytest.mark.parametrize(("order", "day"), [(None, "2026-04-03"), (DateOrder.MDY, "2026-03-04")])
def test_read_session__dates_in_doubt__are_read_as_asked_else_the_day_first(order, day):
    assert read(f"EID,Date\n{ONE},03/04/2026\n", ANY, order).scans[0].at == day


def test_read_session__the_same_animal_again__is_there_again():
    assert [scan.tag for scan in read(f"EID\n{ONE}\n{TWO}\n{ONE}\n").scans] == [ONE, TWO, ONE]


def test_read_session__of_digistar__has_dates_with_the_month_first():
    line = "A 00000 0 982 000123456781, 890,LB,$,GR,8/7/03,10:15,_\n"
    assert read(line, "digistar").scans[0].at == "2003-08-07T10:15:00"


@pytest.mark.parametrize("name", presets())
def test_presets__each__has_a_title_and_finds_its_tags(name):
    preset = presets()[name]
    assert preset.title
    tag = next(name for name, field in preset.names.items() if field == "tag")
    assert tag == fold(tag)
    assert [scan.tag for scan in read(f"{tag}\n{ONE}\n", name).scans] == [ONE]


@pytest.mark.slow
def test_read_session__five_thousand_rows__in_a_moment():
    rows = "".join(f"982{number:012},25/11/2026,08:01:02\n" for number in range(5_000))
    begun = process_time()
    assert len(read("EID,Date,Time\n" + rows).scans) == 5_000
    assert process_time() - begun < 3


@pytest.mark.slow
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"EID,Date\n{text}".encode())
)
def test_read_session__any_bytes__are_readings_or_no_session_file(raw):
    try:
        found = read(raw)
    except NotASessionFile:
        return
    for scan in found.scans:
        "".join([scan.visual or "", scan.note or "", scan.written or ""]).encode()
