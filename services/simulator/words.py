"""Words on the phones of the simulator: English and Tok Pisin.

Tok Pisin is a draft until a named speaker has reviewed it, as in `services.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.texts.catalogue import LANGUAGES


class First(NamedTuple):
    """What a newcomer may send, and why, in one language."""

    text: str
    why: str


_WORDS: Mapping[str, tuple[str, str]] = {
    "again": ("Again", "Gen"),
    "arrived": ("new message", "nupela mesej"),
    "back": ("Back", "Go bek"),
    "call": ("Call", "Ringim"),
    "clear": ("Clear", "Rausim"),
    "codes_only": (
        "This phone calls codes alone, such as {code}",
        "Dispela fon i ringim kod tasol, olsem {code}",
    ),
    "end": ("End", "Pinis"),
    "messages": ("Messages", "Ol mesej"),
    "no_answer": ("The network does not answer.", "Netwok i no bekim."),
    "no_messages": ("No messages yet.", "I no gat mesej yet."),
    "no_number": (
        "Write the number with its country code, such as +675 and eight digits.",
        "Raitim namba wantaim kod bilong kantri, olsem +675 na 8-pela namba moa.",
    ),
    "not_sent": ("Not sent.", "Mesej i no go."),
    "nothing": (
        "Connection problem or wrong code.",
        "Netwok i gat hevi o kod i no stret.",
    ),
    "ok": ("OK", "Orait"),
    "other": ("Another number", "Narapela namba"),
    "phones": ("Phones", "Ol fon"),
    "read": ("Read", "Ridim"),
    "reply": ("Reply", "Bekim"),
    "send": ("Send", "Salim"),
    "sent": ("Message sent.", "Mesej i go pinis."),
    "title": ("Phones to try it with", "Ol fon bilong traim"),
    "told": (
        "No text leaves this machine. Click a phone and type, or press its keys.",
        "I no gat mesej i lusim dispela masin. Klikim wanpela fon na raitim, o presim ol ki.",
    ),
    "try": ("What to try", "Yu ken traim"),
    "wait": ("Please wait …", "Wet liklik …"),
    "write": ("Write", "Raitim"),
    "writing": ("New message", "Nupela mesej"),
}
_HELP: Mapping[str, str] = {
    "en": """\
A line is an SMS. {code} is a call: lines after it are keys, /end hangs up.
/as NUMBER  take another phone       /texts    see its newest texts again
/lang tpi   go on in Tok Pisin       /quit     end""",
    "tpi": """\
Wanpela lain em i wanpela SMS. {code} em i kol: bihain yu raitim ol ki, /end i pinis.
/as NAMBA   kisim narapela fon       /texts    lukim gen ol nupela mesej
/lang en    tok Inglis               /quit     pinis""",
}
_FIRSTS: Mapping[str, tuple[First, ...]] = {
    "en": (
        First("PLACE Kudjip, Jiwaka", "tell where you live"),
        First("REG 598000000000017", "register a pig"),
        First("OK 598000000000017 70000002", "ask: may it go to the second phone?"),
        First("*123#", "the same by menus, as a call"),
    ),
    "tpi": (
        First("PLES Kudjip, Jiwaka", "tokim mipela ples bilong yu"),
        First("RAITIM 598000000000017", "raitim wanpela pik"),
        First("ORAIT 598000000000017 70000002", "askim: em i ken go long namba tu fon?"),
        First("*123#", "wankain long menyu, long kol"),
    ),
}


def say(code: str, language: str, /, **values: str) -> str:
    """Return a word in a language, with its values."""
    return words(language)[code].format(**values)


def help_of(language: str, code: str) -> str:
    """Return what can be typed in the terminal, where `code` is called."""
    return _HELP[language].format(code=code)


def words(language: str) -> dict[str, str]:
    """Return every word in a language, by code."""
    place = LANGUAGES.index(language)
    return {code: told[place] for code, told in _WORDS.items()}


def firsts(language: str) -> tuple[First, ...]:
    """Return what a newcomer may try, in this order."""
    return _FIRSTS[language]
