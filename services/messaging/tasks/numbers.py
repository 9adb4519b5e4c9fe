"""Numbers of tasks: short, with check digits, and never the number of a pig, place or permit; pure.

The two check digits (ISO 7064 MOD 97-10) are counted with a 7 before the number, which is not
written. A short number of anything else has none there, so no number is valid as both: who types a
pig's number after DONE ends nothing.
"""

import re

from stdnum.iso7064 import mod_97_10

from gateway.errors import Mistake, TagError
from gateway.grammar import DIGIT, WORD_END, Misread, Read
from gateway.tags import SHORT_DIGITS, to_digits

FIRST = 10
"""The first counter whose number has four digits."""

_DOMAIN = "7"
_MOBILE = re.compile(r"[78][0-9]{7}")
_NUMBER = re.compile(rf"(?={DIGIT}*[0-9]){DIGIT}{{3,}}{WORD_END}")


def task_number(counter: int) -> str | None:
    """Make the number of a counter; None: it would look like a mobile number, so count on."""
    number = str(counter) + str(mod_97_10.calc_check_digits(_DOMAIN + str(counter)))
    return None if _MOBILE.fullmatch(number) else number


def is_task_number(digits: str) -> bool:
    """Tell whether digits are the number of a task, perhaps of one that is not there."""
    fits = len(digits) in SHORT_DIGITS and not digits.startswith("0")
    return fits and bool(mod_97_10.is_valid(_DOMAIN + digits))


def read_number(text: str) -> Read | Misread | None:
    """Read the number of a task, as digits; see `gateway.argument_parsers`."""
    found = _NUMBER.match(text)
    if not found:
        return None
    digits = to_digits(found[0])
    if not is_task_number(digits):
        return Misread(TagError(Mistake.CHECK_DIGITS), found.end())
    return Read(digits, found.end())
