"""Answers to messages that ask, deny, doubt, promise or quote a report: nothing is recorded."""

import re
from collections.abc import Iterator
from itertools import islice

from sqlalchemy.orm import Session

from gateway.grammar import Mood, NotUnderstood, Phrase, Read, Understood
from gateway.phrases import clean
from gateway.tags import Identifier as Number
from services.livestock.confirmations.answers import ask_again
from services.livestock.domain.model import Key
from services.livestock.queries.animals import status_of
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import NUMBER
from services.livestock.sms_commands.common import MOST_TAGS
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    texts_of,
)
from services.storage.models import Identifier
from services.texts.catalogue import say

UNREPORTED = "unreported"
"""Outcome of a message that only asks, denies… what a report would say."""
_NUMBER_BEGINS = re.compile(r"(?<![0-9])(?=[0-9]{3})")
_TRACE = {"en": "TRACE", "tpi": "STORI"}


def unreported(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Tell what the book says of the pigs that a message names, and how to report.

    None: it is no report and names no pig, or it reports.
    """
    if found.mood is None:
        return None
    phrase = found.phrase if isinstance(found, Understood) else found.nearest
    if isinstance(found, Understood) and found.phrase.code == "answer":
        return InterceptResult(UNREPORTED, texts_of(ask_again(context)))
    book = _in_the_book(context.unit.session, clean(text), found.language)
    is_report = phrase is not None and phrase.report
    asks = found.mood is Mood.QUESTION
    if not (isinstance(found, Understood) or book or (is_report and asks)):
        return None
    text = _answer(found.mood, phrase if is_report else None, book, found.language)
    # Nobody has answered a question that is about no pig.
    unread = isinstance(found, NotUnderstood) and not (book or is_report)
    return InterceptResult(NOT_UNDERSTOOD if unread else UNREPORTED, texts_of(text))


def _answer(mood: Mood | None, phrase: Phrase | None, book: dict[Key, str], language: str) -> str:
    pigs = ", ".join(f"{number} {status}" for number, status in book.items())
    example = _example(phrase, list(book), language)
    if mood is Mood.QUESTION:
        code = "asked" if pigs else "asked.nothing"
    elif mood is Mood.DENIAL:
        code = "denied" if pigs else "denied.nothing"
    else:
        code = "promised" if mood is Mood.FUTURE else "doubted"
    return say(code, language, list=pigs, example=example)


def _example(phrase: Phrase | None, pigs: list[Key], language: str) -> str:
    """Return how to report, of the pig itself where its number is all that is wanted."""
    if phrase is None:
        return f"{_TRACE[language]} {pigs[0] if pigs else EXAMPLE_PIG}"
    example = phrase.examples[language]
    keyword, _, rest = example.rpartition(" ")
    return f"{keyword} {pigs[0]}" if len(pigs) == 1 and rest == EXAMPLE_PIG else example


def _in_the_book(session: Session, text: str, language: str) -> dict[Key, str]:
    """Return the status of each known animal that a text names, in its order."""
    told = dict.fromkeys(islice(_numbers(text), MOST_TAGS))
    named = [key for key in told if _is_animal(session, key)]
    if not named:
        return {}
    known = find_animals(session, named)
    states = read_states(session, {ref.id for ref in known.values()})
    return {key: say(f"status.{status_of(states[known[key].id]).value}", language) for key in named}


def _is_animal(session: Session, key: Key) -> bool:
    row = session.get(Identifier, tuple(key))
    return row is not None and row.animal_id is not None


def _numbers(text: str) -> Iterator[Key]:
    for found in _NUMBER_BEGINS.finditer(text):
        reading = NUMBER(text[found.start() :])
        if isinstance(reading, Read) and isinstance(reading.value, Number):
            yield Key(reading.value.scheme, reading.value.value)
