"""Errors of the import of people, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Invalid


class UnreadablePeople(Invalid):
    """The file of people is no CSV in UTF-8, or has no column `phone`."""

    code = "unreadable_people"


class RowFault(Invalid):
    """A row of a list that is refused; it does not stop the others.

    Attributes:
        column: with the fault.
        wrong: what is wrong.
        advice: what to do.
    """

    code = "row_fault"

    def __init__(self, column: str, wrong: str, advice: str) -> None:
        super().__init__(f"{column} {wrong}: {advice}", {column: [wrong]})
        self.column, self.wrong, self.advice = column, wrong, advice
