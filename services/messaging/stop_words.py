"""Words of those who end messages: what follows STOP, STOP misspelt, and sentences without it."""

import re

from rapidfuzz.distance import OSA

from gateway.argument_parsers import rest
from gateway.grammar import Read

# `STOP ALL movements` and `STOP 1553` are about pigs.
_NO_PROGRAMME = re.compile(r"(?:all|olgeta|everything|.*[0-9]{3})(?![^\W_])", re.IGNORECASE)
_OF_PIGS = re.compile(r".*(?:\b(?:mov|pig|pik|muv)|[0-9]{3})", re.IGNORECASE | re.DOTALL)
# Who stops a habit does not stop our messages: `STOP SMOKING`, `stopim suga`.
_HABIT = (
    r"\b(?:smok\w*|smuk|simuk\w*|cigar\w*|sigaret\w*|tobacco|tabak|brus|buai|nicotine|alcohol|beer"
    r"|bia|drink\w*|dring\w*|eat\w*|kaikai\w*|sugar|suga|insulin|medicine|marasin)\b"
)
_OF_HABIT = re.compile(_HABIT, re.IGNORECASE)
# Unless messages about it are named: `STOP smoking messages`, `stopim mesej bilong simuk`.
_MESSAGES = (
    r"\b(?:messages?|msgs?|texts?(?! me\b)|txts?|sms|mesej|toksave|courses?|kos|program(?:me)?s?"
    r"|numbers?|lists?)\b"
)
_OF_MESSAGES = re.compile(_MESSAGES, re.IGNORECASE)
# Who asks for messages ends none: `STOP SMOKING, send me your texts`.
_WANTED = re.compile(
    rf"{_HABIT}(?:(?!\b(?:dont|don't|not|no|noken)\b).){{0,40}}"
    rf"\b(?:send|salim|give|givim|help|helpim|join|joinim)\b.{{0,40}}{_MESSAGES}",
    re.IGNORECASE | re.DOTALL,
)
_STOP = re.compile(r"\bstop(?:im)?\b", re.IGNORECASE)
# One letter away, and words of their own in English or Tok Pisin.
_NO_SLIPS = frozenset(
    {"ATOP", "SHOP", "SLOP", "SOP", "STAP", "STEP", "STO", "STOA", "STOMP", "STON", "STOV", "TOP"}
)
NO_MORE_MESSAGES = {
    "en": (
        *(
            f"{no} {what}"
            for no in ("DONT SEND", "DON'T SEND", "DO NOT SEND", "STOP SENDING", "NO MORE")
            for what in (
                *("MESSAGES", "ME MESSAGES", "ME ANY MESSAGES", "ME ANY MORE MESSAGES", "TEXTS"),
                *("ME MORE MESSAGES", "ME TEXTS", "ME ANY MORE TEXTS", "ME SMS", "SMS"),
            )
        ),
        *(
            "STOP TEXTING ME",
            "DONT TEXT ME",
            "DON'T TEXT ME",
            "STOP OL MESSAGE",
            "STOP OL MESSAGES",
        ),
        *("LEAVE THE COURSE", "I WANT TO LEAVE THE COURSE", "I WANT TO LEAVE THE PROGRAMME"),
    ),
    "tpi": (
        *(
            f"{no} SALIM {what}"
            for no in ("NO KEN", "NOKEN", "MI NO LAIK YU")
            for what in ("MESEJ", "OL MESEJ", "TOKSAVE", "OL TOKSAVE", "SMS", "MI MESEJ")
        ),
        *("MI LAIK LUSIM SKUL", "MI NO LAIKIM MESEJ", "MI NO LAIKIM OL MESEJ", "INAP LONG MESEJ"),
    ),
}


def programme(text: str) -> Read | None:
    """Read what may name a programme: all that is left."""
    return None if _NO_PROGRAMME.match(text) else rest(text)


def why(text: str) -> Read | None:
    """Read why somebody stops everything: all that is left, but nothing of pigs."""
    return None if _OF_PIGS.match(text) else rest(text)


def mistyped_stop(text: str) -> Read | None:
    """Read STOP with one typing error, or in single letters, where nothing else is said."""
    said = re.sub(r"[\W_]", "", text).upper().replace("0", "O")
    slip = said not in _NO_SLIPS and OSA.distance(said, "STOP", score_cutoff=1) <= 1
    return Read(said, len(text)) if slip else None


def is_of_habit(words: str) -> bool:
    """Tell whether words after STOP name a habit, and not our messages about it."""
    return _OF_HABIT.search(words) is not None and not _names_messages(words)


def ends_messages(text: str) -> bool:
    """Tell whether a text that names a habit would stop the messages about it."""
    return _STOP.search(text) is not None and _names_messages(text)


def _names_messages(words: str) -> bool:
    return _OF_MESSAGES.search(words) is not None and _WANTED.search(words) is None
