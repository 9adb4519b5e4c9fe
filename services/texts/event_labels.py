"""Words of the printed passport and of events on a page: English, and Tok Pisin beside it."""

from typing import NamedTuple

from services.texts.catalogue import has_sentence, templates


class Words(NamedTuple):
    """The same in English and in Tok Pisin; "" where there is no word of its own."""

    en: str
    tpi: str = ""


def label(code: str) -> Words:
    """Return a label of the page.

    Raises:
        KeyError: there is no such label.
    """
    return _both(f"label.{code}")


def event(kind: str) -> Words:
    """Name a type of event."""
    return _word(f"event.{kind}")


def value(code: str) -> Words:
    """Name a value of an event's details."""
    return _word(f"value.{code}")


def flag(code: str) -> Words:
    """Tell what a flag means."""
    return _word(f"flag.{code}")


def status(kind: str) -> Words:
    """Name a status of an animal."""
    return _word(f"condition.{kind}")


def reason(code: str) -> Words:
    """Tell a reason of a decision in a few words, as the replies to phones do."""
    return _word(f"short.{code}")


def _word(sentence: str) -> Words:
    """Return a word of the catalogues, or else the end of its code as English."""
    if has_sentence(sentence):
        return _both(sentence)
    return Words(sentence.partition(".")[2].replace("_", " "))


def _both(sentence: str) -> Words:
    return Words(**templates(sentence))
