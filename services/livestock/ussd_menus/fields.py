"""Questions that several screens of traceability share: pig, destination, day."""

from dataclasses import replace

from gateway.menus import Ask, Choice, Form, Menu, Option, Value, Words
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE, EXAMPLE_TAG
from services.texts.labels import both

PIG_NUMBER = both("Number of the pig?", "Namba bilong pik?")
TAG_NUMBER = both("All 15 digits of the tag?", "Olgeta 15 namba long yau?")
HOW_MANY = both("How many pigs?", "Hamas pik?")
RECEIPT_EXAMPLE = "7KQ2-M9XA-P4TD-WZ3C"

PIGS = Ask("tags", PIG_NUMBER, EXAMPLE_PIG)
PIG = Ask("tag", PIG_NUMBER, EXAMPLE_PIG)
TAG = Ask("tag", TAG_NUMBER, EXAMPLE_TAG)
NEW_TAG = Ask("new", TAG_NUMBER, EXAMPLE_TAG)
HEADS = Ask("heads", HOW_MANY, "3", required=True)
MOB_NUMBER = both("Number of the mob?", "Namba bilong lain?")
MOB = Ask("mob", MOB_NUMBER, EXAMPLE_PIG, written="mob {}", required=True)
TO = Ask(
    "place",
    both(
        "To which place? Its number, or the phone of who lives there.",
        "I go long wanem ples? Namba bilong ples, o fon bilong man i stap long en.",
    ),
    EXAMPLE_PLACE,
)
RECEIVER = Ask(
    "place",
    both(
        "Who takes it? Phone, or number of the place.",
        "Husat i kisim? Fon bilong em, o namba bilong ples.",
    ),
    "70000001",
)
RECEIPT = Ask(
    "receipt",
    both("Receipt? 16 letters and digits.", "Risit? Em i gat 16 mak."),
    RECEIPT_EXAMPLE,
)
SEX = Choice(
    "sex",
    both("Which sex?", "Man o meri?"),
    (
        Value(both("Female", "Meri"), "female"),
        Value(both("Male", "Man"), "male"),
        Value(both("Castrated", "Ol i katim pinis"), "castrated"),
        Value(both("I do not know", "Mi no save")),
    ),
)


def menu(code: str, title: Words, *lines: Option) -> Menu:
    """Make a menu of lines."""
    return Menu(code, title, lines)


def confirmed(form: Form, english: str, tok_pisin: str) -> Form:
    """Have a form ask, with its answers by name, before it is said."""
    return replace(form, confirm=both(english, tok_pisin))


_TODAY = Value(both("Today", "Tude"))
_OTHER_DAY = Value(
    both("Another day", "Narapela de"),
    then=Ask(
        "day", both("Which day? Such as 25/11", "Wanem de? Olsem 25/11"), "25/11", required=True
    ),
)


def _days(question: Words, *values: Value) -> Choice:
    return Choice("day", question, (_TODAY, *values, _OTHER_DAY))


WHEN = _days(
    both("On which day was it?", "Long wanem de?"),
    Value(both("Yesterday", "Asde"), "yesterday"),
)
COMING = _days(
    both("On which day?", "Long wanem de?"),
    Value(both("Tomorrow", "Tumora"), "tomorrow"),
)
