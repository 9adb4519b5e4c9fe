"""Errors of traceability, each a kind of `services.errors`.

`values` fill the sentence `error.<code>` of the catalogue, or the one that `sentence` names after
`error.`, for who reads it on a phone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.traceability.model import Key


class UnknownNumber(NotFound):
    """A number that nothing here has."""

    code = "unknown_number"

    def __init__(self, key: Key) -> None:
        super().__init__(f"No animal or premises has the number {key}: check it and send it again")
        self.values = {"number": str(key)}


class Ambiguous(Conflict):
    """Typed bare, it fits more than one."""

    code = "ambiguous_number"

    def __init__(self, text: str, keys: Iterable[Key]) -> None:
        ways = " or ".join(f"{key.scheme}:{key.value}" for key in keys)
        super().__init__(f"{text} fits more than one: write {ways}")
        self.values = {"number": text}


class WrongKind(Invalid):
    """An animal's number where premises are wanted, or the other way round."""

    code = "wrong_kind_of_number"

    def __init__(self, key: Key, wanted: str) -> None:
        super().__init__(f"{key} is not the number of {wanted}")
        self.sentence = f"{self.code}.{'premises' if wanted == 'premises' else 'animal'}"
        self.values = {"number": str(key)}


class NumberTaken(Conflict):
    """A number that another animal or premises has; a number is never used again."""

    code = "number_taken"

    def __init__(self, key: Key) -> None:
        super().__init__(f"{key} belongs to another animal or place: use a number that is free")
        self.values = {"number": str(key)}


class FutureDay(Invalid):
    """Something is said to have happened on a day that has not come."""

    code = "future_day"

    def __init__(self) -> None:
        super().__init__("The day has not come yet: report it when it has happened")
        self.values: dict[str, str] = {}


class OnlyAnExample(Invalid):
    """A number out of our own replies, which nothing ever has."""

    code = "only_an_example"

    def __init__(self, key: Key, wanted: str) -> None:
        super().__init__(f"{key} is only an example: write the number of your own {wanted}")
        self.sentence = f"{self.code}.{wanted}"
        self.values = {"number": str(key)}


class SamePlace(Invalid):
    """A movement from a place to itself."""

    code = "same_place"

    def __init__(self, key: Key) -> None:
        super().__init__(f"{key} is where the animal leaves from: write where it goes to")
        self.values = {"number": str(key)}


class TooMany(Invalid):
    """More numbers than one message may hold."""

    code = "too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"Too many numbers in one message: send at most {most}")
        self.values = {"most": str(most)}


class UnreadableTag(Invalid):
    """A number that cannot be read; the sentence names the mistake."""

    code = "unreadable_tag"


class UnreadableFile(Invalid):
    """A file to import that is not what it should be."""

    code = "unreadable_file"


class BadArea(Invalid):
    """An area that cannot be read; `fields` names the part."""

    code = "bad_area"

    def __init__(self, part: str, fault: str) -> None:
        super().__init__(f"The area cannot be read: {part} {fault}", {part: fault})
