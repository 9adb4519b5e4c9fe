"""Screens of daily work, and of acts that somebody confirms: slaughter, sales, gifts, permits."""

from gateway.menus import Ask, Choice, Form, Value
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.ussd_menus.fields import (
    COMING,
    MOB,
    NEW_TAG,
    PIG,
    PIGS,
    RECEIPT,
    RECEIVER,
    SEX,
    TAG,
    TO,
    WHEN,
    confirmed,
    menu,
)
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

_DECLARED = Choice(
    "declared",
    both(
        "Healthy, no medicine for 30 days, no kitchen waste?",
        "No sik, 30 de no marasin, no pipia kaikai?",
    ),
    (
        Value(both("Yes, all so", "Yes, olgeta"), "good"),
        Value(both("No, not all", "Nogat, no olgeta"), "bad"),
        Value(both("I do not say", "Mi no tok")),
    ),
)

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
    Form("pigs.list", "list"),
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
    Form("pigs.sell.sell", "sell", (PIGS, RECEIVER, _DECLARED, WHEN)),
    confirmed(
        Form("pigs.sell.give", "give", (PIGS, RECEIVER, _DECLARED, WHEN)),
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
    menu(
        "pigs.theft",
        both("Stolen pigs", "Pik ol i stilim"),
        line("It was stolen", "Ol i stilim", "pigs.theft.stolen"),
        line("It is back", "Mi painim pinis", "pigs.theft.back"),
    ),
    confirmed(
        Form("pigs.theft.stolen", "stolen", (PIGS, WHEN)),
        "Pig {tags} was stolen. Day: {day}. Is it right?",
        "Ol i stilim pik {tags}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.theft.back", "recovered", (PIGS,)),
        "Pig {tags} is back. Is it right?",
        "Pik {tags} i kam bek pinis. Em i stret?",
    ),
)
