"""Readings of blood sugar in a text, in mmol/l or mg/dl; pure."""

import re
from functools import lru_cache

from services.health.danger.danger_lexicon import danger_words

_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[a-z]{4,}")
_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = {"twenty": 20, "thirty": 30, "forty": 40}
_SPELT = re.compile(
    rf"\b(?P<tens>{'|'.join(_TENS)})?\s?(?P<units>{'|'.join(_UNITS)})?"
    rf"(?:\s+point\s+(?P<part>{'|'.join(_UNITS)}))?\b"
)
_NUMBER = r"(?<![0-9a-z.,])([0-9]{1,3}(?:[.,][0-9])?)(?![0-9]|[.,][0-9])"
_MONTHS = (
    "jan(?:uary|ueri)?|feb(?:ruary|ueri)?|mar(?:ch|s)?|april?|jun[ei]?|jul(?:y|ai)?|aug(?:ust)?|ogas|"
    "sept?(?:ember|emba)?|o[ck]t(?:ober|oba)?|nov(?:ember|emba)?|de[cs](?:ember|emba)?"
)
_COUNTED = (
    r"\s*(?:i\s+)?(?:kina|k\b|toea|kg|kilo|km|g\b|gram|spoon|tea|tispun|cup|kap|bag|bek|pack|pak|pela|times|taim|"
    r"de\b|days?\b|wik|weeks?\b|mun|months?\b|yia|years?\b|yrs|hours?\b|hrs|min|am\b|pm\b|klok|oclock|tablet|"
    r"pill|unit|spun|people|percent|%|steps|litre|man\b|meri\b|pipol|pipel|manmeri|lain|left\b|krismas|"
    r"pikinini|memba|member|wokman|-\s*[0-9]|"
    r"st\b|nd\b|rd\b|th\b|(?:of |bilong )?(?:" + _MONTHS + r")\b)"
)
_NO_READING = f"(?!{_COUNTED})"
_OTHERS = re.compile(
    rf"{_NUMBER}(?={_COUNTED})"
    r"|(?:krismas|yia|hevi|weit|weight|rum|room)\b[^0-9.!?]{0,12}[0-9]{1,3}(?![0-9])"
)
# Sentences, whatever the points of numbers; sugar that is eaten, bought or grown in one.
_SENTENCE = re.compile(r"(?:[^.!?;\n]|[.](?=[0-9]))+")
_EATEN = re.compile(
    r"\b(?:ti|kofi|coffee|tea|putim|baim|buy|bought|dringim|katim|stua|store|spun|ramu|resis|tim|team|winim|fi|fee|"
    r"fektori|factory|kalabus|nambis|grup|group)\b"
)
_TAKEN = re.compile(
    r"\b(?:mmol|skelim|sekim|tes\w*|masin|mita|reading|mak|antap|daun|high|low|check\w*)\b"
)
# A number after these is a date, a count or a page, though sugar is named before it.
_OF_SUGAR_ALONE = (
    r"(?:(?!\b(?:clinics?|klinik|class(?:es)?|club|klab|cane|ken|banana|kaukau|stik|books?|buk|pages?|pes|rooms?|"
    r"tablets?|marasin|medicines?|pills?|on the|on|date|day|de|mun|month|week|wik|bus|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mande|tunde|trinde|fonde|fraide|sarere|sande|"
    r"tumoro|tomorrow|next|neks)\b)[^0-9.!?]){0,40}"
)
# `mi go skelim suga long 25`: a date.
_GOES_ON = re.compile(
    r"\b(?:go|kam|bai)\b[^0-9.!?]{0,20}\b(?:skelim|sekim|tes|tesim|check|test)\b"
    r"[^0-9.!?]{0,12}\blong(?= [0-9])"
)
_SUGAR = r"\b(?:suga|sugar|glucose|gluc|bsl|blood sugar|glukos)\b"
_METER = r"(?:machine|meter|mita|masin|glucometer)"
_FIRST = (
    re.compile(_SUGAR + _OF_SUGAR_ALONE + _NUMBER + _NO_READING),
    re.compile(_NUMBER + r"\s*(?:mmol|mg\s*/?\s*dl)"),
    re.compile(
        r"\b(?:reading|meter|mita|glucometer|level)\b[^0-9.!?]{0,15}([0-9]{1,2}[.,][0-9])(?![0-9])"
    ),
    re.compile(
        rf"\b(?:{_METER}|reading|number on (?:the|my) {_METER})\s+(?:i\s+)?"
        r"(?:shows?|says?|reads?|is|soim|tok|em)\s+" + _NUMBER + _NO_READING
    ),
    re.compile(r"([0-9]{1,2}[.,][0-9])\s+(?:is|em)\s+(?:my|mi|suga|namba)"),
    re.compile(rf"([0-9]{{1,2}}[.,][0-9])\s+on\s+(?:the|my|a)?\s*{_METER}"),
    re.compile(
        r"\b(?:test|result|it)\s+(?:was|is)\s+([0-9]{1,2}[.,][0-9])"
        r"(?=[^0-9]{0,20}\b(?:fasting|food|breakfast|dizzy|morning))"
    ),
)
# A reading that nothing else is measured in, beside words of a test, or told as the first thing.
_READING = (
    r"(?<![0-9a-z.,])((?:1[6-9]|2[0-9]|3[0-4])(?:[.,][0-9])?|[1-3][.,][0-9])(?![0-9]|[.,][0-9])"
)
_PARTED = r"(?<![0-9a-z.,])((?:1[6-9]|2[0-9]|3[0-4]|[1-3])[.,][0-9])(?![0-9]|[.,][0-9])"
_TESTS = "fasting|fbs|rbs|fbg|readings?|strip|glucometer|tested|test|meter|metre|mita|ma[cs]h?ine?"
_TESTED = rf"(?:{_TESTS})"
_MEAL = r"(?:food|breakfast|lunch|dinner|meals?|eating|supper)"
_BARE = (
    re.compile(rf"\b{_TESTED}\b(?:(?!\bon\b)[^0-9.!?]){{0,30}}" + _READING + _NO_READING),
    re.compile(r"\bmy (?:number|level|result|count)\b[^0-9.!?]{0,25}" + _READING + _NO_READING),
    re.compile(_READING + _NO_READING + rf"\s+(?:before|after) {_MEAL}\b"),
    re.compile(r"^\W*(?:low )*" + _PARTED + r"\W+(?:this|what|now|today|hands|give|help)\b"),
    re.compile(_READING + _NO_READING + r"\W+(?:is (?:that|it|this)|good or|what does)\b"),
    re.compile(_PARTED + _NO_READING + rf"[^0-9.!?]{{0,40}}\b(?:aid ?post|{_TESTS})\b"),
    re.compile(r"\b(?:number|aid ?post)\b[^0-9!?]{0,20}" + _PARTED + _NO_READING),
)
# Words of other numbers, and of Tok Pisin, whose readings name sugar or a machine.
_OF_ANOTHER = re.compile(
    r"\b(?:weigh\w*|weight|born|bp|pressure|presa|fever|temp\w*|degrees?|score\w*|goals?|points?|grade|class|"
    r"page|chapter|exam|marks?|room|bus|route|block|hb|iron|height|tall|seat|bingo|phone|sim|price|"
    r"mi|em|na|ol|lo|blo|bilong|blong|gat|stap|nau|pinis|tok)\b"
)
# `it was 25, now it is 7`: what counts is the last one.
_NEXT = re.compile(
    r"[^0-9]{0,30}?\b(?:now|nau|today|tude|to|then|still)\b[^0-9]{0,15}" + _NUMBER + _NO_READING
)
# Below and above the first two, in mmol/l, somebody is in danger; a device shows at most so much in
# mmol/l, and what is more is in mg/dl.
_LOW, _HIGH, _MOST_MMOL, _MG_DL = 4.0, 15.0, 35.0, 18.0


def sugar_reading(text: str, *, bare: bool = False) -> str | None:
    """Read a reading of blood sugar, in mmol/l or mg/dl: low, fine or high; None: there is none.

    `bare`: one that nothing names counts too.
    """
    written = _SPELT.sub(_in_digits, text.casefold())
    if not _DIGIT.search(written):
        return None
    written = _WORD.sub(lambda found: _usual(found[0]), written)
    forms = (*_FIRST, *_BARE) if bare and not _OF_ANOTHER.search(written) else _FIRST
    found = next((found for one in forms if (found := one.search(written))), None)
    if not found:
        return None
    while later := _NEXT.match(written, found.end()):
        found = later
    value = float(found[1].replace(",", "."))
    value = value / _MG_DL if value > _MOST_MMOL else value
    if value < _LOW:
        return "low"
    return "high" if value > _HIGH else "fine"


def without_other_numbers(text: str) -> str:
    """Return a text without what looks like a reading: counts, dates, and sugar that is eaten."""
    if not _DIGIT.search(text):
        return text
    kept = (one[0] for one in _SENTENCE.finditer(text.casefold()) if not _is_other(one[0]))
    return ". ".join(_OTHERS.sub(" ", one) for one in kept)


def _is_other(sentence: str) -> bool:
    """Tell whether a sentence is of sugar that nobody measured, or of the day of a test."""
    eaten = _EATEN.search(sentence) is not None and _TAKEN.search(sentence) is None
    return eaten or _GOES_ON.search(sentence) is not None


@lru_cache(4096)
def _usual(word: str) -> str:
    """Return `sugar` for a misspelt one."""
    reading = danger_words()[-1].read(word)
    return "sugar" if word[0] in "sg" and reading.has("sugar") else word


def _in_digits(found: re.Match[str]) -> str:
    """Write a number in digits; of less than twenty only one with a part after the point."""
    tens, units, part = found["tens"], found["units"], found["part"]
    if not tens and not part:
        return found[0]
    whole = _TENS.get(tens or "", 0) + (_UNITS.index(units) if units else 0)
    return f" {whole}.{_UNITS.index(part)}" if part else f" {whole} "
