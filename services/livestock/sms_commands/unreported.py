"""Answers to messages that ask, deny, doubt, promise or quote a report: nothing is reported.

Who asks whether a pig may go gets the decision, as OK does.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from gateway.grammar import Mood, NotUnderstood, Phrase, Read, Understood
from gateway.phrases import clean
from services.livestock.confirmations.answers import ask_again
from services.livestock.domain.model import Key
from services.livestock.domain.movement_decision import Policy
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.advice import advised, ask_who
from services.livestock.sms_commands.argument_kinds import DAY
from services.livestock.sms_commands.common import MOST_TAGS
from services.livestock.sms_commands.named_pigs import (
    MAY_IT_GO,
    PIG,
    TRACE,
    InTheBook,
    identifiers_in,
    in_the_book,
    is_animal,
    names_number,
    numbers_in,
    warned,
)
from services.livestock.sms_commands.roadblock import may_move
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    texts_of,
)
from services.texts.catalogue import say

UNREPORTED = "unreported"
"""Outcome of a message that only asks, denies… what a report would say."""
_OK = "ok"
_OF_ITS_OWN = frozenset({"ok", "check", "pork", "permit_status", "receipt", "receipt_alone"})
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
# Meat of a pig goes by its own rules.
_MEAT = re.compile(r"\b(?:pork|meat|mit)\b", re.IGNORECASE)
# `mi ken muvim pik` begins as ME does.
_NEAR_MAY = frozenset({"ok", "me", "move"})
_DAY_LATER = re.compile(r"[^\W_]+(?:[\W_]+[^\W_]+){0,2}[\W_]*$")


def book_interceptor(policy: Policy) -> MessageInterceptor:
    """Return the interceptor of messages that ask what the book says, or report nothing."""

    def intercept(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        keys = numbers_in(clean(text)) if _asks_to_move(text, found) else ()
        if any(is_animal(context.unit.session, key) for key in keys):
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
    return _asks_whether(text, found) and names_number(text)


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
    return bool(asks) and names_number(text)


def _which_pig(text: str, found: Understood | NotUnderstood) -> InterceptResult | None:
    """Tell how to ask whether a pig may go, where a text names none: `can I take a pig home?`."""
    if isinstance(found, Understood) or not PIG.search(text):
        return None
    if found.nearest and found.nearest.code not in _NEAR_MAY:
        return None
    if not _asks_whether(text, found) or names_number(text):
        return None
    example = f"{MAY_IT_GO[found.language]} {EXAMPLE_PIG} {EXAMPLE_PLACE}"
    return InterceptResult(
        NOT_UNDERSTOOD, texts_of(say("asked.which_pig", found.language, example=example))
    )


def _arguments(text: str) -> dict[str, object]:
    ending = _DAY_LATER.search(text)
    words = ending[0] if ending else ""
    days = (DAY.kind(words[one.start() :]) for one in re.finditer(r"[^\W_]+", words))
    when = next((one.value for one in days if isinstance(one, Read)), None)
    return {
        "tags": tuple(islice(identifiers_in(text), MOST_TAGS)),
        "day": when,
    }


def unreported(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Tell what the book says of the pigs that a message names, and how to report.

    None: it is no report and names no pig, or it reports.
    """
    if asked := ask_who(context, text, found) or _which_pig(text, found):
        return asked
    mood = Mood.QUESTION if _asks_to_eat(text, found) else found.mood
    if mood is None:
        return advised(context, text, found)
    phrase = found.phrase if isinstance(found, Understood) else found.nearest
    if isinstance(found, Understood) and found.phrase.code == "answer":
        return InterceptResult(UNREPORTED, texts_of(ask_again(context)))
    book = in_the_book(context, clean(text), found.language)
    if mood is not Mood.DENIAL and (against := warned(book, found.language)):
        return InterceptResult(UNREPORTED, texts_of(against))
    is_report = phrase is not None and phrase.report
    asks = mood is Mood.QUESTION
    if not (isinstance(found, Understood) or book or (is_report and asks)):
        return None
    text = _answer(mood, phrase if is_report else None, book, found.language)
    # Nobody has answered a question that is about no pig.
    unread = isinstance(found, NotUnderstood) and not (book or is_report)
    return InterceptResult(NOT_UNDERSTOOD if unread else UNREPORTED, texts_of(text))


def _answer(mood: Mood, phrase: Phrase | None, book: Mapping[Key, InTheBook], language: str) -> str:
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
        return f"{TRACE[language]} {pigs[0] if pigs else EXAMPLE_PIG}"
    example = phrase.examples[language]
    keyword, _, rest = example.rpartition(" ")
    return f"{keyword} {pigs[0]}" if len(pigs) == 1 and rest == EXAMPLE_PIG else example
