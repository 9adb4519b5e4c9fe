"""Signs and suspicions in people's own words, English and Tok Pisin; pure.

Words that tell nothing are passed over: a report of sickness is never refused for its words. They
do not go into the record either, which holds no free text.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_NAMES: dict[str, str] = {
    "african_swine_fever": r"a\s?s\s?f|african swine( fever)?|afrika sik",
    "classical_swine_fever": r"c\s?s\s?f|(classical swine|hog)( fever| cholera)?",
    "foot_and_mouth": r"f\s?m\s?d|foot and mouth",
    "anthrax": r"anthrax|antraks",
    "brucellosis": r"brucell(osis|a)",
    "leptospirosis": r"lepto(spirosis)?",
    "swine_influenza": r"swine (flu|influenza)|pig (flu|influenza)|influenza",
    "japanese_encephalitis": r"(japanese )?encephalitis",
    "cysticercosis": r"cysticercosis|taenia( solium)?",
    "rabies": r"rabies",
}
_SIGNS: dict[str, str] = {
    "fever": r"fever|fiva|temperature|(skin|bodi|body)( i)?( is)? (hot|hat|hatpela)|hot|hatpela",
    "not_eating": r"(not|no|isnt|wont|stopped|nogat)( i)?( laik| save| want to| more)? "
    r"(eat|eats|eating|kaikai|feeding|appetite)|off feed",
    "weak": r"weak|tired|lethargic|no( gat)? (strong|strongpela|pawa)|les|slip tasol|cannot stand",
    "red_skin": r"(red|ret|retpela) (skin|ears?|yau)|(skin|ears?|yau)( i)?( is)?( kamap)? "
    r"(red|ret)",
    "blue_skin": r"(blue|blu|purple) (skin|ears?|yau)|(skin|ears?|yau)( i)?( is)?( kamap)? "
    r"(blue|blu|purple)",
    "vomiting": r"vomit\w*|throwing up|traut\w*",
    "diarrhoea": r"diarrh?o?ea|scours?|scouring|pekpek (i )?wara\w*|pekwara|bel ran",
    "bleeding": r"blood\w*|bleed\w*|blut",
    "cough": r"cough\w*|kus",
    "abortion": r"abort\w*|miscarr\w*|lusim (bel|pikinini)",
    "lameness": r"lame\w*|limp\w*|lek (i )?(nogut|bagarap|pen)",
    "sudden_death": r"(sudden(ly)?|quick(ly)?) (die[sd]?|dead|death)|(die[sd]?|dead) "
    r"(sudden(ly)?|quick(ly)?)|(dai|indai) (kwik|wantu|hariap)\w*",
}

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


class SymptomReport(NamedTuple):
    """Codes of `livestock.domain.details`: signs in a fixed order, and a suspected disease."""

    signs: list[str]
    suspicion: str | None


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


_NAME_PATTERNS = {code: _whole(words) for code, words in _NAMES.items()}
_SIGN_PATTERNS = {code: _whole(words) for code, words in _SIGNS.items()}
NAME_WORDS = _whole("|".join(_NAMES.values()))
"""Any name of a reportable disease."""
SIGN_WORDS = _whole("|".join(f"(?:{words})" for words in _SIGNS.values()))
"""Any sign, in any case of letters: `not eating` is one, and denies nothing."""


def signs_in(words: Iterable[str]) -> SymptomReport:
    """Find signs in words, and the first reportable disease that they name."""
    text = " ".join(words).casefold().replace("'", "")
    suspicion = None
    for code, pattern in _NAME_PATTERNS.items():
        text, named = pattern.subn(" ", text)
        suspicion = suspicion or (code if named else None)
    return SymptomReport(
        [code for code, found in _SIGN_PATTERNS.items() if found.search(text)], suspicion
    )


def _by_word(codes: Mapping[str, str]) -> dict[str, str]:
    return {one: code for code, words in codes.items() for one in words.split()}


_CAUSE_WORDS, _DISPOSAL_WORDS = _by_word(_CAUSES), _by_word(_DISPOSALS)


KNOWN = frozenset(
    {*_CAUSE_WORDS, *_DISPOSAL_WORDS}
    | {"na", "and", "long", "of", "from", "the", "by", "i", "bin", "pinis", "we", "mipela", "mi"}
)
"""Words that may follow a bare number of dead pigs: others may change its meaning."""


def causes_in(words: Iterable[str]) -> dict[str, str]:
    """Return `cause` and `disposal` where words name them; the first word counts."""
    told: dict[str, str] = {}
    for one in map(str.casefold, words):
        for name, known in (("cause", _CAUSE_WORDS), ("disposal", _DISPOSAL_WORDS)):
            if one in known:
                told.setdefault(name, known[one])
    return told
