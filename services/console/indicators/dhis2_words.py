"""Answers of DHIS2 in words, and the choices of its combinations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.console.indicators.wording import cut_name, group_name
from services.console.words import t
from services.health.format.model import Programme
from services.health.indicators.dhis2_lists import Named
from services.health.indicators.disaggregation import BANDS, UNKNOWN, Cut

_PROPERTIES = ("dataElement", "orgUnit", "categoryOptionCombo", "attributeOptionCombo")
_ALL = "all"
EVERYBODY = "everybody"
"""Choice for a combination that gets everybody's figure."""

_ALIKE = {"female": "sex:f", "women": "sex:f", "male": "sex:m", "men": "sex:m"}


class ConflictLine(NamedTuple):
    """A value that DHIS2 refused: what it is about, and DHIS2's own words."""

    about: str
    text: str


def conflict_lines(
    conflicts: Iterable[Mapping[str, str]], names: Mapping[str, str]
) -> list[ConflictLine]:
    """Return conflicts with the names of what they are about."""
    return [ConflictLine(_about(one, names), one.get("text", "")) for one in conflicts]


def _about(one: Mapping[str, str], names: Mapping[str, str]) -> str:
    thing = one.get("object", "")
    kind = one.get("property", "")
    called = names.get(thing)
    shown = f"{called} ({thing})" if called else thing
    return f"{t(f'indicators_thing_{kind}')}: {shown}" if kind in _PROPERTIES else shown


def group_choices(programme: Programme) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the groups that a combination may get, by cut; `sex:f` and its name."""
    found: dict[Cut, Sequence[str]] = {
        Cut.SEX: ("f", "m", UNKNOWN),
        Cut.AGE: (*(name for _, name in BANDS), UNKNOWN),
        Cut.LANGUAGE: tuple(programme.languages),
        Cut.COHORT: programme.cohorts or (_ALL,),
        Cut.SOURCE: ("word", "list", "invitation"),
        Cut.PHONE: ("own", "shared", UNKNOWN),
    }
    return [
        (cut_name(cut), [(f"{cut}:{group}", group_name(cut, group)) for group in names])
        for cut, names in found.items()
    ]


def alike_group(combo: Named) -> str:
    """Return the group that a combination's name tells of, or nothing."""
    words = combo.name.casefold().replace(",", " ").split()
    bands = {name: f"age:{name}" for _, name in BANDS}
    found = [known for word in words if (known := (_ALIKE | bands).get(word))]
    return found[0] if len(found) == 1 else ""


class ChosenCombos(NamedTuple):
    """Combinations and their groups, as the form says; `wrong`: code of a sentence, or nothing."""

    combo: str | None
    by: str | None
    combos: Mapping[str, str]
    wrong: str | None


def combos_of(chosen: Mapping[str, str]) -> ChosenCombos:
    """Read which group each combination gets: groups of one cut, or everybody in one of them."""
    given = {combo: group for combo, group in chosen.items() if group}
    cuts = {group.partition(":")[0] for group in given.values()}
    groups = [group.partition(":")[2] for group in given.values()]
    if not given:
        return ChosenCombos(None, None, {}, "indicators_combos_none")
    if len(cuts) > 1:
        return ChosenCombos(None, None, {}, "indicators_combos_mixed")
    if len(set(groups)) < len(groups) or not cuts <= {EVERYBODY, *Cut}:
        return ChosenCombos(None, None, {}, "indicators_combos_twice")
    if cuts == {EVERYBODY}:
        return ChosenCombos(next(iter(given)), None, {}, None)
    by = {group.partition(":")[2]: combo for combo, group in given.items()}
    return ChosenCombos(None, next(iter(cuts)), by, None)
