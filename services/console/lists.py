"""Lists on pages: what of one is asked for, and the way to what follows."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from flask import request

from services.api.paging import PageRequest
from services.console.days import read_day
from services.core.errors import Invalid

PAGE = 20


def asked_page(limit: int = PAGE) -> PageRequest:
    """Return which page of a list is asked for."""
    return {"limit": limit, "cursor": request.args.get("cursor") or None}


def further(cursor: str | None, kept: Mapping[str, str]) -> str | None:
    """Return the query of the page that follows, with the filter; None: this is the last."""
    told = {name: value for name, value in kept.items() if value}
    return None if cursor is None else f"{request.path}?{urlencode(told | {'cursor': cursor})}"


def asked_text(name: str, most: int = 64) -> str:
    """Return a field of the address, cut, without what no person types."""
    text = request.args.get(name, "")
    return "".join(one if one.isprintable() else " " for one in text).strip()[:most]


def asked_day(name: str) -> date | None:
    """Return a day of the address, as browsers send it; None: none is asked for.

    Raises:
        Invalid: it is no day.
    """
    text = asked_text(name)
    found = read_day(text)
    if text and found is None:
        raise Invalid("A day is written 2026-11-25", {name: "Choose a day"})
    return found
