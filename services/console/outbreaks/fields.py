"""Fields of the forms of this room, as people type them; wrong ones by the code of what to do."""

from datetime import date, timedelta

from flask import g, request

from services.api.context import context
from services.console.days import read_day
from services.console.guards import SignedIn
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE
from sms.local_time import local_day

SEE = SignedIn(*READ.roles)
ACT = SignedIn(*WRITE.roles)
LONGEST = 500
_LONG_AGO = timedelta(days=30)

Wrong = dict[str, str]


def may_act() -> bool:
    """Tell whether the reader may decide on outbreaks and orders."""
    return g.holder.role in ACT.roles and Scope.DECIDE in g.holder.scopes


def typed(name: str, most: int = LONGEST) -> str:
    """Return a field in one line, without what no person types."""
    text = request.form.get(name, "")[: 4 * most]
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(words.split())[:most]


def typed_all(*names: str) -> dict[str, str]:
    """Return fields by their names, as `typed`."""
    return {name: typed(name) for name in names}


def day_field(name: str, wrong: Wrong, code: str) -> date:
    """Read a day that must be there; a fault is noted, and a day long ago that nobody ticked."""
    return sure_day(name, typed_all(name, sure_name(name)), wrong, code)


def sure_day(name: str, told: dict[str, str], wrong: Wrong, code: str) -> date:
    """Read a day of what was typed, as `day_field`."""
    day = read_day(told[name])
    if day is None:
        wrong[name] = code
        return date.max
    old = local_day(context().clock()) - day > _LONG_AGO
    if old and read_day(told.get(sure_name(name), "")) != day:
        wrong[name] = "outbreaks_sure"
    return day


def sure_name(name: str) -> str:
    """Return the name of the box by which a day long ago is ticked as right."""
    return f"{name}_sure"
