"""Strategies: arbitrary text and octets, and what real senders send, mutated."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from services.livestock.sms_commands import FILLERS, HANDLERS
from tests.factories import official
from tests.services.livestock.table import every_text
from tests.toy.water import PHRASES

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 2_000
# Lone surrogates among them.
ANY_CHARACTER = st.characters(exclude_categories=[])
_NOISE = (
    *" \n\r\t,.;:/-_+#*()'\"&=?!\0\x1b\ud800\udfff\ufffd\ufeff\u200b\u202e\u2019\u201c\u00a0",
    *("O", "l", "I", "0", "1", "\u0661", "\u0967", "\uff11", "\u0301", "\ufdfa", "🐖", "LA ", "LR"),
)
_NUMBERS = (
    *("1262", "1359", "1165", "70000002", "+67570000009", "25/11", "30/2", "3", "40,5 kg"),
    *(official(1), "982 000001088420", "LA 982 000001088420", "6DB0840800F80001"),
    *("7KQ2-M9XA-P4TD-WZ3C", "animal:1", "premises:", "asde", "K500"),
)

any_text = st.text(ANY_CHARACTER, max_size=200) | st.text("OoIiLl01 -_/.,", max_size=200)
any_octets = st.binary(max_size=400)


@st.composite
def long_text(draw: st.DrawFn) -> str:
    """A few pieces again and again: what makes a reader go back and forth."""
    pieces = draw(
        st.lists(st.sampled_from(_pieces()) | st.text(max_size=3), min_size=1, max_size=4)
    )
    once = "".join(pieces) or "1"
    times = draw(st.integers(1, LONGEST // len(once) or 1))
    return (
        draw(st.sampled_from(["", "OK ", "SIK ", "1262 "]))
        + once * times
        + draw(st.text(max_size=3))
    )


@st.composite
def soup(draw: st.DrawFn) -> str:
    """Words that are known, in any order, with any separators."""
    words = draw(st.lists(st.sampled_from(_pieces()), max_size=15))
    return draw(st.sampled_from(["", " ", " ", "\r\n", ", ", "-"])).join(words)


@st.composite
def mutated(draw: st.DrawFn, real: Sequence[str]) -> str:
    """A real message with some characters put in, left out, doubled or swapped."""
    text = draw(st.sampled_from(real))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(text)))
        before, rest = text[:place], text[place:]
        change = draw(st.integers(0, 4))
        if change == 0:
            text = before + draw(st.sampled_from(_NOISE)) + rest
        elif change == 1:
            text = before + rest[1:]
        elif change == 2:
            text = before + rest[:1] * draw(st.integers(2, 9)) + rest[1:]
        elif change == 3:
            text = before + rest[1:2] + rest[:1] + rest[2:]
        else:
            text = rest + before
    return text


def message() -> st.SearchStrategy[str]:
    """Anything that a phone may send."""
    return any_text | mutated(_sent()) | mutated(_sent()) | soup() | long_text()


@cache
def _sent() -> list[str]:
    return every_text()


@cache
def _pieces() -> list[str]:
    spoken = [*(one.phrase for one in HANDLERS), *PHRASES]
    keywords = {word for one in spoken for words in one.keywords.values() for word in words}
    return [*sorted({*keywords, *FILLERS}), *_NUMBERS, *_NOISE]
