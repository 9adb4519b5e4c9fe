"""Water points, a toy service: whether the pump of a number works, as people tell by SMS.

It shows all that a service has to declare: its phrases, their handlers, its sentences, and its
menus for those who press keys. No part of the gateway knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.argument_parsers import choice, count
from gateway.grammar import Argument, Phrase
from gateway.menus import Ask, Choice, Form, Menu, Menus, Value
from services.messaging.command_router import CommandHandler
from services.texts.catalogue import fit
from services.texts.labels import both, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.messaging.command_router import CommandContext

SENTENCES = {
    "water.report": {
        "en": "Thank you. We wrote down that pump {pump} is {state}.",
        "tpi": "Tenkyu. Mipela raitim pinis: pam {pump} i {state}.",
    },
    "water.ask": {
        "en": "Pump {pump} is {state}.",
        "tpi": "Pam {pump} i {state}.",
    },
    "water.unknown": {
        "en": "Nobody has told us of pump {pump} yet. Send it like this: PUMP {pump} DRY",
        "tpi": "I no gat ripot long pam {pump} yet. Salim olsem: PAM {pump} DRAI",
    },
}
STATES = {
    "broken": {"en": ("broken", "bad"), "tpi": ("bagarap", "bruk")},
    "dry": {"en": ("dry", "empty"), "tpi": ("drai",)},
    "works": {"en": ("works", "working", "fixed"), "tpi": ("wok", "gutpela")},
}

_KEYWORDS = {"en": ("PUMP", "WATER PUMP"), "tpi": ("PAM", "WARA")}
_FILLERS = ("is", "i", "number", "namba")
_PUMP = Argument("pump", count(most=9999))
_STATE = Argument(
    "state",
    choice(
        {word: state for state, said in STATES.items() for each in said.values() for word in each}
    ),
)
REPORT = Phrase(
    "water.report",
    _KEYWORDS,
    (_PUMP, _STATE),
    {"en": "PUMP 12 BROKEN", "tpi": "PAM 12 BAGARAP"},
    fillers=_FILLERS,
    subject=1,
)
ASK = Phrase(
    "water.ask",
    _KEYWORDS,
    (_PUMP,),
    {"en": "PUMP 12", "tpi": "PAM 12"},
    fillers=_FILLERS,
)
PHRASES = (REPORT, ASK)

_NUMBER = Ask("pump", both("Number of the pump?", "Namba bilong pam?"), "12")
MENUS = Menus(
    (line("Water", "Wara", "water"),),
    (
        Menu(
            "water",
            both("Water", "Wara"),
            (
                line("Tell of a pump", "Ripot long pam", "water.report"),
                line("Does it work?", "Pam i wok?", "water.ask"),
            ),
        ),
        Form(
            "water.report",
            "water.report",
            (
                _NUMBER,
                Choice(
                    "state",
                    both("How is it?", "Em i olsem wanem?"),
                    tuple(
                        Value(both(said["en"][0].title(), said["tpi"][0].title()), state)
                        for state, said in STATES.items()
                    ),
                ),
            ),
            both("Pump {pump}: {state}?", "Pam {pump}: {state}?"),
        ),
        Form("water.ask", "water.ask", (_NUMBER,)),
    ),
)


@dataclass
class Water:
    """What is known of the pumps, and the answers to who tells or asks."""

    pumps: dict[int, str] = field(default_factory=dict)

    @property
    def spoken(self) -> Sequence[CommandHandler]:
        """Every phrase with its handler."""
        return (CommandHandler(REPORT, self.report), CommandHandler(ASK, self.ask))

    def report(self, context: CommandContext) -> str:
        """PUMP 12 BROKEN: write it down."""
        pump, state = context.arguments["pump"], context.arguments["state"]
        self.pumps[pump] = state
        return _say("water.report", context, state)

    def ask(self, context: CommandContext) -> str:
        """PUMP 12: tell what is known."""
        state = self.pumps.get(context.arguments["pump"])
        return _say("water.ask" if state else "water.unknown", context, state)


def _say(code: str, context: CommandContext, state: str | None) -> str:
    told = STATES[state][context.language][0] if state else ""
    return fit(
        SENTENCES[code][context.language], {"pump": context.arguments["pump"], "state": told}
    )
