"""FORGET: name and number are erased when the phone itself sends the code that it was told."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from services.storage.forgetting import forget
from services.storage.people import Role
from services.texts.catalogue import say

if TYPE_CHECKING:
    from services.conversation import Call

CODE_DIGITS = 4
_SECONDS = 30 * 60
_MAY_LEAVE = frozenset({Role.KEEPER, Role.RECORDER})


def forget_me(call: Call) -> str:
    """FORGET: ask for the code, or erase. Who has an office stays: an administrator ends it."""
    if call.party.role not in _MAY_LEAVE:
        return say("forget.officer", call.language)
    told = str(call.arguments["digits"] or "")
    window = int(call.now.timestamp()) // _SECONDS
    if not any(hmac.compare_digest(told, _code(call, window - ago)) for ago in (0, 1)):
        return say("forget.ask", call.language, digits=_code(call, window))
    forget(call.unit, call.party, call.number, call.now)
    return say("forget.done", call.language)


def _code(call: Call, window: int) -> str:
    """Return the code of a number in a half hour: nobody without the data key can tell it."""
    digest = call.unit.vault.digest(f"forget\0{call.number}\0{window}".encode())
    return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
