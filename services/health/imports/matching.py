"""Columns of an uploaded list: guesses of what each means; pure."""

import re
from collections.abc import Mapping, Sequence

from services.core.errors import RowFault
from services.health.format.model import Programme
from services.health.imports.rows import COLUMNS, PHONE, read_number
from services.health.imports.uploads import LOOKED_AT, RawRow

TARGETS = tuple(name for name in COLUMNS if name != "programme")
"""Meanings of columns in every programme; each has the dates of its own besides."""

NO_HEADER = 0

_ALIASES: Mapping[str, tuple[str, ...]] = {
    PHONE: (
        *("phone", "mobile", "telephone", "tel", "cell", "cellphone", "contact", "number"),
        *("phone number", "mobile number", "contact number", "phone no", "mobile no", "msisdn"),
        *("namba", "fon", "namba bilong fon", "telefon", "mobail"),
    ),
    "name": ("name", "full name", "patient", "patient name", "client", "client name", "nem"),
    "language": ("language", "tok ples", "lang", "preferred language"),
    "province": ("province", "provins", "prov"),
    "district": ("district", "distrik"),
    "sex": ("sex", "gender", "m f", "man meri"),
    "birth_year": ("birth year", "year of birth", "yob", "born", "yia"),
    "list": ("list", "lis", "group"),
    "cohort": ("cohort",),
    "consent": ("consent", "consent by", "consent taken by", "tok orait"),
    "consent_date": ("consent date", "date of consent", "consented on", "de bilong tok orait"),
    "place": ("place", "clinic", "facility", "health facility", "ples", "klinik"),
}
_WORDS = re.compile(r"[^\W_]+")
_MANY, _TRIED = 0.6, 50


def anchors_of(programme: Programme) -> list[str]:
    """Return the codes of the dates that a list may have."""
    return [anchor.code for anchor in programme.anchors if not anchor.dates]


def guess_header(rows: Sequence[RawRow], programme: Programme) -> int:
    """Return the number of the row with the names of the columns; NO_HEADER: none has them."""
    names = _names(programme)
    scores = {
        row.line: len({names[one] for value in row.values if (one := _plain(value)) in names})
        for row in rows[:LOOKED_AT]
    }
    best = max(scores, key=lambda line: scores[line], default=NO_HEADER)
    if scores.get(best):
        return best
    first = rows[0] if rows else None
    # Without a name that is known: names hold no phone, rows do.
    return first.line if first and not any(map(_is_phone, first.values)) else NO_HEADER


def guess_columns(rows: Sequence[RawRow], header: int, programme: Programme) -> dict[str, int]:
    """Return the place of each column that is recognised, by its meaning."""
    names, found = _names(programme), dict[str, int]()
    line = next((row for row in rows if row.line == header), None)
    for place, value in enumerate(line.values if line else ()):
        target = names.get(_plain(value))
        if target is not None:
            found.setdefault(target, place)
    if PHONE not in found:
        taken = set(found.values())
        phones = _phones_in([row for row in rows if row.line > header], taken)
        found |= {} if phones is None else {PHONE: phones}
    return found


def _names(programme: Programme) -> dict[str, str]:
    """Return what each plain name of a column means; a programme's own dates come first."""
    found = {alias: target for target, aliases in _ALIASES.items() for alias in aliases}
    found |= {_plain(target): target for target in TARGETS}
    for anchor in programme.anchors:
        if not anchor.dates:
            labels = {anchor.code, *anchor.label.values()}
            found |= {_plain(label): anchor.code for label in labels}
            found |= {f"{_plain(anchor.code)} date": anchor.code}
    return found


def _plain(value: str) -> str:
    return " ".join(_WORDS.findall(value.casefold()))


def _phones_in(rows: Sequence[RawRow], taken: set[int]) -> int | None:
    """Return the place of the column in which most texts are mobile numbers."""
    tried = rows[:_TRIED]
    width = max((len(row.values) for row in tried), default=0)
    shares = {}
    for place in set(range(width)) - taken:
        values = [row.values[place] for row in tried if place < len(row.values)]
        shares[place] = sum(map(_is_phone, values)) / len(tried)
    best = max(shares, key=lambda place: shares[place], default=None)
    return best if best is not None and shares[best] >= _MANY else None


def _is_phone(value: str) -> bool:
    try:
        return bool(read_number(value.strip() or None))
    except RowFault:
        return False
