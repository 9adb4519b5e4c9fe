"""Screens of acts that need a confirmation: slaughter, sales, gifts, permits."""

from __future__ import annotations

from gateway.menus import Ask, Choice, Form, Value
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.ussd_menus.fields import COMING, PIGS, RECEIVER, TO, WHEN, confirmed, menu
from services.texts.labels import both, line

PERMIT = Ask("tag", both("Number of the permit?", "Namba bilong pemit?"), EXAMPLE_PIG)
_OCCASION = Choice(
    "occasion",
    both("For what?", "Bilong wanem?"),
    (
        Value(both("At home", "Kaikai long haus"), "home"),
        Value(both("A feast", "Pati o singsing"), "feast"),
    ),
)

SCREENS = (
    menu(
        "pigs.slaughter",
        both("Slaughter", "Kilim pik"),
        line("May I slaughter it?", "Inap mi kilim?", "pigs.slaughter.ok"),
        line("It is slaughtered", "Mi kilim pinis", "pigs.slaughter.done"),
    ),
    Form("pigs.slaughter.ok", "ok", (PIGS, COMING), fixed={"slaughter": "kill"}),
    confirmed(
        Form("pigs.slaughter.done", "kill", (PIGS, _OCCASION, WHEN)),
        "Pig {tags} is slaughtered: {occasion}. Day: {day}. Is it right?",
        "Yu kilim pik {tags}: {occasion}. De: {day}. Em i stret?",
    ),
    menu(
        "pigs.sell",
        both("Sell or give", "Salim o givim"),
        line("Sell", "Salim", "pigs.sell.sell"),
        line("Give", "Givim nating", "pigs.sell.give"),
    ),
    # SELL asks for its meaning first, so nothing happens by this form alone.
    Form("pigs.sell.sell", "sell", (PIGS, RECEIVER, WHEN)),
    confirmed(
        Form("pigs.sell.give", "give", (PIGS, RECEIVER, WHEN)),
        "You give pig {tags} to {place}, without money. Day: {day}. Is it right?",
        "Yu givim nating pik {tags} long {place}. De: {day}. Em i stret?",
    ),
    menu(
        "pigs.permit",
        both("Permit", "Pemit"),
        line("Ask for a permit", "Askim pemit", "pigs.permit.ask"),
        line("Look at a permit", "Lukim pemit", "pigs.permit.look"),
    ),
    confirmed(
        Form(
            "pigs.permit.ask",
            "permit",
            (
                Ask(
                    "tags",
                    both("Number of the pig, or how many pigs?", "Namba bilong pik, o hamas pik?"),
                    EXAMPLE_PIG,
                    single=True,
                ),
                TO,
                COMING,
            ),
        ),
        "Ask for a permit, pigs: {tags}, to {place}. Day: {day}. Is it right?",
        "Askim pemit, pik: {tags}, i go long {place}. De: {day}. Em i stret?",
    ),
    Form("pigs.permit.look", "permit_status", (PERMIT,)),
)
