"""Lead-ins before a keyword: `mi raitim pik`, `I want a permit`, `can I move`.

A wish has not happened yet: it may open a request, but never a report.
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
# "May I move" is answered as OK is: nothing is recorded.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "en": ("can I move", "may I move", "can we move", "I want to move", "we want to move", "OKE"),
    "tpi": (
        *("inap mi muvim", "inap mipela muvim", "ken mi muvim", "mi laik muvim"),
        *("mi laikim muvim", "mipela laik muvim", "olrait", "oraet"),
    ),
}


def with_lead_ins(handlers: Iterable[CommandHandler]) -> Iterator[CommandHandler]:
    """Add lead-ins to the keywords of commands."""
    for one in handlers:
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
