"""What stands on a screen of USSD after something was said, or could not be."""

from __future__ import annotations

from typing import NamedTuple

from gateway.menus import Form
from gateway.ussd_state import ShownText, State
from services.texts.catalogue import LANGUAGES
from sms import encoding
from tests.flow.pictures.phone import Pair, Screen
from tests.flow.pictures.replies import said
from tests.flow.pictures.screens import BOOK, MACHINE

TITLE = "USSD: answers, confirming by PIN, setting a PIN"


class _Seen(NamedTuple):
    """A screen: what is told, what is said above it, where it is, and whether it asks something."""

    name: str
    told: tuple[str, ...] = ()
    notice: str = ""
    asks: bool = True
    page: int = 0
    screen: str = ""


_PIN = ("kill.pin", "ussd.pin")
_SEEN = (
    _Seen("an answer", ("move",), asks=False),
    _Seen("a long answer", ("stop.all", "programme.help"), asks=False),
    _Seen("a long answer, 2", ("stop.all", "programme.help"), asks=False, page=1),
    _Seen("ussd.sent", ("move",), "ussd.sent"),
    _Seen("ussd.too_many", ("move",), "ussd.too_many"),
    _Seen("ussd.done", ("ussd.done",), asks=False),
    _Seen("ussd.wrong", notice="ussd.wrong", screen="pigs"),
    _Seen("a number that is not right", notice="mistake.check_digits", screen="pigs.move"),
    _Seen("the terms of a sale", ("sell.ask",)),
    _Seen("ussd.code_sent", ("ussd.code_sent",)),
    _Seen("kill.pin, ussd.pin", _PIN),
    _Seen("kill.pin_withdrawal", ("kill.pin_withdrawal", "ussd.pin")),
    *(
        _Seen(code, (code, "ussd.pin"))
        for code in (
            *("sell.pin", "give.pin", "check.pin.passed", "check.pin.seized"),
            *("permit.pin.issued", "permit.pin.refused", "permit.pin.revoked"),
        )
    ),
    _Seen("forget.pin, ussd.pin", ("forget.pin", "ussd.pin")),
    _Seen("ussd.pin_wrong", _PIN, "ussd.pin_wrong"),
    _Seen("ussd.pin_locked", ("ussd.pin_locked",)),
    _Seen("ussd.pin_code_sent", ("ussd.pin_code_sent",)),
    _Seen("ussd.pin_code_wrong", ("ussd.pin_code_sent",), "ussd.pin_code_wrong"),
    _Seen("ussd.pin_code_ended", ("ussd.pin_code_ended",)),
    _Seen("ussd.pin_codes_spent", ("ussd.pin_codes_spent",)),
    _Seen("ussd.pin_new", ("ussd.pin_new",)),
    _Seen("ussd.pin_again", ("ussd.pin_again",)),
    _Seen("ussd.pin_shape", ("ussd.pin_new",), "ussd.pin_shape"),
    _Seen("ussd.pin_easy", ("ussd.pin_new",), "ussd.pin_easy"),
    _Seen("ussd.pin_differs", ("ussd.pin_new",), "ussd.pin_differs"),
    _Seen("ussd.pin_set", ("ussd.pin_set",)),
)
SHOWN = frozenset(code for one in _SEEN for code in (*one.told, one.notice))
"""The sentences that these screens show."""


def answers() -> list[Pair]:
    """Return the screens."""
    return [_pair(one) for one in _SEEN]


def _pair(one: _Seen) -> Pair:
    texts = (_shown(one, language) for language in LANGUAGES)
    return Pair(one.name, *(Screen(text, encoding.units(text)) for text in texts))


def _shown(one: _Seen, language: str) -> str:
    trail = (one.screen,) if one.screen else ("pigs",)
    told = None
    if one.told:
        texts = tuple(said(code, language) for code in one.told)
        told = ShownText(texts, prompt="asked" if one.asks else "", offered=not one.asks)
    screen = BOOK.screens[one.screen] if one.screen else None
    # An answer that cannot be read is told with an example of the question itself.
    example = screen.fields[0].example if isinstance(screen, Form) else ""
    notice = said(one.notice, language, example) if one.notice else ""
    return MACHINE.show(State(trail, page=one.page, told=told), language, notice)
