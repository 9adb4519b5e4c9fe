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
    "jan(?:uary|ueri)?|feb(?:ruary|ueri)?|mar(?:ch|s)|april?|jun[ei]?|jul(?:y|ai)?|aug(?:ust)?|ogas|"
    "sept?(?:ember|emba)?|o[ck]t(?:ober|oba)?|nov(?:ember|emba)?|de[cs](?:ember|emba)?"
)
_COUNTED = (
    r"\s*(?:i\s+)?(?:kina|k\b|toea|kg|kilo|km|g\b|gram|spoon|tea\b|tispun|cup|kap|bag|bek|pack|pak|pela|times|taim|"
    r"de\b|days?\b|wik|weeks?\b|mun|months?\b|yia|years?\b|yrs|hours?\b|hrs|min|am\b|pm\b|klok|oclock|tablet|"
    r"pill|unit|spun|people|percent|%|steps|litre|man\b|meri\b|pipol|pipel|manmeri|lain|left\b|"
    r"krismas\b(?! bilong)|pikinini|memba|member|wokman|-\s*[0-9]|"
    r"st\b|nd\b|rd\b|th\b|(?:of |bilong )?(?:" + _MONTHS + r")\b)"
)
_NO_READING = f"(?!{_COUNTED})"
_EATEN = (
    r"(?<!after )(?<!before )(?<!bihain long )(?<!bipo long )"
    r"\b(?:ti|kofi|coffee|tea|putim|baim|buy|bought|dringim|katim|lusim|spun|stua|maket|prais|fi|fee)\b"
)
_BESIDE = re.compile(_EATEN)
_OTHERS = re.compile(
    rf"{_NUMBER}(?={_COUNTED})"
    r"|(?:krismas|yia|hevi|weit|weight|rum|room)\b[^0-9.!?]{0,12}[0-9]{1,3}(?![0-9])"
    rf"|{_EATEN}(?:(?!suga)[^0-9.!?]){{0,12}}[0-9]{{1,2}}(?![0-9.,])"
    r"|\b(?:marasin|tablets?|pills?)\s+[1-4](?![0-9.,])"
    r"|\b(?:bai|tumoro|tomorrow|neks|next|bek)\b[^0-9.!?]{0,25}[0-9]{1,2}(?![0-9.,])"
    r"|\b(?:(?<!is )on|on the|de|mun|months?|wik|weeks?|bus|date|pages?|pes|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"mande|tunde|trinde|fonde|fraide|sarere|sande|"
    r"(?:klinik|clinic|apoinmen|miting|bung|lotu) long)"
    r"\s+[0-9]{1,2}(?![0-9.,])"
)
# Sentences, whatever the points of numbers.
_SENTENCE = re.compile(r"(?:[^.!?;\n]|[.](?=[0-9]))+")
_THING = (
    r"(?:clinics?|klinik|class(?:es)?|club|klab|cane|ken|banana|stik|books?|buk|days?|de|group|grup|"
    r"tablets?|marasin|medicines?|pills?|factory|fektori|team|tim|resis|kalabus|nambis|"
    r"(?:long|in) (?:ti|kofi|tea|coffee))\b"
)
# `mi baim suga bilong mama`: what is bought or drunk, whosever it is.
_TAKEN = re.compile(
    r"^[^0-9]*\b(?:baim|buy|bought|putim|dringim|dring|katim|lusim)\s+(?:[a-z]+\s+)?sugar?\b"
)
# Else sugar that is somebody's is measured, whatever they eat or buy as well.
_OWNED = re.compile(
    rf"\b(?:my|his|her|our|their|your)\s+(?:blood\s+)?sugar\b(?!\s+{_THING})"
    r"|(?<!ramu )\bsugar?\s+(?:(?:blo|blong|bilong|bl)\b(?! ti| kofi)|"
    r"(?:em|i|is|was|level|mak|reading)\b)"
)
_MEASURED = re.compile(
    r"\b(?:mmol|skelim|sekim|tes\w*|masin|mita|reading|mak|antap|daun|high|low|check\w*)\b"
)
_NOT_MEASURED = re.compile(
    rf"\bsugar?\s+{_THING}|\bramu\b"
    rf"|{_EATEN}[^0-9]{{0,25}}\bsugar?\b|\bsugar?\b[^0-9]{{0,25}}{_EATEN}[^0-9]{{0,12}}(?=[0-9])"
    # Of a clinic, a medicine or a day, unless it says that this is the sugar: `em 29`.
    r"|\bsugar?\b[^0-9]{0,40}\b(?:clinics?|klinik|class|club|books?|buk|marasin|medicines?|tablets?|pills?|on|date|"
    r"day|de|mun|months?|weeks?|wik|bus|tumoro|tomorrow|next|neks)\b[^0-9]{0,25}"
    r"(?<!is )(?<!was )(?<!em )(?=[0-9])"
    # `mi go skelim suga long 25`: a date.
    r"|\b(?:go|kam|bai)\b[^0-9]{0,20}\b(?:skelim|sekim|tes|tesim|check|test)\b"
    r"[^0-9]{0,12}\blong(?= [0-9])"
)
_SUGAR = r"\b(?:suga|sugar|glucose|gluc|bsl|blood sugar|glukos)\b"
_METER = r"(?:machine|meter|mita|masin|glucometer)"
_FIRST = (
    re.compile(_SUGAR + r"[^0-9.!?]{0,40}" + _NUMBER + _NO_READING),
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
    """Return a text without what looks like a reading: counts, dates, and sugar nobody measured."""
    if not _DIGIT.search(text):
        return text
    kept = (one[0] for one in _SENTENCE.finditer(text.casefold()) if not _is_other(one[0]))
    return ". ".join(_OTHERS.sub(" ", one) for one in kept)


def is_doubtful(text: str) -> bool:
    """Tell whether food or goods stand beside sugar, so that its number may count these."""
    words = text.casefold()
    return _BESIDE.search(words) is not None and _MEASURED.search(words) is None


def _is_other(sentence: str) -> bool:
    """Tell whether a sentence is of sugar that is eaten, of a thing or of the day of a test."""
    if _TAKEN.search(sentence):
        return True
    return _NOT_MEASURED.search(sentence) is not None and _OWNED.search(sentence) is None


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
