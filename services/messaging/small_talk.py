"""Greetings and thanks: a greeting gets one example for its sender, thanks get no answer."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.grammar import NotUnderstood, Understood
from gateway.phrases import clean
from services.messaging.command_router import (
    CommandContext,
    InterceptResult,
    MessageInterceptor,
)
from services.messaging.outbox import ReplyText
from services.texts.catalogue import say

GREETING, THANKS = "greeting", "thanks"


class Example(NamedTuple):
    """An example of a message for a sender; `private`: it tells that they are in a programme."""

    text: str
    private: bool = False


FindExample = Callable[[CommandContext], Example | None]
"""Returns an example for a sender; None: of another service."""

_GREETING = re.compile(
    r"(?:(?:g[ou]+d|gut|gude|happy|hepi)\s?)?"
    r"(?:h[ae]l+o+w?|hi+|hey+|hai|gude+i?|gutde|g'?day|mo[rn]+ing|gutmoning|abinun|apinun|gutnait|nait"
    r"|afternoon|evening|greetings?|good day|new year|nu yia|merry christmas|meri krismas"
    r"|how are you|how r u|yu stap gut|yu orait)"
)
_BESIDE_GREETING = re.compile(
    r"(?:bilum|sir|madam|nurse|nes|sista|sister|boss|bos|ofisa|officer|friends?|pren|wantok|brata|there"
    r"|all|olgeta|everyone|everybody|tru|tumas|team|naqia|dokta|doctor|to you|long yu|yu|you"
    r"|na|and|again|gen|from \w+|long \w+)"
)
_THANKS = re.compile(
    r"(?:(?:ok|okay|k|oke|orait|olrait|yes|yea|gutpela|bikpela|many|so|great|em nau)[\s,.!]*){0,2}"
    r"(?:thanks?|thank\s?(?:you|u|yu|ya)|thx|tnx|thnx|thks|tanks|ty|tenks|ten\s?k(?:yu|iu|u|you)|tn?kyu"
    r"|tenkiu|god bless(?: you| u)?|god i blesim yu)(?![^\W_])",
    re.IGNORECASE,
)
# Words after thanks that ask for something.
_ASKS = re.compile(
    r"[?0-9]|\b(?:please|pls|plis|plz|but|tasol|help me|helpim mi|call|ring\w*|send|salim|want"
    r"|laik|needs?|nidim|how|what|when|where|why|who|wanem|husat|hamas|stop\w*|can|inap|sick|sik"
    r"|dead|dai|nogat|not)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W_]")
# Hands together, thumbs, hearts and smiles, with their colours: a pig among them is a question.
_KIND_SIGNS = re.compile(
    "[\\s\u2764\u2665\u263a\u2705\ufe0f\u200d\U0001f3fb-\U0001f3ff\U0001f64f\U0001f44d\U0001f44c\U0001f44f"
    "\U0001f91d\U0001f4aa\U0001f917\U0001f4af\U0001f493-\U0001f49f\U0001f600-\U0001f60a]+"
)
_MOST_WORDS = 12


def small_talk_interceptor(examples: Sequence[FindExample]) -> MessageInterceptor:
    """Return the interceptor of greetings and thanks; the first example that fits is told."""

    def listen(
        context: CommandContext, text: str, _found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        if is_thanks(text):
            return InterceptResult(THANKS, ())
        if not is_greeting(text):
            return None
        found = (one(context) for one in examples)
        example = next((one for one in found if one is not None), Example("HELP"))
        reply = say("greeting", context.language, example=example.text)
        return InterceptResult(GREETING, (ReplyText(reply),), private=example.private)

    return MessageInterceptor(listen, unmatched=True)


def is_thanks(text: str) -> bool:
    """Tell whether a text is thanks, and asks for nothing."""
    said = clean(text)
    if not _LETTER.search(said):
        return bool(said) and _KIND_SIGNS.fullmatch(said) is not None
    found = _THANKS.match(said)
    after = said[found.end() :] if found else ""
    return found is not None and not _ASKS.search(after) and len(after.split()) <= _MOST_WORDS


def is_greeting(text: str) -> bool:
    """Tell whether a text is a greeting and nothing else."""
    words = " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)?", clean(text).casefold()))
    greeted = False
    while words:
        found = _GREETING.match(words)
        greeted = greeted or found is not None
        found = found or _BESIDE_GREETING.match(words)
        if found is None or words[found.end() : found.end() + 1] not in {"", " "}:
            return False
        words = words[found.end() :].strip()
    return greeted
