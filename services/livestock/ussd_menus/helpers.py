"""Screens of who may report for a keeper: a phone of the family, a village recorder."""

from gateway.menus import Ask, Form
from services.livestock.ussd_menus.fields import confirmed, menu
from services.texts.labels import both, line

_EXAMPLE = "70000002"

SCREENS = (
    menu(
        "pigs.helpers",
        both("Who reports for me", "Husat i ripot bilong mi"),
        line("Add a phone", "Putim fon", "pigs.helpers.phone"),
        line("Choose a recorder", "Makim rekoda", "pigs.helpers.recorder"),
        line("End it", "Tekewe", "pigs.helpers.end"),
    ),
    # What they ask for takes effect by a code or the PIN, which is question enough.
    Form(
        "pigs.helpers.phone",
        "add_phone",
        (
            Ask(
                "phone", both("Which phone may report for you?", "Wanem fon i ken ripot?"), _EXAMPLE
            ),
        ),
    ),
    Form(
        "pigs.helpers.recorder",
        "accept",
        (
            Ask(
                "place",
                both("Phone or place of the recorder?", "Fon o ples bilong rekoda?"),
                _EXAMPLE,
            ),
        ),
    ),
    confirmed(
        Form(
            "pigs.helpers.end",
            "remove",
            (
                Ask(
                    "phone",
                    both("Which phone must not report any more?", "Wanem fon i no ken ripot moa?"),
                    _EXAMPLE,
                ),
            ),
        ),
        "Phone {phone} does not report for you, nor you for it. Is it right?",
        "Fon {phone} i no ripot bilong yu, na yu no ripot bilong em. Em i stret?",
    ),
)
