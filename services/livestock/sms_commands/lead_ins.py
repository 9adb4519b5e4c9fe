"""How people begin: `mi raitim pik`, `I want a permit`, `can I move`; the keyword comes after it.

What is wished has not happened: only a phrase that asks may begin so, never a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from services.messaging.command_router import CommandHandler

_TELLING = ("I", "we", "mi", "mipela", "mi bin", "mipela bin")
_WISHING = ("I want to", "we want to", "I want", "I want a", "I need a", "I need")
_WISHING_TOK_PISIN = ("mi laik", "mi laikim", "mipela laik", "mipela laikim")
_TOLD = frozenset(
    {"register", "register_several", "move", "move_mob", "move_of_mob", "arrive", "give", "kill"}
    | {"sell", "treatment", "treatment_first", "vaccination", "vaccination_first", "pork"}
)
_WISHED = frozenset({"register", "register_several", "sell", "permit"})
# Whoever asks whether he may move gets the answer of OK: nothing is recorded.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "en": ("can I move", "may I move", "can we move", "I want to move", "we want to move", "OKE"),
    "tpi": (
        *("inap mi muvim", "inap mipela muvim", "ken mi muvim", "mi laik muvim"),
        *("mi laikim muvim", "mipela laik muvim", "olrait", "oraet"),
    ),
}


def opened(spoken: Iterable[CommandHandler]) -> Iterator[CommandHandler]:
    """Let phrases begin with such words, too."""
    for one in spoken:
        more = {
            language: _more(one.phrase.code, language, words)
            for language, words in one.phrase.keywords.items()
        }
        yield replace(one, phrase=replace(one.phrase, keywords=more))


def _more(code: str, language: str, words: tuple[str, ...]) -> tuple[str, ...]:
    openings = (_TELLING if code in _TOLD else ()) + (
        (*_WISHING, *_WISHING_TOK_PISIN) if code in _WISHED else ()
    )
    asked = _ASKED[language] if code == "ok" else ()
    return (*words, *(f"{opening} {word}" for opening in openings for word in words), *asked)
