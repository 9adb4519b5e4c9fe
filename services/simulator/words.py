"""Words on the phones of the simulator, which are no SMS: of any length."""

from __future__ import annotations

from typing import NamedTuple

from services.texts.catalogue import sentences, template

_FIRSTS = (1, 2, 3, 4)


class First(NamedTuple):
    """A text that a newcomer may send, and why, in one language."""

    text: str
    why: str


def say(code: str, language: str, /, **values: str) -> str:
    """Return a word in a language, with its values."""
    return template(f"phone.{code}", language).format(**values)


def help_of(language: str, code: str) -> str:
    """Return what can be typed in the terminal, where `code` is called."""
    return template("terminal.help", language).format(code=code)


def words(language: str) -> dict[str, str]:
    """Return every word in a language, by code."""
    return {
        code.removeprefix("phone."): sentence.forms[0]
        for code, sentence in sentences(language).items()
        if code.startswith("phone.")
    }


def firsts(language: str) -> tuple[First, ...]:
    """Return what a newcomer may try, in this order."""
    return tuple(
        First(template(f"first.{one}.text", language), template(f"first.{one}.why", language))
        for one in _FIRSTS
    )
