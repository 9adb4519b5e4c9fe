"""From the bytes of a file to its cells, whatever program wrote it; pure."""

import codecs
import csv
import re
from collections.abc import Iterator

from gateway.errors import NotASessionFile

DELIMITERS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
_MOST_CONTROLS = 0.05
_BREAKS = re.compile(r"\r\n|[\r\n]")
# Excel's own first line, which names the delimiter.
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
_LONGEST_LINE = 8192


def decode(raw: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or, where it is neither, Windows-1252.

    Raises:
        NotASessionFile: it is no text.
    """
    text = raw.decode(_encoding(raw), "replace").replace("\0", "")
    controls = sum(letter < " " and letter not in "\t\r\n\f\v\x02\x03" for letter in text[:_SAMPLE])
    if controls > _MOST_CONTROLS * min(len(text), _SAMPLE):
        raise NotASessionFile("the file is no text: export the session as CSV")
    return text


def rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that have something in them, each with its line, from 1.

    Each line is read for itself: a quotation mark that nobody closed spoils one row, not the rest.
    """
    for number, line in enumerate(_BREAKS.split(text.removeprefix("\ufeff")), start=1):
        if not line.strip() or _SEPARATOR_LINE.fullmatch(line.strip()):
            continue
        cells = _cells(line[:_LONGEST_LINE], delimiter)
        if any(cells):
            yield number, cells


def told_delimiter(text: str) -> str | None:
    """Return the delimiter that the first line names, if it is one of Excel's `sep=`."""
    found = _SEPARATOR_LINE.match(text.removeprefix("\ufeff").lstrip())
    return found[1] if found and found[1] in DELIMITERS else None


def _cells(line: str, delimiter: str) -> list[str]:
    # Excel writes ="982…" so that it keeps a number as text; only without = is it a quoted cell.
    plain = re.sub(rf"(^|{re.escape(delimiter)}) *=(?=\")", r"\1", line.replace("\0", ""))
    try:
        found = next(csv.reader([plain], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        found = plain.split(delimiter)
    return [cell.strip().strip("\x02\x03").strip() for cell in found]


def _encoding(raw: bytes) -> str:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding
    head = raw[:_SAMPLE]
    # Digits and Latin letters in UTF-16 have a zero byte each.
    if len(head) > 1 and head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
