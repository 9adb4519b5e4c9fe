"""Why pigs died and where their bodies went, in the words of people; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CAUSES: Mapping[str, str] = {
    "disease": "sick sickness disease sik asf csf fever swine african",
    "accident": "accident eksiden car truck ka trak drowned",
    "predator": "dog dogs dok snake snek",
    "old_age": "old lapun",
    "culled": "culled cull",
}
_DISPOSALS: Mapping[str, str] = {
    "buried": "buried bury planim graun",
    "burned": "burned burnt burn kukim paia",
    "eaten": "eaten ate kaikai kaikaim",
    "left": "left lusim tromoi",
}


def _by_word(codes: Mapping[str, str]) -> dict[str, str]:
    return {one: code for code, words in codes.items() for one in words.split()}


_CAUSE_WORDS, _DISPOSAL_WORDS = _by_word(_CAUSES), _by_word(_DISPOSALS)


KNOWN = frozenset(
    {*_CAUSE_WORDS, *_DISPOSAL_WORDS}
    | {"na", "and", "long", "of", "from", "the", "by", "i", "bin", "pinis", "we", "mipela", "mi"}
)
"""Words that may follow a bare number of dead pigs: with others it may tell of something else."""


def causes_in(words: Iterable[str]) -> dict[str, str]:
    """Return `cause` and `disposal` as far as words tell them; the first word counts."""
    told: dict[str, str] = {}
    for one in map(str.casefold, words):
        for name, known in (("cause", _CAUSE_WORDS), ("disposal", _DISPOSAL_WORDS)):
            if one in known:
                told.setdefault(name, known[one])
    return told
