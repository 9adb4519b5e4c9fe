"""Words and patterns of days, English and Tok Pisin; pure."""

import re

from gateway.grammar import DIGIT, WORD_END
from gateway.numerals import NUMERAL, NUMERALS

RELATIVE = {
    **dict.fromkeys(("today", "tude", "tede", "tonight", "now", "nau", "just now"), 0),
    **dict.fromkeys(("this morning", "this afternoon", "this evening", "right now"), 0),
    **dict.fromkeys(("long moning", "long apinun", "nau tasol", "dispela moning", "nau yet"), 0),
    **dict.fromkeys(("lo moning", "lo apinun"), 0),
    **dict.fromkeys(("lo nait", "las nait", "lo asde"), -1),
    **dict.fromkeys(("yesterday", "asde", "last night", "las nait", "long nait"), -1),
    **dict.fromkeys(("yesterday night", "yesterday morning", "asde nait", "asde long nait"), -1),
    **dict.fromkeys(("day before yesterday", "the day before yesterday", "hapasde"), -2),
    **dict.fromkeys(("tomorrow", "tumora"), 1),
    **dict.fromkeys(("day after tomorrow", "the day after tomorrow", "haptumora"), 2),
}
_RELATIVE_WORDS = "|".join(sorted(RELATIVE, key=len, reverse=True)).replace(" ", r"\s+")
RELATIVE_DAY = re.compile(rf"(?:{_RELATIVE_WORDS}){WORD_END}", re.IGNORECASE)
# A month is longer than any that is taken without a question.
UNIT_DAYS = {"d": 1, "w": 7, "m": 31}
_MANY = rf"(?P<many>[0-9]{{1,3}}|{NUMERAL}|an?)"
_UNIT = r"(?P<unit>days?|de|weeks?|wik|months?|mun)"
_SPANS = (
    r"days?|dei|de|weeks?|wks?|wiks?|months?|mths?|mun|years?|yrs?|yia|hours?|hrs?|aua"
    r"|minutes?|mins?|minit|times?|taim"
)
SPAN = re.compile(
    rf"(?<![^\W_])(?:[0-9]{{1,3}}|{NUMERAL})[\s-]*(?:{_SPANS})(?:[\s-]+old)?{WORD_END}",
    re.IGNORECASE,
)
"""So long or so often, such as `3 days` or `tupela wik`: its number counts nothing else."""
AGO = (
    re.compile(
        rf"(?:long\s+)?{_MANY}\s*{_UNIT}\s+(?:ago|back|before|bipo|i\s+go\s+pinis|pinis){WORD_END}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:since|for|inap(?:\s+long)?)\s+{_MANY}\s*{_UNIT}{WORD_END}", re.IGNORECASE),
)
AHEAD = (
    re.compile(rf"in\s+{_MANY}\s*{_UNIT}(?:\s+time)?{WORD_END}", re.IGNORECASE),
    re.compile(
        rf"(?:long\s+)?{_MANY}\s*{_UNIT}\s+(?:from\s+(?:now|today)|i\s+kam){WORD_END}",
        re.IGNORECASE,
    ),
)
_UNITS = "(?:days?|de|weeks?|wik|months?|mun|time|taim)"
# Some day, but none that can be written down.
VAGUE = re.compile(
    r"(?:(?:last|las|next|neks|this|dispela)\s+(?:week|wik|month|mun|year|yia)"
    rf"|(?:some|a few|few|several|many|sampela|planti)\s+{_UNITS}"
    r"(?:\s+(?:ago|back|before|bipo|i\s+go\s+pinis))?"
    r"|(?:a\s+)?long\s+(?:time|taim)(?:\s+(?:ago|bipo))?|long\s+ago|the\s+other\s+day|recently"
    r"|bipo(?:\s+(?:bipo|yet|tru))*|christmas|krismas|easter|ista"
    rf"|(?:long\s+|in\s+|last\s+)?(?:jan|febr|epr|sept|okt|oct|nov|dec|dis|des)[a-z]{{4,6}}){WORD_END}",
    re.IGNORECASE,
)
_WEEK_DAYS = (
    "monday mon mande",
    "tuesday tue tunde",
    "wednesday wed trinde",
    "thursday thu fonde",
    "friday fri fraide",
    "saturday sat sarere",
    "sunday sunde sande",
)
WEEK_DAY_NUMBERS = {
    name: number for number, names in enumerate(_WEEK_DAYS) for name in names.split()
}
WEEK = 7
_MONTHS = (
    "january jan janueri",
    "february feb februeri",
    "march mar mas",
    "april apr epril",
    "may me",
    "june jun",
    "july jul julai",
    "august aug ogas",
    "september sep sept septemba",
    "october oct oktoba okt",
    "november nov novemba",
    "december dec disemba desemba dis des",
)
MONTH_NUMBERS = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()
}

_MONTH_FIRST = sorted(set(MONTH_NUMBERS) - {"me", "mas", "dis"}, key=len, reverse=True)
WEEK_DAY = re.compile(
    r"(?:(?P<last>last|las|past)\s+|(?P<next>next|neks)\s+|(?:on|this|long|dispela)\s+)?"
    rf"(?P<name>{'|'.join(sorted(WEEK_DAY_NUMBERS, key=len, reverse=True))}){WORD_END}",
    re.IGNORECASE,
)

_STROKE = r"\s?[/.\-]\s?"
_YEAR = "(?:19|20)[0-9]{2}"
FORMS = (
    re.compile(rf"(?P<year>{_YEAR})-(?P<month>[0-9]{{1,2}})-(?P<day>[0-9]{{1,2}}){WORD_END}"),
    re.compile(rf"(?P<day>[0-9]{{1,2}})\s+(?P<month>[0-9]{{1,2}})\s+(?P<year>{_YEAR}){WORD_END}"),
    re.compile(
        rf"(?=[\w/.\-]{{0,4}}[0-9])(?P<day>{DIGIT}{{1,2}}){_STROKE}"
        rf"(?P<month>{DIGIT}{{1,2}})"
        rf"(?:{_STROKE}(?P<year>{DIGIT}{{4}}|{DIGIT}{{2}}))?{WORD_END}"
    ),
    re.compile(
        r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[\s./-]{0,2}(?:of\s+)?"
        rf"(?P<name>{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})"
        rf"(?:[\s./,-]{{1,2}}(?P<year>{_YEAR}))?{WORD_END}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<name>{'|'.join(_MONTH_FIRST)})[\s./-]{{1,2}}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?"
        rf"(?:[\s./,-]{{1,2}}(?P<year>{_YEAR}))?{WORD_END}",
        re.IGNORECASE,
    ),
)
ORDINAL = re.compile(
    rf"(?:(?:on\s+|long\s+)?the\s+)?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th){WORD_END}", re.IGNORECASE
)
MOST_DAYS = 31
FIRST_WORD = re.compile(r"[A-Za-z]+")
# Most words begin no day, and others one kind: they are looked up sooner than patterns are tried.
BEGINS = {
    "relative": {words.partition(" ")[0] for words in RELATIVE},
    "ago": {"a", "an", "long", "since", "for", "inap", *NUMERALS},
    "ahead": {"in", "a", "an", "long", *NUMERALS},
    "week_day": {
        "next",
        "neks",
        "last",
        "las",
        "past",
        "on",
        "this",
        "long",
        "dispela",
        *WEEK_DAY_NUMBERS,
    },
    "calendar": {
        *MONTH_NUMBERS,
        *(first + second for first in "oil" for second in ("", *"oil")),
    },
    "ordinal": {"on", "long", "the"},
    "vague": {
        *("last", "las", "next", "neks", "this", "dispela", "some", "a", "few", "several", "many"),
        *("sampela", "planti", "long", "the", "recently", "bipo", "christmas", "krismas", "easter"),
        *("ista", "in", *MONTH_NUMBERS),
    },
}
"""The words that each kind of day may begin with."""
