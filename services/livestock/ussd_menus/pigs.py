"""Screens of daily work: decisions, movements, arrivals, registration, histories."""

from __future__ import annotations

from gateway.menus import Ask, Form
from services.livestock.recording.short_numbers import EXAMPLE_PLACE
from services.livestock.ussd_menus.fields import (
    COMING,
    MOB,
    NEW_TAG,
    PIG,
    PIGS,
    RECEIPT,
    SEX,
    TAG,
    TO,
    WHEN,
    confirmed,
    menu,
)
from services.texts.labels import both, line

SCREENS = (
    Form(
        "pigs.ok",
        "ok",
        (
            PIGS,
            Ask(
                "place",
                both("To which place? Its number or phone.", "I go long wanem ples? Namba o fon."),
                EXAMPLE_PLACE,
            ),
            COMING,
        ),
    ),
    confirmed(
        Form("pigs.move", "move", (PIGS, TO, WHEN)),
        "Pig {tags} left for {place}. Day: {day}. Is it right?",
        "Pik {tags} i go long {place}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form(
            "pigs.arrive",
            "arrive",
            (
                PIGS,
                Ask(
                    "place",
                    both(
                        "From which place? Its number or phone.",
                        "I kam long wanem ples? Namba o fon.",
                    ),
                    EXAMPLE_PLACE,
                ),
                WHEN,
            ),
        ),
        "Pig {tags} came to your place, from: {place}. Day: {day}. Is it right?",
        "Pik {tags} i kamap long ples bilong yu. I kam long: {place}. De: {day}. Em i stret?",
    ),
    menu(
        "pigs.register",
        both("Register", "Raitim"),
        line("One pig", "Wanpela pik", "pigs.register.one"),
        line("Several pigs", "Planti pik", "pigs.register.several"),
        line("A pig of a mob", "Pik bilong lain", "pigs.register.of_mob"),
    ),
    confirmed(
        Form("pigs.register.one", "register", (TAG, SEX, WHEN)),
        "Register pig {tag}, {sex}? Day: {day}",
        "Raitim pik {tag}, {sex}? De: {day}",
    ),
    confirmed(
        Form("pigs.register.several", "register_several", (NEW_TAG, SEX, WHEN)),
        "Register pigs {new}, {sex}? Day: {day}",
        "Raitim ol pik {new}, {sex}? De: {day}",
    ),
    confirmed(
        Form("pigs.register.of_mob", "register", (TAG, MOB, SEX, WHEN)),
        "Register pig {tag} of mob {mob}, {sex}? Day: {day}",
        "Raitim pik {tag} bilong lain {mob}, {sex}? De: {day}",
    ),
    Form("pigs.trace", "trace", (PIG,)),
    confirmed(
        Form(
            "pigs.place",
            "place",
            (
                Ask(
                    "name",
                    both(
                        "What is your place called, and in which province?",
                        "Wanem nem bilong ples bilong yu, na wanem provins?",
                    ),
                    "Kudjip, Jiwaka",
                ),
            ),
        ),
        "Your place is {name}?",
        "Nem bilong ples em {name}?",
    ),
    Form("pigs.receipt", "receipt", (RECEIPT,)),
    Form("pigs.root", "root"),
    confirmed(
        Form("pigs.wrong", "wrong", (RECEIPT,)),
        "What you reported with receipt {receipt} was wrong?",
        "Ripot bilong risit {receipt} i rong?",
    ),
)
