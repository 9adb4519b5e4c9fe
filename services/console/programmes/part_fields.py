"""Fields of the form of a question, keyword or group: as a draft has them, and as typed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from flask import request

from chain.canonical import canonical_bytes
from services.console.blueprint import KEY_FIELD, TOKEN_FIELD
from services.console.programmes.guards import typed
from services.console.programmes.text_form import LONGEST_TEXT

Fields = Mapping[str, str]
"""What the fields of a form hold, by name; those that are empty are left out."""

_APART = frozenset({KEY_FIELD, TOKEN_FIELD, "id", "part", "seen", "language"})
_MARK = 16
LONGEST_WORD = 60
MORE_ROWS = 2
"""Empty rows below those that are filled in."""
NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")


def typed_fields() -> Fields:
    """Return what was typed."""
    return filled({name: typed(name) for name in request.form if name not in _APART})


def filled(fields: Fields) -> Fields:
    """Return fields without those that are empty."""
    return {name: value for name, value in fields.items() if value}


def mark_of(fields: Fields) -> str:
    """Return a mark of what a draft has, which tells that somebody changed it meanwhile."""
    return sha256(canonical_bytes({"fields": dict(fields)})).hexdigest()[:_MARK]


def differing(mine: Fields, theirs: Fields) -> list[tuple[str, str, str]]:
    """Return the fields in which two forms differ, with what is in each."""
    return [
        (name, mine.get(name, ""), theirs.get(name, ""))
        for name in [*mine, *(theirs.keys() - mine.keys())]
        if mine.get(name, "") != theirs.get(name, "")
    ]


def rows_in(fields: Fields, kind: str, most: int) -> list[int]:
    """Return the numbers of the rows of a form: those with something in them, and some more."""
    numbers = {
        int(parts[1])
        for name in fields
        if (parts := name.split("-"))[0] == kind and len(parts) > 1 and parts[1].isdecimal()
        if len(parts[1]) <= len(str(most))
    }
    last = max(numbers, default=0)
    return list(range(1, min(most, last + MORE_ROWS) + 1))


def lines_of(words: Iterable[str]) -> str:
    """Write words one on a line."""
    return "\n".join(words)


def words_in(text: str) -> list[str]:
    """Return the words that stand in a field, one on a line or between commas."""
    return list(dict.fromkeys(one for one in map(str.strip, re.split("[,\n]", text)) if one))


def long_texts(fields: Fields) -> dict[str, str]:
    """Return the code of a sentence for each field that is too long."""
    return {
        name: "programmes_text_long" for name, value in fields.items() if len(value) > LONGEST_TEXT
    }


def long_words(words: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the code of a sentence for each field with a word that is too long, by its name."""
    for name, each in words.items():
        if any(len(one) > LONGEST_WORD for one in each):
            yield name, "programmes_word_long"
