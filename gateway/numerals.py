"""Small numbers in words, English and Tok Pisin; pure."""

import re
from collections.abc import Mapping

NUMERALS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "one wanpela wanpla wan", "two tupela tupla", "three tripela tripla tri",
            "four fopela fopla", "five faipela faivpela", "six sikispela sikspela",
            "seven sevenpela", "eight etpela", "nine nainpela", "ten tenpela",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
"""Each word, in lower case, and its number."""
NUMERAL = rf"(?:{'|'.join(sorted(NUMERALS, key=len, reverse=True))}|[0-9]{{1,3}}\s?p(?:e)?la)"
"""A pattern of them, `3pela` among them."""


def numeral(word: str) -> int | None:
    """Return the number of a word or of digits; None: it is none."""
    word = word.lower()
    digits = re.match(r"[0-9]+", word)
    return int(digits[0]) if digits else NUMERALS.get(word)
