"""Approved replies of programmes to words and to danger, which a box gives at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from services.health.conversation.active_programmes import read_active
from services.health.format.entries import Text
from services.health.format.model import Programme, is_personal
from services.health.versions.store import CurrentVersion

Row = dict[str, str]


def read_words(session: Session, now: Iterable[CurrentVersion]) -> dict[str, list[Row]]:
    """Return the words of the programmes that are open, and their words of danger."""
    words: list[Row] = []
    danger: list[Row] = []
    for code, published in read_active(session, now).items():
        for language, programme in published.programmes.items():
            words += ({"programme": code, **row} for row in _words(programme, language))
            danger += _danger(programme, language)
    return {"words": words, "danger": danger}


def _words(programme: Programme, language: str) -> Iterator[Row]:
    for word in programme.words:
        text = _text(word.replies[0], language) if word.replies else None
        for said in word.says.get(language, ()) if text else ():
            yield {"language": language, "word": said, "text": text or ""}


def _danger(programme: Programme, language: str) -> Iterator[Row]:
    """Yield what a person in danger is told; a word of any language is answered in this one."""
    for flag in programme.red_flags:
        text = _text(flag.reply, language)
        for said in flag.hears.get(language, ()) if text else ():
            yield {"language": language, "word": said, "text": text or ""}


def _text(text: Text, language: str) -> str | None:
    """Return a text that is the same for everybody, None of one that is not."""
    said = text.in_language(language)
    return None if is_personal(said) else said


def digested(now: Iterable[CurrentVersion]) -> list[Any]:
    """Return what changes when the words do, in values of JSON."""
    return [[one.language, one.digest.hex()] for one in now]
