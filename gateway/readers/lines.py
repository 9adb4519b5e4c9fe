"""Lines that stick readers send over a cable, Bluetooth or as keys of a keyboard; pure.

Sources: Allflex, "RS320 Stick Reader" user guide, table 3, and "Panel Reader" manual, table 2 (`LA`
and `LR`, with the reserved field and data block of TIRIS S2000); ISO 24631-6:2011, clause 4.3 (the
line of an ISO reader, such as Allflex RS420 and Agrident: animal bit, retagging counter, user
information, reserved field, code, time); Biomark, "HPR" manual, section 5.4.1, and "IS1001" manual,
"Message Types and Formats".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import Mistake, ScanError, ScanFault, TagError
from gateway.readers.frames import read_frame
from gateway.readers.moments import DATE, TIME, DateOrder, fitting_order, read_moment
from gateway.readers.scans import FaultyLine, Readings, Scan
from gateway.tags import OFFICIAL_DIGITS, check_official

_GAP = r"[ ,;:|\t_.-]{0,3}"


class TagFormat(NamedTuple):
    """One way to write a tag.

    The groups of its shape: `country` and `national` in figures, or `hex_country` and
    `hex_national`, or `frame` and perhaps `crc`; `animal`, the animal bit; `stamp`, when.
    """

    name: str
    shape: re.Pattern[str]


def _shape(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("~", _GAP), re.IGNORECASE | re.ASCII)


_CODE = r"0?(?P<country>[0-9]{3})~(?P<national>[0-9]{12})"
FORMATS: Sequence[TagFormat] = (
    TagFormat(
        "allflex", _shape(rf"(?:[#LXG]?A~(?:[0-9]{{5}}~[01]~)?|[0-9]{{5}}[ ][01][ ]){_CODE}")
    ),
    TagFormat("industrial", _shape(r"(?P<animal>L[RW])~[0-9]{4}~[0-9]{10,16}")),
    TagFormat(
        "iso24631-6",
        _shape(
            r"(?P<animal>[01])~[0-7]~[0-9]{2}~[0-9]{3}~(?P<country>[0-9]{3})~(?P<national>[0-9]{12})"
            r"(?:~(?P<stamp>[0-9]{12}))?"
        ),
    ),
    TagFormat("official", _shape(_CODE)),
    TagFormat(
        "biomark", _shape(r"\*?(?P<hex_country>[0-9A-F]{3})\.(?P<hex_national>[0-9A-F]{10})")
    ),
    # Sixteen figures that begin with 0 are a number with a leading 0, by the order of this list.
    TagFormat(
        "frame",
        _shape(
            r"(?P<frame>[0-9A-F]{32}|[0-9A-F]{28}|[0-9A-F]{20}|[0-9A-F]{16}"
            r"|(?:[0-9A-F]{4} ){3,4}[0-9A-F]{4})(?:[:*](?P<crc>[0-9A-F]{4}))?"
        ),
    ),
)

_BREAKS = re.compile(r"\r\n|[\r\n]")
_FRAMING = re.compile(r"[\x02\x03]")
# What a reader pads with, and what editors put before a file.
_PADDING = dict.fromkeys(map(ord, "\0\ufeff\x11\x13"))
_HEAD = re.compile(
    rf"(?:TAG:?\s+)?(?:[0-9A-F]{{2}}\s+)?(?P<when>{DATE}(?:[T ,;\t]+{TIME})?)[ ,;\t]+"
    r"(?:(?:[0-9A-F]{2}\s+)?TAG\s+)?",
    re.IGNORECASE | re.ASCII,
)
_BARE_HEAD = re.compile(r"TAG:?\s+", re.IGNORECASE)
_TAIL_MOMENT = re.compile(rf"{DATE}(?:[T ,;\t]+{TIME})?|{TIME}", re.ASCII)
# Without its unit only with a point, and not where it is the warmth of the animal.
_WEIGHT = re.compile(
    r"\b([0-9]{1,4}(?:[.,][0-9]{1,3})?) ?kgs?\b"
    r"|\b([0-9]{1,4}\.[0-9]{1,3})\b(?![ ,;]*(?:°?[CF]|lbs?|mV)\b)",
    re.IGNORECASE | re.ASCII,
)
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]{0,15})?E\+?1[0-9]", re.IGNORECASE | re.ASCII)
_SEPARATORS = re.compile(r"[ ,;|\t]+")
_LONGEST = 64
_LONGEST_LINE = 512


@dataclass(frozen=True, slots=True)
class _Line:
    """A line in its parts, before all dates of the text are known."""

    number: int
    tag: str
    when: str
    rest: str


def read_lines(text: str, order: DateOrder | None = None) -> Readings:
    """Read lines in any mixture of the formats; one line is one tag.

    Args:
        text: with any ends of lines; STX, ETX, XON, XOFF and NUL are passed over.
        order: of dates; without it what fits all of them, the day first if in doubt.
    """
    parts: list[_Line] = []
    faults: list[FaultyLine] = []
    for number, line in _lines(text):
        try:
            parts += _parts(number, line)
        except ScanError as error:
            faults.append(FaultyLine(number, error.fault, error.count))
    order = order or fitting_order(part.when for part in parts)
    return Readings(tuple(_scan(part, order) for part in parts), tuple(faults))


def read_tag(text: str) -> str:
    """Read one tag that is all of `text`, in any of the formats.

    Returns:
        The official number, 15 digits.

    Raises:
        ScanError: it is none.
    """
    text = text.strip()
    for form in FORMATS:
        if found := form.shape.fullmatch(text):
            return _number(found.groupdict())
    raise _no_tag(text)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(_BREAKS.split(text), start=1):
        for piece in _FRAMING.split(raw.translate(_PADDING)):
            if line := piece[:_LONGEST_LINE].strip():
                yield number, line


def _parts(number: int, line: str) -> Iterator[_Line]:
    """Yield the tags of a line: several where keys of a reader came without Enter between."""
    head = _HEAD.match(line) or _BARE_HEAD.match(line)
    body = line[head.end() :] if head else line
    when = head.groupdict().get("when") or "" if head else ""
    found = _tag_at_start(body)
    if found is None:
        raise _no_tag(body)
    while found:
        told, body = found.groupdict(), body[found.end() :].lstrip(" ,;|\t")
        found = _tag_at_start(body)
        moment = when or told.get("stamp") or ""
        moment, rest = (moment, body) if moment else _moment_apart(body)
        yield _Line(number, _number(told), moment, "" if found else rest)


def _moment_apart(rest: str) -> tuple[str, str]:
    found = _TAIL_MOMENT.search(rest)
    return (found[0], rest[: found.start()] + rest[found.end() :]) if found else ("", rest)


def _tag_at_start(body: str) -> re.Match[str] | None:
    for form in FORMATS:
        found = form.shape.match(body)
        if found and not body[found.end() : found.end() + 1].isalnum():
            return found
    return None


def _scan(part: _Line, order: DateOrder) -> Scan:
    when, rest = part.when, part.rest
    weight = _WEIGHT.search(rest)
    if weight:
        rest = rest[: weight.start()] + rest[weight.end() :]
    words = [word for word in _SEPARATORS.split(rest) if word]
    return Scan(
        part.number,
        part.tag,
        read_moment(when, order) if when else None,
        clean(when),
        float((weight[1] or weight[2]).replace(",", ".")) if weight else None,
        clean(words[0]) if words else None,
        clean(" ".join(words[1:])),
    )


def clean(text: str) -> str | None:
    """Return a keyed-in text without invisible characters; None if nothing is left."""
    return "".join(letter for letter in text[:_LONGEST] if letter.isprintable()).strip() or None


def _number(told: dict[str, str | None]) -> str:
    if told.get("animal") not in {None, "1"}:
        raise ScanError(ScanFault.NOT_ANIMAL)
    if frame := told.get("frame"):
        return read_frame(frame.replace(" ", "") + (told.get("crc") or "")).number
    if country := told.get("hex_country"):
        digits = f"{int(country, 16):03}{int(told['hex_national'] or '', 16):012}"
    else:
        digits = f"{told['country']}{told['national']}"
    return _checked(digits)


def _checked(digits: str) -> str:
    if len(digits) != OFFICIAL_DIGITS:
        raise ScanError(ScanFault.COUNTRY)
    try:
        return check_official(digits)
    except TagError as error:
        country = error.mistake is Mistake.COUNTRY
        raise ScanError(ScanFault.COUNTRY if country else ScanFault.NATIONAL) from error


def _no_tag(text: str) -> ScanError:
    """Say why there is no tag: rounded, too few or too many digits, or nothing that is known."""
    if _ROUNDED.match(text):
        return ScanError(ScanFault.ROUNDED)
    digits = re.match(rf"[#LXG]?A?{_GAP}([0-9A-F .:-]+)\Z", text, re.IGNORECASE | re.ASCII)
    count = len(re.findall(r"[0-9A-Fa-f]", digits[1])) if digits else 0
    return ScanError(ScanFault.HALF, count=count) if count else ScanError(ScanFault.UNREADABLE)
