"""Keywords of a programme in passing: anywhere in a message that no command matched; pure."""

from collections.abc import Iterator

from services.health.conversation.answer_parser import words_of
from services.health.format.entries import Expect, Question
from services.health.format.model import Word

_AROUND = 2
"""Words around a keyword in passing, at most, where the message says no more than that."""


def is_heard(word: Word, message: str) -> bool:
    """Return whether a message, between spaces, has words that a keyword hears, or is all of it."""
    alone = (words_of(words) for spoken in word.alone.values() for words in spoken)
    return any(f" {words} " in message for words in heard(word)) or message.strip() in alone


def besides(word: Word, message: str) -> str:
    """Return a message, between spaces, without the words that a keyword hears."""
    for words in sorted(heard(word), key=len, reverse=True):
        message = message.replace(f" {words} ", " ")
    return message


def heard(word: Word) -> Iterator[str]:
    """Yield the phrases that a keyword hears in passing, in every language."""
    return (words_of(words) for spoken in word.hears.values() for words in spoken)


def is_no_answer(question: Question, word: Word, text: str) -> bool:
    """Tell whether a text is a keyword in passing, and no name or words of the person's own.

    `i need a smoke now` is nobody's name. As a reason it would be said back; `so that I do not want
    to smoke` is one, because little of it is what the keyword hears.
    """
    message = f" {words_of(text)} "
    if question.expect not in {Expect.NAME, Expect.WORDS} or not is_heard(word, message):
        return False
    return question.expect is Expect.NAME or len(besides(word, message).split()) <= _AROUND
