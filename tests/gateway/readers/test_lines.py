from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ScanError, ScanFault
from gateway.readers.lines import read_lines, read_tag
from gateway.readers.moments import DateOrder

TAG = "982000001088420"
OTHER = "982000001088421"
# A temperature is no weight.
WARM = ("2019-05-06T11:06:35", None, "30.0", "C")


def tags(text):
    return [scan.tag for scan in read_lines(text).scans]


@pytest.mark.parametrize(
    ("label", "line", "tag"),
    [
        ("Allflex, as it comes", "LA 982 000001088420\r\n", TAG),
        ("Allflex, no spaces", "LA982000001088420", TAG),
        ("Allflex, small letters", "la 982 000001088420", TAG),
        ("Allflex, commas", "LA,982,000001088420", TAG),
        ("Allflex, country in four figures", "LA 0982 000001088420", TAG),
        ("TIRIS S2000", "LA 00000 0 982 000001088420", TAG),
        ("Digi-Star", "A 00000 0 982 000001088420", TAG),
        ("NAIT", "00000 0 982 000001088420", TAG),
        ("ISO 24631-6", "\x021000000982000001088420\r\n", TAG),
        ("ISO 24631-6 with its time", "\x021000000982000001088420260530101701\r\n", TAG),
        ("ISO 24631-6, retagged twice", "\x021200000982000001088420\x03", TAG),
        ("ISO 24631-6 with spaces", "1 0 00 000 982 000001088420", TAG),
        ("bare", "982000001088420", TAG),
        ("bare with a space", "982 000001088420", TAG),
        ("bare with a point", "982.000001088420", TAG),
        ("bare with a hyphen", "982-000001088420", TAG),
        ("sixteen figures", "0982000001088420", TAG),
        ("hexadecimal", "6DB0840800F80001", "124000270601654"),
        ("hexadecimal with its CRC", "6DB0840800F800016BC5", "124000270601654"),
        ("hexadecimal, CRC behind a colon", "6DB0840800F80001:6BC5", "124000270601654"),
        ("hexadecimal in groups", "6DB0 8408 00F8 0001", "124000270601654"),
        ("Biomark HPR", "20-07-2012 11:46:28 01 TAG 3DD.003BA20748", "989001000474440"),
        (
            "Biomark HPR, from memory",
            "26-07-2012 15:50:03 01 TAG *3D6.000AC95916",
            "982000180967702",
        ),
        ("Biomark IS1001", "TAG: 01 06/05/2019 11:06:35.750 3D9.2098AB0380", "985140000297856"),
        ("NUL between", "\0LA 982 \x00000001088420\0\0\r\n", TAG),
        ("XON and XOFF", "\x11LA 982 000001088420\x13\r\n", TAG),
        ("a byte order mark", "\ufeffLA 982 000001088420", TAG),
        ("the date first", "25/11/2026,08:01:02,982000001088420", TAG),
        ("vertical bars", "982000001088420|25/11/2026|08:01:02", TAG),
    ],
)
def test_read_lines__a_line_of_a_reader__is_its_tag(label, line, tag):
    found = read_lines(line)
    assert ([scan.tag for scan in found.scans], found.faults) == ([tag], ()), label


@pytest.mark.parametrize(
    ("label", "line", "fault", "count"),
    [
        ("industrial", "LR 0006 0000000018514243", ScanFault.NOT_ANIMAL, None),
        ("industrial, writable", "LW 0006 0000000018514243", ScanFault.NOT_ANIMAL, None),
        ("animal bit 0", "\x020000000982000001088420", ScanFault.NOT_ANIMAL, None),
        ("animal bit 0 in hexadecimal", "6DB0840800F80000", ScanFault.NOT_ANIMAL, None),
        ("half a line", "LA 982 00000108", ScanFault.HALF, 11),
        ("a figure too few", "98200000108842", ScanFault.HALF, 14),
        ("a figure too many", "1982000001088420", ScanFault.NOT_ANIMAL, None),
        ("two without Enter", TAG + OTHER, ScanFault.HALF, 30),
        ("half a frame", "6DB0840800F8", ScanFault.HALF, 12),
        ("bad CRC", "6DB0840800F800016BC4", ScanFault.CRC, None),
        ("country 000", "LA 000 000001088420", ScanFault.COUNTRY, None),
        ("country above 999", "3FF.003BA20748", ScanFault.COUNTRY, None),
        ("national number too large", "982 999999999999", ScanFault.NATIONAL, None),
        ("Excel", "9.82E+14", ScanFault.ROUNDED, None),
        ("Excel in another country", "9,82E+14", ScanFault.ROUNDED, None),
        ("Devanagari figures", "९८२ ०००००१०८८४२०", ScanFault.UNREADABLE, None),
        ("full-width figures", f"\uff19{TAG[1:]}", ScanFault.UNREADABLE, None),
        ("half of a surrogate pair", "\ud800", ScanFault.UNREADABLE, None),
        ("words", "Battery low", ScanFault.UNREADABLE, None),
        ("a short number", "104276", ScanFault.HALF, 6),
        ("letters for figures", "LA 982 OOOOO1088420", ScanFault.UNREADABLE, None),
        ("a million figures", "9" * 1_000_000, ScanFault.HALF, 512),
    ],
)
def test_read_lines__no_tag_of_an_animal__is_a_fault_with_its_line(label, line, fault, count):
    found = read_lines(f"{TAG}\n\n{line}\n{OTHER}\n")
    assert [scan.tag for scan in found.scans] == [TAG, OTHER], label
    assert [(one.line, one.fault, one.count) for one in found.faults] == [(3, fault, count)], label


@pytest.mark.parametrize(
    ("line", "at", "kilograms", "visual", "note"),
    [
        (f"LA {TAG} 25/11/2026 08:01:02 41.5 A12", "2026-11-25T08:01:02", 41.5, "A12", None),
        (f"{TAG},2026-11-25T08:01:02Z,41,5 kg", "2026-11-25T08:01:02Z", 41.5, None, None),
        (f"{TAG};25.11.26;8:01 pm;90kg;A12;is lame", "2026-11-25T20:01:00", 90, "A12", "is lame"),
        (f"{TAG} 25 Nov 2026", "2026-11-25", None, None, None),
        (f"\x021000000{TAG}260530101701", "2026-05-30T10:17:01", None, None, None),
        (f"{TAG} 31/02/2026", None, None, None, None),
        (f"{TAG} 25/11/2026 25:00:00", None, None, None, None),
        (f"{TAG} 08:01:02", None, None, None, None),
        ("TAG: 01 06/05/2019 11:06:35 3D9.2098AB0380 30.0 C", *WARM),
        (f"{TAG}, 890.5,LB", None, None, "890.5", "LB"),
        (f"{TAG} {TAG}", None, None, None, None),
        (f"{TAG} \ud800\x07A1", None, None, "A1", None),
    ],
)  # fmt: skip
def test_read_lines__what_comes_besides__is_told_apart(line, at, kilograms, visual, note):
    scan = read_lines(line).scans[-1]
    assert (scan.at, scan.kilograms, scan.visual, scan.note) == (at, kilograms, visual, note)


def test_read_lines__keys_of_two_readings_in_one_line__are_both_there():
    assert tags(f"LA 982 000001088420 LA 982 000001088421 {TAG}") == [TAG, OTHER, TAG]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x03\x02", "\x03\r\n\x02"])
def test_read_lines__any_end_of_lines__parts_readings(end):
    assert tags(end.join([f"LA {TAG}", OTHER, "6DB0840800F80001"])) == [
        TAG,
        OTHER,
        "124000270601654",
    ]


@pytest.mark.parametrize(
    ("dates", "order", "days"),
    [
        (["03/04/2026", "25/11/2026"], None, ["2026-04-03", "2026-11-25"]),
        (["03/04/2026", "11/25/2026"], None, ["2026-03-04", "2026-11-25"]),
        (["03/04/2026"], None, ["2026-04-03"]),
        (["03/04/2026"], DateOrder.MDY, ["2026-03-04"]),
        (["26/11/25", "13/11/30"], DateOrder.YMD, ["2026-11-25", "2013-11-30"]),
        (["2026-11-25", "03/04/2026"], None, ["2026-11-25", "2026-04-03"]),
    ],
)
def test_read_lines__dates_that_can_be_read_in_two_ways__are_read_in_one(dates, order, days):
    found = read_lines("\n".join(f"{TAG},{date}" for date in dates), order)
    assert [scan.at for scan in found.scans] == days
    assert [scan.written for scan in found.scans] == dates


def test_read_lines__a_thousand_lines__in_a_moment():
    text = "".join(f"LA 982 {number:012} 25/11/2026 08:01:02\r\n" for number in range(1_000))
    begun = process_time()
    assert len(read_lines(text).scans) == 1_000
    assert process_time() - begun < 1


@pytest.mark.slow
@given(st.text(max_size=200) | st.text("LAR0123456789ABCDEF .,:/-\r\n\x02\x03\0", max_size=200))
def test_read_lines__any_text__is_readings_and_faults(text):
    found = read_lines(text)
    assert all(len(scan.tag) == 15 and scan.tag.isascii() for scan in found.scans)
    for scan in found.scans:
        "".join([scan.visual or "", scan.note or "", scan.written or ""]).encode()


@given(st.integers(1, 999), st.integers(0, 2**38 - 1))
def test_read_tag__every_form_of_one_number__is_that_number(country, national):
    number = f"{country:03}{national:012}"
    assert read_tag(f"LA {country:03} {national:012}") == number
    assert read_tag(f"0{number}") == number
    assert read_tag(f"{country:03X}.{national:010X}") == number


def test_read_tag__with_something_behind__is_none():
    with pytest.raises(ScanError):
        read_tag(f"{TAG} A12")
