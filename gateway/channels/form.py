"""Forms that carriers post: the first value of each field, in the shape that the carrier sends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.errors import MalformedMessage


class Form(dict[str, list[str]]):
    """Fields of a form, also in the shape that Twilio's validator asks for values."""

    carrier: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], carrier: str) -> Form:
        """Read fields in the order in which they came; `carrier` names who sent them."""
        form = cls()
        form.carrier = carrier
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return form

    def getlist(self, name: str) -> list[str]:
        """Return every value of a field."""
        return self[name]

    def first(self, name: str) -> str | None:
        """Return the first value of a field, None where there is none or it is empty."""
        return self[name][0] if self.get(name) and self[name][0] else None

    def need(self, name: str, shape: re.Pattern[str] | None = None) -> str:
        """Return the first value of a field.

        Raises:
            MalformedMessage: it is missing, or has another shape.
        """
        if name not in self:
            raise MalformedMessage(name, f"the field {name} is missing")
        value = self[name][0]
        if shape and not shape.fullmatch(value):
            detail = f"the field {name} has a shape that {self.carrier} never sends"
            raise MalformedMessage(name, detail)
        return value
