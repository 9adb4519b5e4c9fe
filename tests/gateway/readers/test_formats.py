from __future__ import annotations

from time import process_time

import pytest

from gateway.errors import NotASessionFile
from gateway.readers.formats import format_of

A, B = "982000001088420", "982000001088421"
LINE = "LA 982 00000108842{}, 25/11/2026, 08:01:02, 41.5 kg\r\n"
INDUSTRIAL = "LR 0006 982 000001088420\r\n"


@pytest.mark.parametrize(
    ("label", "text", "form"),
    [
        ("lines", LINE.format(0) + LINE.format(1), "lines"),
        ("a bad line behind", LINE.format(0) + LINE.format(1) + INDUSTRIAL, "lines"),
        ("a bad line before", INDUSTRIAL + LINE.format(0), "lines"),
        ("tags alone and a half one", f"{A}\n{B}\n98200000\n", "lines"),
        ("a half tag alone", "LA 982 0000\n", "lines"),
        ("an industrial tag alone", "LR 0006 0000000018514243\r\n", "lines"),
        ("a table with names", f"EID,Weight\n{A},41.5\n", "csv"),
        ("a table with names and nothing below", "EID;VID\n", "csv"),
        ("names, and less tags than lines", f"EID;VID\nA1;{A}\n{B};A2\n", "csv"),
        ("quoted, without names", f'"{A}","41.5"\n', "csv"),
        ("tags in the second column", f"1;{A}\n2;{B}\n", "csv"),
        ("without names, the tag first", f"{A},25/11/2026,08:01:02\n", "lines"),
        ("cut by Excel", "EID\n9.82E+14\n", "csv"),
    ],
)
def test_format__of_a_text__is_lines_but_for_a_table(label, text, form):
    assert format_of(text) == form, label


@pytest.mark.parametrize("text", ["", "hello\nworld\n", "%PDF-1.7\n1 0 obj\n"])
def test_format__of_what_holds_no_tag__is_refused(text):
    with pytest.raises(NotASessionFile):
        format_of(text)


@pytest.mark.slow
def test_format__of_the_longest_session__is_found_in_moments():
    text = LINE.format(0) * 5_000 + INDUSTRIAL
    begun = process_time()
    assert format_of(text) == "lines"
    assert process_time() - begun < 5
