"""Words that end messages without the word STOP, and habits that STOP may be about."""

import re

# Who stops a habit does not stop our messages: `STOP SMOKING`, `stopim suga`.
HABIT = re.compile(
    r".*\b(?:smok\w*|smuk|simuk\w*|cigar\w*|sigaret\w*|tobacco|tabak|brus|buai|nicotine|alcohol|beer"
    r"|bia|drink\w*|dring\w*|eat\w*|kaikai\w*|sugar|suga|insulin|medicine|marasin)\b",
    re.IGNORECASE | re.DOTALL,
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
