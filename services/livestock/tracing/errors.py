"""Errors of tracing, each a kind of `services.core.errors`."""

from __future__ import annotations

from datetime import date

from services.core.errors import Invalid


class WrongWindow(Invalid):
    """A window of days that ends before it begins."""

    code = "wrong_window"

    def __init__(self, first: date, last: date) -> None:
        super().__init__(f"The window ends before it begins: {last} is before {first}")
