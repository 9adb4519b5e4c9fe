"""Phrases of commands, and lead-ins before their keywords: `mi raitim pik`, `can I move`.

A wish has not happened yet: it may open a request, but never a report.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.grammar import Argument, Phrase
from services.messaging.command_router import CommandContext, CommandHandler, FromAnybody, Reply

_TELLING = ("I", "we", "mi", "mipela", "mi bin", "mipela bin")
_WISHING = ("I want to", "we want to", "I want", "I want a", "I need a", "I need")
_WISHING_TOK_PISIN = (
    *("mi laik", "mi laikim", "mipela laik", "mipela laikim"),
    *("mi laik kisim", "mipela laik kisim"),
)
_TOLD = frozenset(
    {"register", "register_several", "move", "move_mob", "move_of_mob", "arrive", "give", "kill"}
    | {"sell", "treatment", "treatment_first", "vaccination", "vaccination_first", "pork"}
)
_WISHED = frozenset({"register", "register_several", "sell", "permit"})
# All others report: a question or a denial does not mean them.
_ASKING = frozenset(
    {"ok", "check", "trace", "receipt", "receipt_alone", "root", "me", "list", "english"}
    | {"tok_pisin", "languages", "permit_status", "help", "help2", "help3", "no_sickness"}
)
# "May I move" is answered as OK is: nothing is recorded.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "en": ("can I move", "may I move", "can we move", "I want to move", "we want to move", "OKE"),
    "tpi": (
        *("inap mi muvim", "inap mipela muvim", "ken mi muvim", "mi laik muvim"),
        *("mi laikim muvim", "mipela laik muvim", "olrait", "oraet"),
    ),
}


def command(
    code: str,
    handle: Callable[[CommandContext], Reply],
    keywords: Mapping[str, tuple[str, ...]],
    arguments: tuple[Argument, ...] = (),
    example: str | Mapping[str, str] = "",
    **options: Any,  # noqa: ANN401 — passed through to the phrase
) -> CommandHandler:
    """Make a command.

    Args:
        example: by language; or the part after the first keyword, where that is the same in all.
        options: of `Phrase`; `exclusive`, `late` and `anybody` of `CommandHandler`.
    """
    late = options.pop("late", False)
    exclusive = options.pop("exclusive", not late)
    anybody = options.pop("anybody", FromAnybody.KEPT)
    if isinstance(example, str):
        example = {
            language: f"{words[0]} {example}".strip() for language, words in keywords.items()
        }
    phrase = Phrase(code, keywords, arguments, example, **options)
    return CommandHandler(phrase, handle, exclusive, late, anybody)


def with_lead_ins(handlers: Iterable[CommandHandler]) -> Iterator[CommandHandler]:
    """Add lead-ins to the keywords of commands."""
    for one in handlers:
        more = {
            language: _more(one.phrase.code, language, words)
            for language, words in one.phrase.keywords.items()
        }
        report = one.phrase.code not in _ASKING
        yield replace(one, phrase=replace(one.phrase, keywords=more, report=report))


def _more(code: str, language: str, words: tuple[str, ...]) -> tuple[str, ...]:
    openings = (_TELLING if code in _TOLD else ()) + (
        (*_WISHING, *_WISHING_TOK_PISIN) if code in _WISHED else ()
    )
    asked = _ASKED[language] if code == "ok" else ()
    return (*words, *(f"{opening} {word}" for opening in openings for word in words), *asked)
