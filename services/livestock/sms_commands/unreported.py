"""Answers to messages that ask, deny, doubt, promise or quote a report: nothing is reported.

Who asks whether a pig may go gets the decision, as OK does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from sqlalchemy.orm import Session

from chain.canonical import public_subject
from gateway.grammar import Mood, NotUnderstood, Phrase, Read, Understood
from gateway.phrases import clean
from gateway.tags import Identifier as Number
from services.livestock.confirmations.answers import ask_again
from services.livestock.domain.model import Key, local_day
from services.livestock.domain.movement_decision import Policy
from services.livestock.queries.animals import status_of
from services.livestock.queries.sickness import sick_lately
from services.livestock.recording.identity import find_animals
from services.livestock.recording.projection import read_states
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_kinds import DAY, NUMBER
from services.livestock.sms_commands.common import MOST_TAGS
from services.livestock.sms_commands.roadblock import may_move
from services.livestock.sms_commands.wording import marks_of
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    texts_of,
)
from services.messaging.outbox import ReplyText
from services.storage.models import Identifier
from services.texts.catalogue import say

UNREPORTED = "unreported"
"""Outcome of a message that only asks, denies… what a report would say."""
_OK = "ok"
_MOST_WARNED = 3
_OF_ITS_OWN = frozenset({"ok", "check", "pork", "permit_status", "receipt", "receipt_alone"})
_NUMBER_BEGINS = re.compile(r"(?<![0-9])(?=[0-9]{3})")
_MAY = re.compile(
    r"\b(?:can|may|could|shall|should|allowed|permitted|permission|need|ok|okay|alright|free"
    r"|ken|inap|orait|olrait|tambu)\b(?! (?:you|u|yu|not)\b)",
    re.IGNORECASE,
)
_GO = re.compile(
    r"\b(?:go|goes|leave|travel|move|moving|take|bring|send|carry|transport|truck|drive|walk|sell"
    r"|muv|muvim|kisim|karim|bringim|salim|ron|lusim|pas|pass)\b",
    re.IGNORECASE,
)
_EAT = re.compile(
    r"\b(?:eat|eaten|eating|cook|butcher|kill|slaughter|mumu|kaikai|kilim|kukim)\b", re.IGNORECASE
)
_PIG = re.compile(r"\b(?:pigs?|piglets?|sow|boar|piks?|pikpik|pikinini pik)\b", re.IGNORECASE)
# Meat of a pig goes by its own rules.
_MEAT = re.compile(r"\b(?:pork|meat|mit)\b", re.IGNORECASE)
_DAY_LATER = re.compile(r"[^\W_]+(?:[\W_]+[^\W_]+){0,2}[\W_]*$")
_TRACE = {"en": "TRACE", "tpi": "STORI"}
# `mi ken muvim pik` begins as ME does.
_NEAR_MAY = frozenset({"ok", "me", "move"})
_MAY_IT_GO = {"en": "OK", "tpi": "ORAIT"}


def book_interceptor(policy: Policy) -> MessageInterceptor:
    """Return the interceptor of messages that ask what the book says, or report nothing."""

    def intercept(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        keys = _numbers(clean(text)) if _asks_to_move(text, found) else ()
        if any(_is_animal(context.unit.session, key) for key in keys):
            told = _arguments(clean(text))
            asked = replace(context, language=found.language, arguments=told)
            return InterceptResult(_OK, texts_of(may_move(policy, asked)))
        return unreported(context, text, found)

    # Decisions are kept: a roadblock looks back at them.
    return MessageInterceptor(
        intercept, lambda _context, *told: _asks_to_move(*told), unmatched=True
    )


def _asks_to_move(text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a text asks if a pig may go: `can 1359 go to Goroka?`."""
    return _asks_whether(text, found) and _names_number(text)


def _asks_whether(text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a text asks if something may go that is no meat."""
    if isinstance(found, Understood) and (found.mood is None or found.phrase.code in _OF_ITS_OWN):
        return False
    if found.mood not in {None, Mood.QUESTION} or _MEAT.search(text):
        return False
    return bool(_MAY.search(text) and _GO.search(text))


def _asks_to_eat(text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a text that is no report asks if a pig may be eaten: `mi ken kaikai 1359`."""
    asks = isinstance(found, NotUnderstood) and _MAY.search(text) and _EAT.search(text)
    return bool(asks) and _names_number(text)


def _which_pig(text: str, found: Understood | NotUnderstood) -> InterceptResult | None:
    """Tell how to ask whether a pig may go, where a text names none: `can I take a pig home?`."""
    if isinstance(found, Understood) or not _PIG.search(text):
        return None
    if found.nearest and found.nearest.code not in _NEAR_MAY:
        return None
    if not _asks_whether(text, found) or _names_number(text):
        return None
    example = f"{_MAY_IT_GO[found.language]} {EXAMPLE_PIG} {EXAMPLE_PLACE}"
    return InterceptResult(
        NOT_UNDERSTOOD, texts_of(say("asked.which_pig", found.language, example=example))
    )


def _arguments(text: str) -> dict[str, object]:
    ending = _DAY_LATER.search(text)
    words = ending[0] if ending else ""
    days = (DAY.kind(words[one.start() :]) for one in re.finditer(r"[^\W_]+", words))
    when = next((one.value for one in days if isinstance(one, Read)), None)
    return {
        "tags": tuple(islice(_identifiers(text), MOST_TAGS)),
        "day": when,
    }


def unreported(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Tell what the book says of the pigs that a message names, and how to report.

    None: it is no report and names no pig, or it reports.
    """
    if which := _which_pig(text, found):
        return which
    mood = Mood.QUESTION if _asks_to_eat(text, found) else found.mood
    if mood is None:
        return None
    phrase = found.phrase if isinstance(found, Understood) else found.nearest
    if isinstance(found, Understood) and found.phrase.code == "answer":
        return InterceptResult(UNREPORTED, texts_of(ask_again(context)))
    book = _in_the_book(context, clean(text), found.language)
    if mood is not Mood.DENIAL and (warned := _warned(book, found.language)):
        return InterceptResult(UNREPORTED, warned)
    is_report = phrase is not None and phrase.report
    asks = mood is Mood.QUESTION
    if not (isinstance(found, Understood) or book or (is_report and asks)):
        return None
    text = _answer(mood, phrase if is_report else None, book, found.language)
    # Nobody has answered a question that is about no pig.
    unread = isinstance(found, NotUnderstood) and not (book or is_report)
    return InterceptResult(NOT_UNDERSTOOD if unread else UNREPORTED, texts_of(text))


def _warned(book: Mapping[Key, "_InTheBook"], language: str) -> list[ReplyText]:
    """Tell what holds against the pigs that a text names: whoever hears "alive" may eat it."""
    marked = [(key, ", ".join(one.marks)) for key, one in book.items() if one.marks]
    return [
        ReplyText(
            say("asked.marks", language, pig=key, why=why, example=f"{_TRACE[language]} {key}")
        )
        for key, why in marked[:_MOST_WARNED]
    ]


def _answer(
    mood: Mood, phrase: Phrase | None, book: Mapping[Key, "_InTheBook"], language: str
) -> str:
    pigs = ", ".join(
        f"{number} {', '.join((*one.marks, one.status))}" for number, one in book.items()
    )
    example = _example(phrase, list(book), language)
    if phrase is None and pigs and mood is not Mood.DENIAL:
        code = "asked.book"
    elif mood is Mood.QUESTION:
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


class _InTheBook(NamedTuple):
    """Words for what holds of an animal: what is against it, gravest first, and its status."""

    marks: list[str]
    status: str


def _in_the_book(context: CommandContext, text: str, language: str) -> dict[Key, _InTheBook]:
    """Return what holds of each known animal that a text names, in its order."""
    session, today = context.unit.session, local_day(context.now)
    told = dict.fromkeys(islice(_numbers(text), MOST_TAGS))
    named = [key for key in told if _is_animal(session, key)]
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
        found[key] = _InTheBook(marks, say(f"status.{status_of(state, today).value}", language))
    return found


def _is_animal(session: Session, key: Key) -> bool:
    row = session.get(Identifier, tuple(key))
    return row is not None and row.animal_id is not None


def _names_number(text: str) -> bool:
    return next(_identifiers(clean(text)), None) is not None


def _numbers(text: str) -> Iterator[Key]:
    return (Key(one.scheme, one.value) for one in _identifiers(text))


def _identifiers(text: str) -> Iterator[Number]:
    for found in _NUMBER_BEGINS.finditer(text):
        reading = NUMBER(text[found.start() :])
        if isinstance(reading, Read) and isinstance(reading.value, Number):
            yield reading.value
