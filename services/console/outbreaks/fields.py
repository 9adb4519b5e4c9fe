"""Fields of the forms of this room, as people type them; wrong ones by the code of what to do."""

from datetime import date

from flask import g, request

from services.console.days import read_day
from services.console.guards import SignedIn
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE

SEE = SignedIn(*READ.roles)
ACT = SignedIn(*WRITE.roles)
LONGEST = 500

Wrong = dict[str, str]


def may_act() -> bool:
    """Tell whether the reader may decide on outbreaks and orders."""
    return g.holder.role in ACT.roles and Scope.DECIDE in g.holder.scopes


def typed(name: str, most: int = LONGEST) -> str:
    """Return a field in one line, without what no person types."""
    text = request.form.get(name, "")[: 4 * most]
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(words.split())[:most]


def day_field(name: str, wrong: Wrong, code: str) -> date:
    """Read a day that must be there; a fault is noted."""
    day = read_day(typed(name))
    if day is None:
        wrong[name] = code
    return day or date.max
