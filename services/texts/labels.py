"""Words of screens in both languages, as menus declare them; pure."""

from collections.abc import Sequence

from gateway.menus import Menu, Option, Words
from sms.encoding import plain, shorten, units

# Of 182 septets, what the line of keys and a notice above the menu leave.
_ROOM = 132
_MOST_LINES = 8
_LONGEST = 24


def both(english: str, tok_pisin: str) -> Words:
    """Return the same words in English and Tok Pisin."""
    return {"en": english, "tpi": tok_pisin}


def line(english: str, tok_pisin: str, to: str) -> Option:
    """Return one line of a menu, and the code of the screen that it opens."""
    return Option(both(english, tok_pisin), to)


def chained(code: str, title: Words, lines: Sequence[Option]) -> tuple[Menu, ...]:
    """Return as many menus as the lines need, each with a last line that leads to the next.

    Lines that come from data may be any number and of any length; each is cut to some words.

    Args:
        code: of the first menu; the others are `<code>.2` and so on.
        title: of all of them.
        lines: at least one.
    """
    waiting = [Option(_cut(one.label), one.to) for one in lines]
    made: list[Menu] = []
    while waiting:
        here = f"{code}.{len(made) + 1}" if made else code
        more = line("More", "Moa", f"{code}.{len(made) + 2}")
        count = len(waiting) if _fit(title, waiting) else _most(title, waiting, more)
        last = () if count == len(waiting) else (more,)
        made.append(Menu(here, title, (*waiting[:count], *last)))
        waiting = waiting[count:]
    return tuple(made)


def _most(title: Words, lines: Sequence[Option], more: Option) -> int:
    return next(
        count for count in range(len(lines) - 1, 0, -1) if _fit(title, [*lines[:count], more])
    )


def _fit(title: Words, lines: Sequence[Option]) -> bool:
    """Tell whether a menu is one screen, with its keys and a notice above it."""
    shown = (
        [title[language], *(f"{key} {one.label[language]}" for key, one in enumerate(lines, 1))]
        for language in title
    )
    return len(lines) <= _MOST_LINES and all(units("\n".join(each)) <= _ROOM for each in shown)


def _cut(label: Words) -> Words:
    return {language: shorten(plain(text), _LONGEST) for language, text in label.items()}
