"""Lines of a screen before it is answered, and its line of keys; pure."""

from collections.abc import Iterable

from gateway.menus import Choice, Menu, SharedWords, Words
from gateway.pages import lines

BACK, START, ON = "0", "00", "9"
"""The keys of every screen."""
FIRST = "1"
"""The key of what is offered alone: yes, or the reply by SMS."""
MOST_OPTIONS = 9


def listed(choice: Menu | Choice, language: str) -> str:
    """Write a menu or a choice: what is asked, and a line for each answer."""
    if isinstance(choice, Menu):
        return _numbered(choice.title, (option.label for option in choice.options), language)
    return _numbered(choice.question, (value.label for value in choice.values), language)


def chosen(keys: str, count: int) -> int:
    """Return the place, from 0, of the line that a key stands for; -1 where it is none."""
    if len(keys) != 1 or keys not in "123456789":
        return -1
    place = int(keys) - 1
    return place if place < count else -1


def keys_line(signs: SharedWords, language: str, *names: str) -> str:
    """Write what keys do, by the names of the signs."""
    return " ".join(getattr(signs, name)[language] for name in names)


def _numbered(title: Words, labels: Iterable[Words], language: str) -> str:
    options = (f"{key} {label[language]}" for key, label in enumerate(labels, start=1))
    return lines(title[language], *options)
