"""Errors of the import of people, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Invalid


class UnreadablePeople(Invalid):
    """A file of people that is no CSV in UTF-8, or has no column `phone`."""

    code = "unreadable_people"


class RowFault(Invalid):
    """A row of a list that is not taken; it stops no other.

    Attributes:
        column: in which it is wrong.
        wrong: what is.
        advice: what to do.
    """

    code = "row_fault"

    def __init__(self, column: str, wrong: str, advice: str) -> None:
        super().__init__(f"{column} {wrong}: {advice}", {column: [wrong]})
        self.column, self.wrong, self.advice = column, wrong, advice
