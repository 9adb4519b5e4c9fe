"""Questions about what is doubtful in a report: its numbers, and words that nobody knows."""

from collections.abc import Sequence

from services.livestock.confirmations.ask_first import require_yes
from services.messaging.command_router import CommandContext
from services.texts.catalogue import say

MOST_HEADS_AT_ONCE = 20
"""Above it, a number of pigs wants a yes."""


def doubt_of(context: CommandContext, doubt: str, **values: object) -> str:
    """Write the question of a doubt, which repeats the message."""
    words = " ".join(context.text.split())
    return say(f"doubt.{doubt}", context.language, words=words, **values)


def require_words(context: CommandContext, what: str, unknown: Sequence[str]) -> None:
    """Ask whether a report is right without the words that are not understood."""
    question = say("doubt.words", context.language, what=what, word=" ".join(unknown))
    require_yes(context, "words", question)


def require_heads(context: CommandContext, heads: int | None, known: int | None = None) -> None:
    """Ask before a number of pigs is believed that is above what is known, or large.

    Args:
        known: pigs that are known to be there; None or 0: nobody knows.

    Raises:
        AskFirst: the sender must say yes first.
    """
    if heads is not None and heads > min(known or MOST_HEADS_AT_ONCE, MOST_HEADS_AT_ONCE):
        code = "count" if known else "heads"
        require_yes(context, "count", doubt_of(context, code, heads=heads, count=known))
