"""A reader of danger for a language that has words and rules of its own; pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from services.health.danger.sense_rules import DangerSpan, MeaningRules, denied
from services.health.danger.senses import OF, Meanings, Sense
from services.health.danger.text_features import Meant

_WORD = re.compile(r"[^\W\d_]+")
# Not undone where a later word says that somebody is well again.
_STAYS = frozenset({"poison", "child_poison", "snake_bite", "suicide", "rape"})
# Of these, what stands before the verb need not be who suffers: `haus sik i nogat insulin`.
_OF_NO_THING = frozenset({"no_insulin", "violence", "sorcery", "poison", "eyes"})
_SUBJECTS = ("person", "self")
_HALF, _LEAST = 0.5, 0.34
# `Sapos` says of these what somebody will do.
_MEANT_IN_EARNEST = frozenset({"suicide", "violence", "sorcery", "rape", "child_abuse"})
# Four digits and more are a pig's number, if no year.
_TAG = re.compile("[0-9]{4,}")
_PRONOUNS = frozenset({"em", "ol"})
_MONEY = frozenset({"k", "kina"})
_LIKE = "olsem"


class LanguageReader:
    """Reads the dangers of a text in one language by its lexicon: see docs/programmes.md.

    Args:
        foreign: words of other languages, which are no misspelling of a word of this one.
    """

    def __init__(self, lexicon: Mapping[str, Any], foreign: Collection[str] = ()) -> None:
        lists = lexicon["reader"]
        self._meanings = Meanings(lexicon["words"], lexicon["spellings"], lists, foreign)
        self._rules = MeaningRules(lexicon["rules"])
        self._marks = frozenset(lists["marks"].split())
        self._foreign = frozenset(lists["foreign"].split())
        self._shared = lru_cache(16)(self._share)

    def share(self, text: str) -> float:
        """Return how much of a text is in this language, from 0 to 1.

        Half of it is where words that both languages have are all that tells.
        """
        return self._shared(text)

    def _share(self, text: str) -> float:
        words = _WORD.findall(text.casefold().replace("'", ""))
        own = sum(word in self._marks for word in words)
        foreign = sum(word in self._foreign for word in words)
        known = sum(map(self._meanings.recognises, words))
        if not own and not foreign:
            return _HALF if known == len(words) else 0
        share = own / (own + foreign)
        if share < _LEAST:
            return 0
        return share if known >= _HALF * len(words) else min(share, _HALF)

    def usual(self, text: str) -> Sequence[str]:
        """Return the words of a text as they are usually spelt, with their slips mended."""
        return self._meanings.read(text).words

    def telling(self, text: str) -> str:
        """Return its words without those that tell nothing: `suga i go antap long 22`."""
        sense = self._meanings.read(text)
        ends = [*sense.told[1:], sense.told[-1] + 1] if sense.told else []
        return " ".join(
            word
            for word, told, end in zip(sense.words, sense.told, ends, strict=True)
            if end > told
        )

    def meant(self, text: str) -> list[Meant]:
        """Return what the words of a text mean, each by the place of its first word."""
        places = self._meanings.read(text).places.items()
        return [Meant(one.first, meaning) for meaning, found in places for one in found]

    def words(self) -> frozenset[str]:
        """Return every word that it knows."""
        return self._meanings.known

    def unknown_meanings(self) -> frozenset[str]:
        """Return what rules name and no word means."""
        return self._rules.meanings() - self._meanings.meanings

    def dangers_in(self, text: str) -> dict[str, bool]:
        """Return the dangers that a text names, and whether each is denied or harmless."""
        sense = self._meanings.read(text)
        found = self._rules.find(sense)
        harmless = _is_of_nobody(sense)
        told: dict[str, bool] = {}
        for one, no in zip(found, denied(found, sense, _STAYS), strict=True):
            none = harmless or no or _is_of_another(one, sense)
            none = none or _is_only_asked(one, sense)
            told[one.code] = told.get(one.code, True) and none
        return told

    def has_saying(self, text: str) -> bool:
        """Tell whether a text has a saying, whose words do not mean what they mean alone."""
        return self._meanings.read(text).has("idiom", "jest", "news")

    def is_of_animals(self, text: str) -> bool:
        """Tell whether a text speaks of animals, and of no person but their keeper."""
        return _is_of_animals(self._meanings.read(text))

    def is_past(self, text: str) -> bool:
        """Tell whether a text speaks of long ago, or of nothing that has happened."""
        sense = self._meanings.read(text)
        return sense.has("past") or _is_of_nobody(sense) or _asks_in_general(sense)


def _is_of_nobody(sense: Sense) -> bool:
    """Tell whether a text jests, quotes, or speaks of animals."""
    return sense.has("jest", "news") or _is_of_animals(sense)


def _is_only_asked(one: DangerSpan, sense: Sense) -> bool:
    """Tell whether a danger is asked about in general, or only might be."""
    sentence = sense.sentences[one.span.first]
    might = sense.says(sentence, "hypothetical")
    if might and one.code not in _MEANT_IN_EARNEST:
        return True
    if sense.says(sentence, "fact") and (might or not sense.has("todo")):
        return True
    asks = sentence in sense.asks or sense.says(sentence, "ask")
    if might and (asks or sense.has("todo")):
        return True
    return asks and not sense.says(sentence, *_SUBJECTS, "they") and not sense.has("todo")


def _asks_in_general(sense: Sense) -> bool:
    """Tell whether a text asks about what it names, and not about its writer or anybody."""
    asks = bool(sense.asks) or sense.has("ask", "fact")
    return asks and not sense.has(*_SUBJECTS, "they", "todo")


def _is_of_animals(sense: Sense) -> bool:
    """Tell whether a text speaks of animals, and of no person but their keeper."""
    tagged = any(map(_is_tag, sense.words, ("", *sense.words))) and not sense.has("past")
    if not tagged and not _animals(sense):
        return False
    if sense.has("suicide", "beastbite"):
        return False
    people = [at for at in sense.firsts("person") if sense.words[at] not in _PRONOUNS]
    return tagged or not (people or sense.has("self"))


def _is_tag(word: str, before: str) -> bool:
    """Tell whether a word is a pig's number, and no sum of money."""
    return bool(_TAG.fullmatch(word)) and before not in _MONEY


def _animals(sense: Sense) -> list[int]:
    """Return where animals stand, but for what is only like them: `olsem dok`."""
    return [at for at in sense.firsts("animal") if not at or sense.words[at - 1] != _LIKE]


def _is_of_another(one: DangerSpan, sense: Sense) -> bool:
    """Tell whether what is said is said of an animal, a thing or a way of speaking."""
    span = one.span
    own = {place.first for place in span.places}
    others = set(_animals(sense)) - own
    if one.code not in _OF_NO_THING:
        others |= set(sense.firsts("thing")) - own
    if one.code == "violence":
        others |= set(sense.firsts("force")) - own
    owners = others | set(sense.firsts("inanimate")) - own if one.code != "poison" else set()
    if any(sense.words[at - 1] == OF and span.first < at <= span.last + 3 for at in owners if at):
        return True
    people = set(sense.firsts(*_SUBJECTS))
    before = [
        at
        for at in others | people
        if at <= span.first
        and sense.sentences[at] == sense.sentences[span.first]
        and not (at and sense.words[at - 1] in {OF, "long"})
    ]
    return bool(before) and max(before) not in people
