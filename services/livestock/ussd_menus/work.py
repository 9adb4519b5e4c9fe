"""Screens of officers, abattoirs and village recorders."""

from gateway.menus import Ask, Choice, Form, Menus, Value
from services.livestock.recording.short_numbers import EXAMPLE_PLACE
from services.livestock.ussd_menus.fields import PIGS, SEX, TAG, WHEN, confirmed, menu
from services.livestock.ussd_menus.pigs import PERMIT
from services.texts.labels import both, line

_ANSWER = Choice(
    "answer",
    both("Your answer?", "Wanem bekim?"),
    (
        Value(both("Yes, it may go", "Orait, i ken go"), "yes"),
        Value(both("No", "Nogat"), "no"),
        Value(both("Take it back", "Rausim pemit"), "back"),
    ),
)

WORK = Menus(
    (line("My work", "Wok bilong mi", "work"),),
    (
        menu(
            "work",
            both("My work", "Wok bilong mi"),
            line("Check", "Sekim", "work.check"),
            line("Let it pass", "Pasim", "work.pass"),
            line("Send it back", "Tanim bek", "work.back"),
            line("Seize it", "Holim", "work.seize"),
            line("My roadblock", "Rotblok bilong mi", "work.post"),
            line("Answer a permit", "Bekim pemit", "work.permit"),
            line("Register", "Raitim", "work.register"),
        ),
        Form("work.check", "check", (PIGS,)),
        confirmed(
            Form("work.pass", "pass"),
            "What you checked last may pass. Is it right?",
            "Wanem yu sekim las taim i ken go. Em i stret?",
        ),
        confirmed(
            Form("work.back", "back"),
            "What you checked last is sent back. Is it right?",
            "Wanem yu sekim las taim i mas go bek. Em i stret?",
        ),
        confirmed(
            Form("work.seize", "seize"),
            "What you checked last is seized. Is it right?",
            "Yu holim wanem yu sekim las taim. Em i stret?",
        ),
        Form(
            "work.post",
            "post",
            (
                Ask(
                    "roadblock",
                    both("Number of the roadblock?", "Namba bilong rotblok?"),
                    EXAMPLE_PLACE,
                ),
            ),
        ),
        confirmed(
            Form("work.permit", "permit_answer", (PERMIT, _ANSWER)),
            "Permit {tag}: {answer}?",
            "Pemit {tag}: {answer}?",
        ),
        confirmed(
            Form(
                "work.register",
                "register",
                (
                    TAG,
                    Ask(
                        "site",
                        both(
                            "At which place? Its number or phone.", "Long wanem ples? Namba o fon."
                        ),
                        EXAMPLE_PLACE,
                        required=True,
                    ),
                    SEX,
                    WHEN,
                ),
            ),
            "Register pig {tag} at {site}, {sex}? Day: {day}",
            "Raitim pik {tag} long {site}, {sex}? De: {day}",
        ),
    ),
)
"""The menu of those who work with other people's pigs."""
