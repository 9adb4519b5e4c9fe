"""Numbers of pigs in a text of sickness: how many it counts, and whether those are dead; pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.concepts import Reading, Token
from services.texts.spoken_words import lexicon

SHORTEST_TAG = 4
"""Digits from which a number names a pig, and counts none."""

_PIGS = frozenset({"pig", "pigs"})
_DIED = "die"
_BEFORE_DIED = frozenset({*_PIGS, "mine", "sudden"})


class HeadCount(NamedTuple):
    """A number beside a word for pigs or for death, and whether those pigs are dead."""

    heads: int
    of_dead: bool


def count_of(reading: Reading) -> int | None:
    """Return the number of pigs that a text counts; None: it counts none, or twice."""
    return _only([one.heads for one in _counts(reading.tokens)])


def count_of_sick(reading: Reading) -> int | None:
    """Return the number of pigs that are not dead; None: as `count_of`."""
    return _only([one.heads for one in _counts(reading.tokens) if not one.of_dead])


def is_of_dead(text: str, heads: int) -> bool:
    """Tell whether a number counts dead pigs wherever a text has it: `3 pigs died`."""
    tokens = lexicon().read(text).tokens
    dead = sum(one.of_dead and one.heads == heads for one in _counts(tokens))
    return 0 < dead == sum(one.word == str(heads) for one in tokens)


def _only(counts: Sequence[int]) -> int | None:
    return counts[0] if len(counts) == 1 and counts[0] else None


def _counts(tokens: Sequence[Token]) -> Iterator[HeadCount]:
    for place, one in enumerate(tokens):
        if not one.word.isdigit() or len(one.word) >= SHORTEST_TAG:
            continue
        words = [later.word for later in tokens[place + 1 :] if later.clause == one.clause]
        if words and (words[0] in _PIGS or words[0] == _DIED):
            yield HeadCount(int(one.word), _tells_of_dead(words))


def _tells_of_dead(words: Sequence[str]) -> bool:
    """Tell whether these words make the count before them one of the dead; `5 dead 2` does not."""
    died = next((place for place, word in enumerate(words) if word not in _BEFORE_DIED), len(words))
    after = words[died : died + 2]
    return after[:1] == [_DIED] and not after[-1].isdigit()
