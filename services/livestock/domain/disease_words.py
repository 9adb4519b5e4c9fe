"""Disease of pigs in plain words: signs, names of diseases, and what is meant by them; pure.

Sources: WOAH technical disease cards (African and classical swine fever, foot and mouth disease,
anthrax, PRRS) for the signs.
"""

import re
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from gateway.concepts import Reading, Vocabulary
from services.livestock.domain.head_counts import SHORTEST_TAG, count_of, count_of_sick
from services.livestock.domain.whose_pigs import is_of_others
from services.texts.spoken_words import lexicon

_NAMES = {
    "african_swine_fever": "asf",
    "classical_swine_fever": "csf",
    "foot_and_mouth": "fmd",
    "anthrax": "anthrax",
}
# By the codes that records have for them: `livestock.domain.details`.
_SIGNS = {
    "fever": "fever, skin hot, ear hot, pig|pigs hot, shiver, body hot",
    "not_eating": """
        not|stop>eat, not|stop>drink, cannot>eat, not>drink, cannot>drink, lose>eat, weak>eat,
        off>eat, eat>not, dontknow>eat, eat liklik|little""",
    "weak": """
        weak, collapse, cannot>stand, not>stand, cannot>leg, huddle, lie, isolate, cannot tail,
        leg|tail weak|numb, thin, cannot>lie, faint, pig|pigs>not>move|run|play|grow|stand,
        pig|pigs cold, pig|pigs cry, stop>grow""",
    "red_skin": """
        skin|ear|belly|leg|neck|back|nose|mouth|face|pigs|snout|hoof|tail red, urine red,
        pig>red, pigs>red, eye red, skin change""",
    "blue_skin": """
        skin|ear|belly|leg|neck|back|nose|mouth|face|snout|hoof|tail blue|purple, urine blue,
        pig>purple, pigs>purple""",
    "vomiting": "vomit",
    "diarrhoea": "scour, dung blood|blue|yellow, dung water",
    "bleeding": "blood, bleedout",
    "cough": """
        cough, sotwin, breath cannot|hurt|short|sudden, nose water, pus, breath hot, eye
        pus|dung|water, nose pus|dung""",
    "abortion": "abort, pig_abort, lose bel, lose baby|gatbel, deliver die",
    "lameness": """
        lame, blister, leg|hoof hurt|swell|bone|wound|fracture, mouth|nose|snout hurt|wound,
        leg|hoof unlike|smell|lose""",
    "sudden_death": "die|dying sudden, well>die, lie>die",
}
_OTHERS = {
    "carcass": "carcass pig|pigs, kill>pigs",
    "sign": """
        fits, drool, swell, skin hurt, skin wound, smell, not>stand, not>over, blind, stiff,
        spit blood, confused, scratch, worm, tail hurt|hot|swell|stiff|pus|hard, hair stand,
        organ blue|red|blood|swell|worm|sick|smell, head beat, neck|belly bikpela|big, not>dung""",
    "called": "vet todo|sudden|hurry, doctor_call pig|pigs, todo check pig|pigs",
    "deaths": "1|2|3|4|5|6|7|8|9|10|many>die",
    "other_disease": "other_disease, disease, pig_disease",
    "sick": "sick, pig|pigs unlike|wantdie, not>well|good|recovered, look>unlike",
    "dying": """
        dying pig|pigs|many, pigs|many die|faint, die many, pig>die>pig, lose pigs sudden|many,
        bury|kill>pigs many, bury pig|pigs die, die pig|pigs bush|water, bury many pig|pigs,
        bury_pigs, pigs_gone, only alive, pig>person>die, wiped pig|pigs|many|1,
        lose>pigs since|de|wiped|week|wik|month|mun|days|nait""",
    "killed": "sick|disease|unlike kill, why pig|pigs",
}
_STRONG = frozenset({*_SIGNS, "sign", "killed", "carcass", "called"})
# Two of them are signs enough where a keeper names nobody.
_SIGN_LEMMAS = frozenset(
    {"fever", "shiver", "lie", "weak", "isolate", "vomit", "scour", "cough", "sotwin", "blood"}
    | {"drool", "blister", "fits", "swell", "lame", "huddle", "red", "blue", "purple", "pus"}
)
# What nobody says of people.
_OF_ANIMALS = frozenset({"lameness", "abortion", "deaths"})
_OPENS_QUESTION = frozenset(
    {"is", "are", "do", "does", "did", "can", "could", "inap", "any", "what", "which", "how", "who"}
    | {"where", "wanem", "husat", "hamas", "whats", "when"}
)
_OF_PIGS = (
    *("pig", "pigs", "pig_disease", "pig_abort", "bury_pigs", "pigs_gone", "hoof", "snout"),
    *("tail", "vet"),
)
_OF_OTHERS = (
    *("person", "self", "baby", "gatbel", "other_animal", "accident", "thing", "structure"),
    "coffee",
)
_DEATH = ("person", "die")
_THINGS = frozenset({"thing", "structure"})
_MINE = re.compile(r"\b(?:my|our|mine|mipela|(?:bilong|blo|blong) mi)\b", re.IGNORECASE)
# Where nobody keeps pigs.
_ELSEWHERE = re.compile(
    r"\b(?:wild|wel|wail|road|roadside|rot|river|riva|creek|drain|beach|nambis|sea|solwara|bush|bus"
    r"|floating|ditch|baret)\b",
    re.IGNORECASE,
)
# Blood in a tube is no sign: `sample 1359 blood S-17`, `a blood sample`.
_SAMPLED = re.compile(
    r"(\bsamp(?:le|el)\b.*?)\b(?:blood|blut)\s+[a-z]+[-/]?[0-9]"
    r"|\b(?:blood|blut)\s+samp(?:le|el)s?\b",
    re.IGNORECASE | re.DOTALL,
)


class Meaning(StrEnum):
    """Meaning of a text about disease: a report, a joke or a question."""

    REPORT = "report"
    JEST = "jest"
    QUESTION = "question"


class DiseaseText(NamedTuple):
    """A text about disease of pigs.

    Attributes:
        meaning: REPORT, if in doubt; JEST: it names a disease beside a joke or a film; QUESTION:
            it asks about disease, and tells of no sick pig.
        signs: codes of `livestock.domain.details`.
        disease: the notifiable disease that is named, if any.
        deaths: whether pigs died, and nothing else is told of them.
        heads: how many, where the text says so plainly; None: unknown.
        certain: whether the sender says it without a doubt, and not by hearsay.
        unnamed: whether no word tells whose signs they are: of pigs only where a keeper writes.
        counted: whether it tells of so many deaths and of nothing else, as `DEAD 3` does.
        found: whether dead pigs lie somewhere, and no word tells whose they are.
        own: whether its sender's own pigs may be meant; what a neighbour has, or people say, and
            the name of a disease alone, alarm and bind nobody.
        sick: how many of them are not dead; None: unknown.
        died: whether pigs died, whatever else is told of them.
    """

    meaning: Meaning
    signs: list[str]
    disease: str | None
    deaths: bool = False
    heads: int | None = None
    certain: bool = True
    unnamed: bool = False
    counted: bool = False
    found: bool = False
    own: bool = True
    sick: int | None = None
    died: bool = False


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary({**_NAMES, **_SIGNS, **_OTHERS})


def read_disease(text: str) -> DiseaseText | None:
    """Read what a text tells of disease of pigs; None: nothing."""
    reading = lexicon().read(_SAMPLED.sub(r"\1", text))
    told = _told(reading)
    if _is_found(text, reading):
        signs = [code for code in _SIGNS if code in told]
        return DiseaseText(Meaning.REPORT, signs, None, deaths=True, found=True)
    named = None if reading.has("vaccine") else told
    disease = next((code for code in _NAMES if code in (named or ())), None)
    of_pigs = reading.has(*_OF_PIGS) or _has_tag(reading) or _can_only_be_pigs(reading, told)
    seen = {one.word for one in reading.tokens} & _SIGN_LEMMAS
    several = len(told & (_STRONG | {"dying"})) > 1 or bool(told & _OF_ANIMALS)
    several = several or (bool(told & _STRONG) and len(seen) > 1)
    unnamed = several and not (of_pigs or reading.has(*_OF_OTHERS))
    strong = bool(told & _STRONG) or "dying" in told or (unnamed and "deaths" in told)
    weak = bool(told & {"sick", "other_disease"}) and not _is_over(reading)
    if reading.has("false") or not (disease or ((of_pigs or unnamed) and (strong or weak))):
        return None
    strong = strong and (of_pigs or len(told) > 1)
    signs = [code for code in _SIGNS if code in told]
    deaths = "dying" in told and "sick" not in told and not {*signs} - {"sudden_death"}
    meaning, certain = (
        _meaning(text, reading, disease, strong=strong),
        not reading.has("doubt", "if"),
    )
    heads = count_of(reading) if certain else None
    of_others = is_of_others(text, counted=heads is not None)
    return DiseaseText(
        meaning,
        signs,
        disease,
        deaths,
        heads,
        certain,
        unnamed=unnamed and disease is None,
        counted=not told & _STRONG and reading.has("die") and _counts_alone(reading) is not None,
        own=not of_others and bool(told - _NAMES.keys() or _MINE.search(text)),
        sick=count_of_sick(reading) if certain else None,
        died=reading.has("die") and not _person_died(reading),
    )


def person_died(text: str) -> bool:
    """Tell whether a text says of somebody, and of no pig in the same clause, that they died."""
    return _person_died(lexicon().read(text))


def _is_found(text: str, reading: Reading) -> bool:
    """Tell whether somebody came upon dead pigs: `found a dead pig`, `pik i dai long rot`."""
    if not reading.has("pig", "pigs") or not reading.has("die", "carcass"):
        return False
    seen = reading.has("found") or _ELSEWHERE.search(text)
    if not seen or reading.asks or _MINE.search(text) or _has_tag(reading):
        return False
    return not reading.has("not", "if", "over", "false", "story", "jest", "feast", "media", "when")


def _told(reading: Reading) -> set[str]:
    """Return the codes of what a text tells of, and does not deny."""
    found = _vocabulary().concepts_in(reading)
    told = {code for code, denied in found.items() if not denied}
    words = [one.word for one in reading.tokens]
    counted = any(
        before.isdigit() and int(before) > 1 and after in {"pig", "pigs"}
        for before, after in pairwise(words)
    )
    if reading.has("die") and counted and "dying" not in found:
        told.add("dying")
    if reading.has("tag"):
        # What fell off is the tag.
        told.discard("weak")
    if reading.has("feast") or _person_died(reading):
        # Pigs are killed for the dead.
        told -= {"carcass", "killed"} | ({"dying"} if not reading.has("sudden", "sick") else set())
    if any(before in _THINGS and after == "lie" for before, after in pairwise(words)):
        told.discard("weak")
    return told


def _person_died(reading: Reading) -> bool:
    """Tell whether somebody, and no pig of the same clause, is who died."""
    died = [one for before, one in pairwise(reading.tokens) if (before.word, one.word) == _DEATH]
    with_pigs = {one.clause for one in reading.tokens if one.word in {"pig", "pigs"}}
    return any(one.clause not in with_pigs for one in died)


def _can_only_be_pigs(reading: Reading, told: set[str]) -> bool:
    """Tell whether a text without a word for pigs is of them all the same: no person has such."""
    if reading.has("person", "self", "mine", "other_animal", "accident", "thing"):
        return False
    ears = reading.has("ear") and bool(told & {"red_skin", "blue_skin"})
    return ears or ("dying" in told and reading.has("many"))


def _has_tag(reading: Reading) -> bool:
    return any(one.word.isdigit() and len(one.word) >= SHORTEST_TAG for one in reading.tokens)


def _counts_alone(reading: Reading) -> int | None:
    """Return the count of a death that `DEAD 3` reports; None where there is more to it."""
    return None if reading.has("why", "many", "sudden", "sick") else count_of(reading)


def _is_over(reading: Reading) -> bool:
    """Tell whether a text ends well: a word of recovery stands after all of sickness."""
    words = [one.word for one in reading.tokens]
    well = [place for place, word in enumerate(words) if word in {"over", "recovered"}]
    later = bool(well) and "sick" not in words[well[-1] :] and well[-1] > 0
    return later or reading.has("nomore")


def _meaning(text: str, reading: Reading, disease: str | None, *, strong: bool) -> Meaning:
    if reading.has("jest", "story") and not (strong or reading.has("pig", "pigs")):
        return Meaning.JEST
    if reading.has("media") and not strong and _MINE.search(text) is None:
        return Meaning.QUESTION
    if reading.has("if", "when") and not (strong and (disease or not reading.has("if"))):
        return Meaning.QUESTION
    if strong or reading.has("why", "todo", "doctor_call"):
        return Meaning.REPORT
    opens = reading.opening in _OPENS_QUESTION
    short_asks = bool(reading.tokens) and reading.tokens[-1].word == "ask"
    if opens or short_asks or _offers_both(reading) or reading.has("people_get"):
        return Meaning.QUESTION
    # When in doubt, alarm: somebody writes of their own pigs.
    mine = _MINE.search(text) is not None
    return (
        Meaning.QUESTION if not mine and (reading.asks or reading.has("fact")) else Meaning.REPORT
    )


def _offers_both(reading: Reading) -> bool:
    """Tell whether a text ends in `or not`."""
    return any(one.word == "or" and after.word == "not" for one, after in pairwise(reading.tokens))
