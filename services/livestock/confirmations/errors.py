"""Errors of confirmations, each a kind of `core.errors`; `values` fill the reply's sentence."""

from __future__ import annotations

from services.core.errors import Conflict
from services.livestock.domain.model import Key


class NoPhone(Conflict):
    """Premises whose keeper has no phone."""

    code = "no_phone"

    def __init__(self, key: Key) -> None:
        super().__init__(f"Nobody has a phone at {key}: give the phone of who takes the animals")
        self.values = {"number": str(key)}


class MixedOwners(Conflict):
    """Animals of several owners in one message that its owner must confirm."""

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
    """Animals that changed owner while a confirmation waited."""

    code = "owner_changed"

    def __init__(self) -> None:
        super().__init__("The animals have another owner by now: nothing was changed")
        self.values: dict[str, str] = {}


class AlreadyDone(Conflict):
    """Confirmation whose event is recorded already."""

    code = "already_done"

    def __init__(self) -> None:
        super().__init__("That was answered and recorded before: it counts once")
        self.values: dict[str, str] = {}
