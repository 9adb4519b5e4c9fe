"""What is claimed of SMS that people really send, each claim with its cases: labelled.

The claims are those of the gateway's specification and of its table of words and traps. The book is
the one that runs: pigs and messages, no programme open.
"""

from __future__ import annotations

from typing import NamedTuple

PIG, SECOND = "bilum:1262", "bilum:1359"
TAG, NEXT = "iso11784:982000001088420", "iso11784:982000001088421"
_TAG, _NEXT = "982 000001088420", "982 000001088421"


class Is(NamedTuple):
    """A text that is understood: as which phrase, in which language, with which tags."""

    text: str
    phrase: str
    language: str
    tags: tuple[str, ...] = ()
    persons: str | None = None


class Isnt(NamedTuple):
    """A text that has no effect: the phrase that is suggested, and the language of the answer."""

    text: str
    nearest: str | None
    language: str
    persons: str | None = None


SAYS = {
    "case": [Is(text, "ok", "en", (PIG,)) for text in ("OK 1262", "ok 1262", "Ok 1262", "oK 1262")],
    "separators": [
        Is(f"OK{sign}1262", "ok", "en", (PIG,))
        for sign in [*" ,.:;/-_=#*\t", ", ", " - ", "...", "(("]
    ],
    "separators between numbers": [
        Is(f"OK 1262{sign}1359", "ok", "en", (PIG, SECOND))
        for sign in [*" ,.:;/-_&\t+", ", ", " / ", " + ", " na ", " and ", "\r\n\r\n"]
    ],
    "line breaks": [
        Is(f"ORAIT{end}1262{end}1359{end}", "ok", "tpi", (PIG, SECOND))
        for end in ("\n", "\r", "\r\n")
    ],
    "missing spaces": [
        Is("OK1262", "ok", "en", (PIG,)),
        Is("ORAIT1262", "ok", "tpi", (PIG,)),
        Is("orait1262,1359", "ok", "tpi", (PIG, SECOND)),
        Is("STORI1262", "trace", "tpi", (PIG,)),
        Is("oraitpik1262", "ok", "tpi", (PIG,)),
        Is("STOPIMOLGETA", "stop_all", "tpi"),
        Is("TOKPISIN", "tok_pisin", "tpi"),
    ],
    "O for 0, l and I for 1, in our own numbers": [
        Is("OK l262", "ok", "en", (PIG,)),
        Is("OK I262", "ok", "en", (PIG,)),
        Is("OKl262", "ok", "en", (PIG,)),
        Is("OK L262 l359", "ok", "en", (PIG, SECOND)),
        Is("OK 982OOOOO1O8842O", "ok", "en", (TAG,)),
        Is("OK 982 oooool088420", "ok", "en", (TAG,)),
    ],
    "smart quotes and dashes": [
        Is("\u201cOK\u201d \u20181262\u2019", "ok", "en", (PIG,)),
        Is("\u00abOK 1262\u00bb", "ok", "en", (PIG,)),
        Is("OK\u20131262\u2014", "ok", "en", (PIG,)),
        Is("OK\u2026 1262", "ok", "en", (PIG,)),
    ],
    "several tags": [
        Is("OK 1262 1359", "ok", "en", (PIG, SECOND)),
        Is(f"DEAD 1262, {_TAG} na 1359", "death", "en", (PIG, TAG, SECOND)),
        Is(f"KAMAP {_TAG} {_NEXT}", "arrive", "tpi", (TAG, NEXT)),
    ],
    "pasted by a Bluetooth reader": [
        Is(f"LA {_TAG}", "ok", "tpi", (TAG,)),
        Is(f"LA {_TAG}\r\n", "ok", "tpi", (TAG,)),
        Is(f"LA {_TAG}\r\nLA {_NEXT}\r\n", "ok", "tpi", (TAG, NEXT)),
        Is(f"ARRIVE LA {_TAG}\r\nLA {_NEXT}\r\n", "arrive", "en", (TAG, NEXT)),
        Is(f"KAMAP\r{_TAG}\r{_NEXT}\r", "arrive", "tpi", (TAG, NEXT)),
        Is("LA982000001088420", "ok", "tpi", (TAG,)),
        Is("982000001088420982000001088421", "ok", "tpi", (TAG, NEXT)),
        Is("LA982000001088420LA982000001088421", "ok", "tpi", (TAG, NEXT)),
        Is("982000001088420;982000001088421;", "ok", "tpi", (TAG, NEXT)),
    ],
    "the number alone": [
        Is("1262", "ok", "tpi", (PIG,)),
        Is("1262", "ok", "en", (PIG,), "en"),
        Is("pik 1262", "ok", "tpi", (PIG,)),
    ],
    "the language is the keyword's, else the person's, else Tok Pisin": [
        Is("OK 1262", "ok", "en", (PIG,), "tpi"),
        Is("ORAIT 1262", "ok", "tpi", (PIG,), "en"),
        Is("YES", "answer", "tpi"),
        Is("YES", "answer", "en", (), "en"),
        Is(_TAG, "ok", "tpi", (TAG,), "tpi"),
        Is(_TAG, "ok", "tpi", (TAG,), None),
        Is(_TAG, "ok", "en", (TAG,), "en"),
    ],
    "words of the table": [
        Is("RAITIM 982000001088420", "register", "tpi"),
        Is("PLES Kudjip, Jiwaka", "place", "tpi"),
        Is("KARIM 5", "birth", "tpi"),
        Is("MUVIM 1262 1165", "move", "tpi", (PIG,)),
        Is("KISIM 1262", "arrive", "tpi", (PIG,)),
        Is("GIVIM 1262 70000002", "give", "tpi", (PIG,)),
        Is("SALIM 1262 70000002", "sell", "tpi", (PIG,)),
        Is("MARASIN 1262 IVOMEC 28", "treatment", "tpi", (PIG,)),
        Is("SUT 1262 IVOMEC 28", "treatment", "tpi", (PIG,)),
        Is("SIK 1262", "sickness", "tpi", (PIG,)),
        Is("INDAI 1262", "death", "tpi", (PIG,)),
        Is("KILIM 1262", "kill", "tpi", (PIG,)),
        Is("PEMIT 1262 1165", "permit", "tpi", (PIG,)),
        Is("TOK ORAIT 1262 1165", "permit", "tpi", (PIG,)),
        Is("SEKIM 1262", "check", "tpi", (PIG,)),
        Is("RISIT 7KQ2-M9XA-P4TD-WZ3C", "receipt", "tpi"),
        Is("STOPIM", "stop", "tpi"),
        Is("STOPIM OLGETA", "stop_all", "tpi"),
        Is("MI", "me", "tpi"),
        Is("RAUSIM MI", "forget", "tpi"),
        Is("INGLIS", "english", "tpi"),
        Is("NOGAT", "answer", "tpi"),
        Is("HELPIM", "help", "tpi"),
    ],
    "signs that nobody sees": [
        Is("\u202eOK 1262\u202c", "ok", "en", (PIG,)),
        Is("\u200eOK\u200f \u20661262\u2069", "ok", "en", (PIG,)),
        Is("\ufeffOK 12\u200b62", "ok", "en", (PIG,)),
        Is("OK\x001262", "ok", "en", (PIG,)),
        Is("\x00\x1bOK 1262\x7f", "ok", "en", (PIG,)),
        Is("OK \ud8001262", "ok", "en", (PIG,)),
        Is("OK\u00a01262", "ok", "en", (PIG,)),
        Is("\uff2f\uff2b \uff11\uff12\uff16\uff12", "ok", "en", (PIG,)),
    ],
}
SAYS_NOT = {
    "near words are suggested": [
        Isnt("RIATIM 982000001088420", "register", "tpi"),
        Isnt("MUVM 1262 1165", "move", "tpi"),
        Isnt("TARCE 1262", "trace", "en"),
        Isnt("ORIAT 1262", "ok", "tpi"),
        Isnt("STOPIN", "stop", "tpi"),
        Isnt("KILM 1262", "kill", "tpi"),
    ],
    "a keyword without what it needs": [
        Isnt("OK", "ok", "en"),
        Isnt("ORAIT", "ok", "tpi"),
        Isnt("MOVE 1262", "move", "en"),
        Isnt("MUVIM 1262", "move", "tpi"),
        Isnt("STORI", "trace", "tpi"),
        Isnt("RISIT", "receipt", "tpi"),
    ],
    "a number with a mistake": [
        Isnt("OK 1263", "ok", "en"),
        Isnt("OK 126Z", "ok", "en"),
        Isnt("OK O262", "ok", "en"),
        Isnt("ORAIT 98200000108842", "ok", "tpi"),
        Isnt("OK LR 0006 0000000123456789", "ok", "en"),
        Isnt("LR 0006 0000000123456789", "ok", "tpi"),
        Isnt("OK 70000002", "ok", "en"),
        Isnt("MOVE1262TO1165", "move", "en"),
    ],
    "SALIM is send and sell, so it always asks": [
        Isnt("SALIM", "sell", "tpi"),
        Isnt("SALIM 1262", "sell", "tpi"),
        Isnt("salim mesej", "sell", "tpi"),
    ],
    "KARIM is carry and give birth, never MOVE": [
        Isnt("KARIM 1262", "birth", "tpi"),
        Isnt("KARIM 1262 1165", "birth", "tpi"),
        Isnt("karim pik 1262 long Goroka", "birth", "tpi"),
    ],
    "BIHAINIM is not history": [Isnt("BIHAINIM 1262", None, "tpi")],
    "STAP, LUSIM and PINIS are not STOP": [
        Isnt("STAP", "stop", "en"),
        Isnt("mi stap orait", "me", "tpi"),
        Isnt("LUSIM", None, "tpi"),
        Isnt("LUSIM SIMUK", None, "tpi"),
        Isnt("PINIS", None, "tpi"),
    ],
    "DAI is a death only with a tag or a count": [
        Isnt("DAI", "death", "tpi"),
        Isnt("mi dai long simuk", "me", "tpi"),
        Isnt("DAI long simuk", "death", "tpi"),
        Isnt("Papa bilong mi i dai", "death", "tpi"),
    ],
    "LONG is one letter from LANG": [
        Isnt("LONG", None, "tpi"),
        Isnt("LONG EN", None, "tpi"),
        Isnt("LONG Goroka", None, "tpi"),
        Isnt("LUNG EN", "english", "tpi"),
    ],
    "MI means me alone": [Isnt("mi laik save", "me", "tpi"), Isnt("mi gat pik", "me", "tpi")],
    "the language is the person's, else Tok Pisin": [
        Isnt("gut tru", None, "tpi"),
        Isnt("gut tru", None, "en", "en"),
        Isnt("wanem samting", None, "tpi", "tpi"),
    ],
    "letters and digits of other scripts": [
        Isnt("OK \u0967\u0968\u096c\u0968", "ok", "en"),
        Isnt("OK \u0661\u0662\u0666\u0662", "ok", "en"),
        Isnt("\u0967\u0968\u096c\u0968", None, "tpi"),
        Isnt("\u4f60\u597d", None, "tpi"),
        Isnt("🐖🐖🐖", None, "tpi"),
    ],
    "no text at all": [
        Isnt(text, None, "tpi")
        for text in ("", " ", "\n", "?", "\x00", "\ud800", "\udfff\ud800", "\u202e", "-.,;")
    ],
    "very long": [
        Isnt("x" * 10_000, None, "tpi"),
        Isnt("OK " + "x" * 10_000, "ok", "en"),
        Isnt("\x00" * 10_000, None, "tpi"),
        Isnt("\ufdfa" * 10_000, None, "tpi"),
        Isnt("1" * 10_000, "ok", "tpi"),
    ],
}
