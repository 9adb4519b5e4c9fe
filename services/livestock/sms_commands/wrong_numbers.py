"""Texts of somebody whose number we took for another's: they end our questions, and object to none.

In a health course they are the event of a lost phone.
"""

import re

from gateway.grammar import NotUnderstood, Understood
from gateway.phrases import clean
from services.livestock.confirmations.answers import end_all
from services.messaging.command_router import (
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    texts_of,
)
from services.texts.catalogue import say

WRONG_NUMBER = "wrong_number"
"""Outcome of a text that says that we write to the wrong person."""

# As every course hears it.
_SAID = "wrong number"
_BEFORE = (
    r"sorry|sori|hello|halo|its|it|is|this|that|you|u|yu|have|got|gat|the|a|an|em|i|dispela|ringim"
)
_ALONE = re.compile(
    rf"\W*(?:(?:{_BEFORE})\W+)*(?:wrong|rong)\W*(?:number|namba|person)"
    r"(?:\W+(?:sorry|sori|please|plis|pls|tru|ya))*\W*",
    re.IGNORECASE,
)


def wrong_number_interceptor(events: MessageInterceptor) -> MessageInterceptor:
    """Return the interceptor of such texts, which hands all others to that of events of a life."""

    def listen(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        if not is_wrong_number(text):
            return events.intercept(context, text, found)
        end_all(context)
        of_a_course = events.intercept(context, _SAID, found)
        sorry = say(WRONG_NUMBER, context.language)
        return of_a_course or InterceptResult(WRONG_NUMBER, texts_of(sorry))

    def is_exclusive(context: CommandContext, text: str, found: Understood | NotUnderstood) -> bool:
        return is_wrong_number(text) or events.exclusive(context, text, found)

    return MessageInterceptor(listen, is_exclusive, events.anybody, events.unmatched)


def is_wrong_number(text: str) -> bool:
    """Tell whether a text says that we write to the wrong person, and nothing else."""
    return _ALONE.fullmatch(clean(text).replace("'", "")) is not None
