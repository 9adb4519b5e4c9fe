"""Errors of claims, each a kind of `core.errors`; `values` fill the sentence of a phone."""

from __future__ import annotations

from services.core.errors import Conflict
from services.livestock.domain.model import Key


class NoPhone(Conflict):
    """Premises whose keeper cannot be asked anything."""

    code = "no_phone"

    def __init__(self, key: Key) -> None:
        super().__init__(f"Nobody has a phone at {key}: give the phone of who takes the animals")
        self.values = {"number": str(key)}


class MixedOwners(Conflict):
    """Animals of several owners in one message that an owner must agree to."""

    code = "mixed_owners"

    def __init__(self) -> None:
        super().__init__("The animals belong to several owners: send one message for each owner")
        self.values: dict[str, str] = {}


class TooManyCodes(Conflict):
    """Refusal of a new code after too many wrong ones from a phone today."""

    code = "too_many_codes"

    def __init__(self) -> None:
        super().__init__("Too many wrong codes came from the owner's phone: wait for a day")
        self.values: dict[str, str] = {}


class OwnerChanged(Conflict):
    """Animals that got another owner while a claim waited."""

    code = "owner_changed"

    def __init__(self) -> None:
        super().__init__("The animals have another owner by now: nothing was changed")
        self.values: dict[str, str] = {}


class AlreadyDone(Conflict):
    """A claim whose event is recorded."""

    code = "already_done"

    def __init__(self) -> None:
        super().__init__("That was answered and recorded before: it counts once")
        self.values: dict[str, str] = {}
