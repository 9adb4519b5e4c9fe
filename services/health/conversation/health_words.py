"""Words of people's health and of programmes in a text; pure."""

from collections.abc import Iterable, Iterator

from services.health.conversation.answer_parser import words_of
from services.health.danger.danger_words import read_danger
from services.health.format.model import Programme
from services.texts.spoken_words import lexicon

_ALWAYS = (
    *("sugar", "insulin", "asthma", "puffer", "heartattack", "stroke", "suicide", "wantdie"),
    *("rape", "period"),
)
# Of a person, where no pig is named.
_OF_PEOPLE = ("gatbel", "baby", "headache", "chest")
_ILL = (
    *("sick", "disease", "hurt", "fever", "vomit", "scour", "blood", "cough", "breath", "wound"),
    *("dizzy", "faint", "weak", "swell", "dying", "beat", "afraid"),
)
_PEOPLE = ("self", "mine", "person")
_PIGS = ("pig", "pigs", "pig_disease", "pig_abort", "hoof", "snout", "tail")
_SHORTEST = 3


def tells_of_health(text: str, words: frozenset[str] = frozenset()) -> bool:
    """Tell whether a text may be about its sender's health, or somebody else's.

    Args:
        text: as it arrived.
        words: that programmes are joined by, or listen to: see `words_of_programmes`.
    """
    reading = lexicon().read(text)
    danger = read_danger(text)
    if reading.has(*_ALWAYS) or (danger is not None and danger.code is not None):
        return True
    ill = reading.has(*_OF_PEOPLE) or (reading.has(*_ILL) and reading.has(*_PEOPLE))
    if ill and not reading.has(*_PIGS):
        return True
    said = f" {words_of(text)} "
    return any(f" {word} " in said for word in words)


def words_of_programmes(programmes: Iterable[Programme]) -> frozenset[str]:
    """Return the words by which people join programmes, and those that the programmes hear."""
    every = (word for one in programmes for each in _said(one) for word in map(words_of, each))
    return frozenset(word for word in every if len(word) >= _SHORTEST)


def _said(programme: Programme) -> Iterator[tuple[str, ...]]:
    yield from programme.join.values()
    for word in programme.words:
        yield from word.says.values()
        yield from word.hears.values()
        yield from word.alone.values()
