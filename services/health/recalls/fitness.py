"""Rules for a text that takes the place of a wrong one; pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.health.errors import BadRecall
from services.health.format.entries import Text
from services.health.format.model import Programme
from services.health.format.text_ids import EVENT_REPLY, asks_alike, texts_by_id, with_texts
from services.health.linting.findings import Severity
from services.health.linting.texts import lint_texts
from services.texts.catalogue import HELP


class NumberedProgramme(NamedTuple):
    """A version's database key and number, and its programme."""

    key: int
    number: int
    programme: Programme


def require_fit(
    old: NumberedProgramme, new: NumberedProgramme, text_id: str, language: str
) -> None:
    """Refuse a text whose answers mean something else, or that the older version cannot send.

    Raises:
        BadRecall: the sentence says why.
    """
    now, right = old.programme, new.programme
    mine, theirs = texts_by_id(now)[text_id], texts_by_id(right)[text_id]
    told = f"{text_id} of version {new.number} cannot replace that of version {old.number}"
    if mine.keys() != theirs.keys() or not asks_alike(now, right, text_id):
        raise BadRecall(f"{told}: its question, reminders or answers differ")
    lost = lost_numbers(mine, theirs, language) if is_safety(now, text_id) else set()
    if lost:
        raise BadRecall(f"{told}: it no longer has {', '.join(sorted(lost))}")
    then = with_texts(now, {(text_id, language): (new.key, right)})
    before = set(_faults(now, language))
    added = [message for message in _faults(then, language) if message not in before]
    if added:
        raise BadRecall(f"{told}: {added[0]}")


def is_safety(programme: Programme, text_id: str) -> bool:
    """Tell whether a text answers danger or an event of life, or asks for consent."""
    flags = {flag.code for flag in programme.red_flags}
    consents = {entry.id for entry in programme.intake if entry.ask and entry.ask.consent}
    return text_id.startswith(EVENT_REPLY) or text_id in flags | consents


def lost_numbers(old: Mapping[int, Text], new: Mapping[int, Text], language: str) -> set[str]:
    """Return the numbers to call, as placeholders, that the new texts lack."""
    pairs = [(text.say[language], new[place].say[language]) for place, text in old.items()]
    named = [f"{{{name}}}" for name in HELP]
    return {name for mine, theirs in pairs for name in named if name in mine and name not in theirs}


def _faults(programme: Programme, language: str) -> Iterator[str]:
    for one in lint_texts(programme):
        if one.severity is Severity.FAULT and one.language in {None, language}:
            yield f"{one.where}: {one.message}"
