"""Numbers in a text that a person types or pastes, or a stick reader keys in; pure.

No word with a digit is passed over: what cannot be read is given back as it stands, so that
somebody looks at it. Only the day and time that a reader writes behind a tag are no numbers.
"""

import re
from collections.abc import Iterator

from gateway.grammar import Read
from gateway.readers.moments import DATE, TIME
from gateway.tags import OFFICIAL, Identifier, tag

_SCHEMES = frozenset({"animal", "premises"})
_NUMBER = tag(_SCHEMES)
_BETWEEN = re.compile(r"[\s,;|.!?]+")
_STAMP = re.compile(rf"(?:{DATE}(?:[T ,;\t]+{TIME})?|{TIME})(?![^\s,;|])", re.ASCII)
_WORD = re.compile(r"[^\s,;|]+")
_DIGIT = re.compile(r"[0-9]")


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text in their order, each as it was written, and each once."""
    found = (number for line in text.splitlines() for number in _numbers_of(line))
    return list(dict.fromkeys(found))


def _numbers_of(line: str) -> Iterator[str]:
    tagged = False
    while line := line[_length(_BETWEEN, line) :]:
        stamp = _length(_STAMP, line) if tagged else 0
        if stamp:
            line = line[stamp:]
            continue
        reading = _NUMBER(line)
        length = reading.length if reading else _length(_WORD, line)
        if isinstance(reading, Read):
            tagged |= isinstance(reading.value, Identifier) and reading.value.scheme == OFFICIAL
        if reading or _DIGIT.search(line[:length]):
            yield line[:length].strip()
        line = line[length:]


def _length(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0
