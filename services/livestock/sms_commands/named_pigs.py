"""Pigs that a text names by number, and what the book says of them."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from sqlalchemy.orm import Session

from chain.canonical import public_subject
from gateway.grammar import Read
from gateway.phrases import clean
from gateway.tags import Identifier as Number
from services.livestock.domain.model import Key
from services.livestock.queries.animals import status_of
from services.livestock.queries.sickness import sick_lately
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states
from services.livestock.sms_commands.argument_kinds import NUMBER
from services.livestock.sms_commands.common import MOST_TAGS
from services.livestock.sms_commands.wording import marks_of
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText
from services.storage.models import Identifier
from services.texts.catalogue import say
from sms.local_time import local_day

TRACE = {"en": "TRACE", "tpi": "STORI"}
"""Keyword that shows more of a pig, by language."""
MAY_IT_GO = {"en": "OK", "tpi": "ORAIT"}
"""Keyword that asks whether a pig may go, by language."""
PIG = re.compile(r"\b(?:pigs?|piglets?|sow|boar|piks?|pikpik|pikinini pik)\b", re.IGNORECASE)
"""A word for a pig."""
_MOST_WARNED = 3
_NUMBER_BEGINS = re.compile(r"(?<![0-9])(?=[0-9]{3})")


class InTheBook(NamedTuple):
    """Words for what holds of an animal: what is against it, gravest first, and its status."""

    marks: list[str]
    status: str


def in_the_book(context: CommandContext, text: str, language: str) -> dict[Key, InTheBook]:
    """Return what holds of each known animal that a text names, in its order."""
    session, today = context.unit.session, local_day(context.now)
    told = dict.fromkeys(islice(numbers_in(text), MOST_TAGS))
    named = [key for key in told if is_animal(session, key)]
    if not named:
        return {}
    known = find_animals(session, named)
    states = read_states(session, {ref.id for ref in known.values()})
    subjects = {public_subject(*ref.key): ref.id for ref in known.values()}
    sick = sick_lately(session, subjects, today)
    found = {}
    for key in named:
        state = states[known[key].id]
        marks = marks_of(state, today, language, sick.get(known[key].id))
        found[key] = InTheBook(marks, say(f"status.{status_of(state, today).value}", language))
    return found


def warned(book: Mapping[Key, InTheBook], language: str) -> list[ReplyText]:
    """Tell what holds against the pigs that a text names: whoever hears "alive" may eat it."""
    marked = [(key, ", ".join(one.marks)) for key, one in book.items() if one.marks]
    return [
        ReplyText(
            say("asked.marks", language, pig=key, why=why, example=f"{TRACE[language]} {key}")
        )
        for key, why in marked[:_MOST_WARNED]
    ]


def is_animal(session: Session, key: Key) -> bool:
    """Tell whether a number is an animal's."""
    row = session.get(Identifier, tuple(key))
    return row is not None and row.animal_id is not None


def names_number(text: str) -> bool:
    """Tell whether a text holds a number that may be an animal's."""
    return next(identifiers_in(clean(text)), None) is not None


def numbers_in(text: str) -> Iterator[Key]:
    """Read the numbers in a text that may be animals', in their order."""
    return (Key(one.scheme, one.value) for one in identifiers_in(text))


def identifiers_in(text: str) -> Iterator[Number]:
    """Read the identifiers in a text: see `numbers_in`."""
    for found in _NUMBER_BEGINS.finditer(text):
        reading = NUMBER(text[found.start() :])
        if isinstance(reading, Read) and isinstance(reading.value, Number):
            yield reading.value
