"""Dangers misspelt as phones misspell them: `python -m tests.corpus --slips` writes the files.

Each text is changed by a dice of its own, so that a new text changes no other.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from tests.corpus.health_texts import DANGER, LANGUAGES, slips_file, written_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.corpus.health_texts import HealthText

    Change = Callable[[str, Random], str]

MOST = 300
"""Texts of a language: never as many as were written by hand."""
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_LONG_ENOUGH = 4
_VOWELS = re.compile(r"(?<=[a-z])[aeiou](?=[a-z])", re.IGNORECASE)
# Letters that one key of a feature phone gives.
_KEYS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")


def _pairs(written: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in written.split())


_SHORT = {
    "en": _pairs(
        "you=u to=2 for=4 and=n the=da with=wit please=plz my=ma is=z cannot=cnt can't=cnt "
        "that=dat because=coz what=wat this=dis are=r"
    ),
    "tpi": _pairs(
        "blo=blg bilong=bl lo=lg long=lng wantaim=wntm olgeta=olg pikinini=pkn em=m na=n nau=nw "
        "mipela=mpla mipla=mpla inap=nap tasol=chol"
    ),
}
_FULL = _pairs("blo=bilong lo=long mipla=mipela tupla=tupela pls=plis")
_ENGLISH = _pairs(
    "blut=blood pen=pain suga=sugar win=wind traut=vomit lek=leg ai=eye snek=snake posin=poison "
    "brukim=breakim naip=knife de=day tude=today nait=night"
)


def slips(texts: Sequence[HealthText]) -> Iterator[HealthText]:
    """Misspell texts, one change each, at most `MOST` of them, drawn from every class."""
    drawn = sorted(texts, key=lambda one: crc32(one.text.encode()))[:MOST]
    taken = {one.text for one in texts}
    for one in sorted(drawn, key=texts.index):
        slip, changed = _slip(one)
        if changed not in taken:
            taken.add(changed)
            yield one._replace(text=changed, slip=slip)


def _slip(one: HealthText) -> tuple[str, str]:
    """Make the first change of a shuffled list that changes anything."""
    dice = Random(crc32(one.text.encode()))  # noqa: S311 — to be drawn again, not to be secret
    order = list(_CHANGES[one.language].items())
    dice.shuffle(order)
    made = ((name, change(one.text, dice)) for name, change in order)
    return next((name, text) for name, text in made if text != one.text)


def _in_a_long_word(change: Callable[[str, Random], str]) -> Change:
    def changed(text: str, dice: Random) -> str:
        long = [each for each in _WORD.finditer(text) if len(each[0]) >= _LONG_ENOUGH]
        if not long:
            return text
        found = dice.choice(long)
        return text[: found.start()] + change(found[0], dice) + text[found.end() :]

    return changed


def _same_key(word: str, dice: Random) -> str:
    place = dice.randrange(1, len(word))
    key = next(each for each in _KEYS if word[place].lower() in each)
    return word[:place] + dice.choice(key.replace(word[place].lower(), "")) + word[place + 1 :]


def _dropped(word: str, dice: Random) -> str:
    place = dice.randrange(1, len(word))
    return word[:place] + word[place + 1 :]


def _doubled(word: str, dice: Random) -> str:
    place = dice.randrange(1, len(word))
    return word[:place] + word[place] + word[place:]


def _swapped(word: str, dice: Random) -> str:
    place = dice.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _without_vowel(word: str, _dice: Random) -> str:
    return _VOWELS.sub("", word, count=1)


def _joined(text: str, dice: Random) -> str:
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    place = dice.choice(spaces)
    return text[:place] + text[place + 1 :]


def _replaced(words: Mapping[str, str]) -> Change:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return lambda text, _dice: pattern.sub(lambda found: words[found[0].lower()], text)


def _without_predicate(text: str, _dice: Random) -> str:
    return re.sub(r" i(?= )", "", text)


_BOTH: Mapping[str, Change] = {
    "same_key": _in_a_long_word(_same_key),
    "dropped": _in_a_long_word(_dropped),
    "doubled": _in_a_long_word(_doubled),
    "swapped": _in_a_long_word(_swapped),
    "vowel": _in_a_long_word(_without_vowel),
    "joined": _joined,
    "capitals": lambda text, _dice: text.upper(),
    "no_spaces_at_stops": lambda text, _dice: re.sub(r"([,.]) ", r"\1", text),
}
_CHANGES: Mapping[str, Mapping[str, Change]] = {
    "en": {
        **_BOTH,
        "short": _replaced(_SHORT["en"]),
        "apostrophe": lambda text, _dice: text.replace("'", ""),
    },
    "tpi": {
        **_BOTH,
        "short": _replaced(_SHORT["tpi"]),
        "full": _replaced(_FULL),
        "english": _replaced(_ENGLISH),
        "no_predicate": _without_predicate,
    },
}


def file_of(language: str) -> str:
    """Write the lines of a language's file of misspelt dangers."""
    made = slips(tuple(written_by_hand(language, DANGER)))
    return "".join(f"{one.danger}\t{one.slip}\t{one.text}\n" for one in made)


def write_slips() -> None:
    """Write the files of every language anew."""
    for each in LANGUAGES:
        slips_file(each).write_text(file_of(each), encoding="utf-8")
